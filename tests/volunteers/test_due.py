"""When a reminder is due: by the clock at the site, whatever clocks do before the slot."""

from datetime import UTC, datetime, timedelta

import pytest

from protestcoord.volunteers.rules import Moment, due_at, moments_ahead
from tests.stored import NOW, STARTS_AT, store_slot


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "timezone", "starts_at", "due"),
    [
        # No change of clocks in between.
        (Moment.DAY, "Asia/Seoul", "2027-06-04 03:00", "2027-06-03 03:00"),
        (Moment.WEEK, "Asia/Seoul", "2027-06-04 03:00", "2027-05-28 03:00"),
        # Berlin springs forward on 28 March 2027: noon to noon are 23 hours.
        (Moment.DAY, "Europe/Berlin", "2027-03-28 10:00", "2027-03-27 11:00"),
        (Moment.WEEK, "Europe/Berlin", "2027-03-28 10:00", "2027-03-21 11:00"),
        # Berlin falls back on 31 October 2027: noon to noon are 25 hours.
        (Moment.DAY, "Europe/Berlin", "2027-10-31 11:00", "2027-10-30 10:00"),
        # 02:30 does not exist the day before in Berlin: forward by the gap, 03:30 summer time.
        (Moment.DAY, "Europe/Berlin", "2027-03-29 00:30", "2027-03-28 01:30"),
        # 02:30 exists twice the day before in Berlin: the first.
        (Moment.DAY, "Europe/Berlin", "2027-11-01 01:30", "2027-10-31 00:30"),
        # The other half of the world: Sydney springs forward on 3 October 2027.
        (Moment.DAY, "Australia/Sydney", "2027-10-03 01:00", "2027-10-02 02:00"),
        # Lord Howe's clocks change by half an hour.
        (Moment.DAY, "Australia/Lord_Howe", "2027-10-03 01:00", "2027-10-02 01:30"),
        # Two hours are elapsed, also over a change.
        (Moment.HOURS, "Europe/Berlin", "2027-03-28 02:00", "2027-03-28 00:00"),
    ],
)
def test_a_reminder_is_due_by_the_clock_at_the_site(moment, timezone, starts_at, due):
    assert due_at(moment, utc(starts_at), timezone) == utc(due)


def test_elapsed_days_would_be_seen():
    """The control: 24 hours before is another moment when clocks change."""
    starts_at = utc("2027-03-28 10:00")
    assert due_at(Moment.DAY, starts_at, "Europe/Berlin") != starts_at - timedelta(days=1)


def test_only_what_is_ahead_can_be_asked_for(session):
    slot = store_slot(session)
    assert moments_ahead(slot, NOW) == list(Moment)
    assert moments_ahead(slot, STARTS_AT - timedelta(days=3)) == [Moment.DAY, Moment.HOURS]
    assert moments_ahead(slot, STARTS_AT - timedelta(hours=3)) == [Moment.HOURS]
    assert moments_ahead(slot, STARTS_AT - timedelta(hours=2)) == []
