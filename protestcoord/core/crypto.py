"""How is a private value kept: sealed under a key that lies outside the database."""

import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from protestcoord.config import write_private

KEY_BYTES = 32
NONCE_BYTES = 12


class CannotOpen(Exception):
    """A sealed value cannot be opened: its key is gone, or it was moved or changed."""


@dataclass(frozen=True)
class KeyFolder:
    """One key file for each campaign; deleting the file makes what it sealed unreadable."""

    folder: Path

    def make(self, name: str) -> bytes:
        """Return the key called ``name``, made if it is not there yet, complete or not at all."""
        path = self._path(name)
        if not path.exists():
            fresh = path.with_suffix(f".{secrets.token_hex(8)}")
            write_private(fresh, AESGCM.generate_key(KEY_BYTES * 8))
            try:
                os.link(fresh, path)
            except FileExistsError:
                pass
            finally:
                fresh.unlink()
        return path.read_bytes()

    def get(self, name: str) -> bytes:
        """Return the key called ``name``.

        Raises:
            CannotOpen: The key was destroyed, or never made.
        """
        try:
            return self._path(name).read_bytes()
        except FileNotFoundError as error:
            raise CannotOpen("the key is gone") from error

    def has(self, name: str) -> bool:
        """Say whether there is a key called ``name``."""
        return self._path(name).exists()

    def destroy(self, name: str) -> None:
        """Delete the key called ``name``; what it sealed can never be read again."""
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.key"


def seal(key: bytes, table: str, row_id: str, value: dict[str, Any]) -> bytes:
    """Seal a JSON value so that it opens only with this key and in this row.

    Returns:
        12 bytes of nonce, then the AES-256-GCM ciphertext with its tag.

    Source:
        NIST SP 800-38D; associated data = table and row id, so rows cannot be swapped.
    """
    nonce = os.urandom(NONCE_BYTES)
    plain = json.dumps(value, ensure_ascii=False, sort_keys=True).encode()
    return nonce + AESGCM(key).encrypt(nonce, plain, _bound_to(table, row_id))


def open_sealed(key: bytes, table: str, row_id: str, sealed: bytes) -> dict[str, Any]:
    """Return the value that ``seal`` sealed.

    Raises:
        CannotOpen: Another key, another row, or changed bytes.
    """
    nonce, ciphertext = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    try:
        plain = AESGCM(key).decrypt(nonce, ciphertext, _bound_to(table, row_id))
    except (InvalidTag, ValueError) as error:
        raise CannotOpen("the value does not open with this key in this row") from error
    value: dict[str, Any] = json.loads(plain)
    return value


def look_up_index(key: str, *parts: str) -> str:
    """Return an HMAC-SHA256 (hex) by which a value is found without being stored in clear."""
    return hmac.new(bytes.fromhex(key), "\0".join(parts).encode(), hashlib.sha256).hexdigest()


def _bound_to(table: str, row_id: str) -> bytes:
    return f"{table}:{row_id}".encode()
