"""What did an organizer mean: the form of a message and of whom it goes to."""

from collections.abc import Iterable, Mapping
from itertools import starmap

import wtforms
from werkzeug.datastructures import MultiDict

from protestcoord.campaigns.public_texts import PublicTextForm
from protestcoord.config import LANGUAGES
from protestcoord.core.errors import N_
from protestcoord.core.fields import Form, OneOf, TextBlock, TextLine, WholeNumber, between
from protestcoord.core.languages import translate
from protestcoord.members.rules import Areas
from protestcoord.messages.requests import MessageRequest
from protestcoord.messages.rules import LONGEST_SUBJECT, LONGEST_TEXT, Audience
from protestcoord.signups.rules import LIVE, SIGN_UP_STATE_LABELS

ALL = wtforms.SelectChoice("", N_("all"))
Choices = Iterable[tuple[str, str]]


class MessageForm(PublicTextForm):
    """A message and whom it goes to."""

    subject = TextLine(N_("Subject"), most=LONGEST_SUBJECT)
    text = TextBlock(N_("Text"), most=LONGEST_TEXT, render_kw={"rows": 12})
    state = OneOf(
        N_("State of the sign-up"),
        choices=[
            ALL,
            *(
                wtforms.SelectChoice(s.value, SIGN_UP_STATE_LABELS[s])
                for s in SIGN_UP_STATE_LABELS
                if s in LIVE
            ),
        ],
    )
    country = wtforms.SelectField(N_("Country"))
    region = wtforms.SelectField(N_("Region"))
    wave = wtforms.SelectField(N_("Wave"))
    mission = wtforms.SelectField(N_("Site"))
    language = OneOf(
        N_("Language"), choices=[ALL, *starmap(wtforms.SelectChoice, LANGUAGES.items())]
    )
    silent_days = WholeNumber(
        N_("Silent for so many days"),
        validators=[wtforms.validators.Optional(), between(1, 365)],
    )

    def __init__(
        self,
        choices: Mapping[str, Choices],
        formdata: MultiDict[str, str] | None = None,
        *,
        language: str,
        data: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(formdata, language=language, data=data)
        # These labels are names, which nobody translates.
        everything = wtforms.SelectChoice(ALL.value, translate(ALL.label, language))
        for name, values in choices.items():
            self[name].choices = [everything, *starmap(wtforms.SelectChoice, values)]

    def request(self, areas: Areas) -> MessageRequest:
        """Return what an organizer of some areas asks for."""
        return MessageRequest(
            self.subject.data,
            self.text.data,
            Audience(
                state=self.state.data,
                country=self.country.data,
                region=self.region.data,
                wave=int(self.wave.data or 0),
                mission=self.mission.data,
                language=self.language.data,
                silent_days=self.silent_days.data or 0,
                within=sorted(areas.codes),
            ),
        )


class SendForm(Form):
    """To how many groups a message goes, repeated by who sends it to many."""

    number = WholeNumber(N_("Number of groups"), validators=[wtforms.validators.Optional()])
