"""What is stored of a group, told to the group itself: all of it but what finds or opens it."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from protestcoord.core.clock import utc_text
from protestcoord.signups import queries
from protestcoord.signups.contacts import ContactVault
from protestcoord.signups.models import CheckIn, Group, GroupEdit, SignUp, SignUpStep, SiteProposal

OF_GROUP = (
    "key", "name", "city", "language", "is_named", "is_trusted", "needs_look", "hidden_at",
    "verified_at", "seen_day", "created_at", "changed_at",
)  # fmt: skip
OF_SIGN_UP = (
    "state", "place_number", "waitlist_number", "expected_number", "meeting_point", "hides_point",
    "is_lead", "permit", "accessibility", "languages", "code_of_conduct", "accepted_day",
    "clash_accepted_at", "created_at", "changed_at",
)  # fmt: skip
OF_STEP = ("at", "before", "after", "actor")
OF_CHECK_IN = ("started_at", "finished_at", "people", "hidden_at")
OF_EDIT = ("edited", "before", "after", "at", "seen_at")
OF_PROPOSAL = (
    "name", "kind", "country", "city", "address", "source", "state", "created_at", "decided_at",
)  # fmt: skip


def own_data(session: Session, vault: ContactVault, group: Group) -> dict[str, Any]:
    """Return all that is stored of a group, ready for JSON; instants are UTC.

    Not in it: digests by which an address or a link is found, numbers of rows, and what organizers
    noted for themselves.

    Source:
        GDPR articles 15 and 20.
    """
    claims = queries.sign_ups_of_group(session, group.id)
    return {
        "campaign": group.campaign.slug,
        "email": vault.open(group.contact).email,
        **_told(group, OF_GROUP),
        "sign_ups": [_sign_up(session, claim) for claim in claims],
        "edits": _rows(session, GroupEdit, GroupEdit.group_id == group.id, OF_EDIT),
        "proposals": _rows(session, SiteProposal, SiteProposal.group_id == group.id, OF_PROPOSAL),
    }


def _sign_up(session: Session, claim: SignUp) -> dict[str, Any]:
    return {
        "slot": claim.slot.key,
        **_told(claim, OF_SIGN_UP),
        "steps": _rows(session, SignUpStep, SignUpStep.sign_up_id == claim.id, OF_STEP),
        "check_ins": _rows(session, CheckIn, CheckIn.sign_up_id == claim.id, OF_CHECK_IN),
    }


def _rows(session: Session, stored: Any, which: Any, names: tuple[str, ...]) -> list[Any]:
    return [_told(row, names) for row in session.scalars(select(stored).where(which))]


def _told(row: object, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: _plain(getattr(row, name)) for name in names}


def _plain(value: Any) -> Any:
    if hasattr(value, "tzinfo"):
        return utc_text(value)
    return value.isoformat() if hasattr(value, "isoformat") else value
