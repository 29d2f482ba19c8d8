"""What did an organizer mean by a text that gets public, and does it name a person?"""

from typing import Any, Final

import wtforms

from protestcoord.core.errors import N_
from protestcoord.core.fields import Form, TextBlock, TextLine, say
from protestcoord.missions.persons import phrases_in

LOOK_AGAIN: Final = N_(
    "This seems to name or threaten a person, or to speak of somebody’s home. Please change it, or "
    "tick what names no private person and no home."
)


class PublicTextForm(Form):
    """A form whose texts others read: what seems to name a person is shown, and has to be ticked.

    A tick is for one phrase, so that it vouches for nothing that was typed after it.

    Source:
        ``docs/decisions/0044-held-texts-wait-for-eyes.md``.
    """

    names_nobody = wtforms.SelectMultipleField(
        N_("This names no private person and no home"),
        choices=[],
        validate_choice=False,
        option_widget=wtforms.widgets.CheckboxInput(),
        widget=wtforms.widgets.ListWidget(prefix_label=False),
    )

    def validate(self, *args: Any, **options: Any) -> bool:
        """Check all fields; a text that seems to name a person needs its tick."""
        is_valid = bool(super().validate(*args, **options))
        phrases = self.phrases()
        self.names_nobody.choices = [wtforms.SelectChoice(text, f"“{text}”") for text in phrases]
        self.names_nobody.flags.required = True
        if set(phrases) <= set(self.names_nobody.data or ()):
            return is_valid
        self.names_nobody.errors = [say(self.names_nobody, LOOK_AGAIN)]
        return False

    def phrases(self) -> list[str]:
        """Return what in the texts seems to name or threaten a person."""
        texts = [field.data for field in self if isinstance(field, TextLine | TextBlock)]
        return list(dict.fromkeys(phrase for text in texts for phrase in phrases_in(text or "")))
