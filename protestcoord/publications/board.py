"""Who is at it on the day: the board, the wall, the text page, and the small file they follow.

The slots of the day are one slice, what groups say another: a check-in makes these few files anew.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import groupby
from typing import Any, NamedTuple

from protestcoord.core.clock import local_text, utc_text
from protestcoord.core.languages import territory_name
from protestcoord.core.links import Links
from protestcoord.core.text import json_bytes
from protestcoord.publications.snapshot import (
    CampaignView,
    CheckInView,
    SiteView,
    SlotView,
    Snapshot,
    View,
)
from protestcoord.publications.timeline import is_called_off, places_of_the_day


@dataclass(frozen=True)
class DaySlice(View):
    """The slots of the day with their sites, and what their groups say, by the first's time."""

    campaign: str
    places: tuple[tuple[SiteView, SlotView], ...]
    check_ins: tuple[CheckInView, ...]


class Post(NamedTuple):
    """One slot on the board; ``told`` is None while no group of it has said anything."""

    site: SiteView
    slot: SlotView
    called_off: bool
    told: CheckInView | None


class Totals(NamedTuple):
    """How much has been said; ``people`` adds up the steps, so it is a least number."""

    sites_started: int
    countries_started: int
    sites_finished: int
    people: int


def day_of(snapshot: Snapshot, campaign: CampaignView) -> DaySlice:
    """Return the slice of a campaign's day."""
    places = tuple(places_of_the_day(campaign))
    keys = {slot.key for _, slot in places}
    said = snapshot.check_ins_of(campaign.slug)
    return DaySlice(campaign.slug, places, tuple(one for one in said if one.slot in keys))


def posts_of(day: DaySlice) -> list[Post]:
    """Return the slots of the day by start."""
    told = {one.slot: one for one in day.check_ins}
    return [
        Post(site, slot, is_called_off((site, slot)), told.get(slot.key))
        for site, slot in day.places
    ]


def totals_of(posts: list[Post]) -> Totals:
    """Return the totals of a day; what was called off does not count."""
    told = [(p.site.mission, p.told) for p in posts if p.told and not p.called_off]
    return Totals(
        sites_started=len({mission.slug for mission, _ in told}),
        countries_started=len({mission.country for mission, _ in told}),
        sites_finished=len({mission.slug for mission, said in told if said.finished_at}),
        people=sum(said.people or 0 for _, said in told),
    )


def by_start(posts: list[Post]) -> Iterator[tuple[datetime, list[Post]]]:
    """Yield the posts of each instant of start."""
    for starts_at, together in groupby(posts, key=lambda post: post.slot.starts_at):
        yield starts_at, list(together)


def by_country(posts: list[Post], language: str) -> Iterator[tuple[str, list[Post]]]:
    """Yield the posts of each country, by its name in a language, then by city."""

    def country(post: Post) -> str:
        return territory_name(post.site.mission.country, language)

    ordered = sorted(posts, key=lambda p: (country(p), p.site.mission.city, p.slot.starts_at))
    for name, together in groupby(ordered, key=country):
        yield name, list(together)


def plan_of(day: DaySlice) -> str:
    """Return a mark that changes when a page of the day has to be loaded again: times or places."""
    told = [
        (slot.key, utc_text(slot.starts_at), utc_text(slot.ends_at), is_called_off((site, slot)))
        for site, slot in day.places
    ]
    return sha256(json_bytes(told)).hexdigest()[:16]


def day_json(day: DaySlice, links: Links) -> bytes:
    """Return what happens on the day for programs, and for the pages that follow it.

    Of the slots, those that a group said something of, and those that were moved or called off.
    """
    posts = posts_of(day)
    ends = [slot.ends_at for _, slot in day.places]
    return json_bytes(
        {
            "campaign": day.campaign,
            "page": links.absolute_data(f"/c/{day.campaign}/day/"),
            "plan": plan_of(day),
            "starts_at": utc_text(day.places[0][1].starts_at) if ends else None,
            "ends_at": utc_text(max(ends)) if ends else None,
            "slots": len(posts),
            **totals_of(posts)._asdict(),
            "told": [_told(post) for post in posts if _is_told(post)],
        }
    )


def _is_told(post: Post) -> bool:
    return bool(post.told or post.called_off or post.slot.moved_from)


def _told(post: Post) -> dict[str, Any]:
    slot, told = post.slot, post.told

    def there(instant: datetime | None) -> str | None:
        return local_text(instant, slot.timezone) if instant else None

    return {
        "slot": slot.key,
        "mission": post.site.mission.slug,
        "local_start": there(slot.starts_at),
        "moved_from": there(slot.moved_from),
        "cancelled": post.called_off,
        "started_at": there(told.started_at) if told else None,
        "finished_at": there(told.finished_at) if told else None,
        "people": told.people if told else None,
    }
