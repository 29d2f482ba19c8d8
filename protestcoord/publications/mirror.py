"""The public site as a signed folder of plain files, for any server, subfolder or disk."""

import json
import logging
import os
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protestcoord.core.clock import utc_text
from protestcoord.core.links import MADE
from protestcoord.core.locks import alone
from protestcoord.core.signing import public_key_text
from protestcoord.publications import verify
from protestcoord.publications.files import File, Progress
from protestcoord.publications.folders import make_public_folder, write_public
from protestcoord.publications.ledger import Ledger, Written, load_ledger
from protestcoord.publications.swap import beside, put_in_place, recover

LOG = logging.getLogger(__name__)

GOOD_FOR = timedelta(days=7)
FIRST_DAY_OF_ZIP = (1980, 1, 1, 0, 0, 0)
README = """\
This folder is a copy of {site}

Open index.html. Forms lead to the site itself. To find out whether the copy is whole, unchanged
and not out of date, take verify.py and the site's public key from somewhere else than this copy:

    python verify.py FOLDER KEY

The key that this copy claims to be signed with is {key}
"""


@dataclass(frozen=True)
class MirrorResult:
    """How many files were built, unchanged, and failed: those are as in the last copy."""

    built: int
    unchanged: int
    failed: int
    version: int


@dataclass(frozen=True)
class Mirror:
    """Where a copy goes, and what signs it.

    Attributes:
        folder: Where to; as a whole it gives way to the next.
        site: Public address of the site that is copied.
        key: What signs.
        ledger_file: Where the ledger is kept.
    """

    folder: Path
    site: str
    key: Ed25519PrivateKey
    ledger_file: Path

    def write(
        self, files: Mapping[str, File], now: datetime, progress: Progress | None = None
    ) -> MirrorResult:
        """Bring the folder up to date in one step; until then it stays as it was.

        The same files give the same bytes, but for the manifest and the date of the copy. What
        the last copy holds already is linked, not built.

        Args:
            files: All of them by name, with relative links.
            now: This moment, which the copy tells.
            progress: Called after each file with the number done and the number of all.

        Raises:
            OSError: The folder cannot be written, or holds something else than a copy.
        """
        with alone(self.ledger_file.with_suffix(".lock")):
            return self._write(files, now, progress)

    def _write(
        self, files: Mapping[str, File], now: datetime, progress: Progress | None
    ) -> MirrorResult:
        recover(self.folder)
        self._refuse_other_content()
        before = load_ledger(self.ledger_file)
        after = Ledger(max(before.version + 1, int(now.timestamp())))
        for done, file in enumerate(files.values(), 1):
            brought = self._bring(file, before.files.get(file.name))
            if brought:
                after.files[file.name] = brought
            if progress:
                progress(done, len(files))
        self._sign(after, now)
        # First: the version is used up even if this is cut short, and what the folder has of the
        # files is looked at anyway.
        after.save(self.ledger_file)
        put_in_place(self.folder)
        return _result(files, before, after)

    def _refuse_other_content(self) -> None:
        if self.folder.is_mount() or (self.folder.exists() and not self.folder.is_dir()):
            raise NotADirectoryError("give a folder of its own, not a file or a whole disk")
        is_copy = (self.folder / verify.MANIFEST).exists()
        if self.folder.exists() and not is_copy and any(self.folder.iterdir()):
            raise FileExistsError("this folder holds something else; give a new or empty one")

    def _bring(self, file: File, last: Written | None) -> Written | None:
        """Put the best that can be had of a file into the next copy; None if there is nothing."""
        if last and last.version == file.version and self._is_taken_over(file.name, last):
            return last
        try:
            return Written(file.version, self._put(file.name, file.content()))
        except Exception:  # whatever is wrong with one file, the others are mirrored
            LOG.exception("Could not build %s; the copy keeps the last one, if any", file.name)
        return last if last and self._is_taken_over(file.name, last) else None

    def _is_taken_over(self, name: str, last: Written) -> bool:
        """Link a file of the last copy into the next, if it is there as it was written."""
        old, new = self.folder / name, self._place(name)
        if _sha256_of(old) != last.sha256:
            return False
        try:
            os.link(old, new)
        except OSError:  # not every disk knows links
            shutil.copy2(old, new)
        return True

    def _put(self, name: str, content: bytes) -> str:
        write_public(self._place(name), content)
        return sha256(content).hexdigest()

    def _place(self, name: str) -> Path:
        """Return where a file of the next copy goes; its folder is there."""
        place = beside(self.folder, "next") / name
        make_public_folder(place.parent)
        return place

    def _sign(self, ledger: Ledger, now: datetime) -> None:
        digests = {name: written.sha256 for name, written in ledger.files.items()}
        dates = {"made_at": utc_text(now), "expires_at": utc_text(now + GOOD_FOR)}
        for name, text in self._own_files(dates["made_at"]).items():
            digests[name] = self._put(name, text.encode())
        manifest = {"format": verify.FORMAT, "site": self.site, "version": ledger.version, **dates}
        manifest["files"] = dict(sorted(digests.items()))
        signed = json.dumps(manifest, indent=0).encode()
        self._put(verify.MANIFEST, signed)
        self._put(verify.SIGNATURE, f"{self.key.sign(signed).hex()}\n".encode())

    def _own_files(self, made_at: str) -> dict[str, str]:
        key = public_key_text(self.key)
        return {
            "mirror/README.txt": README.format(site=self.site, key=key),
            "mirror/verify.py": Path(verify.__file__).read_text(encoding="utf-8"),
            MADE[1:]: f'document.documentElement.dataset.made = "{made_at}";\n',
        }


def _sha256_of(file: Path) -> str:
    """Return the digest of a plain file, or nothing for what is none."""
    if file.is_symlink() or not file.is_file():
        return ""
    return sha256(file.read_bytes()).hexdigest()


def _result(files: Mapping[str, File], before: Ledger, after: Ledger) -> MirrorResult:
    unchanged = failed = 0
    for name, file in files.items():
        written = after.files.get(name)
        if written is None or written.version != file.version:
            failed += 1
        elif written is before.files.get(name):
            unchanged += 1
    return MirrorResult(len(files) - unchanged - failed, unchanged, failed, after.version)


def write_zip(folder: Path, file: Path) -> None:
    """Write a folder as one ZIP file, at once; the same files give the same bytes."""
    temporary = file.with_name(f".{file.name}.next")
    with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), FIRST_DAY_OF_ZIP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, path.read_bytes())
    temporary.replace(file)
