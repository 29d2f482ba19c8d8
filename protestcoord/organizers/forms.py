"""What did an organizer mean: the forms of the own account."""

from typing import Any

import wtforms

from protestcoord.core.errors import N_
from protestcoord.core.fields import Form, TextLine, at_most, is_needed, say
from protestcoord.organizers.passwords import LONGEST_PASSWORD

# As a browser keeps it; nothing is cut off or cleaned.
TYPED = (is_needed, at_most(4 * LONGEST_PASSWORD))


def _code(label: str) -> TextLine:
    attributes = {
        "inputmode": "numeric",
        "autocomplete": "one-time-code",
        "spellcheck": "false",
    }
    return TextLine(label, most=40, render_kw=attributes)


def _password(label: str, kept_as: str) -> wtforms.PasswordField:
    return wtforms.PasswordField(label, TYPED, render_kw={"autocomplete": kept_as})


class CodeForm(Form):
    """The code that the app shows now, or a recovery code."""

    code = _code(N_("Code"))


class SetUpForm(Form):
    """The first code of a new phone, with the secret that it was given."""

    offer = wtforms.HiddenField()
    code = _code(N_("Code that the app shows now"))


# What a browser says of a passkey as JSON; a long id and a long key are far from filling it.
MOST_OF_CREDENTIAL = 16_000


class PasskeyForm(Form):
    """A new passkey as the browser made it, and what its owner calls it."""

    name = TextLine(N_("What you call it"), most=60, render_kw={"autocomplete": "off"})
    credential = wtforms.HiddenField(validators=[at_most(MOST_OF_CREDENTIAL)])


class AgainForm(Form):
    """Password once more, and the code or a passkey, before what matters most."""

    password = _password(N_("Password"), "current-password")
    code = _code(N_("Code that the app shows now"))
    credential = wtforms.HiddenField(validators=[at_most(MOST_OF_CREDENTIAL)])

    def validate(self, extra_validators: Any = None) -> bool:
        """Ask for no code where a passkey was used instead."""
        if "code" in self and "credential" in self and self.credential.data:
            self.code.validators = ()
        valid: bool = super().validate(extra_validators)
        return valid


class NewPasswordForm(Form):
    """A password for a new account, or instead of another one."""

    password = _password(N_("New password"), "new-password")
    repeated = _password(N_("New password once more"), "new-password")

    def validate_repeated(self, field: wtforms.Field) -> None:
        """Refuse a repetition that is none."""
        if field.data != self.password.data:
            raise wtforms.ValidationError(say(field, N_("These two are not the same.")))


class PasswordForm(NewPasswordForm):
    """Another password, and the one of now."""

    current = _password(N_("Current password"), "current-password")
