"""What is right of a mission: the form by which organizers and groups correct the directory."""

from collections.abc import Mapping
from typing import Any

import wtforms

from protestcoord.core.errors import N_
from protestcoord.core.fields import CHOOSE_ONE, Day, Form, OneOf, TextLine, is_needed
from protestcoord.missions.correcting import CORRECTABLE, Correction
from protestcoord.missions.rules import MissionStatus, Precision

PRECISION_LABELS = {
    Precision.BUILDING: N_("the building"),
    Precision.CITY: N_("only the city"),
}
STATUS_LABELS = {
    MissionStatus.OPEN: N_("open"),
    MissionStatus.CLOSED: N_("closed"),
    MissionStatus.UNKNOWN: N_("unknown"),
}


def _line(label: str, most: int = 200, description: str = "") -> TextLine:
    return TextLine(label, most=most, needed=False, description=description)


def _choices(labels: Mapping[Any, str]) -> list[wtforms.SelectChoice]:
    return [wtforms.SelectChoice(str(value), label) for value, label in labels.items()]


class CorrectionForm(Form):
    """The cells of a row that can be corrected, where that can be read, and when it was."""

    address = _line(
        N_("Address"),
        300,
        N_(
            "As it is written there. If it is a home or a shared flat, write “withheld”: then "
            "nothing is left of the place but its city, and nothing of the phone."
        ),
    )
    postal_code = _line(N_("Postal code"), 20)
    latitude = _line(N_("Latitude"), 20, N_("In degrees, such as 52.51196; north is positive."))
    longitude = _line(N_("Longitude"), 20, N_("In degrees, such as 13.41561; east is positive."))
    precision = OneOf(
        N_("What these coordinates are of"),
        [is_needed],
        choices=_choices(PRECISION_LABELS),
        invalid_choice_message=CHOOSE_ONE,
    )
    phone = _line(N_("Phone"), 60, N_("The mission’s switchboard; never a person’s number."))
    website = _line(N_("Website"))
    name_local = _line(N_("Chinese name"))
    jurisdiction = _line(N_("Responsible for"), 300)
    status = OneOf(
        N_("Status"),
        [is_needed],
        choices=_choices(STATUS_LABELS),
        invalid_choice_message=CHOOSE_ONE,
    )
    source = TextLine(
        N_("Where can one read it?"),
        most=300,
        description=N_("The address of a page, or “seen on the spot”; never a person."),
    )
    verified_on = Day(N_("Looked up on"), [is_needed])

    def correction(self) -> Correction:
        """Return what was typed; cells that say what they said are still among it."""
        values = {name: str(self[name].data or "") for name in CORRECTABLE}
        return Correction(values, self.source.data, f"{self.verified_on.data:%Y-%m-%d}")
