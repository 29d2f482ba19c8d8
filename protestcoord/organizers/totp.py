"""Which six digits does an organizer's app show now, and which codes help without it; pure."""

import base64
import hmac
import secrets
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

SECRET_BYTES: Final = 20
STEP_SECONDS: Final = 30
DIGITS: Final = 6
ISSUER: Final = "protestcoord"
RECOVERY_CODES: Final = 10
# No letter or digit that is taken for another one; 28 of these 32 are 140 random bits, so that a
# plain digest of them is no way to them.
ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
PART, PARTS = 4, 7


def new_secret() -> bytes:
    """Return 160 random bits that an app and this site will share."""
    return secrets.token_bytes(SECRET_BYTES)


def secret_text(secret: bytes) -> str:
    """Return a secret as it is typed into an app: base32 in groups of four."""
    return _in_parts(base64.b32encode(secret).decode())


def app_address(secret: bytes, email: str) -> str:
    """Return the ``otpauth:`` address that an app reads from a QR code."""
    return _totp(secret).get_provisioning_uri(email, ISSUER)


def code_at(secret: bytes, step: int) -> str:
    """Return the six digits of one step of 30 seconds, counted from 1970.

    Source:
        RFC 6238 with SHA-1, which is the one that every app knows.
    """
    return _totp(secret).generate(step * STEP_SECONDS).decode()


def step_at(now: datetime) -> int:
    """Return the number of the step of 30 seconds that a moment lies in."""
    return int(now.timestamp()) // STEP_SECONDS


def matching_step(secret: bytes, typed: str, now: datetime, last_step: int) -> int | None:
    """Return the step whose code was typed, if it may still be used.

    Args:
        secret: What the app shares with this site.
        typed: Six digits; spaces do not count.
        now: This moment; a clock may be one step off in either direction.
        last_step: The step of the last code that was used; neither it nor an older one fits again.
    """
    digits = "".join(typed.split()).encode()
    found = None
    # All three are compared, so that the time taken says nothing.
    for step in range(step_at(now) - 1, step_at(now) + 2):
        if hmac.compare_digest(code_at(secret, step).encode(), digits) and step > last_step:
            found = step
    return found


def new_recovery_codes() -> list[str]:
    """Return ten codes of 140 random bits each, as they are written down."""
    return [
        _in_parts("".join(secrets.choice(ALPHABET) for _ in range(PART * PARTS)), "-")
        for _ in range(RECOVERY_CODES)
    ]


def plain_recovery_code(typed: str) -> str:
    """Return a recovery code without what people put between its parts."""
    return "".join(character for character in typed.upper() if character.isalnum())


def _in_parts(text: str, between: str = " ") -> str:
    return between.join(text[at : at + PART] for at in range(0, len(text), PART))


def _totp(secret: bytes) -> TOTP:
    # S303 does not apply: HMAC-SHA-1 is what RFC 6238 and the apps have.
    return TOTP(secret, DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303  # nosec B303
