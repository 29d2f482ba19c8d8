"""When does each site of a wave act: a rule and places in, planned slots out, no clock read."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from protestcoord.campaigns.overrides import (
    EVERY_OCCURRENCE,
    Override,
    check_override,
    overrides_by_identity,
)
from protestcoord.campaigns.recurrence import Recurrence
from protestcoord.campaigns.relay import Gap, Overlap, RelayReport, plan_relay
from protestcoord.campaigns.waves import (
    Adjustment,
    Note,
    PlannedSlot,
    RelayKind,
    SchedulePlace,
    Synchronisation,
    WaveRule,
    check_wave_rule,
    note_of_adjustment,
)
from protestcoord.core.clock import zone
from protestcoord.core.errors import N_, InvalidValue

__all__ = [
    "Adjustment",
    "Gap",
    "Note",
    "Overlap",
    "Override",
    "PlannedSlot",
    "Recurrence",
    "RelayKind",
    "RelayReport",
    "SchedulePlace",
    "Synchronisation",
    "WaveRule",
    "check_override",
    "check_wave_rule",
    "note_of_adjustment",
    "relay_reports",
    "slot_opens_at",
    "slots_of_wave",
]


def slot_opens_at(
    protest_day: date, local_start: time, zone: ZoneInfo
) -> tuple[datetime, Adjustment]:
    """Return the instant at which a slot opens in front of a mission.

    Args:
        protest_day: Civil date at the mission, not at the organizer's desk.
        local_start: Wall-clock time at the mission; naive, whole minutes; its fold is not asked.
        zone: IANA zone of the mission (``timezone`` in data/embassies.csv).

    Returns:
        Aware datetime in UTC, and how it was adjusted: not at all, moved forward by
        the length of the gap, or the first of the two where the time occurs twice.

    Source:
        PEP 495 (``fold``); RFC 5545 section 3.3.5.
    """
    first = datetime.combine(protest_day, local_start, tzinfo=zone).replace(fold=0)
    # In a gap fold=0 counts with the offset before it, which is what moves the time forward.
    opens_at = first.astimezone(UTC)
    second_opens_at = first.replace(fold=1).astimezone(UTC)
    if second_opens_at == opens_at:
        return opens_at, Adjustment.NONE
    if second_opens_at > opens_at:
        return opens_at, Adjustment.FIRST_OF_TWO
    return opens_at, Adjustment.MOVED_FORWARD


def slots_of_wave(
    rule: WaveRule, places: Iterable[SchedulePlace], overrides: Iterable[Override] = ()
) -> tuple[PlannedSlot, ...]:
    """Return the slots of a wave, by start and then by key.

    The result depends on the set of places, not on their order. In a full relay a site that no
    segment fits, and in a minimal one a site that is not needed, has no slot.

    Args:
        rule: The wave.
        places: Its sites.
        overrides: What is different at some of them; those of other sites do not count.

    Raises:
        InvalidValue: The rule or an override is unusable, a zone is unknown, or there are no
            sites; ``field`` is named as in ``check_wave_rule`` and ``check_override``, or is
            timezone or sites.
    """
    known, own = _checked(rule, places, overrides)
    if rule.synchronisation is Synchronisation.SAME_INSTANT:
        slots = _slots_at_one_instant(rule, known)
    elif rule.synchronisation is Synchronisation.SAME_LOCAL_TIME:
        slots = _slots_at_one_wall_clock(rule, known)
    else:
        slots, _ = plan_relay(rule, _taking_part(known, own))
    if own and rule.synchronisation is not Synchronisation.RELAY:
        slots = list(_with_own_times(slots, own))
    return tuple(sorted(slots, key=lambda slot: (slot.starts_at, slot.key)))


def relay_reports(
    rule: WaveRule,
    places: Iterable[SchedulePlace],
    overrides: Iterable[Override] = (),
    candidates: Iterable[SchedulePlace] = (),
) -> tuple[RelayReport, ...]:
    """Return what each occurrence of a relay leaves open, and which sites share a segment.

    Args:
        rule: A relay.
        places: Its sites.
        overrides: Which of them are left out.
        candidates: Missions that are no sites; a gap names those whose local hour would close it.

    Raises:
        InvalidValue: As for ``slots_of_wave``; also if the wave is no relay
            (``field`` is synchronisation).
    """
    known, own = _checked(rule, places, overrides)
    if rule.synchronisation is not Synchronisation.RELAY:
        raise InvalidValue(N_("Only a relay has a relay's report."), field="synchronisation")
    keys = {place.key for place in known}
    others = [p for p in sorted(set(candidates), key=lambda p: p.key) if p.key not in keys]
    _, reports = plan_relay(rule, _taking_part(known, own), others)
    return reports


OwnTimes = Mapping[tuple[str, int], Override]


def _checked(
    rule: WaveRule, places: Iterable[SchedulePlace], overrides: Iterable[Override]
) -> tuple[list[SchedulePlace], OwnTimes]:
    check_wave_rule(rule)
    known = _distinct(places)
    own = overrides_by_identity(overrides)
    for override in own.values():
        check_override(rule, override)
    return known, own


def _taking_part(places: Iterable[SchedulePlace], own: OwnTimes) -> list[SchedulePlace]:
    return [place for place in places if (place.key, EVERY_OCCURRENCE) not in own]


def _distinct(places: Iterable[SchedulePlace]) -> list[SchedulePlace]:
    distinct = set(places)
    by_key = {place.key: place for place in distinct}
    if not by_key:
        raise InvalidValue(N_("A schedule needs at least one site."), field="sites")
    if len(by_key) < len(distinct):
        raise InvalidValue(N_("A site is listed twice with different places."), field="sites")
    for name in {place.timezone for place in distinct}:
        zone(name)
    return [by_key[key] for key in sorted(by_key)]


def _slots_at_one_instant(rule: WaveRule, places: Sequence[SchedulePlace]) -> list[PlannedSlot]:
    length = timedelta(minutes=rule.duration_minutes)
    return [
        PlannedSlot(place.key, number, starts_at, starts_at + length, place.timezone)
        for number, starts_at in enumerate((s.replace(tzinfo=UTC) for s in rule.starts), start=1)
        for place in places
    ]


def _slots_at_one_wall_clock(rule: WaveRule, places: Sequence[SchedulePlace]) -> list[PlannedSlot]:
    length = timedelta(minutes=rule.duration_minutes)
    zones = {place.timezone: zone(place.timezone) for place in places}
    slots = []
    for number, local_start in enumerate(rule.starts, start=1):
        day, clock_time = local_start.date(), local_start.time()
        openings = {name: slot_opens_at(day, clock_time, here) for name, here in zones.items()}
        for place in places:
            name = place.timezone
            opens_at, adjustment = openings[name]
            ends_at = opens_at + length
            slots.append(
                PlannedSlot(place.key, number, opens_at, ends_at, name, adjustment, local_start)
            )
    return slots


def _with_own_times(slots: Iterable[PlannedSlot], own: OwnTimes) -> Iterator[PlannedSlot]:
    """Yield the slots as they are at each site: as planned, at its own time, or not at all."""
    for slot in slots:
        override = own.get((slot.key, slot.occurrence)) or own.get((slot.key, EVERY_OCCURRENCE))
        if override is None:
            yield slot
        elif not override.is_cancelled:
            yield _with_own_time(slot, override)


def _with_own_time(slot: PlannedSlot, override: Override) -> PlannedSlot:
    starts_at, adjustment, local_asked = slot.starts_at, slot.adjustment, slot.local_asked
    length = slot.ends_at - slot.starts_at
    if override.duration_minutes is not None:
        length = timedelta(minutes=override.duration_minutes)
    if override.is_moved:
        here = zone(slot.timezone)
        planned = local_asked or slot.starts_at.astimezone(here).replace(tzinfo=None)
        local_asked = override.local_start(planned)
        starts_at, adjustment = slot_opens_at(local_asked.date(), local_asked.time(), here)
    return PlannedSlot(
        slot.key,
        slot.occurrence,
        starts_at,
        starts_at + length,
        slot.timezone,
        adjustment,
        local_asked,
        is_own_time=True,
    )
