"""What a page says of notice and permits: what is needed, who says so, and how old that is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from protestcoord.campaigns.rules import Presence
from protestcoord.missions.permit_table import shipped_rule, shipped_rules
from protestcoord.missions.permits import UNCHECKED, CardState, PermitCard, card_of
from protestcoord.publications.campaign_pages import CampaignHead, SiteSlice, site_page
from protestcoord.publications.pages import MissionSlice, mission_page
from tests.factories import make_mission, make_site, make_wave
from tests.publications.test_pages import ENGLISH, FRAME, JAPANESE, Page


def card_for(country: str, city: str, days: int = 0) -> PermitCard:
    rule = shipped_rule(country, city)
    return card_of(rule, datetime(2026, 11, 26, tzinfo=UTC) + timedelta(days=days))


@pytest.mark.parametrize("links", [ENGLISH, JAPANESE])
def test_mission_and_site_say_what_notice_is_needed_to_whom_and_from_where(links):
    card = card_for("FI", "Helsinki")
    head = CampaignHead("demo", "One noon", (make_wave(),), closed=False)
    site = SiteSlice(FRAME, head, make_site(permit=card))
    for page in (
        Page(mission_page(MissionSlice(FRAME, make_mission(), (), card), links)),
        Page(site_page(site, links)),
    ):
        assert "police of the place" in page.words
        assert "2026-11-25" in page.words
        assert "24" in page.words
        assert card.rule.source_urls[0] in page.all_of("href")
        assert "en" in page.all_of("lang")


def test_each_card_says_that_it_is_no_legal_advice():
    for card in (UNCHECKED, card_for("FI", "Helsinki"), card_for("FI", "Helsinki", 365)):
        page = Page(mission_page(MissionSlice(FRAME, make_mission(), (), card), ENGLISH))
        assert "Information, not legal advice." in page.words


def test_an_old_card_is_unchecked_since_and_a_missing_one_unchecked():
    def words(card: PermitCard) -> str:
        return Page(mission_page(MissionSlice(FRAME, make_mission(), (), card), ENGLISH)).words

    assert "Unchecked since 2026-11-25" in words(card_for("FI", "Helsinki", 365))
    assert "Unchecked: nobody has looked up yet" in words(UNCHECKED)
    assert "Unchecked" not in words(card_for("FI", "Helsinki"))


def test_nobody_is_told_to_give_notice_for_a_site_where_nobody_gathers():
    head = CampaignHead("demo", "One noon", (make_wave(),), closed=False)
    card = card_for("FI", "Helsinki")
    for changes in ({"presence": Presence.REMOTE_ONLY}, {"dropped": True}):
        site = SiteSlice(FRAME, head, make_site(permit=card, **changes))
        assert "police of the place" not in Page(site_page(site, ENGLISH)).words


@pytest.mark.parametrize("rule", shipped_rules(), ids=lambda rule: f"{rule.country} {rule.city}")
def test_every_rule_of_the_table_can_be_shown(rule):
    card = PermitCard(CardState.CHECKED, rule)
    page = Page(mission_page(MissionSlice(FRAME, make_mission(), (), card), ENGLISH))
    assert rule.source_title in page.words
    assert set(rule.source_urls) <= set(page.all_of("href"))


def test_the_text_of_a_note_is_text():
    rule = replace(shipped_rule("FI", "Helsinki"), note="<script>1</script>", city="<b>")
    page = mission_page(
        MissionSlice(FRAME, make_mission(), (), PermitCard(CardState.CHECKED, rule)), ENGLISH
    )
    assert b"<script>1" not in page
    assert b"<b>&lt;" not in page
