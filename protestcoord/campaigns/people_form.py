"""What did an owner mean about people: a role, the areas it is for, and whom to invite."""

from collections.abc import Iterable

import wtforms
from werkzeug.datastructures import MultiDict
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget

from protestcoord.core.errors import N_
from protestcoord.core.fields import Form, OneOf, TextLine, is_needed
from protestcoord.core.languages import territory_name
from protestcoord.members.rules import ROLE_LABELS, MemberRole
from protestcoord.members.service import Place
from protestcoord.missions.regions import REGION_OF_COUNTRY, region_of

LONGEST_ADDRESS = 254


class AreasField(wtforms.SelectMultipleField):  # type: ignore[misc]
    """Regions and countries to tick; none means everywhere."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def offer(self, countries: Iterable[str], language: str) -> None:
        """Offer the regions of some countries, and each of these, by their names."""
        # Also those that somebody was given before their last site left.
        codes = {*countries, *(REGION_OF_COUNTRY.keys() & set(self.data or []))}
        regions = {region_of(code) for code in codes}
        self.choices = [
            SelectChoice(code, territory_name(code, language))
            for code in sorted(
                {*regions, *codes},
                key=lambda code: (code not in regions, territory_name(code, language)),
            )
        ]


class PlaceForm(Form):
    """A role, and where."""

    role = OneOf(
        N_("Role"),
        [is_needed],
        choices=[SelectChoice(role.value, ROLE_LABELS[role]) for role in MemberRole],
    )
    areas = AreasField(N_("Only in these regions and countries (none ticked: everywhere)"))

    def __init__(
        self,
        countries: Iterable[str],
        formdata: MultiDict[str, str] | None = None,
        **options: object,
    ) -> None:
        super().__init__(formdata, **options)  # type: ignore[arg-type]
        self.areas.offer(countries, self.meta.language)

    def place(self) -> Place:
        """Return what was chosen."""
        return Place(MemberRole(self.role.data), tuple(self.areas.data or ()))


class InvitationForm(PlaceForm):
    """Whom to invite; nobody becomes an owner before they came."""

    email = TextLine(
        N_("E-mail"), most=LONGEST_ADDRESS, render_kw={"type": "email", "autocomplete": "off"}
    )
    role = OneOf(
        N_("Role"),
        [is_needed],
        choices=[
            SelectChoice(role.value, ROLE_LABELS[role])
            for role in MemberRole
            if role is not MemberRole.OWNER
        ],
    )
