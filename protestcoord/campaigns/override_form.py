"""What did an organizer mean: the form of what one site does otherwise than a wave says."""

import wtforms

from protestcoord.campaigns.schedule import Override, check_override
from protestcoord.campaigns.waves import WaveRule
from protestcoord.core.clock import MINUTES_PER_DAY
from protestcoord.core.errors import N_, InvalidValue
from protestcoord.core.fields import (
    CHOOSE_ONE,
    Day,
    Form,
    TimeOfDay,
    WholeNumber,
    between,
    is_needed,
    say,
)


class OverrideForm(Form):
    """What one site does otherwise than a wave says."""

    key = wtforms.SelectField(N_("Site"), [is_needed], invalid_choice_message=CHOOSE_ONE)
    occurrence = wtforms.SelectField(
        N_("Which time"), coerce=int, invalid_choice_message=CHOOSE_ONE
    )
    is_cancelled = wtforms.BooleanField(N_("Nothing takes place here"))
    local_day = Day(N_("Day there"), [wtforms.validators.Optional()])
    local_time = TimeOfDay(N_("Start on the clock there"), [wtforms.validators.Optional()])
    duration_minutes = WholeNumber(
        N_("Length in minutes"), [wtforms.validators.Optional(), between(1, MINUTES_PER_DAY)]
    )

    def is_valid_for(self, rule: WaveRule) -> bool:
        """Check the fields, then whether a slot of the wave follows from them."""
        if not self.validate():
            return False
        try:
            check_override(rule, self.request())
        except InvalidValue as error:
            self[error.field].errors = [say(self[error.field], error.message, **error.values)]
        return not self.errors

    def request(self) -> Override:
        """Return what the organizer asks for."""
        return Override(
            self.key.data,
            self.occurrence.data,
            self.is_cancelled.data,
            self.local_day.data,
            self.local_time.data,
            self.duration_minutes.data,
        )
