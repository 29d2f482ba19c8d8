"""What did an organizer find out: the form of the notice that a country asks for."""

from collections.abc import Mapping
from datetime import date
from typing import Any, cast

import wtforms

from protestcoord.campaigns.permits import PermitNoteRequest
from protestcoord.campaigns.public_texts import PublicTextForm
from protestcoord.core.errors import N_
from protestcoord.core.fields import (
    CHOOSE_ONE,
    Day,
    OneOf,
    TextLine,
    WholeNumber,
    between,
    is_needed,
)
from protestcoord.missions.permits import (
    LEAD_UNIT_LABELS,
    REQUIREMENT_LABELS,
    CountedFrom,
    LeadUnit,
    Requirement,
)

LONGEST_LEAD = 2000
COUNTED_FROM_LABELS = {
    CountedFrom.START: N_("before the start"),
    CountedFrom.ANNOUNCEMENT: N_("before it is announced in public"),
}


def _choices(labels: Mapping[Any, str]) -> list[wtforms.SelectChoice]:
    return [wtforms.SelectChoice(*pair) for pair in labels.items()]


class PermitNoteForm(PublicTextForm):
    """What notice a country asks for, as the organizers of a campaign know it."""

    requirement = OneOf(
        N_("What is needed"),
        [is_needed],
        choices=_choices({"": N_("Please choose")} | REQUIREMENT_LABELS),
        invalid_choice_message=CHOOSE_ONE,
    )
    lead = WholeNumber(
        N_("How long before"),
        [wtforms.validators.Optional(), between(1, LONGEST_LEAD)],
        description=N_("A number; empty if the law names no time."),
    )
    lead_unit = OneOf(
        N_("Counted in"),
        [is_needed],
        choices=_choices(LEAD_UNIT_LABELS),
        default=LeadUnit.HOURS,
        invalid_choice_message=CHOOSE_ONE,
    )
    counted_from = OneOf(
        N_("Before what"),
        [is_needed],
        choices=_choices(COUNTED_FROM_LABELS),
        default=CountedFrom.START,
        invalid_choice_message=CHOOSE_ONE,
    )
    authority = TextLine(
        N_("To whom"),
        most=200,
        needed=False,
        description=N_("An office, such as the police of the city; never a person."),
    )
    note = TextLine(
        N_("Good to know"),
        most=500,
        needed=False,
        description=N_("Such as distances, sound, or who may sign. Everybody reads it."),
    )
    source = TextLine(
        N_("Source"),
        most=300,
        description=N_("The address of the law or of an authority’s page, or who said so."),
    )
    checked_on = Day(N_("Looked up on"), [is_needed])

    def request(self) -> PermitNoteRequest:
        """Return what the organizer found out; where nothing is needed, no time counts."""
        requirement = Requirement(self.requirement.data)
        lead = None if requirement is Requirement.NOT_NEEDED else self.lead.data
        return PermitNoteRequest(
            requirement=requirement,
            lead=lead,
            lead_unit=LeadUnit(self.lead_unit.data) if lead else None,
            counted_from=CountedFrom(self.counted_from.data),
            authority=self.authority.data,
            note=self.note.data,
            source=self.source.data,
            checked_on=cast("date", self.checked_on.data),
        )
