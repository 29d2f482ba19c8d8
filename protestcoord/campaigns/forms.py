"""What did an organizer mean: the forms of a campaign's message, its sites and its waves."""

from dataclasses import replace
from datetime import time

import wtforms
from werkzeug.datastructures import MultiDict

from protestcoord.campaigns.planning import MOST_GROUPS
from protestcoord.campaigns.requests import (
    Bulk,
    BulkAct,
    CampaignRequest,
    SitesEdit,
    WaveRequest,
)
from protestcoord.campaigns.rules import DEFAULT_CAPACITY, Presence
from protestcoord.campaigns.schedule import RelayKind, Synchronisation, check_wave_rule
from protestcoord.campaigns.service import LONGEST_SLUG
from protestcoord.campaigns.waves import LONGEST_RELAY_HOURS, MINUTES_PER_DAY
from protestcoord.core.errors import N_, InvalidValue
from protestcoord.core.fields import (
    Form,
    TextBlock,
    TextLine,
    WholeNumber,
    between,
    is_needed,
    say,
)

CHOOSE_ONE = N_("Please choose one of these.")


class CampaignForm(Form):
    """What a campaign says."""

    title = TextLine(N_("Title"), most=120)
    statement = TextBlock(N_("Message"), most=5000, render_kw={"rows": 10})
    approves_at_once = wtforms.BooleanField(N_("Confirm groups at once"))
    slug = TextLine(
        N_("Address"),
        most=LONGEST_SLUG,
        needed=False,
        render_kw={"autocapitalize": "none", "spellcheck": "false"},
    )

    def request(self, owner_id: int) -> CampaignRequest:
        """Return what the organizer asks for."""
        return CampaignRequest(
            title=self.title.data,
            statement=self.statement.data,
            owner_id=owner_id,
            slug=self.slug.data or "",
            approves_at_once=self.approves_at_once.data,
        )


class Moment(wtforms.DateTimeLocalField):  # type: ignore[misc]
    """A date and a time of day without a zone, in whole minutes."""

    def __init__(self, label: str, **options: object) -> None:
        super().__init__(label, [is_needed], format=["%Y-%m-%dT%H:%M"], **options)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take over what the form sent."""
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            message = N_("Please give a day and a time, such as 2027-06-04T12:00.")
            raise ValueError(say(self, message)) from error


class TimeOfDay(wtforms.TimeField):  # type: ignore[misc]
    """A time of day at the site, in whole minutes."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take over what the form sent."""
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(say(self, N_("Please give a time, such as 08:00."))) from error


# Where the form shows what the rule refuses, if not beside the field of that name.
FIELD_OF_RULE = {"window": "window_end"}
RELAY_FIELDS = ("relay_kind", "window_start", "window_end", "relay_hours")


class WaveForm(Form):
    """When a campaign acts."""

    title = TextLine(N_("Name"), most=80)
    synchronisation = wtforms.RadioField(
        N_("How the sites act together"),
        [is_needed],
        choices=[
            wtforms.SelectChoice(Synchronisation.SAME_LOCAL_TIME, N_("Same local time")),
            wtforms.SelectChoice(Synchronisation.SAME_INSTANT, N_("Same instant")),
            wtforms.SelectChoice(Synchronisation.RELAY, N_("Relay")),
        ],
        coerce=Synchronisation,
        default=Synchronisation.SAME_LOCAL_TIME,
        invalid_value_message=CHOOSE_ONE,
        invalid_choice_message=CHOOSE_ONE,
    )
    start = Moment(N_("Start"))
    duration_minutes = WholeNumber(
        N_("Length in minutes"), [is_needed, between(1, MINUTES_PER_DAY)], default=60
    )
    capacity = WholeNumber(
        N_("Groups per slot"), [is_needed, between(1, MOST_GROUPS)], default=DEFAULT_CAPACITY
    )
    relay_kind = wtforms.RadioField(
        N_("Who takes part in the relay"),
        [is_needed],
        choices=[
            wtforms.SelectChoice(RelayKind.FULL, N_("Every site once")),
            wtforms.SelectChoice(
                RelayKind.MINIMAL, N_("The fewest sites that leave no minute uncovered")
            ),
        ],
        coerce=RelayKind,
        default=RelayKind.FULL,
        invalid_value_message=CHOOSE_ONE,
        invalid_choice_message=CHOOSE_ONE,
    )
    relay_hours = WholeNumber(
        N_("Hours of the relay"), [is_needed, between(1, LONGEST_RELAY_HOURS)], default=24
    )
    window_start = TimeOfDay(N_("Not before, at the site"), [is_needed], default=time(8))
    window_end = TimeOfDay(N_("Done by, at the site"), [is_needed], default=time(20))

    def validate(self, extra_validators: dict[str, list[object]] | None = None) -> bool:
        """Check the fields, then the rule that they make; a relay's fields only for a relay."""
        super().validate(extra_validators)
        if self.synchronisation.data is not Synchronisation.RELAY:
            for name in RELAY_FIELDS:
                self[name].errors = []
        if not self.errors:
            self._check_rule()
        return not self.errors

    def _check_rule(self) -> None:
        try:
            check_wave_rule(self.request().rule)
        except InvalidValue as error:
            field = self[FIELD_OF_RULE.get(error.field, error.field)]
            field.errors = [say(field, error.message, **error.values)]

    def request(self) -> WaveRequest:
        """Return what the organizer asks for; without a relay, a relay's fields do not count."""
        asked = WaveRequest(
            title=self.title.data,
            synchronisation=self.synchronisation.data,
            start=self.start.data,
            duration_minutes=self.duration_minutes.data,
            capacity=self.capacity.data,
        )
        if asked.synchronisation is not Synchronisation.RELAY:
            return asked
        return replace(asked, **{name: self[name].data for name in RELAY_FIELDS})


PRESENCE = "presence-"


def sites_edit_from(sent: MultiDict[str, str]) -> SitesEdit:
    """Return what was ticked in the list of missions; every row of it sends its presence.

    Raises:
        InvalidValue: What was sent does not come from the list.
    """
    try:
        presence = {
            name.removeprefix(PRESENCE): Presence(value)
            for name, value in sent.items()
            if name.startswith(PRESENCE)
        }
        bulk = _bulk_from(sent)
    except ValueError as error:
        raise InvalidValue(CHOOSE_ONE) from error
    return SitesEdit(frozenset(presence), frozenset(sent.getlist("site")), presence, bulk)


def _bulk_from(sent: MultiDict[str, str]) -> Bulk | None:
    """Return the act on many that a button stands for: ``choose:155``, or what two lists say."""
    act, _, scope = sent.get("do", "save").partition(":")
    if act == "save":
        return None
    if act == "bulk":
        return Bulk(BulkAct(sent.get("bulk_act", "")), sent.get("bulk_scope", ""))
    return Bulk(BulkAct(act), scope)
