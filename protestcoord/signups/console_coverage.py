"""The organizer's pages about coverage: how far it is, where a group is needed, who is near."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import Response, request

from protestcoord.campaigns.access import campaign_console, needs, own_campaign
from protestcoord.campaigns.models import Campaign, Slot
from protestcoord.core import clock, templates
from protestcoord.core.errors import NotFound
from protestcoord.core.languages import territory_name
from protestcoord.core.web import language, links_in, page, reading
from protestcoord.members.rules import Right
from protestcoord.missions.gazetteer import people_within
from protestcoord.missions.queries import open_missions_count
from protestcoord.signups.coverage import group_places, site_covers
from protestcoord.signups.gaps import SHOWN, Gain, best_next, gaps_of, slot_to_take
from protestcoord.signups.nearby import NearGroup, nearest_free_groups
from protestcoord.signups.queries import find_slot
from protestcoord.signups.rules import SLOT_STATE_LABELS, SlotState
from protestcoord.signups.tally import COVERED, AreaTally, SiteCover, SlotCover, coverage_of

console = campaign_console("coverage_console", __name__)


@dataclass(frozen=True)
class Suggestion:
    """A group that could take a slot, and what may be written to it in its language."""

    near: NearGroup
    subject: str
    body: str


@console.get("/c/<slug>/coverage/")
@needs(Right.VIEW)
def show_coverage(slug: str) -> Response:
    """Show how far coverage is, the gaps, the best next sites, and every site."""
    campaign = own_campaign(reading(), slug)
    sites = site_covers(reading(), campaign, clock.now())
    coverage = coverage_of(sites, open_missions_count(reading()))
    gaps, asked = gaps_of(sites), _asked()
    gain = Gain(asked.get("by", Gain.COUNTRIES))
    return page(
        "signups/console/coverage.html",
        campaign=campaign,
        coverage=coverage,
        areas=sorted(coverage.by_region, key=_area_name),
        gaps=gaps[:SHOWN],
        by=gain,
        steps=best_next(gaps, sites, gain),
        sites=sorted(_narrowed(sites, asked), key=_emptiest_first),
        regions=sorted({site.region for site in sites}, key=_name),
        asked=asked,
        state_labels=SLOT_STATE_LABELS,
    )


def _asked() -> dict[str, str]:
    """Return what the address asks for, as far as it exists."""
    known = {"by": tuple(Gain), "state": tuple(SlotState)}
    asked = {name: request.args.get(name, "") for name in ("by", "state", "region")}
    return {
        name: value for name, value in asked.items() if value and value in known.get(name, (value,))
    }


def _narrowed(sites: Iterable[SiteCover], asked: dict[str, str]) -> list[SiteCover]:
    return [
        site
        for site in sites
        if asked.get("state") in (None, site.state) and asked.get("region") in (None, site.region)
    ]


def _emptiest_first(site: SiteCover) -> tuple[int, str, str]:
    return (site.state.rank, _name(site.country), site.city)


def _area_name(area: AreaTally) -> str:
    return _name(area.code)


def _name(code: str) -> str:
    return territory_name(code, language())


@console.get("/c/<slug>/gaps/<mission>/")
@needs(Right.VIEW)
def show_gap(slug: str, mission: str) -> Response:
    """Show which groups are near a site and free at its slot; no contact is on this page."""
    campaign = own_campaign(reading(), slug)
    site = _site(campaign, mission)
    open_slots = [slot for slot in site.slots if slot.is_open]
    chosen = _chosen(open_slots, slot_to_take(site))
    slot = find_slot(reading(), campaign.id, chosen.key) if chosen else None
    is_covered = chosen is not None and chosen.state in COVERED
    return page(
        "signups/console/gap.html",
        campaign=campaign,
        site=site,
        people=people_within(site.latitude, site.longitude),
        slot=slot,
        slots=open_slots,
        is_covered=is_covered,
        suggestions=_suggestions(campaign, site, slot) if slot and not is_covered else [],
    )


def _site(campaign: Campaign, mission: str) -> SiteCover:
    for site in site_covers(reading(), campaign, clock.now()):
        if site.mission == mission:
            return site
    raise NotFound


def _chosen(slots: Iterable[SlotCover], otherwise: SlotCover | None) -> SlotCover | None:
    wanted = request.args.get("slot", "")
    return next((slot for slot in slots if slot.key == wanted), otherwise)


def _suggestions(campaign: Campaign, site: SiteCover, slot: Slot) -> list[Suggestion]:
    near_ones = nearest_free_groups(
        group_places(reading(), campaign.id),
        (site.latitude, site.longitude),
        (slot.starts_at, slot.ends_at),
    )
    return [_suggestion(campaign, site, slot, near) for near in near_ones]


def _suggestion(campaign: Campaign, site: SiteCover, slot: Slot, near: NearGroup) -> Suggestion:
    links = links_in(near.group.language)
    text = templates.render(
        "signups/gap_mail.txt",
        links,
        campaign=campaign,
        site=site,
        slot=slot,
        minutes=int((slot.ends_at - slot.starts_at).total_seconds() // 60),
        near=near,
        form=f"{links.absolute(f'/c/{campaign.slug}/sign-up/')}?slot={slot.key}",
    )
    subject, _, body = text.partition("\n")
    return Suggestion(near, subject.strip(), body.strip())
