"""Of a mission whose address is withheld, no publication has the street or the point."""

from dataclasses import replace

import pytest

from protestcoord.core.links import Links
from protestcoord.missions.catalogue import COLUMNS, CatalogueRow
from protestcoord.missions.rules import WITHHELD, Confidence, MissionKind, MissionStatus, Precision
from protestcoord.publications.registry import Imprint, prints_of_all, publications_of
from tests.factories import WRITTEN_AT as NOW
from tests.factories import make_campaign, make_mission, make_site, make_slot, make_snapshot
from tests.proofs import FULL

STREET, LATITUDE, LONGITUDE, CODE, PHONE = "Kanarienweg 7", 52.47771, 13.33331, "10999", "31337"
TRACES = (STREET, "Kanarien", "52.47", "13.33", PHONE, CODE)
FILE_TRACES = (STREET, "Kanarien", "52.4777", "13.3333", f"+49-30-{PHONE}")


def view(address: str):
    row = CatalogueRow(
        **{
            **{name: getattr(make_mission(), name) for name in COLUMNS},
            "kind": MissionKind.EMBASSY,
            "precision": Precision.BUILDING,
            "confidence": Confidence.HIGH,
            "status": MissionStatus.OPEN,
            "address": STREET,
            "latitude": LATITUDE,
            "longitude": LONGITUDE,
            "postal_code": CODE,
            "phone": f"+49-30-{PHONE}",
        }
    )
    stored = replace(row, address=address)
    return make_mission(**{name: getattr(stored, name) for name in COLUMNS})


def leaks(address: str) -> dict[str, set[str]]:
    """Which trace stands in what each publication reads, and in its file."""
    campaign = make_campaign(make_site(view(address), make_slot()))
    snapshot = make_snapshot(campaign)
    imprint = Imprint("uid.example", False, "mailto:a@example.org", NOW, "k" * 64)
    links = Links("https://protest.example", "en", "en")
    found = {}
    published = [p for p in publications_of(snapshot, imprint) if "/static/" not in p.path]
    for publication in (*published, *prints_of_all(snapshot, imprint)):
        told = {trace for trace in TRACES if trace in repr(publication.slice)}
        if FULL or not publication.path.endswith((".pdf", ".png", ".zip")):
            text = publication.build(publication.slice, links).decode(errors="replace")
            told |= {trace for trace in FILE_TRACES if trace in text}
        found[publication.path] = told
    return found


@pytest.mark.proves("L3")
def test_no_publication_tells_a_withheld_address(record_property):
    found = leaks(WITHHELD)
    assert {path: told for path, told in found.items() if told} == {}
    assert found.keys() >= {"/missions.csv", "/missions.kml", "/c/demo/sites.geojson"}
    assert any(path.endswith(".pdf") for path in found)
    record_property("L3", f"a withheld address in {len(found)} publications: 0")


@pytest.mark.control("L3")
def test_the_same_traces_are_found_where_it_is_told():
    found = {path for path, told in leaks(STREET).items() if told}
    assert {"/missions.csv", "/missions.geojson", "/missions/de-berlin-embassy/"} <= found
    assert {"/c/demo/calendar.ics", "/c/demo/sites.kml"} <= found
