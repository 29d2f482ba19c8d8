"""What did an organizer mean: the one form by which a first campaign begins."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import cast

import wtforms

from protestcoord.campaigns.forms import statement_field, title_field
from protestcoord.campaigns.public_texts import PublicTextForm
from protestcoord.campaigns.requests import CampaignRequest, WaveRequest
from protestcoord.campaigns.schedule import Synchronisation
from protestcoord.campaigns.starting import StartRequest
from protestcoord.core.errors import N_
from protestcoord.core.fields import CHOOSE_ONE, Day, TimeOfDay, is_needed, say
from protestcoord.core.languages import territory_name, translate

WAVE_TITLE = N_("All together")
WAVE_MINUTES = 60


class StartForm(PublicTextForm):
    """What nobody else can know of a campaign; all else begins as it mostly is."""

    title = title_field()
    statement = statement_field()
    day = Day(N_("Day"), [is_needed])
    time = TimeOfDay(N_("Time of day"), [is_needed], default=time(12))
    regions = wtforms.SelectMultipleField(
        N_("Regions"),
        choices=[],
        validate_choice=False,
        option_widget=wtforms.widgets.CheckboxInput(),
        widget=wtforms.widgets.ListWidget(prefix_label=False),
    )

    def offer(self, regions: Mapping[str, int]) -> None:
        """Offer the regions, by name, each with how many missions it has."""
        language = self.meta.language
        named = sorted((territory_name(code, language), code) for code in regions)
        self.regions.choices = [
            wtforms.SelectChoice(code, f"{name} ({regions[code]})") for name, code in named
        ]

    def validate_regions(self, field: wtforms.Field) -> None:
        """Refuse what is no choice."""
        if not set(field.data or ()) <= {choice.value for choice in field.choices}:
            raise wtforms.ValidationError(say(field, CHOOSE_ONE))

    def request(self, owner_id: int, remote_only_countries: frozenset[str]) -> StartRequest:
        """Return what the organizer asks for: one hour, at the same time on every clock."""
        wave = WaveRequest(
            title=translate(WAVE_TITLE, self.meta.language),
            synchronisation=Synchronisation.SAME_LOCAL_TIME,
            start=datetime.combine(cast("date", self.day.data), self.time.data),
            duration_minutes=WAVE_MINUTES,
        )
        message = CampaignRequest(self.title.data, self.statement.data, owner_id)
        return StartRequest(message, wave, self.regions.data or (), remote_only_countries)
