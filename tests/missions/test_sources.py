import re

import pytest

from protestcoord.config import PACKAGE
from protestcoord.missions.catalogue import read_catalogue
from protestcoord.missions.sources import KNOWN, Source, credits_text, sources_of
from tests.missions.planting import PATH

DOCUMENTED = set(re.findall(r"`([^`]+)`", (PACKAGE.parent / "docs" / "data.md").read_text()))


def test_every_source_of_the_catalogue_is_told_in_words() -> None:
    every = [source for row in read_catalogue(PATH) for source in sources_of(row.sources)]
    assert [source.name for source in every if not source.what] == []


@pytest.mark.parametrize("name", KNOWN)
def test_every_source_is_told_in_the_documentation_too(name: str) -> None:
    assert name in DOCUMENTED


def test_month_of_wikidata_is_that_of_its_name() -> None:
    assert sources_of("wikidata-2026-11") == (
        Source("wikidata-2026-11", "Wikidata, as of %(month)s", "CC0", month="2026-11"),
    )


def test_page_that_somebody_named_is_a_link_and_no_other_scheme_is() -> None:
    page, other = sources_of("https://example.org/a?b; javascript:alert(1)")
    assert (page.url, other.url) == ("https://example.org/a?b", "")
    assert other.name == "javascript:alert(1)"


def test_no_source_is_none() -> None:
    assert sources_of("") == sources_of(" ; ") == ()


def test_credits_name_geonames_and_every_short_name() -> None:
    text = credits_text()
    assert "GeoNames" in text
    assert "https://creativecommons.org/licenses/by/4.0/" in text
    assert [name for name in KNOWN if f"\n{name}: " not in text] == []
