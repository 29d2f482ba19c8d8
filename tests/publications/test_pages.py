import re
from urllib.parse import parse_qs

import pytest

from protestcoord.core.links import STATIC, FileLinks
from protestcoord.core.templates import render
from protestcoord.missions.finding import missions_found
from protestcoord.missions.rules import MissionKind
from protestcoord.publications.campaign_pages import CampaignHead
from protestcoord.publications.pages import (
    MissionSlice,
    home_page,
    mission_page,
)
from protestcoord.publications.snapshot import (
    MissionView,
    SiteView,
)
from tests.factories import (
    make_campaign,
    make_mission,
    make_participant,
    make_seoul,
    make_site,
    make_slot,
    make_snapshot,
    make_wave,
)
from tests.publications.reading_pages import (
    ENGLISH,
    FRAME,
    HOSTILE,
    JAPANESE,
    Page,
    all_missions,
    all_pages,
    built,
    four_states,
    hostile_campaign,
    page_at,
    page_of_site,
    pages_in,
    slot_at,
)

PATHS = [publication.path for publication in all_pages(four_states())]


def is_embedded(publication):
    return publication.path.endswith(("/embed/list/", "/embed/map/"))


def is_bare(publication):
    """A page without the site's frame: nothing stands before its content."""
    return is_embedded(publication) or publication.path.endswith(("/wall/", "/text/"))


def test_every_kind_of_page_is_published_those_of_a_campaign_before_the_directory():
    assert PATHS == [
        "/",
        "/about/",
        "/privacy/",
        "/safety/",
        "/demands/",
        "/code-of-conduct/",
        "/missions/",
        "/c/demo/",
        "/c/demo/map/",
        "/c/demo/timeline/",
        "/c/demo/day/",
        "/c/demo/wall/",
        "/c/demo/text/",
        "/c/demo/subscribe/",
        "/c/demo/embed/",
        "/c/demo/embed/list/",
        "/c/demo/embed/map/",
        "/c/demo/sites/de-berlin-embassy/",
        "/c/demo/sites/kr-seoul-embassy/",
        "/c/demo/sites/kr-busan-cg/",
        "/c/demo/sites/at-vienna-embassy/",
        "/missions/quality/",
        "/missions/de-berlin-embassy/",
        "/missions/kr-seoul-embassy/",
        "/missions/kr-busan-cg/",
        "/missions/at-vienna-embassy/",
    ]


@pytest.mark.parametrize("campaign", [four_states(), hostile_campaign()], ids=["plain", "hostile"])
@pytest.mark.parametrize("links", [ENGLISH, JAPANESE], ids=["en", "ja"])
def test_no_page_has_inline_style_or_script_or_a_foreign_address(campaign, links):
    for publication in all_pages(campaign):
        page = built(publication, links)
        for tag, attributes in page.tags:
            assert tag != "style"
            assert tag != "script" or attributes["src"]
            assert not [name for name in attributes if name == "style" or name.startswith("on")]
        for href in page.all_of("href"):
            assert href.startswith(("/", "#", "http://", "https://", "webcal:"))
        for src in page.all_of("src"):
            assert src.startswith(("/", "data:image/svg+xml"))


@pytest.mark.parametrize("publication", all_pages(hostile_campaign()), ids=lambda page: page.path)
def test_hostile_text_stays_text(publication):
    page = built(publication)
    assert "alert(" not in "".join(page.all_of("title") + page.all_of("src") + page.all_of("href"))
    for name, attributes in page.tags:
        assert name != "script" or list(attributes) == ["src", "defer"]
        assert "onmouseover" not in attributes


def test_hostile_names_are_shown_as_they_are():
    words = " ".join(HOSTILE.split())
    campaign = hostile_campaign()
    assert words in page_at("/c/demo/", campaign).words
    assert page_of_site(campaign.sites[0]).words.count(words) >= 5


@pytest.mark.parametrize("publication", all_pages(four_states()), ids=lambda page: page.path)
def test_a_page_has_one_heading_one_main_and_a_way_to_skip_to_it(publication):
    page = built(publication)
    assert (page.count("h1"), page.count("main")) == (1, 1)
    assert is_bare(publication) or "#main" in page.all_of("href")
    ids = page.all_of("id")
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("publication", all_pages(four_states()), ids=lambda page: page.path)
def test_the_same_slice_gives_the_same_bytes(publication):
    assert publication.build(publication.slice, ENGLISH) == publication.build(
        publication.slice, ENGLISH
    )


@pytest.mark.parametrize("publication", all_pages(four_states()), ids=lambda page: page.path)
def test_a_japanese_page_says_so_and_links_to_the_other_languages(publication):
    page = built(publication, JAPANESE)
    assert page.tags[0][1]["lang"] == "ja"
    if is_embedded(publication):
        return  # the other site chose the language
    assert {publication.path, f"/ko{publication.path}"} <= set(page.all_of("href"))


@pytest.mark.proves("L8")
@pytest.mark.parametrize("publication", all_pages(four_states()), ids=lambda page: page.path)
def test_every_page_can_be_reported_but_those_for_a_wall_and_without_style(publication):
    is_bare = publication.path.endswith(("/wall/", "/text/", "/safety/"))
    linked = [a for a in built(publication).all_of("href") if a.startswith("/report/?about=")]
    assert bool(linked) is not is_bare


@pytest.mark.parametrize("publication", all_pages(four_states()), ids=lambda page: page.path)
def test_a_copy_on_a_disk_has_relative_addresses_only(publication):
    here = publication.path + "index.html"
    page = built(publication, FileLinks("https://protest.example", "en", "en", here=here))
    for address in page.all_of("href") + page.all_of("src") + page.all_of("action"):
        assert not address.startswith("/")


def test_no_page_shows_a_private_word():
    # A group is shown as the view has it; what is private has no field to leak from.
    for publication in all_pages(four_states()):
        text = publication.build(publication.slice, ENGLISH).decode()
        for word in ("email", "contact_id", "link_token", "approx", "expects", "@example"):
            assert word not in text


def test_home_leads_with_coverage_in_sites_and_countries():
    page = page_at("/", four_states())
    assert "sites covered 2 of 4 countries 2 of 3 groups 5" in page.words
    assert "covered 2 offered 1 empty 1" in page.words
    assert "World map: 2 of 4 sites are covered" in page.all_of("aria-label")


def test_home_without_a_campaign_says_so():
    page = page_at("/", missions=(make_mission(),), campaigns=())
    assert "No campaign is announced yet." in page.words
    assert "Coverage" not in page.words


def test_home_of_a_campaign_that_is_over_invites_nobody():
    page = page_at("/", make_campaign(over=True))
    assert "The last campaign" in page.words
    assert not [href for href in page.all_of("href") if "sign-up" in href]


def test_home_lists_the_other_campaigns():
    spring = make_campaign(slug="spring", title="Spring relay")
    page = page_at("/", make_campaign(), spring)
    assert "/c/spring/" in page.all_of("href")
    assert "Spring relay" in page.words


def test_demonstration_carries_its_banner_and_a_real_site_does_not():
    said = "nothing is real"
    assert said in Page(home_page(all_pages()[0].slice, ENGLISH)).words
    assert said not in page_at("/").words


def test_missions_are_grouped_by_region_and_country_with_a_search_form():
    page = page_at("/missions/", four_states())
    assert re.search("Eastern Asia.*South Korea.*Busan.*Seoul.*Western Europe", page.words)
    assert {"q", "country", "kind"} <= set(page.all_of("name"))
    assert {"/missions.csv", "/missions.json", "/missions.geojson", "/missions.kml"} <= set(
        page.all_of("href")
    )


def searched(q: str, *missions: MissionView, country: str = "") -> Page:
    found = missions_found(missions, q)
    return Page(
        render(
            "missions/list.html", ENGLISH, here="/missions/", demo=False,
            missions=found.missions, countries=["DE", "KR"], q=q, country=country, kind="",
            found=found,
        ).encode()
    )  # fmt: skip


def test_the_list_of_missions_also_shows_what_a_choice_left():
    page = searched("", make_seoul(), country="KR")
    assert "1 mission" in page.words
    assert ("option", {"value": "KR", "selected": None}) in page.tags
    assert ("details", {"class": "region", "open": None}) in page.tags


def test_what_a_search_found_is_one_list_with_countries():
    page = searched("<seoul>", make_seoul())
    assert "<seoul>" in page.all_of("value")
    assert "Seoul Embassy · South Korea" in page.words
    assert "details" not in [tag for tag, _ in page.tags]


def test_a_search_that_finds_nothing_says_so():
    assert "Nothing was found." in searched("x").words


def test_a_search_says_what_it_guesses_and_what_is_near():
    assert "Did you mean one of these?" in searched("berln", make_mission()).words
    page = searched("Kobe", make_seoul())
    assert "Nearest to Kobe, Japan" in page.words
    assert "The directory has no mission there." in page.words
    assert re.search(r"Seoul Embassy · South Korea 804\skm", page.words)
    assert "written much like it" in searched("lepzig", make_seoul()).words


def test_the_list_tells_browsers_where_missions_are_that_are_not_closed():
    missions = (make_mission(), make_seoul(), make_mission(slug="de-bonn-embassy", status="closed"))
    page = page_at("/missions/", missions=missions)
    assert page.all_of("data-at") == ["37.57,126.98", "52.51,13.42"]


@pytest.mark.proves("P8")
@pytest.mark.control("P8")
@pytest.mark.parametrize("sends", ["fetch(", "XMLHttpRequest", "sendBeacon", ".src", "location."])
def test_a_readers_position_stays_in_the_browser(sends: str):
    script = (STATIC / "near.js").read_text().replace("geolocation.", "")
    assert "getCurrentPosition" in script
    assert sends not in script
    assert "fetch(" in (STATIC / "site.js").read_text(), "the control: another script does"


def mission_page_with(contact: str, *sites: tuple[CampaignHead, SiteView], **changes) -> Page:
    page = MissionSlice(FRAME, make_mission(**changes), sites, contact=contact)
    return Page(mission_page(page, ENGLISH))


def test_a_mission_tells_each_source_in_words_with_its_licence():
    page = mission_page_with("", sources="wikidata-2022-11;enwiki;https://example.org/list;unheard")
    assert "Wikidata, as of 2022-11 · CC0 wikidata-2022-11" in page.words
    assert "an article of Wikipedia · CC BY-SA 4.0, facts only" in page.words
    assert "https://example.org/list" in page.all_of("href")
    assert "unheard" in page.words
    assert page.all_of("data-age") == ["2022-11"]


def test_a_mistake_is_reported_by_a_mail_that_names_the_mission():
    page = mission_page_with("mailto:maps@example.org")
    link = next(href for href in page.all_of("href") if href.startswith("mailto:"))
    address, _, query = link.partition("?")
    asked = parse_qs(query)
    assert (address, asked["subject"]) == ("mailto:maps@example.org", ["de-berlin-embassy"])
    assert asked["body"][0].startswith("https://protest.example/missions/de-berlin-embassy/\r\n")


@pytest.mark.parametrize("contact", ["https://example.org/tell", "mailto:a@example.org?subject=x"])
def test_a_contact_that_says_more_than_an_address_is_left_as_it_is(contact: str):
    assert contact in mission_page_with(contact).all_of("href")


def test_nobody_is_asked_to_report_to_nowhere():
    assert "Report a mistake" not in mission_page_with("").words


def test_campaigns_that_are_over_stand_apart_with_their_groups():
    groups = (make_participant(key="g-1"), make_participant(key="g-2", name=""))
    site = make_site(make_mission(), make_slot(groups=groups))
    over = CampaignHead("autumn", "Autumn noon", (make_wave(),), closed=True)
    coming = CampaignHead("demo", "One noon", (make_wave(),), closed=False)
    page = mission_page_with("", (over, site), (coming, site))
    assert re.search("Times here.*One noon.*Campaigns before.*Autumn noon.*2 groups", page.words)
    assert page.words.count("Autumn noon") == 1


def test_quality_counts_and_says_what_to_check_first():
    poor = make_seoul(status="unknown", confidence="low", address="", verified_on="")
    closed = make_mission(slug="de-bonn-embassy", status="closed")
    page = page_at("/missions/quality/", missions=(make_mission(), poor, closed))
    assert "2 missions that are not closed" in page.words
    assert re.search(r"An address\s*1\s*50%", page.words)
    assert "unsure if open · sources disagree, or there is none · no dated source" in page.words
    first = [href for href in page.all_of("href") if href.startswith("/missions/kr-")]
    assert first == ["/missions/kr-seoul-embassy/"]


def test_quality_of_an_empty_directory_is_a_page_too():
    snapshot = make_snapshot(missions=())
    page = built(next(p for p in pages_in(snapshot) if p.path == "/missions/quality/"))
    assert "0 missions" in page.words


@pytest.mark.parametrize("kind", MissionKind)
def test_every_kind_of_mission_has_a_name(kind):
    page = page_at("/missions/de-berlin-embassy/", missions=(make_mission(kind=kind.value),))
    assert page.count("dt") > 0


def test_a_mission_known_by_city_is_not_given_an_address():
    page = page_at("/missions/kr-seoul-embassy/", missions=(make_seoul(),))
    assert "city only: Seoul, South Korea" in page.words
    assert "only the city; we do not know the building" in page.words
    assert "37.566" not in page.words


def test_a_mission_whose_state_is_unknown_says_so():
    page = page_at("/missions/de-berlin-embassy/", missions=(make_mission(status="unknown"),))
    assert "We do not know whether this mission is open." in page.words


def test_a_website_that_is_no_web_address_is_no_link():
    mission = make_mission(website="javascript:alert(1)")
    page = page_at("/missions/de-berlin-embassy/", missions=(mission,))
    assert not [href for href in page.all_of("href") if href.startswith("javascript")]


def test_a_mission_lists_its_times_in_each_campaign():
    page = page_at("/missions/de-berlin-embassy/", make_campaign(), make_campaign(slug="spring"))
    sites = [href for href in page.all_of("href") if "/sites/" in href]
    assert sites == [
        "/c/demo/sites/de-berlin-embassy/",
        "/c/spring/sites/de-berlin-embassy/",
    ]
    assert page.words.count("Sat, 9 Jan 2027, 12:00 (UTC+01:00)") == 2


def test_every_static_file_that_a_page_names_is_there():
    prefix = ENGLISH.static("")
    for publication in all_pages(four_states()):
        page = built(publication)
        for address in page.all_of("href") + page.all_of("src"):
            if address.startswith(prefix):
                assert (STATIC / address.removeprefix(prefix)).is_file(), address


@pytest.mark.proves("L1")
def test_code_of_conduct_forbids_harassment_of_chinese_people():
    words = page_at("/code-of-conduct/").words
    assert "It is not against Chinese people" in words
    assert "Version 2026-11" in words


def test_error_page_leads_home_whatever_the_address_was():
    page = Page(
        render(
            "errors/error.html", ENGLISH, here="//evil.example/", demo=False,
            heading="Not found", text="There is no such page.",
        ).encode()
    )  # fmt: skip
    assert not [href for href in page.all_of("href") if "evil" in href]
    assert "There is no such page." in page.words


def test_every_mission_of_the_directory_has_its_pages():
    missions = all_missions()
    campaign = make_campaign(*(make_site(mission, slot_at(mission)) for mission in missions))
    pages = pages_in(make_snapshot(campaign))
    assert len(pages) == 18 + 2 * len(missions)
    for publication in pages:
        assert publication.build(publication.slice, ENGLISH)
