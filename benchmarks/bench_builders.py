"""How long does a feed take, beside plain templates, in one run."""

import time
import tracemalloc
from datetime import timedelta

from protestcoord.config import shipped
from protestcoord.core.links import Links
from protestcoord.missions.catalogue import read_catalogue
from protestcoord.publications.calendar import calendar_from_slots
from tests.factories import DAY_AT, make_campaign, make_mission, make_slot

EVENTS, ROUNDS = 10_000, 3
LINKS = Links("https://example.org", "en", "en")
PLAIN = (
    "BEGIN:VEVENT\r\nUID:{key}@x\r\nDTSTAMP:{stamp}\r\nLAST-MODIFIED:{stamp}\r\nSEQUENCE:0\r\n"
    "DTSTART:{start}\r\nDTEND:{end}\r\nSUMMARY:{title}\r\nLOCATION:{place}\r\n"
    "DESCRIPTION:{text}\r\nURL:{url}\r\nSTATUS:CONFIRMED\r\nCATEGORIES:{country}\r\nEND:VEVENT\r\n"
)


def main() -> None:
    """Print each measure with its yardstick and target."""
    places = site_slots()
    campaign = make_campaign()
    feed = best(lambda: calendar_from_slots("x", campaign, places, LINKS, "x", "/x.ics"))
    plain = best(lambda: plain_calendar(campaign, places))
    print(f"feed of {EVENTS} events: {feed:.2f} s CPU, plain templates {plain:.2f} s: ", end="")
    print(f"ratio {feed / plain:.1f} (target at most 6)")
    print(f"  peak memory {peak_mb(campaign, places):.0f} MB traced (target at most 150 MB)")


def best(act) -> float:
    """Return the CPU seconds of the best of three rounds."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        act()
        times.append(time.process_time() - start)
    return min(times)


def site_slots():
    """Return 10,000 slots at the missions of the directory."""
    rows = read_catalogue(shipped("data") / "embassies.csv")
    columns = make_mission().__dataclass_fields__.keys() - {"region", "changed_at"}
    missions = [make_mission(**{c: getattr(row, c) for c in columns}) for row in rows]
    places = []
    for number in range(EVENTS):
        mission = missions[number % len(missions)]
        starts_at = DAY_AT + timedelta(minutes=number)
        slot = make_slot(
            mission.slug, occurrence=number, starts_at=starts_at, timezone=mission.timezone
        )
        places.append((make_site_of(mission, slot), slot))
    return places


def make_site_of(mission, slot):
    """Return the site that a slot is at."""
    from tests.factories import make_site

    return make_site(mission, slot)


def plain_calendar(campaign, places) -> bytes:
    """Return the same events from a plain string template: no escaping, no folding, no zones."""
    lines = [
        PLAIN.format(
            key=slot.key,
            stamp=f"{slot.changed_at:%Y%m%dT%H%M%SZ}",
            start=f"{slot.starts_at:%Y%m%dT%H%M%SZ}",
            end=f"{slot.ends_at:%Y%m%dT%H%M%SZ}",
            title=f"{campaign.title} - {site.mission.city}",
            place=f"{site.mission.address}, {site.mission.city}",
            text=f"{campaign.statement} {slot.state} {slot.starts_at:%a, %d %b %Y, %H:%M}",
            url=f"{LINKS.base_url}/c/{campaign.slug}/sites/{site.mission.slug}/",
            country=site.mission.country,
        )
        for site, slot in places
    ]
    return "".join(lines).encode()


def peak_mb(campaign, places) -> float:
    """Return the traced peak of memory while the feed is built, in MB."""
    tracemalloc.start()
    calendar_from_slots("x", campaign, places, LINKS, "x", "/x.ics")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


if __name__ == "__main__":
    main()
