"""Which text does a form take: fields that clean what was typed, and say what they refuse."""

import unicodedata
from collections.abc import Callable, Mapping
from gettext import NullTranslations

import wtforms
from werkzeug.datastructures import MultiDict
from wtforms.fields.choices import Choice
from wtforms.validators import StopValidation, ValidationError

from protestcoord.core.errors import N_, InvalidValue
from protestcoord.core.languages import translations

# Embeddings, overrides and isolates change the order in which the text around them is read. The
# marks and joiners that Arabic, Hebrew, Indic scripts and emoji need are not among them.
DIRECTION_CONTROLS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
# Control, surrogate, line separator, paragraph separator.
REFUSED_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
VISIBLE_CATEGORIES = frozenset("LNPS")
SUBSTITUTE = "\ufffd"

REFUSED_CHARACTER = N_("This contains a control character that cannot be shown (%(code)s).")
REFUSED_BREAK = N_("This has to be on one line.")
NEEDED = N_("Please fill this in.")
CHOOSE_ONE = N_("Please choose one of these.")

Validator = Callable[[wtforms.Form, wtforms.Field], None]


def clean_text(text: str, *, multiline: bool = False) -> str:
    """Return a text as it is stored: NFC, no direction overrides, no space around it.

    Args:
        text: As typed; the line ends of any system.
        multiline: Whether line feeds belong to it.

    Raises:
        InvalidValue: It contains a control character, a line or paragraph separator, or half of
            a surrogate pair.

    Source:
        Unicode Standard Annex 15 (NFC); Unicode Technical Report 36 (direction overrides).
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    cleaned = unicodedata.normalize("NFC", lines.translate(DIRECTION_CONTROLS)).strip()
    for character in cleaned:
        if _is_refused(character, multiline=multiline):
            raise _refusal(character)
    return cleaned


def _is_refused(character: str, *, multiline: bool) -> bool:
    if multiline and character == "\n":
        return False
    return unicodedata.category(character) in REFUSED_CATEGORIES


def _refusal(character: str) -> InvalidValue:
    if character == "\n":
        return InvalidValue(REFUSED_BREAK)
    return InvalidValue(REFUSED_CHARACTER, code=f"U+{ord(character):04X}")


def _with_substitutes(text: str, *, multiline: bool) -> str:
    """Return a refused text so that it can be shown again, and one sees where it is refused."""
    return "".join(SUBSTITUTE if _is_refused(c, multiline=multiline) else c for c in text)


def has_visible_character(text: str) -> bool:
    """Tell whether a text shows anything; joiners, marks and spaces alone do not."""
    return any(unicodedata.category(character)[0] in VISIBLE_CATEGORIES for character in text)


class Form(wtforms.Form):  # type: ignore[misc]
    """A form whose messages are in the language of its page.

    Labels, descriptions and the labels of choices stay marked English texts: the template
    translates them. Errors are translated here, since some have values filled in.
    """

    class Meta:
        """Where WTForms asks for translations."""

        language = "en"

        def get_translations(self, _form: wtforms.Form) -> NullTranslations:
            """Return what has ``gettext`` and ``ngettext`` in the form's language."""
            return translations(self.language)

    def __init__(
        self,
        formdata: MultiDict[str, str] | None = None,
        *,
        language: str = "en",
        data: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(formdata, data=data, meta={"language": language})


def say(field: wtforms.Field, message: str, **values: object) -> str:
    """Return a marked message in the language of a field's form."""
    text: str = field.gettext(message)
    return text % values if values else text


def is_needed(_form: wtforms.Form, field: wtforms.Field) -> None:
    """Refuse an empty field, and stop there."""
    if field.data is None or not has_visible_character(str(field.data)):
        # What could not be read was typed, so it is not missing.
        raise StopValidation("" if field.errors else say(field, NEEDED))


is_needed.field_flags = {"required": True}  # type: ignore[attr-defined]


def at_most(most: int) -> Validator:
    """Return a validator that refuses a text of more than ``most`` characters."""

    def check(_form: wtforms.Form, field: wtforms.Field) -> None:
        if len(field.data or "") > most:
            message = N_("This is too long: at most %(most)s characters, and there are %(count)s.")
            raise ValidationError(say(field, message, most=most, count=len(field.data)))

    check.field_flags = {"maxlength": most}  # type: ignore[attr-defined]
    return check


def between(least: int, most: int) -> Validator:
    """Return a validator that refuses a number outside ``least`` to ``most``."""

    def check(_form: wtforms.Form, field: wtforms.Field) -> None:
        if field.data is not None and not least <= field.data <= most:
            message = N_("This is a number from %(least)s to %(most)s.")
            raise ValidationError(say(field, message, least=least, most=most))

    check.field_flags = {"min": least, "max": most}  # type: ignore[attr-defined]
    return check


class _TextField(wtforms.StringField):  # type: ignore[misc]
    """A text that is cleaned while it is read; what is refused is kept to be shown again."""

    multiline = False

    def __init__(
        self,
        label: str,
        *,
        most: int,
        needed: bool = True,
        validators: tuple[Validator, ...] = (),
        **options: object,
    ) -> None:
        first = [is_needed, at_most(most)] if needed else [at_most(most)]
        super().__init__(label, [*first, *validators], **options)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take over what the form sent."""
        typed = valuelist[0] if valuelist else ""
        try:
            self.data = clean_text(typed, multiline=self.multiline)
        except InvalidValue as error:
            self.data = _with_substitutes(typed, multiline=self.multiline)
            raise ValueError(say(self, error.message, **error.values)) from error


class TextLine(_TextField):
    """One line of text, at most ``most`` characters, needed unless said otherwise."""


class TextBlock(_TextField):
    """Several lines of text, at most ``most`` characters, needed unless said otherwise."""

    multiline = True
    widget = wtforms.widgets.TextArea()


class WholeNumber(wtforms.IntegerField):  # type: ignore[misc]
    """A whole number."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take over what the form sent."""
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(say(self, N_("Please enter a whole number."))) from error


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


class Day(wtforms.DateField):  # type: ignore[misc]
    """A civil day."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take over what the form sent; nothing is no day."""
        if not any(valuelist):
            self.data = None
            return
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(say(self, N_("Please give a day, such as 2027-06-04."))) from error


class OneOf(wtforms.SelectField):  # type: ignore[misc]
    """A list to choose from whose labels are marked English texts, shown in the form's language."""

    def iter_choices(self) -> list[Choice]:
        """Return the choices as they are shown."""
        shown = super().iter_choices()
        return [choice._replace(label=say(self, choice.label)) for choice in shown]
