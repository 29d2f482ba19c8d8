import pytest
from sqlalchemy.orm import Session

from protestcoord.missions.catalogue import read_catalogue
from protestcoord.missions.finding import Found, missions_matching
from protestcoord.missions.queries import (
    catalogue_rows,
    find_mission,
    missions_all,
    missions_of,
)
from protestcoord.missions.rules import MissionKind
from tests.missions.planting import BERLIN, PATH


def test_directory_is_the_catalogue_again(directory: Session) -> None:
    assert catalogue_rows(directory) == read_catalogue(PATH)


def test_missions_come_by_slug(directory: Session) -> None:
    slugs = [mission.slug for mission in missions_all(directory)]
    assert slugs == sorted(slugs)
    assert len(slugs) == 291


def test_mission_is_found_by_its_slug_or_not_at_all(directory: Session) -> None:
    found = find_mission(directory, BERLIN)
    assert found is not None
    assert found.kind is MissionKind.EMBASSY
    assert find_mission(directory, "de-bonn-embassy") is None


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("zamyn uud", "mn-zamyn-uud-cg"),
        ("sanaa", "ye-sana-a-embassy"),
        ("mission geneva trade", "ch-geneva-wto-mission"),
        ("マーシャル", None),
        ("no such place", None),
    ],
)
def test_text_finds_missions(directory: Session, text: str, slug: str | None) -> None:
    slugs = [mission.slug for mission in missions_matching(directory, text).missions]
    assert (slug in slugs) if slug else (slugs == [])


def test_country_and_kind_narrow_the_search(directory: Session) -> None:
    assert len(missions_of(directory, country="de")) == 5
    assert len(missions_of(directory, kind=MissionKind.EMBASSY)) == 175
    found = missions_matching(directory, country="DE", kind="embassy").missions
    assert [mission.slug for mission in found] == [BERLIN]


def test_kind_or_country_that_does_not_exist_finds_nothing(directory: Session) -> None:
    assert missions_of(directory, kind="castle") == []
    assert missions_of(directory, country="XX") == []
    assert missions_matching(directory, "kobe", kind="castle") == Found(())


def test_empty_search_finds_everything_by_slug(directory: Session) -> None:
    assert missions_matching(directory).missions == tuple(missions_all(directory))
