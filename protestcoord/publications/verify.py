"""Is this copy of a protestcoord site whole, unchanged, signed, and not out of date?

It needs Python 3.11 and the package cryptography, and nothing else of protestcoord:

    python verify.py PLACE KEY [--seen FILE]

PLACE is the folder or ZIP file, KEY the site's public key (64 hexadecimal digits), which you must
have from elsewhere than the copy. With --seen, the highest version of each key is remembered in
FILE, and an older copy is refused. Exit status 0: good; 1: refused.
"""

import argparse
import hashlib
import json
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

MANIFEST, SIGNATURE = "mirror/manifest.json", "mirror/manifest.sig"
FORMAT = 1

Read = Callable[[str], bytes]


class Refused(Exception):
    """Why a copy is not to be believed."""


def verify(place: Path, key: str, now: datetime, seen: int = 0) -> dict[str, Any]:
    """Return the manifest of a copy that can be believed.

    Args:
        place: Folder or ZIP file of the copy.
        key: The site's public key in hexadecimal.
        now: This moment, aware.
        seen: The highest version seen before.

    Raises:
        Refused: Something is wrong; the text says what.
    """
    try:
        names, read = _open(place)
        manifest = _signed_manifest(read, key)
        _refuse_old(manifest, now, seen)
        _refuse_other_files(manifest["files"], names, read)
    except Refused:
        raise
    except InvalidSignature:
        raise Refused("the manifest is not signed by this key") from None
    except Exception as error:
        raise Refused(f"{type(error).__name__}: {error}") from error
    return manifest


def _open(place: Path) -> tuple[list[str], Read]:
    if not place.is_dir():
        archive = zipfile.ZipFile(place)
        return [name for name in archive.namelist() if not name.endswith("/")], archive.read
    return list(_names_in(place)), lambda name: (place / name).read_bytes()


def _names_in(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise Refused(f"{name} is not a plain file")
        if path.is_file():
            yield name


def _signed_manifest(read: Read, key: str) -> dict[str, Any]:
    text = read(MANIFEST)
    signature = bytes.fromhex(read(SIGNATURE).decode().strip())
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(signature, text)
    manifest: dict[str, Any] = json.loads(text)
    if manifest["format"] != FORMAT:
        raise Refused("another format: fetch a newer verifier from the site")
    return manifest


def _refuse_old(manifest: dict[str, Any], now: datetime, seen: int) -> None:
    if manifest["version"] < seen:
        raise Refused(f"version {manifest['version']} is older than {seen}, which you have seen")
    if datetime.fromisoformat(manifest["expires_at"]) <= now:
        raise Refused(f"it expired at {manifest['expires_at']}")
    if datetime.fromisoformat(manifest["made_at"]).timestamp() > now.timestamp() + 86400:
        raise Refused(f"it was made at {manifest['made_at']}: is your clock right?")


def _refuse_other_files(listed: dict[str, str], names: list[str], read: Read) -> None:
    found = set(names)
    if len(found) < len(names):
        raise Refused("two files have one name")
    if missing := sorted(listed.keys() - found):
        raise Refused(f"{len(missing)} files are missing, such as {missing[0]}")
    if added := sorted(found - listed.keys() - {MANIFEST, SIGNATURE}):
        raise Refused(f"{len(added)} files were added, such as {added[0]}")
    for name, digest in listed.items():
        if hashlib.sha256(read(name)).hexdigest() != digest:
            raise Refused(f"{name} was changed")


def main() -> None:
    """Judge the copy named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("place", type=Path)
    parser.add_argument("key")
    parser.add_argument("--seen", type=Path)
    asked = parser.parse_args()
    seen = json.loads(asked.seen.read_text()) if asked.seen and asked.seen.exists() else {}
    try:
        manifest = verify(asked.place, asked.key, datetime.now(UTC), seen.get(asked.key, 0))
    except Refused as reason:
        sys.exit(f"REFUSED: {reason}")
    if asked.seen:
        asked.seen.write_text(json.dumps(seen | {asked.key: manifest["version"]}))
    sys.stdout.write(
        f"good: version {manifest['version']} of {manifest['site']}, {len(manifest['files'])} "
        f"files, made {manifest['made_at']}, good until {manifest['expires_at']}\n"
    )


if __name__ == "__main__":
    main()
