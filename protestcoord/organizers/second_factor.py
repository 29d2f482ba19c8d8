"""What does an organizer have beside the password: the secret of an app, and recovery codes."""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from protestcoord.core.crypto import CannotOpen, open_sealed, seal
from protestcoord.core.errors import N_, DomainError, InvalidValue
from protestcoord.core.tokens import token_hash
from protestcoord.organizers.models import Organizer, Passkey, RecoveryCode, SecondFactor
from protestcoord.organizers.queries import find_second_factor
from protestcoord.organizers.totp import (
    matching_step,
    new_recovery_codes,
    new_secret,
    plain_recovery_code,
)

TABLE = "second_factor"
OFFER = "second_factor_offer"
OFFER_LIVES = timedelta(hours=1)


class WrongCode(InvalidValue):
    """The code is not the one of now, or it was used already."""

    message = N_("This code is not right, or it was used already. Please take the next one.")
    field = "code"


class OfferTooOld(DomainError):
    """The secret that was offered for a new phone is used no more."""

    message = N_("This page has been open too long. Please scan the new picture.")


def offer_secret(key: bytes, organizer: Organizer, now: datetime) -> tuple[bytes, str]:
    """Return a new secret, and the same sealed for the form that sends it back.

    Nothing is stored before its first code was given, since to look at a page changes nothing.
    """
    secret = new_secret()
    until = (now + OFFER_LIVES).timestamp()
    value = {"secret": secret.hex(), "until": until}
    return secret, urlsafe_b64encode(seal(key, OFFER, str(organizer.id), value)).decode()


def offered_secret(key: bytes, organizer: Organizer, sealed: str, now: datetime) -> bytes:
    """Return the secret that ``offer_secret`` sealed for this organizer.

    Raises:
        OfferTooOld: It was offered over an hour ago, or to somebody else.
    """
    try:
        value = open_sealed(key, OFFER, str(organizer.id), urlsafe_b64decode(sealed))
    except (CannotOpen, ValueError) as error:
        raise OfferTooOld from error
    if now > datetime.fromtimestamp(value["until"], UTC):
        raise OfferTooOld
    return bytes.fromhex(value["secret"])


def set_second_factor(
    session: Session, key: bytes, organizer: Organizer, secret: bytes, code: str, now: datetime
) -> list[str]:
    """Let an app be the second factor from now on, instead of the one before.

    Returns:
        Ten recovery codes, to be shown once; those of before help no more.

    Raises:
        WrongCode: The app does not show this code, so it does not have the secret.
    """
    step = matching_step(secret, code, now, last_step=0)
    if step is None:
        raise WrongCode
    factor = find_second_factor(session, organizer.id) or SecondFactor(organizer_id=organizer.id)
    factor.sealed_secret = seal(key, TABLE, str(organizer.id), {"secret": secret.hex()})
    factor.last_step, factor.set_at = step, now
    session.add(factor)
    return renew_recovery_codes(session, organizer)


def renew_recovery_codes(session: Session, organizer: Organizer) -> list[str]:
    """Return ten new recovery codes, of which only digests are stored; the old ones are gone."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.organizer_id == organizer.id))
    codes = new_recovery_codes()
    session.add_all(
        RecoveryCode(organizer_id=organizer.id, hash=_recovery_hash(code)) for code in codes
    )
    session.flush()
    return codes


def fits(
    session: Session, key: bytes, organizer: Organizer | None, code: str, now: datetime
) -> bool:
    """Tell whether ``give_code`` would take a code; it is not used up.

    Does as much for an address that nobody has, so that the time taken says nothing.
    """
    factor = find_second_factor(session, organizer.id) if organizer else None
    secret = _secret_of(key, factor) if factor else secrets.token_bytes(20)
    step = matching_step(secret, code, now, factor.last_step if factor else 0)
    return factor is not None and step is not None


def give_code(session: Session, key: bytes, organizer: Organizer, code: str, now: datetime) -> None:
    """Use up a code of the app.

    Raises:
        WrongCode: It is another one, or it was used before.
    """
    chosen = select(SecondFactor).where(SecondFactor.organizer_id == organizer.id)
    locked = chosen.with_for_update().execution_options(populate_existing=True)
    factor = session.scalar(locked)
    step = matching_step(_secret_of(key, factor), code, now, factor.last_step) if factor else None
    if factor is None or step is None:
        raise WrongCode
    factor.last_step = step
    session.flush()


def give_recovery_code(session: Session, organizer: Organizer, code: str) -> None:
    """Use up a recovery code.

    Raises:
        WrongCode: It is none of this organizer's, or it was used before.
    """
    used = delete(RecoveryCode).where(
        RecoveryCode.organizer_id == organizer.id, RecoveryCode.hash == _recovery_hash(code)
    )
    if session.execute(used).rowcount != 1:  # type: ignore[attr-defined]
        raise WrongCode(N_("This is none of your recovery codes, or it was used already."))


def has_recovery_code(session: Session, organizer: Organizer | None, code: str) -> bool:
    """Tell whether ``give_recovery_code`` would take a code; it is not used up.

    Asks the same of the database for an address that nobody has.
    """
    own = select(RecoveryCode.id).where(
        RecoveryCode.organizer_id == (organizer.id if organizer else 0),
        RecoveryCode.hash == _recovery_hash(code),
    )
    return session.scalar(own) is not None


def remove_second_factor(session: Session, organizer: Organizer) -> None:
    """Forget app, passkeys and recovery codes; the next sign-in sets one up anew."""
    for kind in (RecoveryCode, SecondFactor, Passkey):
        session.execute(delete(kind).where(kind.organizer_id == organizer.id))


def _secret_of(key: bytes, factor: SecondFactor) -> bytes:
    value = open_sealed(key, TABLE, str(factor.organizer_id), factor.sealed_secret)
    return bytes.fromhex(value["secret"])


def _recovery_hash(code: str) -> str:
    return token_hash(plain_recovery_code(code))
