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
    """One key file for each campaign; deleting the file makes what it sealed unreadable.

    While a key is changed, the one before it lies beside it as ``<name>.old.key``. What this class
    returns then is both, the newest first: ``seal`` takes the first, ``open_sealed`` tries each.
    """

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
        return self.get(name)

    def get(self, name: str) -> bytes:
        """Return the key called ``name``.

        Raises:
            CannotOpen: The key was destroyed, or never made.
        """
        try:
            newest = self._path(name).read_bytes()
        except FileNotFoundError as error:
            raise CannotOpen("the key is gone") from error
        try:
            return newest + self._former(name).read_bytes()
        except FileNotFoundError:
            return newest

    def has(self, name: str) -> bool:
        """Say whether there is a key called ``name``."""
        return self._path(name).exists()

    def destroy(self, name: str) -> None:
        """Delete the key called ``name``; what it sealed can never be read again."""
        self._former(name).unlink(missing_ok=True)
        self._path(name).unlink(missing_ok=True)

    def begin_change(self, name: str) -> None:
        """Put a new key in front of the one called ``name``; go on with a change broken off.

        Whenever this is killed, the key that sealed everything so far is still there: it gets its
        second name before the new one takes its first. Only one process may change keys.

        Raises:
            CannotOpen: There is no such key.
        """
        newest = self.get(name)[:KEY_BYTES]
        former = self._former(name)
        if not former.exists():
            os.link(self._path(name), former)
        if former.read_bytes() == newest:
            fresh = self._path(name).with_suffix(f".{secrets.token_hex(8)}")
            write_private(fresh, AESGCM.generate_key(KEY_BYTES * 8))
            fresh.replace(self._path(name))
            self._keep_names()

    def end_change(self, name: str) -> None:
        """Delete the former key; what is still sealed with it can never be read again."""
        self._former(name).unlink(missing_ok=True)
        self._keep_names()

    def _keep_names(self) -> None:
        """Have the folder itself on the disk before a row depends on it."""
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def _former(self, name: str) -> Path:
        return self.folder / f"{name}.old.key"

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.key"


def seal(key: bytes, table: str, row_id: str, value: dict[str, Any]) -> bytes:
    """Seal a JSON value so that it opens only with this key and in this row.

    Args:
        key: 32 bytes, or several keys in a row, of which the first is taken.
        table: Where the row is.
        row_id: Which row it is.
        value: What is sealed.

    Returns:
        12 bytes of nonce, then the AES-256-GCM ciphertext with its tag.

    Source:
        NIST SP 800-38D; associated data = table and row id, so rows cannot be swapped.
    """
    nonce = os.urandom(NONCE_BYTES)
    plain = json.dumps(value, ensure_ascii=False, sort_keys=True).encode()
    return nonce + AESGCM(key[:KEY_BYTES]).encrypt(nonce, plain, _bound_to(table, row_id))


def open_sealed(key: bytes, table: str, row_id: str, sealed: bytes) -> dict[str, Any]:
    """Return the value that ``seal`` sealed with one of the keys.

    Raises:
        CannotOpen: Another key, another row, or changed bytes.
    """
    for start in range(0, len(key), KEY_BYTES):
        plain = _decrypted(key[start : start + KEY_BYTES], sealed, _bound_to(table, row_id))
        if plain is not None:
            value: dict[str, Any] = json.loads(plain)
            return value
    raise CannotOpen("the value does not open with this key in this row")


def is_under_newest(key: bytes, table: str, row_id: str, sealed: bytes) -> bool:
    """Tell whether a value opens with the first of some keys."""
    return _decrypted(key[:KEY_BYTES], sealed, _bound_to(table, row_id)) is not None


def _decrypted(key: bytes, sealed: bytes, bound_to: bytes) -> bytes | None:
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to)
    except (InvalidTag, ValueError):
        return None


def look_up_index(key: str, *parts: str) -> str:
    """Return an HMAC-SHA256 (hex) by which a value is found without being stored in clear."""
    return hmac.new(bytes.fromhex(key), "\0".join(parts).encode(), hashlib.sha256).hexdigest()


def _bound_to(table: str, row_id: str) -> bytes:
    return f"{table}:{row_id}".encode()
