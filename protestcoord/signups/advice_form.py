"""What did an organizer mean: the form that asks the advisor about a day."""

from datetime import time

import wtforms

from protestcoord.campaigns.advice import check_asked_day
from protestcoord.campaigns.site_hours import AskedDay
from protestcoord.core.clock import MINUTES_PER_DAY
from protestcoord.core.errors import N_, InvalidValue
from protestcoord.core.fields import (
    Day,
    Form,
    TimeOfDay,
    WholeNumber,
    between,
    is_needed,
    say,
)

# Where the form shows what the rule refuses, if not beside the field of that name.
FIELD_OF_RULE = {"window": "window_end"}


class AdviceForm(Form):
    """Which day, how long a slot is, and when people are awake."""

    day = Day(N_("Day"), [is_needed])
    duration_minutes = WholeNumber(
        N_("Length in minutes"), [is_needed, between(1, MINUTES_PER_DAY)], default=60
    )
    window_start = TimeOfDay(N_("Awake from"), [is_needed], default=time(8))
    window_end = TimeOfDay(N_("Awake until"), [is_needed], default=time(20))
    at = TimeOfDay(N_("At this time"), [wtforms.validators.Optional()])
    weighted = wtforms.BooleanField(N_("Count each site as often as it has confirmed groups"))

    def validate(self, extra_validators: dict[str, list[object]] | None = None) -> bool:
        """Check the fields, then what they ask for together."""
        super().validate(extra_validators)
        if not self.errors:
            self._check_asked_day()
        return not self.errors

    def _check_asked_day(self) -> None:
        try:
            check_asked_day(self.asked_day())
        except InvalidValue as error:
            field = self[FIELD_OF_RULE.get(error.field, error.field)]
            field.errors = [say(field, error.message, **error.values)]

    def asked_day(self) -> AskedDay:
        """Return what the organizer asks for."""
        return AskedDay(
            self["day"].data,
            self.duration_minutes.data,
            self.window_start.data,
            self.window_end.data,
        )
