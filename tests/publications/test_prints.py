import re
import unicodedata
from datetime import timedelta
from io import BytesIO
from itertools import pairwise
from zipfile import ZipFile

import pypdfium2
import pytest
import segno
from markupsafe import escape

from protestcoord.campaigns.rules import Presence
from protestcoord.core.links import Links
from protestcoord.publications.printers import missing_parts
from protestcoord.publications.prints import (
    PAPERS,
    poster_html,
    poster_pdf,
    poster_slice,
    prints_of,
)
from tests.factories import (
    DAY_AT,
    make_campaign,
    make_mission,
    make_participant,
    make_seoul,
    make_site,
    make_slot,
)

pytestmark = pytest.mark.skipif(
    bool(missing_parts()), reason="this machine cannot print; `protestcoord doctor` says why"
)

A4 = PAPERS["poster-a4.pdf"]
HOSTILE = "</style><script>alert(1)</script><img src='file:///etc/passwd'> %(x)s {{ 7*7 }}"


def links(language="en"):
    return Links("https://protest.example", language, "en")


def at(place):
    return (make_participant(meeting_point=place),)


def slice_of(site=None, **changes):
    return poster_slice(make_campaign(**changes), site or make_site(), demo=False)


def document(poster, language="en", paper=A4):
    return pypdfium2.PdfDocument(poster_pdf((poster, paper), links(language)))


def text_of(pdf):
    """What can be read on it, without the places at which lines were broken."""
    text = "\n".join(page.get_textpage().get_text_range() for page in pdf)
    return re.sub(r"\s+", " ", text)


def words_of(poster, language="en"):
    html = poster_html(poster, A4, links(language)).partition("<body")[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))


@pytest.mark.parametrize(
    ("language", "city", "said"),
    [
        ("en", "Berlin", ["One noon", "Germany", "Saturday, 9 January 2027", "12:00 – 13:00"]),
        ("ja", "ベルリン", ["One noon", "ドイツ", "2027年1月9日(土曜日)", "12:00 – 13:00"]),
        ("ko", "베를린", ["One noon", "독일", "2027년 1월 9일 토요일", "12:00 – 13:00"]),
    ],
)
def test_a_poster_can_be_read_as_text_in_each_language(language, city, said):
    site = make_site(make_mission(city=city), make_slot(groups=at("Bear fountain")))
    read = text_of(document(slice_of(site), language))
    address = links(language).absolute("/c/demo/sites/de-berlin-embassy/")
    missing = [text for text in [*said, city, "UTC+01:00", "Bear fountain"] if text not in read]
    assert missing == []
    assert address.replace("-", "") in read.replace(" ", "").replace("-", "").replace("\ufffe", "")


def test_the_code_leads_to_the_page_of_the_site_in_the_language():
    address = "https://protest.example/ko/c/demo/sites/de-berlin-embassy/"
    code = segno.make(address, micro=False, error="m").svg_data_uri(border=2, light="#fff")
    assert f'src="{escape(code)}"' in poster_html(slice_of(), A4, links("ko"))


def test_letters_of_east_asia_are_drawn_not_left_as_boxes():
    """Two texts of as many letters look different; boxes would look the same."""
    drawn = [
        document(slice_of(title=title), "ja")[0].render(scale=0.5).to_numpy().tobytes()
        for title in ("難民正午", "平和行進", "평화행진", "مسيرة ")
    ]
    assert all(one != other for one, other in pairwise(drawn))


@pytest.mark.parametrize(
    ("name", "millimetres"),
    [("poster-a4.pdf", (210, 297)), ("poster-a3.pdf", (297, 420)), ("flyer-a5.pdf", (148, 210))],
)
def test_paper_has_its_size(name, millimetres):
    points = document(slice_of(), paper=PAPERS[name])[0].get_size()
    assert tuple(round(length / 72 * 25.4) for length in points) == millimetres


def test_equal_data_give_equal_bytes():
    assert poster_pdf((slice_of(), A4), links()) == poster_pdf((slice_of(), A4), links())


def test_a_sign_up_makes_no_poster_stale_but_a_meeting_point_does():
    nobody, signed_up, with_place = (
        slice_of(make_site(None, make_slot(groups=groups)))
        for groups in ((), at(""), at("Bear fountain"))
    )
    assert nobody.digest == signed_up.digest
    assert nobody.digest != with_place.digest


def test_without_a_meeting_point_the_place_is_to_be_announced():
    assert "Place to be announced" in words_of(slice_of())
    assert "Place to be announced" not in words_of(
        slice_of(make_site(None, make_slot(groups=at("Bear fountain"))))
    )


def test_a_mission_of_which_only_the_city_is_known_has_no_address_on_its_poster():
    known, only_city = make_mission(), make_mission(precision="city")
    assert "Märkisches Ufer" in words_of(slice_of(make_site(known)))
    assert "Märkisches Ufer" not in words_of(slice_of(make_site(only_city)))


def test_a_remote_only_site_sends_nobody_to_the_mission():
    remote = words_of(slice_of(make_site(presence=Presence.REMOTE_ONLY)))
    assert "Please do not go there" in remote
    assert "Märkisches Ufer" not in remote
    assert "Embassy of the People" not in remote


def test_each_time_has_its_own_place_where_they_differ():
    slots = [
        make_slot(occurrence=1, groups=at("Bear fountain")),
        make_slot(occurrence=2, starts_at=DAY_AT + timedelta(days=1)),
    ]
    words = words_of(slice_of(make_site(None, *slots)))
    assert words.index("Bear fountain") < words.index("10 January")
    assert words.index("10 January") < words.index("Place to be announced")


def test_cancelled_and_ended_times_are_not_printed():
    slots = [make_slot(), make_slot(occurrence=2, cancelled=True)]
    slots.append(make_slot(occurrence=3, ended=True))
    assert len(slice_of(make_site(None, *slots)).moments) == 1


def test_an_end_on_the_next_day_says_the_day():
    late = make_slot(starts_at=DAY_AT + timedelta(hours=11, minutes=30))
    assert "23:30 – Sun, 10 Jan 2027, 00:30" in words_of(slice_of(make_site(None, late)))


def test_a_dropped_site_has_no_prints():
    campaign = make_campaign(make_site(), make_site(make_seoul(), dropped=True))
    paths = [made.path for made in prints_of(campaign, demo=False)]
    posters = [f"/c/demo/sites/de-berlin-embassy/{name}" for name in PAPERS]
    assert paths == ["/c/demo/countries/de-posters.zip", *posters]


def test_what_is_over_announces_no_times():
    over = make_site(None, make_slot(ended=True))
    assert "Times to be announced" in words_of(slice_of(over))
    words = words_of(slice_of(over, over=True))
    assert "This is over." in words
    assert "Times to be announced" not in words


def test_the_posters_of_a_country_are_one_file_and_each_can_be_read():
    munich = make_mission(slug="de-munich-cg", city="München")
    campaign = make_campaign(make_site(), make_site(munich), make_site(make_seoul()))
    made = {made.path: made for made in prints_of(campaign, demo=False)}
    posters = made["/c/demo/countries/de-posters.zip"]
    content = posters.build(posters.slice, links("ja"))
    assert content == posters.build(posters.slice, links("ja"))
    archive = ZipFile(BytesIO(content))
    assert archive.testzip() is None
    names = ["de-berlin-embassy-poster-a4.pdf", "de-munich-cg-poster-a4.pdf"]
    assert archive.namelist() == names
    assert "München" in text_of(pypdfium2.PdfDocument(archive.read(names[1])))


def test_however_long_the_texts_a_poster_is_one_page():
    slots = [
        make_slot(occurrence=day + 1, starts_at=DAY_AT + timedelta(days=day), groups=at("東" * 200))
        for day in range(9)
    ]
    site = make_site(make_mission(city="Q" * 60), *slots)
    long = slice_of(site, title="W" * 120, statement="A sentence. " * 60)
    assert len(document(long)) == 1
    assert "and 5 more times" in words_of(long)


def test_hostile_text_stays_text_and_fetches_nothing():
    site = make_site(make_mission(city=HOSTILE), make_slot(groups=at(HOSTILE)))
    html = poster_html(slice_of(site, title=HOSTILE), A4, links())
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "root:" not in text_of(document(slice_of(site, title=HOSTILE)))


@pytest.mark.parametrize(
    "place",
    [
        "北朝鮮難民のために駅前で",
        "중국 대사관 건너편 공원",
        "中华人民共和国驻德意志联邦共和国大使馆对面",
        "у фонтана напротив посольства",
        "απέναντι από την πρεσβεία",
        "أمام النافورة مقابل السفارة",
        "ליד המזרקה מול השגרירות",
    ],
    ids=["ja", "ko", "zh", "ru", "el", "ar", "he"],
)
@pytest.mark.parametrize("paper", ["poster-a4.pdf", "flyer-a5.pdf"])
def test_a_meeting_point_can_be_read_as_text_in_its_own_script(place, paper):
    """Letter by letter: a reader of PDFs may give a line from right to left as it is seen."""
    poster = slice_of(make_site(None, make_slot(groups=at(place))))
    read = text_of(document(poster, paper=PAPERS[paper]))
    plain = unicodedata.normalize("NFKC", read).replace(" ", "")
    wanted = unicodedata.normalize("NFKC", place).replace(" ", "")
    assert wanted in plain or wanted[::-1] in plain


def test_the_control_text_that_is_not_on_a_poster_is_not_found():
    poster = slice_of(make_site(None, make_slot(groups=at("مقابل السفارة"))))
    assert "النافورة" not in unicodedata.normalize("NFKC", text_of(document(poster)))
