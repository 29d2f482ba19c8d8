"""What organizers found out of a country counts in their campaign, and nowhere else."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from protestcoord.campaigns.models import Campaign
from protestcoord.campaigns.permits import (
    PermitNoteRequest,
    countries_of_campaign,
    find_permit_note,
    permit_book,
    remove_permit_note,
    write_permit_note,
)
from protestcoord.campaigns.rules import CampaignState
from protestcoord.campaigns.service import CampaignClosed
from protestcoord.core.database import change_count
from protestcoord.core.errors import InvalidValue, NotFound
from protestcoord.missions.permit_table import shipped_rule
from protestcoord.missions.permits import CardState, CountedFrom, LeadUnit, Requirement
from tests.stored import NOW, store_campaign, store_slot

NOTE = PermitNoteRequest(
    requirement=Requirement.PERMISSION,
    lead=14,
    lead_unit=LeadUnit.DAYS,
    counted_from=CountedFrom.START,
    authority="Police of Berlin",
    note="No sound after 22:00.",
    source="https://example.org/law",
    checked_on=date(2026, 11, 19),
)


@pytest.fixture
def database_url(tmp_path):
    """SQLite alone: nothing here depends on locks."""
    return f"sqlite:///{tmp_path / 'test.sqlite'}"


@pytest.fixture
def campaign(session) -> Campaign:
    return store_slot(session).site.campaign


def test_an_own_note_counts_before_the_table_in_every_city_of_the_country(session, campaign):
    write_permit_note(session, campaign, "DE", NOTE, NOW)
    book = permit_book(session, campaign.id)
    for city in ("Berlin", "Hamburg"):
        rule = book.rule("DE", city)
        assert (rule.lead, rule.authority, rule.is_own) == (14, "Police of Berlin", True)
        assert rule.source_urls == ("https://example.org/law",)
    assert book.rule("FR", "Paris") == shipped_rule("FR", "Paris")


def test_another_campaign_does_not_see_it(session, campaign):
    other = store_campaign(session, "dusk")
    write_permit_note(session, campaign, "DE", NOTE, NOW)
    assert permit_book(session, other.id).rule("DE", "Berlin") == shipped_rule("DE", "Berlin")


def test_a_second_note_takes_the_place_of_the_first_and_wakes_the_worker(session, campaign):
    write_permit_note(session, campaign, "DE", NOTE, NOW)
    before = change_count(session)
    write_permit_note(session, campaign, "DE", replace(NOTE, lead=7), NOW)
    assert find_permit_note(session, campaign.id, "DE").lead == 7
    assert change_count(session) == before + 1


def test_a_removed_note_lets_the_table_count_again(session, campaign):
    write_permit_note(session, campaign, "DE", NOTE, NOW)
    remove_permit_note(session, campaign, "DE")
    assert permit_book(session, campaign.id).rule("DE", "Berlin") == shipped_rule("DE", "Berlin")
    with pytest.raises(NotFound):
        remove_permit_note(session, campaign, "DE")


def test_a_country_without_a_site_takes_no_note(session, campaign):
    with pytest.raises(NotFound):
        write_permit_note(session, campaign, "FR", NOTE, NOW)


def test_nothing_was_looked_up_in_the_future(session, campaign):
    write_permit_note(session, campaign, "DE", replace(NOTE, checked_on=NOW.date()), NOW)
    later = replace(NOTE, checked_on=NOW.date() + timedelta(days=2))
    with pytest.raises(InvalidValue):
        write_permit_note(session, campaign, "DE", later, NOW)


def test_a_closed_campaign_changes_no_more(session, campaign):
    write_permit_note(session, campaign, "DE", NOTE, NOW)
    campaign.state = CampaignState.CLOSED
    session.flush()
    for change in (
        lambda: write_permit_note(session, campaign, "DE", NOTE, NOW),
        lambda: remove_permit_note(session, campaign, "DE"),
    ):
        with pytest.raises(CampaignClosed):
            change()


def test_each_country_says_which_of_its_cards_are_checked(session, campaign):
    (germany,) = countries_of_campaign(session, campaign.id, NOW)
    assert (germany.country, germany.is_checked, germany.is_own) == ("DE", True, False)
    assert [cities for _, cities in germany.cards] == [("Berlin",)]
    write_permit_note(session, campaign, "DE", NOTE, NOW)
    (old,) = countries_of_campaign(session, campaign.id, NOW + timedelta(days=200))
    assert (old.is_own, old.is_checked) == (True, False)
    assert old.cards[0][0].state is CardState.STALE
