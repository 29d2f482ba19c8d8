import time

import pytest

from protestcoord.core.links import Links
from protestcoord.publications.apart import NotDrawn, build_apart, drawn_apart
from protestcoord.publications.charts import charts_of
from protestcoord.publications.pages import about_page
from tests.factories import make_campaign

LINKS = Links("https://protest.example", "ko", "en")


def sleep(_read, _links):
    time.sleep(30)
    return b""


def test_what_is_drawn_apart_has_the_same_bytes_and_the_same_address():
    for here in charts_of(make_campaign(title="난민을 위한 정오"), demo=False):
        if here.path.endswith("001.svg"):
            there = drawn_apart(here)
            assert (there.path, there.slice) == (here.path, here.slice)
            assert there.build(there.slice, LINKS) == here.build(here.slice, LINKS)


def test_what_fails_says_why():
    with pytest.raises(NotDrawn, match="AttributeError"):
        build_apart(about_page, None, LINKS)


def test_what_takes_too_long_is_given_up():
    with pytest.raises(NotDrawn, match=r"more than 0\.1 seconds"):
        build_apart(sleep, None, LINKS, patience_seconds=0.1)
