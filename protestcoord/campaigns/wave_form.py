"""What did an organizer mean: the form of when a campaign acts."""

import enum
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, time

import wtforms

from protestcoord.campaigns.planning import MOST_GROUPS
from protestcoord.campaigns.public_texts import PublicTextForm
from protestcoord.campaigns.recurrence import (
    MOST_OCCURRENCES,
    WEEKDAYS,
    Frequency,
    Recurrence,
    check_recurrence,
)
from protestcoord.campaigns.requests import WaveRequest
from protestcoord.campaigns.rules import DEFAULT_CAPACITY
from protestcoord.campaigns.schedule import (
    RelayKind,
    Synchronisation,
    check_wave_rule,
)
from protestcoord.campaigns.waves import LONGEST_RELAY_HOURS
from protestcoord.core.clock import MINUTES_PER_DAY
from protestcoord.core.errors import N_, InvalidValue
from protestcoord.core.fields import (
    CHOOSE_ONE,
    Day,
    Moment,
    TextLine,
    TimeOfDay,
    WholeNumber,
    between,
    is_needed,
    say,
)

HOURS = 24


class HoursOfDay(TextLine):
    """Hours of the day, such as ``8, 12, 18``."""

    @property
    def numbers(self) -> tuple[int, ...]:
        """The hours, in order, each once."""
        return tuple(sorted({int(hour) for hour in (self.data or "").replace(",", " ").split()}))

    def post_validate(self, form: wtforms.Form, validation_stopped: bool) -> None:  # noqa: ARG002
        """Refuse what are no hours."""
        words = (self.data or "").replace(",", " ").split()
        if not all(word.isascii() and word.isdecimal() and int(word[:3]) < HOURS for word in words):
            raise wtforms.ValidationError(
                say(self, N_("Please give full hours, such as 8, 12, 18."))
            )


class Repeat(enum.StrEnum):
    """How an organizer says that a wave repeats."""

    NEVER = "never"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    MONTHLY_WEEKDAY = "monthly_weekday"
    YEARLY = "yearly"


FREQUENCY_OF = {
    Repeat.DAILY: Frequency.DAILY,
    Repeat.WEEKLY: Frequency.WEEKLY,
    Repeat.MONTHLY: Frequency.MONTHLY,
    Repeat.MONTHLY_WEEKDAY: Frequency.MONTHLY,
    Repeat.YEARLY: Frequency.YEARLY,
}
WEEKDAY_LABELS = (
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
    N_("Saturday"),
    N_("Sunday"),
)


# Where the form shows what the rule refuses, if not beside the field of that name.
FIELD_OF_RULE = {"window": "window_end", "recurrence": "repeat"}
REPEAT_FIELDS = ("interval", "weekdays", "hours", "count", "until")
RELAY_FIELDS = ("relay_kind", "window_start", "window_end", "relay_hours")


class WaveForm(PublicTextForm):
    """When a campaign acts."""

    title = TextLine(N_("Name"), most=80)
    synchronisation = wtforms.RadioField(
        N_("How the sites act together"),
        [is_needed],
        choices=[
            wtforms.SelectChoice(Synchronisation.SAME_LOCAL_TIME, N_("Same local time")),
            wtforms.SelectChoice(Synchronisation.SAME_INSTANT, N_("Same instant")),
            wtforms.SelectChoice(Synchronisation.RELAY, N_("Relay")),
        ],
        coerce=Synchronisation,
        default=Synchronisation.SAME_LOCAL_TIME,
        invalid_value_message=CHOOSE_ONE,
        invalid_choice_message=CHOOSE_ONE,
    )
    start = Moment(N_("Start"))
    duration_minutes = WholeNumber(
        N_("Length in minutes"), [is_needed, between(1, MINUTES_PER_DAY)], default=60
    )
    capacity = WholeNumber(
        N_("Groups per slot"), [is_needed, between(1, MOST_GROUPS)], default=DEFAULT_CAPACITY
    )
    relay_kind = wtforms.RadioField(
        N_("Who takes part in the relay"),
        [is_needed],
        choices=[
            wtforms.SelectChoice(RelayKind.FULL, N_("Every site once")),
            wtforms.SelectChoice(
                RelayKind.MINIMAL, N_("The fewest sites that leave no minute uncovered")
            ),
        ],
        coerce=RelayKind,
        default=RelayKind.FULL,
        invalid_value_message=CHOOSE_ONE,
        invalid_choice_message=CHOOSE_ONE,
    )
    relay_hours = WholeNumber(
        N_("Hours of the relay"), [is_needed, between(1, LONGEST_RELAY_HOURS)], default=24
    )
    window_start = TimeOfDay(N_("Not before, at the site"), [is_needed], default=time(8))
    window_end = TimeOfDay(N_("Done by, at the site"), [is_needed], default=time(20))
    repeat = wtforms.RadioField(
        N_("Repeats"),
        [is_needed],
        choices=[
            wtforms.SelectChoice(Repeat.NEVER, N_("It takes place once")),
            wtforms.SelectChoice(Repeat.DAILY, N_("Every day")),
            wtforms.SelectChoice(Repeat.WEEKLY, N_("Every week")),
            wtforms.SelectChoice(Repeat.MONTHLY, N_("Every month on the same date")),
            wtforms.SelectChoice(
                Repeat.MONTHLY_WEEKDAY,
                N_("Every month on the same weekday, such as the first Friday"),
            ),
            wtforms.SelectChoice(Repeat.YEARLY, N_("Every year on the same date")),
        ],
        coerce=Repeat,
        default=Repeat.NEVER,
        invalid_value_message=CHOOSE_ONE,
        invalid_choice_message=CHOOSE_ONE,
    )
    interval = WholeNumber(
        N_("Every how many days, weeks, months or years"),
        [is_needed, between(1, MOST_OCCURRENCES)],
        default=1,
    )
    weekdays = wtforms.SelectMultipleField(
        N_("On these weekdays"),
        choices=[
            wtforms.SelectChoice(day, label)
            for day, label in zip(WEEKDAYS, WEEKDAY_LABELS, strict=True)
        ],
        option_widget=wtforms.widgets.CheckboxInput(),
        widget=wtforms.widgets.ListWidget(prefix_label=False),
    )
    hours = HoursOfDay(N_("At these hours"), most=80, needed=False)
    count = WholeNumber(
        N_("How many times in all"),
        [wtforms.validators.Optional(), between(1, MOST_OCCURRENCES)],
    )
    until = Day(N_("Last day"), [wtforms.validators.Optional()])

    def validate(self, extra_validators: dict[str, list[object]] | None = None) -> bool:
        """Check the fields, then the rule that they make; only those that count."""
        super().validate(extra_validators)
        if self.synchronisation.data is not Synchronisation.RELAY:
            self._forget_errors(RELAY_FIELDS)
        if self.repeat.data is Repeat.NEVER:
            self._forget_errors(REPEAT_FIELDS)
        if not self.errors:
            self._check_rule()
        return not self.errors

    def _forget_errors(self, names: tuple[str, ...]) -> None:
        for name in names:
            self[name].errors = []

    def _check_rule(self) -> None:
        try:
            request = self.request()
            if request.recurrence:
                check_recurrence(request.recurrence)
            check_wave_rule(request.rule)
        except InvalidValue as error:
            field = self[FIELD_OF_RULE.get(error.field, error.field)]
            field.errors = [say(field, error.message, **error.values)]

    def request(self) -> WaveRequest:
        """Return what the organizer asks for; without a relay, a relay's fields do not count."""
        asked = WaveRequest(
            title=self.title.data,
            synchronisation=self.synchronisation.data,
            start=self.start.data,
            duration_minutes=self.duration_minutes.data,
            capacity=self.capacity.data,
            recurrence=self._recurrence(),
        )
        if asked.synchronisation is not Synchronisation.RELAY:
            return asked
        return replace(asked, **{name: self[name].data for name in RELAY_FIELDS})

    def _recurrence(self) -> Recurrence | None:
        repeat = self.repeat.data
        if repeat is Repeat.NEVER:
            return None
        within_week = repeat in (Repeat.DAILY, Repeat.WEEKLY)
        return Recurrence(
            FREQUENCY_OF[repeat],
            self.interval.data,
            self.count.data,
            self.until.data,
            _weekdays(repeat, self.start.data, self.weekdays.data or ()),
            self.hours.numbers if within_week else (),
        )


def _weekdays(repeat: Repeat, start: datetime, ticked: Iterable[str]) -> tuple[str, ...]:
    if repeat is Repeat.MONTHLY_WEEKDAY:
        return (f"{(start.day - 1) // len(WEEKDAYS) + 1}{WEEKDAYS[start.weekday()]}",)
    return tuple(ticked) if repeat is Repeat.WEEKLY else ()


def repeat_fields(recurrence: Recurrence | None) -> Mapping[str, object]:
    """Return what the fields of a form say of a recurrence."""
    if recurrence is None:
        return {}
    weekly = recurrence.frequency is Frequency.WEEKLY
    by_weekday = recurrence.frequency is Frequency.MONTHLY and recurrence.weekdays
    return {
        "repeat": Repeat.MONTHLY_WEEKDAY if by_weekday else Repeat(recurrence.frequency.lower()),
        "interval": recurrence.interval,
        "weekdays": list(recurrence.weekdays) if weekly else [],
        "hours": ", ".join(map(str, recurrence.hours)),
        "count": recurrence.count,
        "until": recurrence.until,
    }
