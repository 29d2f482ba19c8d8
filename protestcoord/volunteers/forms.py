"""What did a volunteer or an organizer mean: the forms of coming, of reminders, of offers."""

from collections.abc import Iterable, Mapping

import wtforms
from werkzeug.datastructures import MultiDict

from protestcoord.core.errors import N_
from protestcoord.core.fields import Form, TextLine, WholeNumber, between, is_needed, say
from protestcoord.signups.forms import is_email
from protestcoord.volunteers.reminders import ReminderRequest
from protestcoord.volunteers.rules import MOMENT_LABELS, MOST_AT_ONCE, Moment
from protestcoord.volunteers.service import Offers


class ComeForm(Form):
    """Somebody says that they come, and how many they are."""

    people = WholeNumber(N_("How many are you?"), [is_needed, between(1, MOST_AT_ONCE)])


def _needs_a_moment(_form: wtforms.Form, field: wtforms.Field) -> None:
    if not field.data:
        raise wtforms.validators.StopValidation(say(field, N_("Please choose at least one.")))


_needs_a_moment.field_flags = {"required": True}  # type: ignore[attr-defined]


class ReminderForm(Form):
    """Somebody wants to be reminded, at those moments that are still to come."""

    email = TextLine(
        N_("E-mail"),
        most=254,
        validators=(is_email,),
        widget=wtforms.widgets.EmailInput(),
        render_kw={"autocomplete": "email"},
    )
    moments = wtforms.SelectMultipleField(
        N_("When do we remind you?"),
        [_needs_a_moment],
        widget=wtforms.widgets.ListWidget(prefix_label=False),
        option_widget=wtforms.widgets.CheckboxInput(),
    )

    def __init__(
        self,
        ahead: Iterable[Moment],
        formdata: MultiDict[str, str] | None = None,
        *,
        language: str,
        data: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(formdata, language=language, data=data)
        self.moments.choices = [(moment.value, MOMENT_LABELS[moment]) for moment in ahead]

    def request(self, language: str) -> ReminderRequest:
        """Return what is asked for."""
        chosen = [Moment(value) for value in self.moments.data]
        return ReminderRequest(self.email.data, chosen, language)


class OffersForm(Form):
    """What a campaign offers to volunteers."""

    counts_turnout = wtforms.BooleanField(N_("Let people say “I will come”."))
    sends_reminders = wtforms.BooleanField(N_("Let people be reminded by mail."))

    def offers(self) -> Offers:
        """Return what the organizer wants to offer."""
        return Offers(self.counts_turnout.data, self.sends_reminders.data)
