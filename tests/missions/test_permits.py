"""What notice a place asks for: which rule counts, how old it may be, and by when."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from protestcoord.missions.permits import (
    UNCHECKED,
    CardState,
    CountedFrom,
    LeadUnit,
    PermitRule,
    Requirement,
    SourceKind,
    card_of,
    earliest_notice,
    goes_stale_at,
    latest_notice,
    rule_for,
)

RULE = PermitRule(
    country="DE",
    city="",
    requirement=Requirement.NOTICE,
    lead=48,
    lead_unit=LeadUnit.HOURS,
    counted_from=CountedFrom.START,
    earliest=None,
    authority="police",
    scope="assemblies",
    note="",
    source_kind=SourceKind.LAW,
    source_title="An act",
    source_urls=("https://example.org/act",),
    checked_on=date(2026, 11, 25),
)
# A Friday; noon in Berlin is 10:00 UTC.
STARTS_AT = datetime(2027, 6, 4, 10, tzinfo=UTC)
BERLIN = "Europe/Berlin"


def latest(lead, unit, starts_at=STARTS_AT, zone=BERLIN):
    return latest_notice(replace(RULE, lead=lead, lead_unit=unit), starts_at, zone)


@pytest.mark.parametrize(
    ("lead", "unit", "expected"),
    [
        (48, LeadUnit.HOURS, datetime(2027, 6, 2, 10, tzinfo=UTC)),
        (6, LeadUnit.DAYS, datetime(2027, 5, 29, 10, tzinfo=UTC)),
        (6, LeadUnit.CLEAR_DAYS, datetime(2027, 5, 28, 10, tzinfo=UTC)),
        (5, LeadUnit.WORKING_DAYS, datetime(2027, 5, 28, 10, tzinfo=UTC)),
        (4, LeadUnit.WORKING_DAYS, datetime(2027, 5, 31, 10, tzinfo=UTC)),
    ],
)
def test_the_latest_notice_is_counted_back_in_the_unit_of_the_rule(lead, unit, expected):
    assert latest(lead, unit) == expected


def test_days_are_those_of_the_place_and_keep_its_wall_clock_when_clocks_change():
    starts_at = datetime(2027, 3, 30, 10, tzinfo=UTC)  # noon in Berlin, two days after the change
    assert latest(5, LeadUnit.DAYS, starts_at) == datetime(2027, 3, 25, 11, tzinfo=UTC)
    assert latest(120, LeadUnit.HOURS, starts_at) == datetime(2027, 3, 25, 10, tzinfo=UTC)


def test_days_are_counted_from_the_date_there_not_in_utc():
    # Saturday, 5 June 00:30 in Auckland is Friday in UTC; the working day before is Friday.
    starts_at = datetime(2027, 6, 4, 12, 30, tzinfo=UTC)
    local = latest(1, LeadUnit.WORKING_DAYS, starts_at, "Pacific/Auckland")
    assert local == datetime(2027, 6, 3, 12, 30, tzinfo=UTC)


def test_a_weekend_holds_no_working_day():
    monday = STARTS_AT + timedelta(days=3)
    assert latest(1, LeadUnit.WORKING_DAYS, monday) == STARTS_AT


def test_no_lead_time_gives_no_date():
    assert latest(None, None) is None
    assert latest_notice(None, STARTS_AT, BERLIN) is None
    assert earliest_notice(RULE, STARTS_AT, BERLIN) is None


def test_the_earliest_notice_is_counted_in_the_same_unit():
    rule = replace(RULE, lead=6, lead_unit=LeadUnit.DAYS, earliest=30)
    assert earliest_notice(rule, STARTS_AT, BERLIN) == STARTS_AT - timedelta(days=30)


def test_a_city_counts_before_its_country_and_no_other_city_does():
    city = replace(RULE, city="Berlin", lead=24)
    rules = [city, RULE]
    assert rule_for(rules, "DE", "Berlin") is city
    assert rule_for(rules, "DE", "Hamburg") is RULE
    assert rule_for([city], "DE", "Hamburg") is None
    assert rule_for(rules, "FR", "Paris") is None


@pytest.mark.proves("L2")
def test_a_card_is_checked_for_180_days_and_then_unchecked_since():
    last = datetime(2027, 5, 24, 23, 59, tzinfo=UTC)
    assert (last.date() - RULE.checked_on).days == 180
    assert card_of(RULE, last).state is CardState.CHECKED
    assert goes_stale_at(RULE) == last + timedelta(minutes=1)
    stale = card_of(RULE, goes_stale_at(RULE))
    assert (stale.state, stale.rule) == (CardState.STALE, RULE)


@pytest.mark.proves("L2")
def test_what_nobody_looked_up_is_unchecked():
    assert card_of(None, STARTS_AT) == UNCHECKED
