"""Which paths may be reported, and how old are reports."""

from datetime import timedelta

import pytest

from protestcoord.reports.rules import Subject, median_age, subject_of
from tests.stored import NOW


@pytest.mark.parametrize(
    ("about", "subject"),
    [
        ("/", Subject()),
        ("/missions/de-berlin-embassy/", Subject()),
        ("/c/noon/", Subject("noon")),
        ("/c/noon/map/", Subject("noon")),
        ("/c/noon/sites/de-berlin-embassy/", Subject("noon", "de-berlin-embassy")),
        ("/c/noon/slots/w1-de-berlin-embassy-1/come/", Subject("noon")),
        ("/organize/", None),
        ("/s/token/", None),
        ("//evil.example/", None),
        ("/c/noon/../../organize/", None),
        ("/c/noon/?next=x", None),
        ("https://evil.example/", None),
        ("/c/noon/" + "a" * 300 + "/", None),
        ("", None),
    ],
)
def test_only_paths_of_public_pages_are_about_something(about, subject):
    assert subject_of(about) == subject


def test_median_age_is_that_of_the_one_in_the_middle():
    created = [NOW - timedelta(hours=hours) for hours in (1, 2, 30)]
    assert median_age(created, NOW) == timedelta(hours=2)
    assert median_age([], NOW) == timedelta(0)
