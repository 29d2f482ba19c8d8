"""How does somebody become an organizer, and what is a password that is good enough."""

import secrets
import unicodedata
from datetime import datetime
from typing import Final

from email_validator import EmailNotValidError, validate_email
from flask_security.utils import hash_password
from sqlalchemy.orm import Session

from protestcoord.core.errors import N_, InvalidValue
from protestcoord.organizers.models import Organizer
from protestcoord.organizers.queries import find_organizer

SHORTEST_PASSWORD, LONGEST_PASSWORD = 15, 128
# Passwords are compared in this form, so that keyboards of all systems type the same one.
PASSWORD_FORM: Final = "NFKC"  # noqa: S105 - the name of a Unicode normalization form


def add_organizer(session: Session, email: str, password: str, now: datetime) -> Organizer:
    """Add an account that may sign in at the console at once.

    Needs the app's context, whose configuration says how a password is hashed.

    Args:
        session: Where to add it.
        email: What the organizer signs in with; case does not count.
        password: 15 to 128 characters of any kind.
        now: This moment.

    Raises:
        InvalidValue: The address or the password is unusable, or the address is taken; ``field``
            is email or password.
    """
    address = _usable_address(email)
    if find_organizer(session, address):
        raise InvalidValue(N_("An organizer with this address exists already."), field="email")
    organizer = Organizer(
        email=address,
        password=hash_password(_usable_password(password)),
        active=True,
        fs_uniquifier=secrets.token_hex(32),
        created_at=now,
    )
    session.add(organizer)
    session.flush()
    return organizer


def _usable_address(email: str) -> str:
    try:
        return validate_email(email.strip(), check_deliverability=False).normalized.lower()
    except EmailNotValidError as error:
        raise InvalidValue(N_("This is not an e-mail address."), field="email") from error


def _usable_password(password: str) -> str:
    usable = unicodedata.normalize(PASSWORD_FORM, password)
    if not SHORTEST_PASSWORD <= len(usable) <= LONGEST_PASSWORD:
        raise InvalidValue(
            N_("A password has %(least)s to %(most)s characters; a few random words are good."),
            field="password",
            least=SHORTEST_PASSWORD,
            most=LONGEST_PASSWORD,
        )
    return usable
