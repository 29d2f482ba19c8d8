"""What notice does a public assembly need in a country: the rule, how old it is, by when; pure.

Information, not legal advice: what nobody looked up is unchecked, never guessed.
"""

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from protestcoord.core.clock import zone
from protestcoord.core.errors import N_

# Laws change; what was looked up longer ago has to be looked up again.
FRESH = timedelta(days=180)
SATURDAY = 5


class Requirement(enum.StrEnum):
    """What an assembly needs beforehand."""

    NOTICE = "notice"
    PERMISSION = "permission"
    OPTIONAL = "optional"
    NOT_NEEDED = "not_needed"
    LOCAL = "local"


class LeadUnit(enum.StrEnum):
    """What a lead time is counted in; of clear days, the first and the last do not count."""

    HOURS = "hours"
    DAYS = "days"
    CLEAR_DAYS = "clear_days"
    WORKING_DAYS = "working_days"


class CountedFrom(enum.StrEnum):
    """What a lead time ends with: the assembly's start, or already its announcement."""

    START = "start"
    ANNOUNCEMENT = "announcement"


class SourceKind(enum.StrEnum):
    """What was read: the law's own words, an authority's page, or what somebody says of it."""

    LAW = "law"
    OFFICIAL = "official"
    SECONDARY = "secondary"
    ORGANIZERS = "organizers"


class CardState(enum.StrEnum):
    """Whether a card can be relied on."""

    CHECKED = "checked"
    STALE = "stale"
    UNCHECKED = "unchecked"


REQUIREMENT_LABELS = {
    Requirement.NOTICE: N_("Notice has to be given."),
    Requirement.PERMISSION: N_("A permission has to be asked for."),
    Requirement.OPTIONAL: N_("Notice is voluntary."),
    Requirement.NOT_NEEDED: N_("No notice is asked for."),
    Requirement.LOCAL: N_("It depends on the city or district."),
}
LEAD_UNIT_LABELS = {
    LeadUnit.HOURS: N_("hours"),
    LeadUnit.DAYS: N_("days"),
    LeadUnit.CLEAR_DAYS: N_("full days in between"),
    LeadUnit.WORKING_DAYS: N_("working days, Monday to Friday"),
}


@dataclass(frozen=True)
class PermitRule:
    """What somebody looked up about a country, or about one city of it.

    Attributes:
        country: ISO 3166-1 alpha-2.
        city: Where alone it applies; empty for the whole country.
        lead: How long before, in units; None where no time is said, or no single one.
        earliest: Before when a notice does not count, in the same units.
        authority: To whom notice is given.
        scope: Which assemblies it is about.
        source_urls: Where it was read.
    """

    country: str
    city: str
    requirement: Requirement
    lead: int | None
    lead_unit: LeadUnit | None
    counted_from: CountedFrom
    earliest: int | None
    authority: str
    scope: str
    note: str
    source_kind: SourceKind
    source_title: str
    source_urls: tuple[str, ...]
    checked_on: date

    @property
    def is_own(self) -> bool:
        """Whether a campaign's organizers wrote it, and not the shipped table."""
        return self.source_kind is SourceKind.ORGANIZERS


@dataclass(frozen=True)
class PermitCard:
    """What is shown of a country or city: the rule, if there is one, and how far to trust it."""

    state: CardState
    rule: PermitRule | None = None


UNCHECKED = PermitCard(CardState.UNCHECKED)


def rule_for(rules: Iterable[PermitRule], country: str, city: str) -> PermitRule | None:
    """Return the rule for a place: its city's own, else its country's, else none."""
    of_country = [rule for rule in rules if rule.country == country]
    fitting = [rule for rule in of_country if rule.city in (city, "")]
    return max(fitting, key=lambda rule: rule.city, default=None)


def goes_stale_at(rule: PermitRule) -> datetime:
    """Return the first moment at which a rule counts as unchecked again."""
    return datetime.combine(rule.checked_on, time(), UTC) + FRESH + timedelta(days=1)


def card_of(rule: PermitRule | None, now: datetime) -> PermitCard:
    """Return the card of a place at a moment."""
    if rule is None:
        return UNCHECKED
    is_stale = now >= goes_stale_at(rule)
    return PermitCard(CardState.STALE if is_stale else CardState.CHECKED, rule)


def latest_notice(rule: PermitRule | None, starts_at: datetime, timezone: str) -> datetime | None:
    """Return by when notice must be given at the very latest, or None if nothing says so.

    Days are counted back on the calendar of the place, and the wall clock stays that of the
    start: where a law means the whole day, this is early and never late. Where the time counts
    from the announcement, which comes before the start, this is a bound only.

    Args:
        rule: What the place asks for.
        starts_at: When the assembly begins, aware.
        timezone: IANA zone of the place.
    """
    if rule is None or rule.lead is None:
        return None
    return _counted_back(rule.lead, rule.lead_unit, starts_at, timezone)


def earliest_notice(rule: PermitRule | None, starts_at: datetime, timezone: str) -> datetime | None:
    """Return before when a notice does not count, or None if there is no such time."""
    if rule is None or rule.earliest is None:
        return None
    return _counted_back(rule.earliest, rule.lead_unit, starts_at, timezone)


def _counted_back(
    count: int, unit: LeadUnit | None, starts_at: datetime, timezone: str
) -> datetime:
    if unit in (LeadUnit.HOURS, None):
        return starts_at - timedelta(hours=count)
    local = starts_at.astimezone(zone(timezone))
    day = _day_before(local.date(), count, unit)
    return datetime.combine(day, local.time(), zone(timezone)).astimezone(UTC)


def _day_before(day: date, count: int, unit: LeadUnit | None) -> date:
    if unit is LeadUnit.WORKING_DAYS:
        return _working_days_before(day, count)
    return day - timedelta(days=count + (unit is LeadUnit.CLEAR_DAYS))


def _working_days_before(day: date, count: int) -> date:
    """Count back from Monday to Friday; holidays are not known here, and said not to be."""
    while count:
        day -= timedelta(days=1)
        count -= day.weekday() < SATURDAY
    return day
