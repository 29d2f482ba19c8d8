"""Relays against a count of every minute and a try of every set of sites."""
# ruff: noqa: DTZ001 - a relay's start is naive and in UTC

import dataclasses
import zoneinfo
from collections import Counter
from datetime import UTC, datetime, time, timedelta
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protestcoord.campaigns.recurrence import recurrence_from_text
from protestcoord.campaigns.relay import Gap
from protestcoord.campaigns.schedule import (
    RelayKind,
    SchedulePlace,
    Synchronisation,
    WaveRule,
    relay_reports,
    slots_of_wave,
)
from protestcoord.core.clock import local_text, utc_text, zone
from protestcoord.core.errors import InvalidValue

MINUTE = timedelta(minutes=1)
ZONES = sorted(zoneinfo.available_timezones())

# One zone for each whole hour from UTC-10 to UTC+12 on 4 June 2027; none of them changes then.
WORLD = (
    ("honolulu", "Pacific/Honolulu", -157.9),
    ("anchorage", "Etc/GMT+9", -135.0),
    ("pitcairn", "Pacific/Pitcairn", -130.1),
    ("phoenix", "America/Phoenix", -112.1),
    ("costa-rica", "America/Costa_Rica", -84.1),
    ("bogota", "America/Bogota", -74.1),
    ("caracas", "America/Caracas", -66.9),
    ("buenos-aires", "America/Argentina/Buenos_Aires", -58.4),
    ("fernando", "America/Noronha", -32.4),
    ("praia", "Atlantic/Cape_Verde", -23.5),
    ("accra", "Africa/Accra", -0.2),
    ("lagos", "Africa/Lagos", 3.4),
    ("harare", "Africa/Harare", 31.0),
    ("nairobi", "Africa/Nairobi", 36.8),
    ("dubai", "Asia/Dubai", 55.3),
    ("tashkent", "Asia/Tashkent", 69.2),
    ("dhaka", "Asia/Dhaka", 90.4),
    ("bangkok", "Asia/Bangkok", 100.5),
    ("singapore", "Asia/Singapore", 103.9),
    ("tokyo", "Asia/Tokyo", 139.7),
    ("port-moresby", "Pacific/Port_Moresby", 147.2),
    ("honiara", "Pacific/Guadalcanal", 160.0),
    ("suva", "Pacific/Fiji", 178.4),
)
PLACES = tuple(SchedulePlace(key, name, longitude, 0.0) for key, name, longitude in WORLD)


def make_relay(**changes):
    relay = WaveRule(Synchronisation.RELAY, datetime(2027, 6, 4), 60)
    return dataclasses.replace(relay, **changes)


def minutes_of(slot):
    return [slot.starts_at + n * MINUTE for n in range((slot.ends_at - slot.starts_at) // MINUTE)]


def is_in_window(rule, instant, zone_name):
    shown = instant.astimezone(zone(zone_name)).time()
    if rule.window_start < rule.window_end:
        return rule.window_start <= shown < rule.window_end
    return shown >= rule.window_start or shown < rule.window_end


def counted_segments(rule, zone_name):
    """Return the segments that lie wholly in the window, by looking at every minute."""
    begin = rule.start.replace(tzinfo=UTC)
    length = rule.duration_minutes
    return {
        segment
        for segment in range(rule.segments)
        if all(
            is_in_window(rule, begin + (segment * length + n) * MINUTE, zone_name)
            for n in range(length)
        )
    }


def counted_gaps(rule, slots):
    """Return each stretch of minutes that no slot covers."""
    covered = {minute for slot in slots for minute in minutes_of(slot)}
    begin = rule.start.replace(tzinfo=UTC)
    gaps = []
    for n in range(rule.segments * rule.duration_minutes):
        minute = begin + n * MINUTE
        if minute in covered:
            continue
        if gaps and gaps[-1].ends_at == minute:
            gaps[-1] = Gap(gaps[-1].starts_at, minute + MINUTE)
        else:
            gaps.append(Gap(minute, minute + MINUTE))
    return tuple(gaps)


rules = st.builds(
    make_relay,
    start=st.datetimes(datetime(2024, 1, 1), datetime(2040, 12, 31)).map(
        lambda moment: moment.replace(second=0, microsecond=0)
    ),
    duration_minutes=st.sampled_from((30, 45, 60, 90, 120, 200)),
    relay_kind=st.sampled_from(RelayKind),
    window_start=st.sampled_from((time(8), time(10, 30), time(20), time(0))),
    window_end=st.sampled_from((time(20), time(15), time(4, 15), time(0))),
    relay_hours=st.sampled_from((6, 24, 30)),
)
places = st.lists(
    st.builds(
        SchedulePlace,
        key=st.text("abcdef", min_size=1, max_size=3),
        timezone=st.sampled_from(ZONES),
        longitude_deg=st.floats(-180, 180),
        latitude_deg=st.just(0.0),
    ),
    min_size=1,
    max_size=7,
    unique_by=lambda place: place.key,
)


@settings(max_examples=100)
@given(rules, places)
def test_report_names_every_minute_that_no_slot_covers(rule, sites):
    report = relay_reports(rule, sites)[0]
    assert report.gaps == counted_gaps(rule, slots_of_wave(rule, sites))
    assert all(gap.minutes == (gap.ends_at - gap.starts_at) // MINUTE for gap in report.gaps)
    assert report.ends_at - report.starts_at == rule.segments * rule.duration_minutes * MINUTE


@settings(max_examples=100)
@given(rules, places)
def test_minutes_outside_the_window_are_counted_right_and_less_than_half(rule, sites):
    for slot in slots_of_wave(rule, sites):
        outside = sum(not is_in_window(rule, m, slot.timezone) for m in minutes_of(slot))
        assert slot.minutes_outside == outside <= rule.duration_minutes / 2
        assert not (outside and rule.relay_kind is RelayKind.MINIMAL)


@settings(max_examples=100)
@given(rules, places)
def test_full_relay_gives_each_site_one_segment_wholly_in_its_window_if_there_is_one(rule, sites):
    full = dataclasses.replace(rule, relay_kind=RelayKind.FULL)
    slots = {slot.key: slot for slot in slots_of_wave(full, sites)}
    assert len(slots) == len(slots_of_wave(full, sites))
    assert slots.keys() ^ set(relay_reports(full, sites)[0].left_out) == {p.key for p in sites}
    for place in sites:
        if counted_segments(rule, place.timezone):
            assert (slots[place.key].occurrence, slots[place.key].minutes_outside) == (1, 0)


@settings(max_examples=100)
@given(rules, places)
def test_minimal_relay_covers_what_can_be_covered_with_the_fewest_sites(rule, sites):
    minimal = dataclasses.replace(rule, relay_kind=RelayKind.MINIMAL)
    can_cover = {place.key: counted_segments(rule, place.timezone) for place in sites}
    slots = slots_of_wave(minimal, sites)
    begin = rule.start.replace(tzinfo=UTC)
    covered = [(slot.starts_at - begin) // (rule.duration_minutes * MINUTE) for slot in slots]
    coverable = set().union(*can_cover.values())
    assert sorted(covered) == sorted(coverable)
    chosen = {slot.key for slot in slots}
    fewer = combinations(can_cover.values(), max(len(chosen) - 1, 0))
    assert not chosen or not any(set().union(*few) == coverable for few in fewer)
    assert relay_reports(minimal, sites)[0].left_out == tuple(
        sorted(key for key, segments in can_cover.items() if not segments)
    )


@settings(max_examples=100)
@given(rules, places)
def test_occurrences_of_a_site_count_from_one_in_order_of_time(rule, sites):
    slots = slots_of_wave(rule, sites)
    for key in {slot.key for slot in slots}:
        occurrences = [slot.occurrence for slot in slots if slot.key == key]
        assert occurrences == list(range(1, len(occurrences) + 1))


@pytest.mark.parametrize("minutes", [15, 20, 30, 60])
@pytest.mark.parametrize("kind", RelayKind)
def test_relay_round_the_world_leaves_no_minute_uncovered(kind, minutes):
    sites = [
        dataclasses.replace(place, key=f"{place.key}-{n}") for place in PLACES for n in range(5)
    ]
    rule = make_relay(relay_kind=kind, duration_minutes=minutes)
    assert counted_gaps(rule, slots_of_wave(rule, sites)) == ()
    assert relay_reports(rule, sites)[0].gaps == ()


def test_full_relay_goes_westward_and_crosses_the_date_line_once():
    longitudes = {place.key: place.longitude_deg for place in PLACES}
    way = [longitudes[slot.key] for slot in slots_of_wave(make_relay(), PLACES)]
    assert len(way) == len(PLACES)
    assert sum(later > earlier for earlier, later in pairwise(way)) <= 1


def test_sites_of_one_zone_are_shared_out_by_longitude():
    germany = [
        SchedulePlace(key, "Europe/Berlin", longitude, 50.0)
        for key, longitude in (("east", 15.0), ("middle", 10.0), ("west", 6.0))
    ]
    slots = slots_of_wave(make_relay(duration_minutes=15), germany)
    assert [slot.key for slot in slots] == ["east", "middle", "west"]
    assert len({slot.starts_at for slot in slots}) == 3


def test_sites_at_one_place_act_one_after_the_other():
    twins = [SchedulePlace(key, "Europe/Paris", 2.3, 48.9) for key in "ab"]
    first, second = slots_of_wave(make_relay(), twins)
    assert first.ends_at == second.starts_at


def test_minimal_relay_with_half_days_needs_two_sites():
    slots = slots_of_wave(make_relay(relay_kind=RelayKind.MINIMAL), PLACES)
    assert len({slot.key for slot in slots}) == 2
    assert set(Counter(slot.starts_at for slot in slots).values()) == {1}


def test_short_relay_leaves_out_the_sites_where_it_is_night():
    rule = make_relay(relay_hours=3)
    assert "lagos" in relay_reports(rule, PLACES)[0].left_out
    assert {slot.key for slot in slots_of_wave(rule, PLACES)}.isdisjoint(
        relay_reports(rule, PLACES)[0].left_out
    )


def test_relay_names_the_ocean_that_nobody_covers():
    rule = make_relay(window_start=time(12), window_end=time(13), relay_kind=RelayKind.MINIMAL)
    gaps = [(utc_text(gap.starts_at), gap.minutes) for gap in relay_reports(rule, PLACES)[0].gaps]
    assert gaps == [("2027-06-04T23:00:00Z", 60)]


def test_site_that_fits_no_segment_wholly_gets_the_best_one_with_a_note():
    rule = make_relay(window_start=time(12), window_end=time(13))
    (slot,) = slots_of_wave(rule, [SchedulePlace("kathmandu", "Asia/Kathmandu", 85.3, 27.7)])
    assert local_text(slot.starts_at, slot.timezone) == "2027-06-04T11:45+05:45"
    assert str(slot.note) == "Minutes outside the asked window of the day: 15."


def test_segments_that_do_not_divide_the_hours_end_later_and_the_report_says_so():
    rule = make_relay(duration_minutes=50)
    report = relay_reports(rule, PLACES)[0]
    assert (report.segments, utc_text(report.ends_at)) == (29, "2027-06-05T00:10:00Z")


def test_window_is_read_off_the_clock_while_clocks_change():
    rule = make_relay(
        start=datetime(2024, 3, 31, 0, 0),
        duration_minutes=120,
        relay_hours=4,
        relay_kind=RelayKind.MINIMAL,
        window_start=time(1),
        window_end=time(4),
    )
    (slot,) = slots_of_wave(rule, [SchedulePlace("berlin", "Europe/Berlin", 13.4, 52.5)])
    assert local_text(slot.starts_at, slot.timezone) == "2024-03-31T01:00+01:00"
    assert local_text(slot.ends_at, slot.timezone) == "2024-03-31T04:00+02:00"


def test_minutes_that_clocks_push_out_of_the_window_count_as_outside():
    rule = make_relay(
        start=datetime(2024, 3, 31, 0, 0),
        duration_minutes=120,
        relay_hours=2,
        window_start=time(1),
        window_end=time(3, 30),
    )
    (slot,) = slots_of_wave(rule, [SchedulePlace("berlin", "Europe/Berlin", 13.4, 52.5)])
    assert slot.minutes_outside == 30  # 03:30 to 04:00; nobody sees 02:00 to 03:00


@settings(max_examples=100)
@given(rules, places)
def test_report_names_every_segment_with_more_than_one_site(rule, sites):
    (report,) = relay_reports(rule, sites)
    together = {}
    for slot in slots_of_wave(rule, sites):
        together.setdefault((slot.starts_at, slot.ends_at), []).append(slot.key)
    shared = {span: tuple(sorted(keys)) for span, keys in together.items() if len(keys) > 1}
    assert {(o.starts_at, o.ends_at): o.keys for o in report.overlaps} == shared


@settings(max_examples=60)
@given(rules, places, places)
def test_a_gap_names_the_missions_whose_hour_would_close_it(rule, sites, others):
    (report,) = relay_reports(rule, sites, candidates=others)
    begin = rule.start.replace(tzinfo=UTC)
    taken = {place.key for place in sites}
    for gap in report.gaps:
        first, end = (
            (at - begin) // MINUTE // rule.duration_minutes for at in (gap.starts_at, gap.ends_at)
        )
        expected = {}
        for place in others:
            fitting = len(counted_segments(rule, place.timezone) & set(range(first, end)))
            if rule.relay_kind is RelayKind.FULL:
                fitting = min(fitting, 1)
            if fitting and place.key not in taken:
                expected[place.key] = fitting * rule.duration_minutes
        assert {closer.key: closer.minutes for closer in gap.closers} == expected
        assert list(gap.closers) == sorted(gap.closers, key=lambda c: (-c.minutes, c.key))


def test_the_mission_that_a_gap_names_closes_it():
    rule = make_relay(relay_kind=RelayKind.MINIMAL, duration_minutes=60)
    berlin = SchedulePlace("berlin", "Europe/Berlin", 13.4, 52.5)
    (report,) = relay_reports(rule, [berlin], candidates=PLACES)
    gap = report.gaps[0]
    closer = next(place for place in PLACES if place.key == gap.closers[0].key)
    (after,) = relay_reports(rule, [berlin, closer])
    closed = sum(g.minutes for g in report.gaps) - sum(g.minutes for g in after.gaps)
    assert closed >= gap.closers[0].minutes


def test_a_relay_that_repeats_numbers_its_segments_apart():
    daily = make_relay(recurrence=recurrence_from_text("FREQ=DAILY;COUNT=2"))
    slots = slots_of_wave(daily, PLACES)
    alone = slots_of_wave(make_relay(), PLACES)
    assert {s.occurrence for s in slots} == {s.occurrence + n for s in alone for n in (0, 1440)}
    assert len(relay_reports(daily, PLACES)) == 2


def test_a_relay_that_starts_again_before_it_has_ended_is_refused():
    twice_a_day = make_relay(recurrence=recurrence_from_text("FREQ=DAILY;COUNT=2;BYHOUR=0,12"))
    with pytest.raises(InvalidValue) as raised:
        slots_of_wave(dataclasses.replace(twice_a_day, start=datetime(2027, 6, 4)), PLACES)
    assert raised.value.field == "recurrence"
