"""The map page in Chromium with a CPU slowed four times: weight and time until the map is drawn."""

import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from protestcoord.config import shipped
from protestcoord.missions.catalogue import read_catalogue
from protestcoord.missions.regions import region_of
from protestcoord.publications.registry import Imprint, publications_of
from tests.factories import make_campaign, make_mission, make_site, make_slot, make_snapshot
from tests.journeys.browser import chromium
from tests.journeys.built import built_store, door_served

SLOWER, ROUNDS = 4, 3
FILES = ("/c/demo/map/", "/c/demo/map.js", "/static/")


def main() -> None:
    """Print both figures for the directory's 291 missions, and for 10,000 sites."""
    with chromium() as browser:
        for number in (291, 10_000):
            with served(make_campaign(*sites_of_the_world(number))) as base_url:
                seconds, weight, data = min(measured(browser, base_url) for _ in range(ROUNDS))
            print(
                f"{number:6} sites: map drawn after {seconds:.2f} s (target for 291: 1.5), "
                f"{weight / 1000:.0f} kB in all (target for 291: 350), "
                f"of it the sites {data / 1000:.1f} kB (targets: 15, for 10,000: 250)",
                flush=True,
            )


def sites_of_the_world(number):
    """Return the directory's missions as sites; beyond them, further ones beside them."""
    rows = read_catalogue(shipped("data") / "embassies.csv")
    for count in range(number):
        row, lap = rows[count % len(rows)], count // len(rows)
        known = {name: getattr(row, name) for name in ("name", "country", "city", "precision")}
        mission = make_mission(
            **known,
            slug=f"{row.slug}-{lap}" if lap else row.slug,
            latitude=row.latitude + lap % 7 * 0.31,
            longitude=row.longitude + lap % 11 * 0.27,
            timezone=row.timezone,
            region=region_of(row.country),
        )
        yield make_site(mission, make_slot(mission.slug, timezone=mission.timezone))


@contextmanager
def served(campaign):
    """Serve what the map page needs; give the address."""
    imprint = Imprint("uid.example", False, "mailto:a@example.org", datetime.now(UTC), "k" * 64)
    every = publications_of(make_snapshot(campaign), imprint)
    wanted = [one for one in every if one.path.startswith(FILES)]
    with tempfile.TemporaryDirectory() as folder:
        store = built_store(Path(folder), wanted)
        store.note_current(datetime.now(UTC))
        with door_served(store) as base_url:
            yield base_url


def measured(browser, base_url):
    """Return seconds from the request to the drawn map, all bytes that came, those of the sites."""
    context = browser.new_context()
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    addresses, weights = {}, {}
    devtools.on(
        "Network.requestWillBeSent",
        lambda event: addresses.update({event["requestId"]: event["request"]["url"]}),
    )
    devtools.on(
        "Network.loadingFinished",
        lambda event: weights.update({addresses[event["requestId"]]: event["encodedDataLength"]}),
    )
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(f"{base_url}/c/demo/map/")
    page.locator("#map .leaflet-marker-icon").first.wait_for()
    drawn = page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")
    page.wait_for_load_state("networkidle")
    context.close()
    return drawn / 1000, sum(weights.values()), weights[f"{base_url}/c/demo/map.js"]


if __name__ == "__main__":
    main()
