"""What may a campaign be and say: its states, how a mission takes part, its identities."""

import enum
import re
import unicodedata

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
DEFAULT_CAPACITY = 5


class CampaignState(enum.StrEnum):
    """Where a campaign stands; only a published or closed one is seen by the public."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CLOSED = "closed"


class Presence(enum.StrEnum):
    """How a mission takes part: groups stand before it, or act elsewhere in solidarity."""

    ON_SITE = "on_site"
    REMOTE_ONLY = "remote_only"


class Cancellation(enum.StrEnum):
    """Why a slot does not take place; one called off by hand never comes back by itself."""

    BY_HAND = "by_hand"
    BY_PLAN = "by_plan"
    WITH_SITE = "with_site"
    WITH_CAMPAIGN = "with_campaign"


def slug_from_title(title: str) -> str:
    """Return an address for a title: lower-case Latin letters, digits and hyphens, or nothing."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall(r"[a-z0-9]+", plain))[:60].strip("-")


def slot_key(wave_number: int, mission: str, occurrence: int) -> str:
    """Return the public identity of a slot: wave, site and occurrence, for life.

    For example ``w1-de-berlin-embassy-1``. It stands in addresses and, with the campaign's slug
    and ``UID_HOST``, in the UID of the slot's calendar event.

    Source:
        RFC 5545 section 3.8.4.7.
    """
    return f"w{wave_number}-{mission}-{occurrence}"
