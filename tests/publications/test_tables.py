import csv
import io
import json
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import pytest

from protestcoord.config import shipped
from protestcoord.core.links import Links
from protestcoord.missions.catalogue import COLUMNS, read_catalogue, rows_from_text
from protestcoord.publications.snapshot import CampaignView
from protestcoord.publications.tables import missions_csv, missions_json, sites_csv
from tests.factories import (
    DAY_AT,
    make_campaign,
    make_mission,
    make_participant,
    make_seoul,
    make_site,
    make_slot,
)

GOLDEN = Path(__file__).parent / "golden"
LINKS = Links("https://protest.example", "en", "en")


def campaign_of_two() -> CampaignView:
    groups = (
        make_participant(meeting_point='Bridge, "south side"'),
        make_participant(key="g-0002", name="=HYPERLINK(1)"),
    )
    later = make_slot(occurrence=2, starts_at=DAY_AT + timedelta(hours=2))
    cancelled = make_slot(occurrence=3, cancelled=True)
    berlin = make_site(make_mission(), make_slot(groups=groups[:1]), later, cancelled)
    seoul = make_slot("kr-seoul-embassy", timezone="Asia/Seoul", groups=groups[1:])
    dropped = make_site(make_mission(slug="fr-paris-embassy"), dropped=True)
    return make_campaign(berlin, make_site(make_seoul(), seoul), dropped)


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline=""), strict=True))


def test_csv_of_sites_is_the_golden_one_byte_for_byte():
    assert sites_csv(campaign_of_two(), LINKS) == (GOLDEN / "sites.csv").read_bytes()


def test_csv_of_missions_is_the_golden_one_byte_for_byte():
    missions = [make_mission(phone="+49-30-275880", city="=1+1"), make_seoul()]
    assert missions_csv(missions, LINKS) == (GOLDEN / "missions.csv").read_bytes()


def test_directory_comes_back_from_its_csv():
    rows = read_catalogue(shipped("data") / "embassies.csv")
    missions = [make_mission(**asdict(row)) for row in rows]
    assert any(mission.phone.startswith("+") for mission in missions)
    assert rows_from_text(missions_csv(missions, LINKS).decode(), "missions.csv") == rows


def test_csv_of_sites_has_a_row_for_each_slot_and_one_for_a_site_without():
    cancelled = make_slot("kr-seoul-embassy", cancelled=True)
    campaign = make_campaign(make_site(), make_site(make_seoul(), cancelled))
    berlin, seoul = rows_of(sites_csv(campaign, LINKS))
    assert (berlin["slot"], berlin["starts_at"]) == (
        "w1-de-berlin-embassy-1",
        "2027-01-09T11:00:00Z",
    )
    assert (seoul["mission"], seoul["slot"], seoul["starts_at"]) == ("kr-seoul-embassy", "", "")


@pytest.mark.parametrize("text", ["=1+1", " @SUM(1)", "＝1", "'=1", "-1+1", "\u2028=1", "\0=1"])
def test_no_text_of_others_is_calculated(text):
    group = make_participant(name=text, meeting_point=text)
    campaign = make_campaign(make_site(make_mission(city=text), make_slot(groups=(group,))))
    (row,) = rows_of(sites_csv(campaign, LINKS))
    for column in ("city", "meeting_point", "groups"):
        assert row[column].startswith("'")


def test_json_of_missions_has_the_keys_of_the_csv_in_its_order():
    (mission,) = json.loads(missions_json([make_mission()], LINKS))
    assert tuple(mission) == COLUMNS
    assert (mission["latitude"], mission["longitude"]) == (52.51196, 13.41561)
    assert "中华人民共和国".encode() in missions_json([make_mission()], LINKS)
