"""What changed last in a campaign, as an Atom feed: one entry a slot, as it is now."""

from collections.abc import Iterator
from typing import NamedTuple
from xml.etree import ElementTree as ET

from protestcoord.campaigns.rules import Presence
from protestcoord.core.clock import utc_text
from protestcoord.core.errors import N_
from protestcoord.core.languages import moment_text, territory_name, translator
from protestcoord.core.links import Links
from protestcoord.core.text import visible_text
from protestcoord.publications.events import is_cancelled
from protestcoord.publications.geodata import NOT_AT_MISSION, site_path
from protestcoord.publications.snapshot import CampaignView, SiteView, SlotView
from protestcoord.signups.rules import SLOT_STATE_LABELS

ATOM = "http://www.w3.org/2005/Atom"
MOST_ENTRIES = 100


class Change(NamedTuple):
    """A slot with its site."""

    site: SiteView
    slot: SlotView


def changes_atom(read: tuple[CampaignView, str], links: Links) -> bytes:
    """Return the slots that changed last, the newest first; ``read`` ends with the host of UIDs.

    An entry keeps its identity, so that a reader sees a slot once, as it is now.

    Source:
        RFC 4287; RFC 4151 for the identities.
    """
    campaign, uid_host = read
    say = translator(links.language)
    feed = ET.Element("feed", {"xmlns": ATOM, "xml:lang": links.language})
    _add(feed, "id", f"tag:{uid_host},2026:{campaign.slug}")
    _add(feed, "title", say(N_("Changes: %(title)s"), title=campaign.title))
    _add(feed, "updated", utc_text(campaign.last_changed_at))
    _add(ET.SubElement(feed, "author"), "name", "protestcoord")
    _link(feed, "self", links.absolute(f"/c/{campaign.slug}/changes.atom"))
    _link(feed, "alternate", links.absolute(f"/c/{campaign.slug}/"))
    for change in _newest(campaign):
        feed.append(_entry(campaign, change, uid_host, links))
    written: bytes = ET.tostring(feed, encoding="UTF-8", xml_declaration=True)
    return written


def _newest(campaign: CampaignView) -> list[Change]:
    changes = [Change(site, slot) for site in campaign.sites for slot in site.slots]
    changes.sort(key=lambda change: change.slot.key)
    changes.sort(key=lambda change: change.slot.changed_at, reverse=True)
    return changes[:MOST_ENTRIES]


def _entry(campaign: CampaignView, change: Change, uid_host: str, links: Links) -> ET.Element:
    entry = ET.Element("entry")
    _add(entry, "id", f"tag:{uid_host},2026:{campaign.slug}/{change.slot.key}")
    _add(entry, "title", _title(change, links))
    _add(entry, "updated", utc_text(change.slot.changed_at))
    _link(entry, "alternate", links.absolute(site_path(campaign, change.site)))
    _add(entry, "content", "\n".join(_lines(change, links)), type="text")
    return entry


def _title(change: Change, links: Links) -> str:
    say = translator(links.language)
    mission = change.site.mission
    place = f"{mission.city}, {territory_name(mission.country, links.language)}"
    if is_cancelled(change.site, change.slot):
        return say(N_("CANCELLED: %(summary)s"), summary=place)
    return f"{place}: {say(SLOT_STATE_LABELS[change.slot.state])}"


def _lines(change: Change, links: Links) -> Iterator[str]:
    say, slot = translator(links.language), change.slot
    moment = moment_text(slot.starts_at, slot.timezone, links.language)
    yield say(N_("Local time: %(moment)s"), moment=moment)
    if is_cancelled(change.site, slot):
        return
    if slot.sequence:
        yield say(N_("The time or the place changed since it was announced."))
    if change.site.presence is Presence.REMOTE_ONLY:
        yield say(NOT_AT_MISSION)
    if slot.group_names:
        yield say(N_("Groups: %(groups)s"), groups=", ".join(slot.group_names))
    for point in filter(None, (group.meeting_point for group in slot.groups)):
        yield f"{say(N_('Meeting point:'))} {point}"


def _link(parent: ET.Element, rel: str, href: str) -> None:
    ET.SubElement(parent, "link", rel=rel, href=href)


def _add(parent: ET.Element, tag: str, text: str, **attributes: str) -> None:
    ET.SubElement(parent, tag, attributes).text = visible_text(text)
