"""Whose group, sign-up, site or slot is it: an organizer finds those of their campaigns and areas.

Of all others not even that they exist: the answer is the same.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from protestcoord.campaigns.access import RightMissing, own_areas, own_campaign, own_membership
from protestcoord.campaigns.models import Site, Slot
from protestcoord.campaigns.queries import find_site
from protestcoord.core.errors import NotFound
from protestcoord.members.rules import Areas, Right
from protestcoord.signups import queries
from protestcoord.signups.bulk import chosen_sign_ups
from protestcoord.signups.models import Group, SignUp, Undo
from protestcoord.signups.rules import SignUpState
from protestcoord.signups.undo import countries_of, undoable

SHOWS_GROUP = frozenset(SignUpState) - {SignUpState.PENDING, SignUpState.EXPIRED}


def own_group(session: Session, slug: str, key: str) -> Group:
    """Return a group with a sign-up in the areas of who is signed in, whose mail it confirmed.

    One that nobody confirmed may be anybody's: with an address alone it would open a group.

    Raises:
        NotFound: There is none.
    """
    campaign = own_campaign(session, slug)
    group, areas = queries.find_group(session, campaign.id, key), own_areas(session, campaign)
    if group is None:
        raise NotFound
    sign_ups = () if areas.is_everywhere else queries.sign_ups_of_group(session, group.id)
    within = (s for s in sign_ups if s.state in SHOWS_GROUP and queries.is_within(areas, s))
    if not (areas.is_everywhere or any(within)):
        raise NotFound
    return group


def own_whole_group(session: Session, slug: str, key: str) -> Group:
    """Return a group whose sign-ups are all in the areas of who is signed in.

    Raises:
        NotFound: There is none.
    """
    group = own_group(session, slug, key)
    areas = own_areas(session, group.campaign)
    sign_ups = queries.sign_ups_of_group(session, group.id)
    if not all(queries.is_within(areas, sign_up) for sign_up in sign_ups):
        raise NotFound
    return group


def own_sign_ups(session: Session, slug: str, ids: Collection[int]) -> list[SignUp]:
    """Return those of some sign-ups that are in the areas of who is signed in, the oldest first."""
    campaign = own_campaign(session, slug)
    areas = own_areas(session, campaign)
    return [s for s in chosen_sign_ups(session, campaign.id, ids) if queries.is_within(areas, s)]


def own_sign_up(session: Session, slug: str, sign_up_id: int) -> SignUp:
    """Return one sign-up, as ``own_sign_ups``.

    Raises:
        NotFound: There is none.
    """
    found = own_sign_ups(session, slug, [sign_up_id])
    if not found:
        raise NotFound
    return found[0]


def own_site(session: Session, slug: str, mission: str) -> Site:
    """Return a site in the areas of who is signed in, also a dropped one.

    Raises:
        NotFound: There is none.
    """
    campaign = own_campaign(session, slug)
    site = find_site(session, campaign, mission)
    if site is None or not own_areas(session, campaign).covers(site.mission.country):
        raise NotFound
    return site


def own_slot(session: Session, slug: str, key: str) -> Slot:
    """Return a slot at such a site.

    Raises:
        NotFound: There is none.
    """
    campaign = own_campaign(session, slug)
    slot = queries.find_slot(session, campaign.id, key)
    if slot is None or not own_areas(session, campaign).covers(slot.site.mission.country):
        raise NotFound
    return slot


RIGHT_TO_UNDO = {"slot.cancel": Right.ARRANGE, "site.drop": Right.ARRANGE}


def own_undoables(session: Session, slug: str, now: datetime) -> list[Undo]:
    """Return which acts who is signed in may undo, the latest first: whole within their areas."""
    me = own_membership(session, slug)
    return [
        undo
        for undo in undoable(session, me.campaign_id, now)
        if me.has(RIGHT_TO_UNDO.get(undo.act, Right.MODERATE))
        and _is_within(session, me.areas, undo)
    ]


def _is_within(session: Session, areas: Areas, undo: Undo) -> bool:
    return areas.is_everywhere or all(map(areas.covers, countries_of(session, undo)))


def own_undo(session: Session, slug: str, undo_id: int) -> Undo:
    """Return an act of one's campaign to undo, be it undone already.

    Raises:
        NotFound: There is none, or it reaches beyond the areas of who is signed in.
        RightMissing: They could not have done it.
    """
    me, undo = own_membership(session, slug), session.get(Undo, undo_id)
    if undo is None or undo.campaign_id != me.campaign_id:
        raise NotFound
    if not _is_within(session, me.areas, undo):
        raise NotFound
    if not me.has(RIGHT_TO_UNDO.get(undo.act, Right.MODERATE)):
        raise RightMissing
    return undo
