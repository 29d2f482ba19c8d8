"""A text finds what it names in one campaign, and nothing that is private."""

import pytest

from protestcoord.campaigns.queries import all_sites
from protestcoord.organizers.audit import record
from protestcoord.signups.finding import MOST_SHOWN, find_group_of_address, find_in_campaign
from tests.stored import (
    NOW,
    store_campaign,
    store_mission,
    store_organizer,
    store_sign_up,
    store_slot,
)


@pytest.fixture
def database_url(tmp_path):
    """SQLite alone: nothing here depends on how a database locks."""
    return f"sqlite:///{tmp_path / 'test.sqlite'}"


@pytest.fixture
def slot(session, vault):
    store_mission(
        session,
        slug="de-koeln-cg",
        name="Consulate General in Köln",
        city="Köln",
        name_local="驻科隆总领事馆",
    )
    slot = store_slot(session)
    store_sign_up(session, vault, slot, name="Łódź Lanterns", city="São Paulo")
    return slot


def find(session, slot, text):
    campaign = slot.site.campaign
    sites = all_sites(session, campaign)
    return find_in_campaign(session, campaign, sites, text, store_organizer(session))


@pytest.mark.parametrize("text", ["lodz", "LANTERNS łódź", "sao paulo", "lantern"])
def test_a_group_is_found_by_name_and_city(session, slot, text):
    assert [group.name for group in find(session, slot, text).groups.rows] == ["Łódź Lanterns"]


@pytest.mark.parametrize(
    "text",
    ["koln", "KÖLN", "germany", "ドイツ", "독일", "总领事馆", "德国", "de-koeln-cg"],
)
def test_a_site_is_found_in_any_language_and_in_chinese(session, slot, text):
    assert [site.mission.slug for site in find(session, slot, text).sites.rows] == ["de-koeln-cg"]


@pytest.mark.parametrize("text", ["w1-de-koeln-cg-1", " W1-de-koeln ", "koeln-cg-1"])
def test_a_slot_is_found_by_its_key(session, slot, text):
    assert find(session, slot, text).slots.rows == [slot]


@pytest.mark.parametrize("text", ["noon", "w1", "Nóon"])
def test_a_wave_is_found_by_title_and_number(session, slot, text):
    assert [wave.number for wave in find(session, slot, text).waves.rows] == [1]


@pytest.mark.parametrize("text", ["1", "#1", " 1 "])
def test_an_own_entry_of_the_log_is_found_by_its_number(session, slot, text):
    record(session, store_organizer(session), "wave.add", "campaign 1", NOW)
    record(session, store_organizer(session, "other@example.org"), "wave.add", "campaign 9", NOW)
    assert find(session, slot, text).entry.number == 1
    assert find(session, slot, "2").entry is None, "somebody else's"


@pytest.mark.parametrize("text", ["lantern@example.org", "example org", "nothing", "9" * 40, "²"])
def test_no_address_is_looked_into_and_odd_texts_find_nothing(session, slot, text):
    assert find(session, slot, text).is_empty


@pytest.mark.parametrize("text", ["", "  ", "%%%", "\0", "''"])
def test_a_text_without_a_word_asks_for_nothing(session, slot, text):
    assert find(session, slot, text) is None


def test_another_campaign_is_not_looked_through(session, slot):
    other = store_campaign(session, "other")
    found = find_in_campaign(session, other, [], "lantern", store_organizer(session))
    assert found.is_empty


@pytest.mark.parametrize("text", ["w1-de-koeln-cg-1", "koln", "lantern"])
def test_slots_and_groups_at_sites_that_may_not_be_seen_are_passed_over(session, slot, text):
    who = store_organizer(session)
    assert find_in_campaign(session, slot.site.campaign, [], text, who).is_empty
    assert not find(session, slot, text).is_empty, "the control"


def test_an_address_finds_its_group_at_sites_that_may_be_seen(session, vault, slot):
    campaign = slot.site.campaign
    sites = all_sites(session, campaign)

    def found(email, where=sites):
        group = find_group_of_address(session, vault, campaign, where, email)
        return group and group.name

    assert found("LANTERN@example.org") == "Łódź Lanterns"
    assert [found("lantern@example.org", []), found("lantern"), found("a@b.example")] == [None] * 3


def test_many_are_cut_and_counted(session, vault, slot):
    for number in range(MOST_SHOWN + 2):
        store_sign_up(session, vault, slot, email=f"a@g{number}.example", name=f"Crane {number}")
    groups = find(session, slot, "crane").groups
    assert (len(groups.rows), groups.more) == (MOST_SHOWN, 2)
