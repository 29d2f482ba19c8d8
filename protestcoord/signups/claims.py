"""Which claims of a group clash as things stand: rows in, clashes out."""

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy.orm import Session

from protestcoord.campaigns.rules import Presence
from protestcoord.signups import queries
from protestcoord.signups.clashes import ClaimedSlot, Clash, clashes_of
from protestcoord.signups.models import SignUp
from protestcoord.signups.rules import HELD, LIVE


def clashes_with_held(session: Session, sign_up: SignUp, travel_kmh: int) -> tuple[Clash, ...]:
    """Return how a claim clashes with what its group holds, read afresh."""
    held = queries.held_sign_ups(session, sign_up.group_id)
    return clashes_of(claimed_slot(sign_up), map(claimed_slot, held), travel_kmh)


def clashes_by_sign_up(sign_ups: Iterable[SignUp], travel_kmh: int) -> dict[int, tuple[Clash, ...]]:
    """Return the clashes of live claims with what their groups hold, by the claim's row id.

    Slots move after they were taken, so this is computed whenever it is shown.

    Args:
        sign_ups: All claims of one or more groups.
        travel_kmh: How fast a group travels.
    """
    standing = [s for s in sign_ups if s.state in LIVE and s.slot.cancelled_at is None]
    held: dict[int, list[ClaimedSlot]] = defaultdict(list)
    for sign_up in standing:
        if sign_up.state in HELD:
            held[sign_up.group_id].append(claimed_slot(sign_up))
    found = {s.id: clashes_of(claimed_slot(s), held[s.group_id], travel_kmh) for s in standing}
    return {sign_up_id: clashes for sign_up_id, clashes in found.items() if clashes}


def claimed_slot(sign_up: SignUp) -> ClaimedSlot:
    """Return when and where a claim is."""
    slot, site = sign_up.slot, sign_up.slot.site
    return ClaimedSlot(
        sign_up_id=sign_up.id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        timezone=slot.timezone,
        city=site.mission.city,
        point=(site.mission.latitude, site.mission.longitude),
        is_remote=site.presence is Presence.REMOTE_ONLY,
        accepts_clashes=sign_up.clash_accepted_at is not None,
    )
