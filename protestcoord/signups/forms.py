"""What did a group mean: the forms of a sign-up, a group's page and a lost link."""

from collections.abc import Mapping
from urllib.parse import urlsplit

import wtforms
from email_validator import EmailNotValidError, validate_email
from werkzeug.datastructures import MultiDict

from protestcoord.campaigns.slot_moving import SlotTime
from protestcoord.config import LANGUAGES
from protestcoord.core.errors import N_
from protestcoord.core.fields import (
    Day,
    Form,
    OneOf,
    TextBlock,
    TextLine,
    TimeOfDay,
    WholeNumber,
    between,
    is_needed,
    say,
)
from protestcoord.core.languages import territory_name
from protestcoord.missions.proposing import ProposedMission
from protestcoord.missions.regions import REGION_OF_COUNTRY
from protestcoord.missions.rules import MISSION_KIND_LABELS, MissionKind
from protestcoord.missions.search import folded
from protestcoord.signups.rules import PERMIT_LABELS, Permit
from protestcoord.signups.service import Part, SignUpRequest

MOST_PEOPLE = 100_000
DAY_MINUTES = 1440


def is_email(_form: wtforms.Form, field: wtforms.Field) -> None:
    """Refuse what is not one e-mail address, and keep its ASCII form; asks no server.

    An encoded word is refused: a mail program decodes it into whatever it hides, and an address
    beyond ASCII before the @, which many servers do not take, would never be reached.

    Source:
        RFC 5321 and 5322 by way of email-validator; RFC 2047 section 5 (encoded words).
    """
    message = N_("This is not an e-mail address. Please look at it again.")
    try:
        checked = validate_email(field.data, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise wtforms.ValidationError(say(field, message)) from error
    if checked.ascii_email is None or "=?" in checked.ascii_email:
        raise wtforms.ValidationError(say(field, message))
    field.data = checked.ascii_email


def email_field() -> TextLine:
    """Return the field of a private e-mail address."""
    return TextLine(
        N_("E-mail"),
        most=254,
        validators=(is_email,),
        widget=wtforms.widgets.EmailInput(),
        render_kw={"autocomplete": "email"},
        description=N_("Private. Only the organizers of this campaign can see it."),
    )


def name_field() -> TextLine:
    """Return the field of a group's public name."""
    return TextLine(
        N_("Name of your group"),
        most=120,
        description=N_("A made-up name is fine."),
    )


def expected_number_field() -> WholeNumber:
    """Return the field of how many people a group expects."""
    return WholeNumber(
        N_("How many people do you expect?"),
        [is_needed, between(1, MOST_PEOPLE)],
        description=N_("A guess is enough. Only the organizers see it."),
    )


def meeting_point_field() -> TextLine:
    """Return the field of a public meeting point."""
    return TextLine(
        N_("Meeting point"),
        most=300,
        needed=False,
        description=N_("Public, if you fill it in: a place that everyone may know."),
    )


def hides_point_field() -> wtforms.BooleanField:
    """Return the field that hides the meeting point until a day before."""
    return wtforms.BooleanField(N_("Hide it from the public until 24 hours before the start."))


def is_named_field() -> wtforms.BooleanField:
    """Return the field by which a group lets itself be named."""
    return wtforms.BooleanField(
        N_("Show name and city of our group to everybody once our place is confirmed."),
        description=N_("Otherwise the site says “a local group”; the organizers see the name."),
    )


def _needs_time(_form: wtforms.Form, field: wtforms.Field) -> None:
    if not field.data:
        raise wtforms.validators.StopValidation(say(field, N_("Please choose a time.")))


_needs_time.field_flags = {"required": True}  # type: ignore[attr-defined]


class SignUpForm(Form):
    """A group takes a slot."""

    slot = wtforms.RadioField(N_("Time"), [_needs_time], validate_choice=False)
    name = name_field()
    city = TextLine(N_("City of your group"), most=120)
    expected_number = expected_number_field()
    email = email_field()
    is_named = is_named_field()
    meeting_point = meeting_point_field()
    hides_point = hides_point_field()
    code_of_conduct = wtforms.BooleanField(
        N_("We act peacefully and lawfully and accept the code of conduct."), [is_needed]
    )

    def validate_code_of_conduct(self, field: wtforms.Field) -> None:
        """Refuse a form without the code of conduct."""
        if not field.data:
            message = N_("Please accept the code of conduct; nobody takes part without it.")
            raise wtforms.ValidationError(say(field, message))

    def ask_where_one_acts(self) -> None:
        """Ask a group in solidarity for its own place, since nobody gathers at the mission."""
        self.meeting_point.label.text = N_("Where you act: a place, or a web address")
        self.meeting_point.description = N_(
            "Public, if you fill it in. Not at the mission, please."
        )

    def request(self, language: str, *, needs_look: bool = False) -> SignUpRequest:
        """Return what the group asks for."""
        return SignUpRequest(
            slot_key=self.slot.data,
            name=self.name.data,
            city=self.city.data,
            expected_number=self.expected_number.data,
            email=self.email.data,
            meeting_point=self.meeting_point.data or "",
            language=language,
            hides_point=self.hides_point.data,
            is_named=self.is_named.data,
            needs_look=needs_look,
        )


class ImportRowForm(Form):
    """A row of a table of sign-ups; the slot is looked up beside it."""

    name = name_field()
    city = TextLine(N_("City of your group"), most=120)
    expected_number = expected_number_field()
    email = email_field()
    meeting_point = meeting_point_field()
    language = TextLine(N_("Language"), most=8, needed=False)

    def __init__(self, cells: Mapping[str, str], *, language: str) -> None:
        super().__init__(MultiDict(cells), language=language)

    def validate_language(self, field: wtforms.Field) -> None:
        """Refuse a language that no mail is written in."""
        if field.data and field.data.casefold() not in LANGUAGES:
            known = ", ".join(LANGUAGES)
            raise wtforms.ValidationError(say(field, N_("One of: %(known)s."), known=known))

    def request(self, slot_key: str, language: str) -> SignUpRequest:
        """Return what the row asks for: whoever did not fill in a form is not named in public."""
        return SignUpRequest(
            slot_key=slot_key,
            name=self.name.data,
            city=self.city.data,
            expected_number=self.expected_number.data,
            email=self.email.data,
            meeting_point=self.meeting_point.data or "",
            language=(self.language.data or language).casefold(),
            is_named=False,
            accepts_conduct=False,
        )


class SignUpEditForm(Form):
    """A group changes what it said of one of its slots."""

    expected_number = expected_number_field()
    meeting_point = meeting_point_field()
    hides_point = hides_point_field()
    accessibility = TextLine(
        N_("Accessibility"),
        most=300,
        needed=False,
        description=N_("Public: steps, seats, sign language, toilets, a quiet corner."),
    )
    languages = TextLine(
        N_("Languages"),
        most=120,
        needed=False,
        description=N_("Public: which languages people can speak with you."),
    )
    permit = OneOf(
        N_("Notice or permit"),
        choices=[wtforms.SelectChoice(*pair) for pair in PERMIT_LABELS.items()],
        description=N_(
            "Many places ask for notice or a permit. Only the organizers see what you say here."
        ),
    )

    def part(self) -> Part:
        """Return what the group says of its part in the slot."""
        return Part(
            expected_number=self.expected_number.data,
            meeting_point=self.meeting_point.data or "",
            hides_point=self.hides_point.data,
            accessibility=self.accessibility.data or "",
            languages=self.languages.data or "",
            permit=Permit(self.permit.data),
        )


class GroupForm(Form):
    """A group changes its name and city, and whether the public reads them."""

    name = name_field()
    city = TextLine(N_("City of your group"), most=120)
    is_named = is_named_field()


class CheckInForm(Form):
    """A group says on the day how many people are there."""

    people = WholeNumber(
        N_("How many people are there?"),
        [wtforms.validators.Optional(), between(1, MOST_PEOPLE)],
        description=N_(
            "Your estimate, if you like. The public reads it by steps, such as “25 or more”."
        ),
    )


class NoteForm(Form):
    """An organizer notes something of a group."""

    text = TextBlock(
        N_("Note"),
        most=2000,
        description=N_("Only organizers who decide of sign-ups read it; the group never does."),
    )


class SlotForm(Form):
    """An organizer gives one slot another time."""

    local_day = Day(N_("Day there"), [is_needed])
    local_time = TimeOfDay(N_("Start on the clock there"), [is_needed])
    duration_minutes = WholeNumber(N_("Length in minutes"), [is_needed, between(1, DAY_MINUTES)])

    def time(self) -> SlotTime:
        """Return when the slot is to be."""
        day, start = self.local_day.data, self.local_time.data
        return SlotTime(day, start, self.duration_minutes.data)  # type: ignore[arg-type]


class HandoverForm(Form):
    """A group is handed over to another address."""

    email = email_field()


def is_web_address(_form: wtforms.Form, field: wtforms.Field) -> None:
    """Refuse what is not an address of a page; nobody fetches it."""
    parts = urlsplit(field.data or "")
    if parts.scheme not in ("http", "https") or not parts.hostname or " " in field.data:
        raise wtforms.ValidationError(say(field, N_("Give an address that begins with https://.")))


class ProposalForm(Form):
    """A group proposes a mission that the directory lacks."""

    name = TextLine(N_("Name of the mission"), most=200)
    kind = OneOf(
        N_("Kind"),
        [is_needed],
        choices=[wtforms.SelectChoice(*pair) for pair in MISSION_KIND_LABELS.items()],
    )
    country = wtforms.SelectField(N_("Country"), [is_needed], choices=[])
    city = TextLine(N_("City"), most=120)
    address = TextLine(N_("Address of the mission"), most=300, needed=False)
    source = TextLine(
        N_("Source"),
        most=300,
        validators=(is_web_address,),
        widget=wtforms.widgets.URLInput(),
        description=N_("A page that shows that it exists, best an official one."),
    )

    def __init__(self, typed: MultiDict[str, str] | None = None, *, language: str = "en") -> None:
        super().__init__(typed, language=language)
        named = [(code, territory_name(code, language)) for code in REGION_OF_COUNTRY]
        named.sort(key=lambda pair: folded(pair[1]))
        # Nobody is to propose a place in the first country of the list by not looking at it.
        self.country.choices = [wtforms.SelectChoice(*pair) for pair in [("", "–"), *named]]

    def proposed(self) -> ProposedMission:
        """Return what the group says of the mission."""
        return ProposedMission(
            name=self.name.data,
            kind=MissionKind(self.kind.data),
            country=self.country.data,
            city=self.city.data,
            address=self.address.data or "",
            source=self.source.data,
        )


class LostLinkForm(Form):
    """A group asks for its link again."""

    email = email_field()
