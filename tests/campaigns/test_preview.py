from datetime import timedelta

from sqlalchemy import event

from protestcoord.campaigns import service
from protestcoord.campaigns.preview import Change, preview_slots
from protestcoord.campaigns.queries import find_site
from tests.campaigns.planned import (
    BERLIN,
    GAP_IN_BERLIN,
    LATER,
    LIMA,
    SEOUL,
    make_draft,
    make_published,
    slots_by_mission,
    wave_request,
)
from tests.stored import NOW


def test_rows_come_by_start_and_carry_their_identity(session):
    preview = preview_slots(session, make_draft(session, BERLIN, SEOUL, LIMA), NOW)
    assert [row.key for row in preview.rows] == [f"w1-{m}-1" for m in (SEOUL, BERLIN, LIMA)]
    assert preview.rows[0].local_start == "2027-01-09T12:00+09:00"


def test_each_adjusted_site_of_each_wave_is_acknowledged(session):
    waves = (wave_request(start=GAP_IN_BERLIN), wave_request(start=GAP_IN_BERLIN))
    preview = preview_slots(session, make_draft(session, BERLIN, SEOUL, waves=waves), NOW)
    assert [(row.adjustment_key, row.effect[:9]) for row in preview.adjusted()] == [
        ("w1-de-berlin-embassy-1-2027-03-28T03:30+02:00", "1: 02:30 "),
        ("w2-de-berlin-embassy-1-2027-03-28T03:30+02:00", "2: 02:30 "),
    ]


def test_a_site_whose_clocks_change_between_now_and_then_is_told(session):
    waves = (wave_request(start=GAP_IN_BERLIN + timedelta(hours=12)),)
    preview = preview_slots(session, make_draft(session, BERLIN, SEOUL, waves=waves), NOW)
    told = {row.site.mission.slug: row.offset_now for row in preview.rows}
    assert told == {BERLIN: "UTC+01:00", SEOUL: ""}


def test_a_dropped_site_is_not_planned(session):
    campaign = make_published(session, BERLIN, SEOUL)
    service.drop_site(session, find_site(session, campaign, BERLIN), LATER)
    preview = preview_slots(session, campaign, LATER)
    assert [row.site.mission.slug for row in preview.rows] == [SEOUL]
    assert preview.gone == ()


def test_three_hundred_sites_are_previewed_in_few_queries(session):
    campaign = make_published(session, BERLIN, SEOUL, LIMA)
    session.expire_all()
    statements = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *a: statements.append(a[2]))
    preview_slots(session, campaign, NOW)
    assert len(statements) <= 7


def test_what_has_begun_keeps_a_zone_that_no_mission_has_any_more(session):
    campaign = make_published(session, BERLIN, LIMA)
    now = slots_by_mission(session, campaign)[BERLIN].starts_at
    find_site(session, campaign, BERLIN).mission.timezone = "Europe/Busingen"
    rows = {row.site.mission.slug: row for row in preview_slots(session, campaign, now).rows}
    assert rows[BERLIN].planned.timezone == "Europe/Berlin"
    assert rows[BERLIN].change is Change.SAME
