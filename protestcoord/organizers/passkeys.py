"""Which passkeys does an organizer have: added, used and removed, beside the app or without it."""

import hashlib
import hmac
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from protestcoord.core.errors import N_, DomainError, NotFound
from protestcoord.organizers.ceremony import (
    MadePasskey,
    RelyingParty,
    WrongPasskey,
    credential_id_in,
    made_passkey,
    next_sign_count,
)
from protestcoord.organizers.models import Organizer, Passkey
from protestcoord.organizers.queries import (
    find_passkey,
    find_second_factor,
    has_second_factor,
    passkeys_of,
)
from protestcoord.organizers.second_factor import renew_recovery_codes

MOST_PASSKEYS: Final = 20


class LastFactor(DomainError):
    """Without this passkey the password alone would be left."""

    message = N_("This is all you have beside the password. Add another passkey or an app first.")


class TooManyPasskeys(DomainError):
    """An account has as many passkeys as it can have."""

    message = N_("You have very many passkeys. Please remove one first.")


def handle_of(key: bytes, organizer: Organizer) -> bytes:
    """Return what stands for an account in its devices: always the same, and says nothing."""
    return hmac.digest(key, f"passkey {organizer.id}".encode(), hashlib.sha256)


def add_passkey(
    session: Session,
    party: RelyingParty,
    organizer: Organizer,
    name: str,
    credential: str,
    challenge: bytes,
    now: datetime,
) -> tuple[Passkey, list[str]]:
    """Let a passkey be a second factor from now on, beside what there is.

    Args:
        session: Where to write.
        party: For whom it has to be made.
        organizer: Who made it.
        name: By which its owner knows it again.
        credential: JSON of what the browser made.
        challenge: What it has to hold; used up by now.
        now: This moment.

    Returns:
        The passkey; and ten recovery codes to be shown once, if it is the first second factor.

    Raises:
        WrongPasskey: It was not made as asked, or is somebody's already.
        TooManyPasskeys: Enough is enough.
    """
    made = made_passkey(party, credential, challenge)
    _lock(session, organizer)
    if len(passkeys_of(session, organizer.id)) >= MOST_PASSKEYS:
        raise TooManyPasskeys
    if session.scalar(select(Passkey.id).where(Passkey.credential_id == made.credential_id)):
        raise WrongPasskey
    is_first = not has_second_factor(session, organizer.id)
    passkey = Passkey(organizer_id=organizer.id, name=name, added_at=now, **vars(made))
    session.add(passkey)
    session.flush()
    return passkey, renew_recovery_codes(session, organizer) if is_first else []


def give_passkey(
    session: Session,
    party: RelyingParty,
    organizer: Organizer,
    credential: str,
    challenge: bytes,
    now: datetime,
) -> None:
    """Take an organizer's passkey as the second factor.

    Args:
        session: Where to write how often it was used.
        party: For whom it has to sign.
        organizer: Whose it has to be.
        credential: JSON of what the browser got from it.
        challenge: What it has to sign; used up by now.
        now: This moment.

    Raises:
        WrongPasskey: It is another organizer's, or its answer is not right.
    """
    chosen = select(Passkey).where(
        Passkey.organizer_id == organizer.id,
        Passkey.credential_id == credential_id_in(credential),
    )
    locked = chosen.with_for_update().execution_options(populate_existing=True)
    passkey = session.scalar(locked)
    if passkey is None:
        raise WrongPasskey
    known = MadePasskey(passkey.credential_id, passkey.public_key, passkey.sign_count)
    passkey.sign_count = next_sign_count(party, credential, challenge, known)
    passkey.used_at = now
    session.flush()


def get_passkey(session: Session, organizer: Organizer, passkey_id: int) -> Passkey:
    """Return an organizer's passkey.

    Raises:
        NotFound: There is none, or it is another's.
    """
    passkey = find_passkey(session, organizer.id, passkey_id)
    if passkey is None:
        raise NotFound
    return passkey


def remove_passkey(session: Session, organizer: Organizer, passkey_id: int) -> None:
    """Let a passkey help no more.

    Raises:
        NotFound: There is none, or it is another's.
        LastFactor: There is neither an app nor another passkey.
    """
    _lock(session, organizer)
    passkey = get_passkey(session, organizer, passkey_id)
    has_app = find_second_factor(session, organizer.id) is not None
    if not has_app and len(passkeys_of(session, organizer.id)) == 1:
        raise LastFactor
    session.delete(passkey)
    session.flush()


def _lock(session: Session, organizer: Organizer) -> None:
    # So that of two passkeys that are removed at once, one stays.
    session.execute(select(Organizer.id).where(Organizer.id == organizer.id).with_for_update())
