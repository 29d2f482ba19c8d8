"""What do stored waves, sites and overrides say, as the values from which slots are computed?"""

from collections.abc import Iterable, Mapping
from datetime import datetime, time
from typing import Any

from protestcoord.campaigns.models import SiteOverride, Wave
from protestcoord.campaigns.recurrence import recurrence_from_text
from protestcoord.campaigns.schedule import (
    Override,
    RelayKind,
    SchedulePlace,
    Synchronisation,
    WaveRule,
)
from protestcoord.campaigns.waves import occurrence_of_slot
from protestcoord.missions.models import Mission


def rule_of(wave: Wave) -> WaveRule:
    """Return a wave's rule as its organizer last saved it."""
    return WaveRule(
        wave.synchronisation,
        wave.start,
        wave.duration_minutes,
        wave.relay_kind,
        wave.window_start,
        wave.window_end,
        wave.relay_hours,
        wave.repeats,
    )


def told_of_wave(wave: Wave) -> dict[str, Any]:
    """Return what a wave says as plain values for JSON: what is published of it."""
    return {
        "title": wave.title,
        "synchronisation": wave.synchronisation.value,
        "start": wave.start.isoformat(),
        "duration_minutes": wave.duration_minutes,
        "relay_kind": wave.relay_kind.value,
        "window_start": wave.window_start.isoformat("minutes"),
        "window_end": wave.window_end.isoformat("minutes"),
        "relay_hours": wave.relay_hours,
        "recurrence": wave.recurrence,
    }


def rule_from_told(told: Mapping[str, Any]) -> WaveRule:
    """Return the rule that was published of a wave (``Wave.published``)."""
    return WaveRule(
        Synchronisation(told["synchronisation"]),
        datetime.fromisoformat(told["start"]),
        told["duration_minutes"],
        RelayKind(told["relay_kind"]),
        time.fromisoformat(told["window_start"]),
        time.fromisoformat(told["window_end"]),
        told["relay_hours"],
        recurrence_from_text(told["recurrence"]),
    )


def published_rule_of(wave: Wave) -> WaveRule | None:
    """Return a wave's rule as of its last publishing, or None if it never was."""
    return rule_from_told(wave.published) if wave.published else None


def occurrence_of(wave: Wave, number: int) -> int:
    """Return the occurrence of a wave, from 1, to which its slot with a number belongs."""
    published = published_rule_of(wave)
    kind = published.synchronisation if published else wave.synchronisation
    return occurrence_of_slot(kind, number)


def override_of(override: SiteOverride) -> Override:
    """Return what a site does otherwise as a value."""
    return Override(
        override.site.mission.slug,
        override.occurrence,
        override.is_cancelled,
        override.local_day,
        override.local_time,
        override.duration_minutes,
    )


def places_of(missions: Iterable[Mission]) -> list[SchedulePlace]:
    """Return missions as what a schedule needs of them."""
    return [SchedulePlace(m.slug, m.timezone, m.longitude, m.latitude) for m in missions]
