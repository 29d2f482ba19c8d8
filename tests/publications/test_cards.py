import re
import sys

import pytest

from protestcoord.campaigns.rules import Presence
from protestcoord.core.links import Links
from protestcoord.publications.cards import (
    SIZE,
    campaign_card,
    campaign_card_svg,
    card_path,
    cards_of,
    site_card_svg,
    site_cards_of,
)
from protestcoord.publications.frame import Frame
from protestcoord.publications.pages import about_page, pages_of
from protestcoord.publications.printers import can_draw, missing_parts
from tests.factories import (
    DAY_AT,
    make_campaign,
    make_mission,
    make_participant,
    make_seoul,
    make_site,
    make_slot,
    make_snapshot,
)

pytestmark = pytest.mark.skipif(
    bool(missing_parts()), reason="this machine cannot print; `protestcoord doctor` says why"
)

PNG = b"\x89PNG\r\n\x1a\n"
HOSTILE = "</text><script>alert(1)</script><image href='file:///etc/passwd'/> {{ 7*7 }}"


def links(language="en"):
    return Links("https://protest.example", language, "en")


def card_of(campaign):
    (card,) = cards_of(campaign, demo=False)
    return card.slice


def site_card_of(campaign, number=0):
    return list(site_cards_of(campaign, demo=False))[number].slice


def texts_of(svg):
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def size_of(png):
    """Width and height, which stand in the first chunk."""
    return tuple(int.from_bytes(png[at : at + 4], "big") for at in (16, 20))


def test_the_card_of_a_campaign_is_a_picture_of_the_size_that_is_told():
    png = campaign_card(card_of(make_campaign()), links())
    assert png.startswith(PNG)
    assert size_of(png) == SIZE


def test_equal_data_give_equal_pictures_and_other_words_another():
    one, same, other = (
        campaign_card(card_of(make_campaign(title=title)), links())
        for title in ("難民正午", "難民正午", "平和行進")
    )
    assert one == same != other


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("en", ["Saturday, 9 January 2027", "2 embassies and consulates, 2 countries"]),
        ("ja", ["2027年1月9日(土曜日)"]),
        ("ko", ["2027년 1월 9일 토요일"]),
    ],
)
def test_the_card_of_a_campaign_says_what_when_and_where(language, texts):
    campaign = make_campaign(make_site(), make_site(make_seoul()))
    said = texts_of(campaign_card_svg(card_of(campaign), links(language)))
    assert " ".join(said).startswith("One noon for the")
    assert set(texts) <= set(said)


def test_days_are_those_of_the_places():
    late = DAY_AT.replace(hour=23)
    site = make_site(
        make_seoul(), make_slot("kr-seoul-embassy", starts_at=late, timezone="Asia/Seoul")
    )
    said = texts_of(campaign_card_svg(card_of(make_campaign(make_site(), site)), links()))
    assert "Sat, 9 Jan 2027 – Sun, 10 Jan 2027" in said


def test_a_sign_up_makes_no_card_stale():
    seoul, taken = make_site(make_seoul()), make_slot(groups=(make_participant(),))
    nobody = make_campaign(make_site(), seoul)
    somebody = make_campaign(make_site(None, taken), seoul)
    assert card_of(nobody).digest == card_of(somebody).digest
    assert site_card_of(nobody).digest == site_card_of(somebody).digest
    assert card_of(nobody).digest != card_of(make_campaign(seoul)).digest


def test_the_card_of_a_site_says_its_city_country_and_local_time():
    svg = site_card_svg(site_card_of(make_campaign()), links("ko"))
    said = texts_of(svg)
    assert {"Berlin", "독일", "2027년 1월 9일 토요일", "12:00 (UTC+01:00)"} <= set(said)


def test_the_card_of_a_remote_only_site_asks_to_act_elsewhere():
    remote = make_campaign(make_site(presence=Presence.REMOTE_ONLY))
    assert "In solidarity, elsewhere" in texts_of(site_card_svg(site_card_of(remote), links()))
    assert "In solidarity, elsewhere" not in texts_of(
        site_card_svg(site_card_of(make_campaign()), links())
    )


def test_a_site_without_a_time_ahead_has_a_card_without_one():
    over = make_site(None, make_slot(ended=True))
    assert site_card_of(make_campaign(over)).first is None
    assert "Berlin" in texts_of(site_card_svg(site_card_of(make_campaign(over)), links()))


def test_a_dropped_site_has_no_card():
    campaign = make_campaign(make_site(), make_site(make_seoul(), dropped=True))
    paths = [card.path for card in site_cards_of(campaign, demo=False)]
    assert paths == [card_path("demo", "de-berlin-embassy")]


def test_hostile_text_stays_text():
    campaign = make_campaign(make_site(make_mission(city=HOSTILE)), title=HOSTILE)
    for svg in (
        campaign_card_svg(card_of(campaign), links()),
        site_card_svg(site_card_of(campaign), links()),
    ):
        assert "<script" not in svg
        assert "<image" not in svg
        assert "&lt;" in svg


def images_in(page):
    return re.findall(r'<meta property="og:image" content="([^"]*)">', page.decode())


def test_each_page_of_a_campaign_names_a_picture_of_our_own_site():
    for page in pages_of(make_snapshot(), demo=False):
        if page.path.endswith(("/embed/list/", "/embed/map/", "/wall/", "/text/")):
            continue  # nobody shares these
        (image,) = images_in(page.build(page.slice, links("ja")))
        assert image.startswith("https://protest.example/ja/c/demo/")


def test_without_a_campaign_there_is_no_picture():
    assert images_in(about_page(Frame(demo=False, campaign=None), links())) == []


@pytest.fixture
def without_resvg(monkeypatch):
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    can_draw.cache_clear()
    yield
    can_draw.cache_clear()


@pytest.mark.usefixtures("without_resvg")
def test_where_nothing_can_be_drawn_there_is_no_card_and_no_page_names_one():
    assert list(cards_of(make_campaign(), demo=False)) == []
    for page in pages_of(make_snapshot(), demo=False):
        assert images_in(page.build(page.slice, links())) == []
