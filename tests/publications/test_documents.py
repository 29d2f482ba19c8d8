"""The JSON objects: what they say, and that their versions change exactly when they do."""

import json
from dataclasses import replace
from datetime import time

from protestcoord.campaigns.waves import RelayKind, Synchronisation
from protestcoord.core.links import Links
from protestcoord.publications.documents import (
    campaign_json,
    campaigns_json,
    country_json,
    mission_json,
    site_json,
    sites_json,
)
from protestcoord.publications.registry import Imprint, publications_of
from protestcoord.publications.snapshot import RelayView
from tests.factories import (
    DAY_AT,
    make_campaign,
    make_mission,
    make_participant,
    make_seoul,
    make_site,
    make_slot,
    make_snapshot,
    make_wave,
)

LINKS = Links("https://protest.example", "en", "en")
HOST = "uid.example"
GROUP = make_participant(meeting_point="By the clock")
BERLIN = make_site(make_mission(), make_slot(groups=(GROUP,)))
SEOUL = make_site(make_seoul())


def site(view=BERLIN):
    return json.loads(site_json(("demo", view, HOST), LINKS))


def test_site_says_where_it_is_and_what_stands_there():
    told = site()
    (slot,) = told.pop("slots")
    assert told | {"version": ""} == {
        "id": "de-berlin-embassy",
        "version": "",
        "campaign": "demo",
        "mission": "de-berlin-embassy",
        "name": "Embassy of the People's Republic of China in Germany",
        "name_local": "中华人民共和国驻德意志联邦共和国大使馆",
        "country": "DE",
        "region": "155",
        "city": "Berlin",
        "precision": "building",
        "latitude": 52.51196,
        "longitude": 13.41561,
        "presence": "on_site",
        "dropped": False,
        "state": "covered",
        "timezone": "Europe/Berlin",
        "meeting_point": "By the clock",
        "url": "https://protest.example/c/demo/sites/de-berlin-embassy/",
        "cancelled_slots": [],
        "links": {
            "self": "https://protest.example/c/demo/sites/de-berlin-embassy.json",
            "page": "https://protest.example/c/demo/sites/de-berlin-embassy/",
            "calendar": "https://protest.example/c/demo/sites/de-berlin-embassy.ics",
            "mission": "https://protest.example/missions/de-berlin-embassy.json",
        },
    }
    (group,) = slot.pop("groups")
    assert slot | {"version": ""} == {
        "id": "w1-de-berlin-embassy-1",
        "version": "",
        "uid": "demo.w1-de-berlin-embassy-1@uid.example",
        "sequence": 0,
        "wave": 1,
        "occurrence": 1,
        "starts_at": "2027-01-09T11:00:00Z",
        "ends_at": "2027-01-09T12:00:00Z",
        "local_start": "2027-01-09T12:00+01:00",
        "state": "covered",
        "capacity": 5,
        "confirmed": 1,
        "offered": 0,
        "turnout": None,
        "changed_at": "2026-11-01T12:00:00Z",
        "links": {"calendar": "https://protest.example/c/demo/slots/w1-de-berlin-embassy-1.ics"},
    }
    assert group | {"version": ""} == {
        "id": "g-0001",
        "version": "",
        "name": "Lantern circle",
        "city": "Berlin",
        "meeting_point": "By the clock",
        "accessibility": "",
        "languages": "",
        "leads": False,
        "links": {"calendar": "https://protest.example/c/demo/groups/g-0001.ics"},
    }


def test_version_changes_with_the_object_and_with_those_it_holds_and_no_others():
    other = make_slot(occurrence=2)
    before = site(make_site(make_mission(), make_slot(), other))
    after = site(make_site(make_mission(), make_slot(groups=(GROUP,)), other))
    assert before["version"] != after["version"]
    assert before["slots"][0]["version"] != after["slots"][0]["version"]
    assert before["slots"][1] == after["slots"][1]
    assert site(make_site(make_mission(), make_slot(), other)) == before


def test_version_stays_where_only_what_is_not_told_here_changed():
    unseen = make_mission(phone="+49-30-1", verified_on="2026-10", changed_at=DAY_AT)
    assert site(make_site(unseen, make_slot(groups=(GROUP,), ended=True))) == site()
    near = make_campaign(BERLIN, refresh_minutes=15)
    assert campaign_json(near, LINKS) == campaign_json(make_campaign(BERLIN), LINKS)


def test_version_of_a_mission_changes_when_it_takes_part_in_a_campaign():
    alone, chosen = (mission_json((make_mission(), slugs), LINKS) for slugs in ((), ("demo",)))
    assert json.loads(alone)["version"] != json.loads(chosen)["version"]


def objects_in(told):
    """Yield every object in a document that has an identity."""
    if isinstance(told, dict) and "id" in told:
        yield told
    for part in told.values() if isinstance(told, dict) else told:
        if isinstance(part, dict | list):
            yield from objects_in(part)


def test_every_object_has_an_identity_a_version_and_links():
    campaign = make_campaign(BERLIN, SEOUL)
    for content in (
        campaigns_json((campaign,), LINKS),
        campaign_json(campaign, LINKS),
        sites_json((campaign, HOST), LINKS),
        country_json(("demo", "DE", (BERLIN,), HOST), LINKS),
        mission_json((make_mission(), ("demo",)), LINKS),
    ):
        found = list(objects_in(json.loads(content)))
        assert found
        assert all(list(each)[:2] == ["id", "version"] and each["links"] for each in found)


def test_cancelled_slots_stand_apart():
    told = site(make_site(make_mission(), make_slot(), make_slot(occurrence=2, cancelled=True)))
    assert [slot["id"] for slot in told["slots"]] == ["w1-de-berlin-embassy-1"]
    assert [slot["id"] for slot in told["cancelled_slots"]] == ["w1-de-berlin-embassy-2"]


def test_list_of_sites_is_those_that_take_part_each_as_its_own_file_says():
    campaign = make_campaign(BERLIN, replace(SEOUL, dropped=True))
    assert json.loads(sites_json((campaign, HOST), LINKS)) == [site()]


def test_country_holds_its_sites():
    told = json.loads(country_json(("demo", "DE", (BERLIN,), HOST), LINKS))
    assert told["sites"] == [site()]
    assert told["links"]["calendar"] == "https://protest.example/c/demo/countries/de.ics"


def test_campaign_tells_message_waves_and_coverage_and_leads_on():
    campaign = make_campaign(BERLIN, SEOUL)
    told = json.loads(campaign_json(campaign, LINKS))
    assert (told["id"], told["state"], told["over"]) == ("demo", "published", False)
    assert (told["starts_at"], told["ends_at"]) == ("2027-01-09T11:00:00Z", "2027-01-09T12:00:00Z")
    assert told["statement"] == "Let the refugees go where they are safe."
    assert [wave["start"] for wave in told["waves"]] == ["2027-01-09T12:00"]
    assert told["coverage"]["sites_covered"] == 1
    (short,) = json.loads(campaigns_json((campaign,), LINKS))
    assert {name: told[name] for name in short if name != "links"} | {
        "links": {name: told["links"][name] for name in short["links"]}
    } == short


def test_campaign_leads_to_every_file_that_is_not_of_a_smaller_part():
    def addresses(found):
        for address in found.values() if isinstance(found, dict) else found:
            yield from [address] if isinstance(address, str) else addresses(address)

    told = json.loads(campaign_json(make_campaign(BERLIN, SEOUL), LINKS))
    leading = {
        address.removeprefix("https://protest.example") for address in addresses(told["links"])
    }
    imprint = Imprint(HOST, demo=False, contact="", contact_until=DAY_AT, signing_key="")
    paths = {p.path for p in publications_of(make_snapshot(make_campaign(BERLIN, SEOUL)), imprint)}
    assert leading <= paths
    # A picture is there only where the machine can draw it.
    smaller = ("/card.png", "/sites/", "/slots/", "/groups/", "/waves/", "/embed/", "/map.js")
    of_it = {path for path in paths if path.startswith("/c/demo/")}
    assert {path for path in of_it - leading if not any(s in path for s in smaller)} == set()


def test_relay_tells_its_window():
    relay = RelayView(RelayKind.MINIMAL, time(8), time(20, 30), 24)
    wave = make_wave(synchronisation=Synchronisation.RELAY, relay=relay)
    (told,) = json.loads(campaign_json(make_campaign(waves=(wave,)), LINKS))["waves"]
    assert told["relay"] == {
        "kind": "minimal",
        "window_start": "08:00",
        "window_end": "20:30",
        "hours": 24,
    }


def test_campaign_without_slots_has_no_start():
    campaign = make_campaign(replace(BERLIN, slots=()))
    assert json.loads(campaign_json(campaign, LINKS))["starts_at"] is None


def test_mission_leads_to_its_sites():
    told = json.loads(mission_json((make_mission(), ("demo",)), LINKS))
    assert (told["id"], told["slug"]) == ("de-berlin-embassy",) * 2
    assert told["links"]["sites"] == ["https://protest.example/c/demo/sites/de-berlin-embassy.json"]
