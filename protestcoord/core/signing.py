"""What signs the copies of a site, and by which public key readers know it."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protestcoord.config import write_private


def signing_key(file: Path) -> Ed25519PrivateKey:
    """Return the key in a file, made at the first call.

    It never changes: readers have its public half from before.
    """
    if not file.exists():
        write_private(file, Ed25519PrivateKey.generate().private_bytes_raw().hex().encode())
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(file.read_text()))


def public_key_text(key: Ed25519PrivateKey) -> str:
    """Return the public half, as readers keep it: 64 hexadecimal digits."""
    return key.public_key().public_bytes_raw().hex()
