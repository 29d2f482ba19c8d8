"""What stands in a private link: 256 random bits, kept only as a digest."""

import hashlib
import secrets


def new_token() -> str:
    """Return 256 random bits as 43 characters that are safe in an address."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """Return the SHA-256 (hex) under which a token is stored and found.

    A look-up by digest needs no constant-time comparison: who can choose the digest's bits can
    already invert SHA-256.
    """
    return hashlib.sha256(token.encode()).hexdigest()
