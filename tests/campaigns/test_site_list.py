import pytest

from protestcoord.campaigns.queries import sites_of_campaign
from protestcoord.campaigns.requests import Bulk, BulkAct, SitesEdit
from protestcoord.campaigns.rules import Presence
from protestcoord.campaigns.site_list import SitesChanged, edit_sites, listed_missions
from protestcoord.missions.rules import MissionStatus
from tests.campaigns.planned import (
    BERLIN,
    LIMA,
    PYONGYANG,
    REMOTE_ONLY,
    SEOUL,
    make_draft,
    make_published,
)
from tests.stored import NOW, store_mission

ALL = frozenset({BERLIN, LIMA, PYONGYANG, SEOUL})
EAST_ASIA = "030"


def edit(session, campaign, chosen=(), shown=ALL, presence=(), bulk=None):
    sites_edit = SitesEdit(frozenset(shown), frozenset(chosen), dict(presence), bulk)
    return edit_sites(session, campaign, sites_edit, REMOTE_ONLY, NOW)


def chosen(session, campaign):
    return {site.mission.slug for site in sites_of_campaign(session, campaign)}


def presence_at(session, campaign, mission):
    sites = sites_of_campaign(session, campaign)
    return {site.mission.slug: site.presence for site in sites}[mission]


def test_what_is_ticked_takes_part_and_what_is_not_leaves(session):
    campaign = make_draft(session, BERLIN, LIMA)
    assert edit(session, campaign, {BERLIN, SEOUL}) == SitesChanged(added=1, removed=1)
    assert chosen(session, campaign) == {BERLIN, SEOUL}


def test_what_a_filtered_list_does_not_show_stays(session):
    campaign = make_draft(session, BERLIN, LIMA)
    edit(session, campaign, {SEOUL}, shown={SEOUL, PYONGYANG})
    assert chosen(session, campaign) == {BERLIN, LIMA, SEOUL}


@pytest.mark.parametrize(
    ("scope", "expected"),
    [("", ALL), (EAST_ASIA, {PYONGYANG, SEOUL}), ("KR", {SEOUL}), ("FR", set())],
)
def test_all_a_region_or_a_country_take_part_at_once(session, scope, expected):
    campaign = make_draft(session)
    edit(session, campaign, bulk=Bulk(BulkAct.CHOOSE, scope))
    assert chosen(session, campaign) == expected


def test_a_mission_of_unknown_status_is_chosen_by_hand_only(session):
    campaign = make_draft(session)
    store_mission(session, slug="de-unknown", status=MissionStatus.UNKNOWN)
    edit(session, campaign, bulk=Bulk(BulkAct.CHOOSE, "DE"))
    assert chosen(session, campaign) == {BERLIN}
    edit(session, campaign, {BERLIN, "de-unknown"}, shown={BERLIN, "de-unknown"})
    assert chosen(session, campaign) == {BERLIN, "de-unknown"}


def test_a_region_leaves_at_once(session):
    campaign = make_draft(session, *ALL)
    edit(session, campaign, ALL, bulk=Bulk(BulkAct.REMOVE, EAST_ASIA))
    assert chosen(session, campaign) == {BERLIN, LIMA}


def test_presence_is_set_by_site_and_by_country(session):
    campaign = make_draft(session, *ALL)
    edit(
        session,
        campaign,
        ALL,
        presence={LIMA: Presence.REMOTE_ONLY, SEOUL: Presence.ON_SITE},
        bulk=Bulk(BulkAct.REMOTE_ONLY, "KR"),
    )
    assert presence_at(session, campaign, LIMA) is Presence.REMOTE_ONLY
    assert presence_at(session, campaign, SEOUL) is Presence.REMOTE_ONLY
    assert presence_at(session, campaign, BERLIN) is Presence.ON_SITE


def test_setting_presence_lets_nobody_in(session):
    campaign = make_draft(session)
    edit(session, campaign, bulk=Bulk(BulkAct.ON_SITE))
    assert chosen(session, campaign) == set()


def test_a_site_with_published_slots_is_left_in(session):
    campaign = make_published(session, BERLIN)
    edit(session, campaign, bulk=Bulk(BulkAct.REMOVE))
    assert chosen(session, campaign) == {BERLIN}


def test_the_list_says_who_takes_part_and_how_others_would(session):
    campaign = make_published(session, BERLIN)
    listed = {
        row.mission.slug: (row.site is not None, row.presence, row.has_slots)
        for row in listed_missions(session, campaign, REMOTE_ONLY)
    }
    assert listed == {
        BERLIN: (True, Presence.ON_SITE, True),
        LIMA: (False, Presence.ON_SITE, False),
        PYONGYANG: (False, Presence.REMOTE_ONLY, False),
        SEOUL: (False, Presence.ON_SITE, False),
    }
