"""When does each site of a wave act: a rule and places in, planned slots out, no clock read."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from protestcoord.campaigns.relay import Gap, RelayReport, plan_relay
from protestcoord.campaigns.waves import (
    Adjustment,
    Note,
    PlannedSlot,
    RelayKind,
    SchedulePlace,
    Synchronisation,
    WaveRule,
    check_wave_rule,
    note_of_adjustment,
    start_in_utc,
)
from protestcoord.core.clock import zone
from protestcoord.core.errors import N_, InvalidValue

__all__ = [
    "Adjustment",
    "Gap",
    "Note",
    "PlannedSlot",
    "RelayKind",
    "RelayReport",
    "SchedulePlace",
    "Synchronisation",
    "WaveRule",
    "check_wave_rule",
    "note_of_adjustment",
    "relay_report",
    "slot_opens_at",
    "slots_of_wave",
]


def slot_opens_at(
    protest_day: date, local_start: time, zone: ZoneInfo
) -> tuple[datetime, Adjustment]:
    """Return the instant at which a slot opens in front of a mission.

    Args:
        protest_day: Civil date at the mission, not at the organizer's desk.
        local_start: Wall-clock time at the mission; naive, whole minutes.
        zone: IANA zone of the mission (``timezone`` in data/embassies.csv).

    Returns:
        Aware datetime in UTC, and how it was adjusted: not at all, moved forward by
        the length of the gap, or the first of the two where the time occurs twice.

    Source:
        PEP 495 (``fold``); RFC 5545 section 3.3.5.
    """
    first = datetime.combine(protest_day, local_start, tzinfo=zone)
    # In a gap fold=0 counts with the offset before it, which is what moves the time forward.
    opens_at = first.astimezone(UTC)
    second_opens_at = first.replace(fold=1).astimezone(UTC)
    if second_opens_at == opens_at:
        return opens_at, Adjustment.NONE
    if second_opens_at > opens_at:
        return opens_at, Adjustment.FIRST_OF_TWO
    return opens_at, Adjustment.MOVED_FORWARD


def slots_of_wave(rule: WaveRule, places: Iterable[SchedulePlace]) -> tuple[PlannedSlot, ...]:
    """Return the slots of a wave, by start and then by key.

    The result depends on the set of places, not on their order. In a full relay a site that no
    segment fits, and in a minimal one a site that is not needed, has no slot.

    Raises:
        InvalidValue: The rule is unusable, a zone is unknown, or there are no sites; ``field``
            is one of start, duration_minutes, window, relay_hours, timezone, sites.
    """
    check_wave_rule(rule)
    known = _distinct(places)
    if rule.synchronisation is Synchronisation.SAME_INSTANT:
        slots = _slots_at_one_instant(rule, known)
    elif rule.synchronisation is Synchronisation.SAME_LOCAL_TIME:
        slots = _slots_at_one_wall_clock(rule, known)
    else:
        slots, _ = plan_relay(rule, known)
    return tuple(sorted(slots, key=lambda slot: (slot.starts_at, slot.key)))


def relay_report(rule: WaveRule, places: Iterable[SchedulePlace]) -> RelayReport:
    """Return what a relay leaves open: time that no site covers, and sites left out.

    Raises:
        InvalidValue: As for ``slots_of_wave``; also if the wave is no relay
            (``field`` is synchronisation).
    """
    check_wave_rule(rule)
    if rule.synchronisation is not Synchronisation.RELAY:
        raise InvalidValue(N_("Only a relay has a relay's report."), field="synchronisation")
    _, report = plan_relay(rule, _distinct(places))
    return report


def _distinct(places: Iterable[SchedulePlace]) -> list[SchedulePlace]:
    distinct = set(places)
    by_key = {place.key: place for place in distinct}
    if not by_key:
        raise InvalidValue(N_("A schedule needs at least one site."), field="sites")
    if len(by_key) < len(distinct):
        raise InvalidValue(N_("A site is listed twice with different places."), field="sites")
    for name in {place.timezone for place in distinct}:
        zone(name)
    return [by_key[key] for key in sorted(by_key)]


def _slots_at_one_instant(rule: WaveRule, places: Sequence[SchedulePlace]) -> list[PlannedSlot]:
    starts_at = start_in_utc(rule)
    ends_at = starts_at + timedelta(minutes=rule.duration_minutes)
    return [PlannedSlot(place.key, 1, starts_at, ends_at, place.timezone) for place in places]


def _slots_at_one_wall_clock(rule: WaveRule, places: Sequence[SchedulePlace]) -> list[PlannedSlot]:
    length = timedelta(minutes=rule.duration_minutes)
    openings = {
        name: slot_opens_at(rule.start.date(), rule.start.time(), zone(name))
        for name in {place.timezone for place in places}
    }
    slots = []
    for place in places:
        opens_at, adjustment = openings[place.timezone]
        slots.append(
            PlannedSlot(
                place.key, 1, opens_at, opens_at + length, place.timezone, adjustment, rule.start
            )
        )
    return slots
