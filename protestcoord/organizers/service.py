"""How does somebody become an organizer, and how is a password changed."""

import secrets
from datetime import datetime

from email_validator import EmailNotValidError, validate_email
from flask_security.utils import hash_password, verify_password
from sqlalchemy.orm import Session

from protestcoord.core.errors import N_, InvalidValue
from protestcoord.organizers.models import Organizer
from protestcoord.organizers.passwords import normalized_password, usable_password
from protestcoord.organizers.queries import find_organizer


def add_organizer(session: Session, email: str, password: str, now: datetime) -> Organizer:
    """Add an account that may sign in at the console at once.

    Needs the app's context, whose configuration says how a password is hashed.

    Args:
        session: Where to add it.
        email: What the organizer signs in with; case does not count.
        password: 15 to 128 characters that are hard to guess.
        now: This moment.

    Raises:
        InvalidValue: The address or the password is unusable, or the address is taken; ``field``
            is email or password.
    """
    address = usable_address(email)
    if find_organizer(session, address):
        raise InvalidValue(N_("An organizer with this address exists already."), field="email")
    organizer = Organizer(
        email=address,
        password=hash_password(usable_password(password, address)),
        active=True,
        fs_uniquifier=secrets.token_hex(32),
        created_at=now,
    )
    session.add(organizer)
    session.flush()
    return organizer


def usable_address(email: str) -> str:
    """Return an address in the form in which accounts are found: ASCII, small letters.

    Raises:
        InvalidValue: It is none; ``field`` is email.
    """
    try:
        return validate_email(email.strip(), check_deliverability=False).normalized.lower()
    except EmailNotValidError as error:
        raise InvalidValue(N_("This is not an e-mail address."), field="email") from error


def change_password(session: Session, organizer: Organizer, password: str) -> None:
    """Let an organizer sign in with another password.

    Raises:
        InvalidValue: It is not good enough; ``field`` is password.
    """
    organizer.password = hash_password(usable_password(password, organizer.email))
    session.flush()


def has_password(organizer: Organizer, password: str) -> bool:
    """Tell whether this is the organizer's password; takes as long as a sign-in."""
    fits: bool = verify_password(normalized_password(password), organizer.password)
    return fits
