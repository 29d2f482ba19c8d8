"""A campaign becomes a draft on other days: all that was planned, and nobody who took part."""

from datetime import date, datetime, time

import pytest
from sqlalchemy import func, select

from protestcoord.campaigns import overriding
from protestcoord.campaigns.copying import CopyRequest, copy_campaign, next_days
from protestcoord.campaigns.models import Campaign
from protestcoord.campaigns.queries import (
    overrides_of_campaign,
    sites_of_campaign,
    slots_of_campaign,
    waves_of_campaign,
)
from protestcoord.campaigns.recurrence import recurrence_from_text
from protestcoord.campaigns.requests import SiteChoice
from protestcoord.campaigns.rules import CampaignState, Presence
from protestcoord.campaigns.schedule import Override, RelayKind, Synchronisation
from protestcoord.campaigns.service import drop_site
from protestcoord.campaigns.stored_rules import override_of, rule_of
from protestcoord.core.errors import InvalidValue
from protestcoord.missions.rules import MissionStatus
from protestcoord.signups.models import Contact, Group, SignUp
from tests.campaigns.planned import (
    BERLIN,
    LIMA,
    NOON,
    SEOUL,
    make_draft,
    make_published,
    only_wave,
    planning,
    wave_request,
)
from tests.stored import NOW, store_organizer, store_sign_up

YEAR_ON = date(2028, 1, 8)  # a Saturday, as 9 January 2027


def copied(session, campaign, day=YEAR_ON, **changes):
    values = {"title": "Again", "slug": "again", "owner_id": store_organizer(session).id}
    request = CopyRequest(**values | {"first_day": day} | changes)
    return copy_campaign(session, campaign, request, NOW)


def starts(session, campaign):
    return [wave.start for wave in waves_of_campaign(session, campaign)]


@pytest.mark.parametrize(
    ("day", "today", "same_date", "same_weekday"),
    [
        (date(2027, 6, 4), date(2027, 6, 20), date(2028, 6, 4), date(2028, 6, 2)),
        (date(2027, 6, 4), date(2026, 11, 20), date(2028, 6, 4), date(2028, 6, 2)),
        (date(2024, 2, 29), date(2024, 3, 1), date(2025, 2, 28), date(2025, 2, 27)),
        (date(2020, 6, 4), date(2027, 6, 5), date(2028, 6, 4), date(2028, 6, 1)),
        # The same weekday of this year was yesterday, so it is next year's.
        (date(2020, 6, 4), date(2027, 6, 3), date(2027, 6, 4), date(2028, 6, 1)),
        (date(2026, 12, 31), date(2027, 1, 2), date(2027, 12, 31), date(2027, 12, 30)),
    ],
)
def test_a_day_comes_again_by_date_and_by_weekday(day, today, same_date, same_weekday):
    found = next_days(day, today)
    assert (found.same_date, found.same_weekday) == (same_date, same_weekday)
    assert found.same_weekday.weekday() == day.weekday()


def test_the_message_goes_along_and_the_copy_is_a_draft(session):
    campaign = make_published(session, BERLIN, approves_at_once=True, known_groups_only=True)
    made = copied(session, campaign).campaign
    assert (made.title, made.slug, made.statement) == ("Again", "again", "Let them go.")
    assert (made.approves_at_once, made.known_groups_only) == (True, True)
    assert made.state is CampaignState.DRAFT
    assert slots_of_campaign(session, made) == []


def test_sites_keep_how_they_take_part(session):
    campaign = make_draft(session, BERLIN)
    choice = SiteChoice([SEOUL], {SEOUL: Presence.REMOTE_ONLY})
    planning.choose_sites(session, campaign, choice, NOW)
    made = copied(session, campaign).campaign
    told = {site.mission.slug: site.presence for site in sites_of_campaign(session, made)}
    assert told == {BERLIN: Presence.ON_SITE, SEOUL: Presence.REMOTE_ONLY}


def test_dropped_sites_and_closed_missions_stay_behind(session):
    campaign = make_published(session, BERLIN, SEOUL, LIMA)
    sites = {site.mission.slug: site for site in sites_of_campaign(session, campaign)}
    drop_site(session, sites[LIMA], NOW)
    overriding.override_site(session, only_wave(session, campaign), closing(SEOUL), NOW)
    sites[SEOUL].mission.status = MissionStatus.CLOSED
    session.flush()
    done = copied(session, campaign)
    assert [s.mission.slug for s in sites_of_campaign(session, done.campaign)] == [BERLIN]
    assert (done.sites, done.left_out) == (1, 1)


def closing(mission):
    return Override(mission, is_cancelled=True)


def test_each_wave_moves_by_as_many_days_and_keeps_its_rule(session):
    relay = wave_request(
        title="Round the world",
        synchronisation=Synchronisation.RELAY,
        start=NOON.replace(day=10),
        relay_kind=RelayKind.MINIMAL,
        relay_hours=12,
        window_start=time(9),
        capacity=7,
    )
    campaign = make_draft(session, BERLIN, waves=(relay, wave_request()))
    made = copied(session, campaign).campaign
    # The noon of 9 January is the first, though it was added last.
    assert starts(session, made) == [NOON.replace(2028, 1, 9), NOON.replace(2028, 1, 8)]
    first, other = (waves_of_campaign(session, c)[0] for c in (made, campaign))
    assert rule_of(first).relay_kind is RelayKind.MINIMAL
    assert (first.title, first.capacity, first.relay_hours, first.window_start) == (
        other.title,
        other.capacity,
        other.relay_hours,
        other.window_start,
    )


@pytest.mark.parametrize(
    ("day", "rule", "expected"),
    [
        (date(2028, 1, 8), "FREQ=WEEKLY;COUNT=4;BYDAY=WE,SA", "FREQ=WEEKLY;COUNT=4;BYDAY=WE,SA"),
        (date(2028, 1, 9), "FREQ=WEEKLY;COUNT=4;BYDAY=WE,SA", "FREQ=WEEKLY;COUNT=4;BYDAY=TH,SU"),
        (date(2028, 1, 8), "FREQ=DAILY;UNTIL=20270112", "FREQ=DAILY;UNTIL=20280111"),
        (date(2028, 1, 8), "FREQ=MONTHLY;COUNT=3;BYDAY=2SA", "FREQ=MONTHLY;COUNT=3;BYDAY=2SA"),
    ],
)
def test_repetition_moves_along(session, day, rule, expected):
    campaign = make_draft(
        session, BERLIN, waves=(wave_request(recurrence=recurrence_from_text(rule)),)
    )
    made = copied(session, campaign, day).campaign
    assert waves_of_campaign(session, made)[0].recurrence == expected


def test_what_single_sites_do_otherwise_goes_along_on_the_moved_day(session):
    campaign = make_draft(session, BERLIN, SEOUL)
    wave = only_wave(session, campaign)
    own = Override(SEOUL, local_day=date(2027, 1, 10), local_time=time(15), duration_minutes=30)
    overriding.override_site(session, wave, own, NOW)
    overriding.override_site(session, wave, closing(BERLIN), NOW)
    made = copied(session, campaign).campaign
    told = {o.site.mission.slug: override_of(o) for o in overrides_of_campaign(session, made)}
    assert told[SEOUL].local_day == date(2028, 1, 9)
    assert (told[SEOUL].local_time, told[SEOUL].duration_minutes) == (time(15), 30)
    assert told[BERLIN].is_cancelled
    assert override_of(overrides_of_campaign(session, campaign)[0]).local_day == own.local_day


def test_nobody_goes_along_and_no_key_is_made(session, vault):
    campaign = make_published(session, BERLIN)
    store_sign_up(session, vault, slots_of_campaign(session, campaign)[0])
    counted = [session.scalar(select(func.count()).select_from(t)) for t in (Contact, SignUp)]
    made = copied(session, campaign).campaign
    of_copy = select(func.count()).select_from(Group).where(Group.campaign_id == made.id)
    assert session.scalar(of_copy) == 0
    assert [
        session.scalar(select(func.count()).select_from(t)) for t in (Contact, SignUp)
    ] == counted
    # The control: the campaign itself has one.
    assert [vault.keys.has(slug) for slug in (campaign.slug, made.slug)] == [True, False]


@pytest.mark.parametrize(
    ("day", "rule"),
    [
        (date(2026, 1, 9), ""),
        # In 2028 the 7th is not the second Friday.
        (date(2028, 1, 7), "FREQ=MONTHLY;COUNT=3;BYDAY=2SA"),
    ],
)
def test_a_day_that_does_not_suit_is_refused_with_the_wave_s_name(session, day, rule):
    wave = wave_request(recurrence=recurrence_from_text(rule))
    campaign = make_draft(session, BERLIN, waves=(wave,))
    with pytest.raises(InvalidValue) as refused:
        copied(session, campaign, day)
    assert (refused.value.field, refused.value.values["wave"]) == ("day", "Noon")


def test_a_taken_address_is_refused(session):
    campaign = make_draft(session, BERLIN)
    with pytest.raises(InvalidValue) as refused:
        copied(session, campaign, slug=campaign.slug)
    assert refused.value.field == "slug"


def test_a_campaign_without_waves_is_copied_without_a_day(session):
    campaign = make_draft(session, BERLIN)
    planning.remove_wave(session, only_wave(session, campaign), NOW)
    done = copied(session, campaign, None)
    assert (done.sites, done.waves) == (1, 0)
    assert session.scalar(select(func.count()).select_from(Campaign)) == 2


def test_the_copy_is_published_like_any_other(session):
    campaign = make_published(session, BERLIN, SEOUL)
    made = copied(session, campaign).campaign
    planning_now = datetime(2027, 12, 1, tzinfo=NOW.tzinfo)
    from protestcoord.campaigns.publishing import publish_campaign

    publish_campaign(session, made, acknowledged=True, now=planning_now)
    told = {slot.key: slot.starts_at.isoformat() for slot in slots_of_campaign(session, made)}
    assert told == {
        f"w1-{BERLIN}-1": "2028-01-08T11:00:00+00:00",
        f"w1-{SEOUL}-1": "2028-01-08T03:00:00+00:00",
    }
