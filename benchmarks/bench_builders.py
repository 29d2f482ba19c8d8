"""How long does a feed take, beside plain templates and the bare library, in one run."""

import time
import tracemalloc
from dataclasses import replace
from datetime import timedelta

import icalendar

from protestcoord.config import shipped
from protestcoord.core.links import Links
from protestcoord.missions.catalogue import read_catalogue
from protestcoord.publications.calendar import _kept_events, calendar_from_slots
from protestcoord.publications.snapshot import kept
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
    feed = best_of_feeds(lambda known: build(campaign, known), before=forget)
    plain = best_of_feeds(lambda known: plain_calendar(campaign, known))
    library = seconds_of(lambda: library_calendar(campaign, places))
    print(f"feed of {EVENTS} events: {feed:.2f} s CPU, plain templates {plain:.2f} s: ", end="")
    print(f"ratio {feed / plain:.1f} (target at most 6); the bare library {library:.2f} s")
    changed = best_of_feeds(lambda known: build_changed(campaign, known), before=remember)
    print(f"  after one slot changed: {changed:.3f} s CPU: ", end="")
    print(f"ratio {changed / feed:.2f} of from nothing (target at most 0.15)")
    print(f"  peak memory {peak_mb(campaign, places):.0f} MB traced (target at most 150 MB)")


def build(campaign, places) -> bytes:
    """Build the feed."""
    return calendar_from_slots("x", campaign, places, LINKS, "x", "/x.ics")


def build_changed(campaign, places) -> bytes:
    """Build the feed of a snapshot in which one slot is another, as the worker does."""
    return build(campaign, kept(changed_places(), places))


def changed_places():
    """Return all slots anew, one of them moved."""
    places = list(site_slots_again())
    site, slot = places[EVENTS // 2]
    moved = replace(slot, sequence=slot.sequence + 1, starts_at=slot.starts_at + timedelta(hours=1))
    places[EVENTS // 2] = (replace(site, slots=(moved,)), moved)
    return tuple(places)


def site_slots_again():
    """Return equal slots that are other objects, made before the clock runs."""
    return AGAIN.pop()


AGAIN: list = []


def forget(_places) -> None:
    """Start as a new process does."""
    _kept_events.clear()


def remember(places) -> None:
    """Start as a worker does that has built the feed before."""
    build(make_campaign(), places)
    AGAIN.append(site_slots())


def best(act) -> float:
    """Return the CPU seconds of the best of three rounds."""
    return min(seconds_of(act) for _ in range(ROUNDS))


def best_of_feeds(act, before=lambda _places: None) -> float:
    """Return the CPU seconds of the best of three rounds, each with slots of its own."""
    times = []
    for _ in range(ROUNDS):
        places = tuple(site_slots())
        before(places)
        times.append(seconds_of(lambda known=places: act(known)))
    return min(times)


def seconds_of(act) -> float:
    """Return the CPU seconds of an act."""
    start = time.process_time()
    act()
    return time.process_time() - start


def library_calendar(campaign, places) -> bytes:
    """Return the same events by the library icalendar alone."""
    calendar = icalendar.Calendar()
    for site, slot in places:
        event = icalendar.Event()
        event.add("UID", f"{slot.key}@x")
        event.add("DTSTAMP", slot.changed_at)
        event.add("DTSTART", slot.starts_at)
        event.add("DTEND", slot.ends_at)
        event.add("SUMMARY", f"{campaign.title} - {site.mission.city}")
        event.add("LOCATION", f"{site.mission.address}, {site.mission.city}")
        event.add("DESCRIPTION", campaign.statement)
        calendar.add_component(event)
    return calendar.to_ical()


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
    forget(places)
    tracemalloc.start()
    calendar_from_slots("x", campaign, places, LINKS, "x", "/x.ics")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


if __name__ == "__main__":
    main()
