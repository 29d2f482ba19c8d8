"""Which built files are stale, and how they come into the folder; it knows no publication."""

import json
import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from protestcoord.core import clock
from protestcoord.core.clock import utc_text
from protestcoord.core.links import Links
from protestcoord.core.locks import alone
from protestcoord.publications.addresses import STATUS_NAME, SUFFIXES
from protestcoord.publications.compression import compressed_variants, is_variant
from protestcoord.publications.files import File, Progress, files_of
from protestcoord.publications.flaws import noting_flaws
from protestcoord.publications.folders import make_public_folder, write_public
from protestcoord.publications.publication import Publication
from protestcoord.publications.record import UNKNOWN, Record, find_record

log = logging.getLogger(__name__)

TEMPORARY_NAME = ".tmp"


@dataclass(frozen=True)
class BuildResult:
    """How many files were built, current, removed, and failed: those keep their old bytes."""

    built: int
    unchanged: int
    removed: int
    failed: int


class Store:
    """The folder of built files; everything in it belongs to the store.

    Each file comes into place by rename, so a reader has whole old bytes or whole new ones. No
    file is flushed to the disk: it can be built again, and after a restart of the machine or a
    build that was cut short no recorded version is believed.
    """

    def __init__(self, folder: Path, state_file: Path, code_version: str) -> None:
        """Name the places; nothing is read or written yet.

        Args:
            folder: Where the files go; made when missing.
            state_file: Where their versions are kept: outside the folder, which is public.
            code_version: Digest of all code that builds; a new one makes every file stale.
        """
        self.folder = folder
        self.state_file = state_file
        self.code_version = code_version

    def build_stale(
        self,
        publications: Iterable[Publication],
        languages: Sequence[str],
        default_language: str,
        links_for: Callable[[str], Links],
        progress: Progress | None = None,
        on_demand: Iterable[Publication] = (),
        ordered: Collection[str] = (),
    ) -> BuildResult:
        """Build the files whose version is new, and remove those that nothing publishes any more.

        What changed since the last build comes before what that one left undone. A builder that
        raises is logged, keeps its old file, and is tried again at the next build. Builds of
        several processes wait for each other.

        Args:
            publications: All of them, in the order in which they should appear.
            languages: In which a multilingual publication exists.
            default_language: In which all others are built.
            links_for: Gives the links of pages in a language.
            progress: Called after each stale file with the number done and the number of all;
                what it raises ends the build, and the next one goes on.
            on_demand: Publications of which a file is built only when it was ordered; it stays
                while it is what would be built again, and goes when it is stale.
            ordered: Names of the files that are to be built of these.

        Raises:
            UnsafeAddress: A publication's path leaves the folder, or two have the same path.
        """
        asked = (languages, default_language, links_for)
        wanted = self._wanted(publications, *asked)
        with self._alone():
            record = self._record()
            if ordered or record.versions.keys() - wanted.keys():
                possible = self._wanted(on_demand, *asked)
                wanted |= self._demanded(possible, ordered, record)
            stale = self._stale(wanted, record)
            gone = record.versions.keys() - wanted.keys()
            failed = self._carry_out(stale, gone, record, progress) if stale or gone else 0
        return BuildResult(len(stale) - failed, len(wanted) - len(stale), len(gone), failed)

    def stale_files(
        self,
        publications: Iterable[Publication],
        languages: Sequence[str],
        default_language: str,
        links_for: Callable[[str], Links],
    ) -> list[File]:
        """Return the files that ``build_stale`` would build; nothing is changed."""
        wanted = self._wanted(publications, languages, default_language, links_for)
        return self._stale(wanted, self._record())

    def _wanted(
        self,
        publications: Iterable[Publication],
        languages: Sequence[str],
        default_language: str,
        links_for: Callable[[str], Links],
    ) -> dict[str, File]:
        links = {code: links_for(code) for code in {*languages, default_language}}
        return files_of(
            publications,
            languages,
            default_language,
            lambda code, _path: links[code],
            self.code_version,
        )

    def note_current(self, now: datetime) -> None:
        """Tell readers that every file was current at this moment."""
        self._tell_status(utc_text(now))

    def expect_status(self) -> None:
        """Tell readers nothing, where nothing was told yet: their pages ask for the file."""
        if not (self.folder / STATUS_NAME).exists():
            self._tell_status(None)

    def _tell_status(self, current_at: str | None) -> None:
        with self._alone():
            body = json.dumps({"current_at": current_at}) + "\n"
            self._rename_into(STATUS_NAME, body.encode())

    def _stale(self, wanted: Mapping[str, File], record: Record) -> list[File]:
        stale = [file for file in wanted.values() if not self._is_current(file, record)]
        return sorted(stale, key=lambda file: file.name in record.stale_since)

    def _is_current(self, file: File, record: Record) -> bool:
        known = record.versions.get(file.name)
        return known == file.version and (self.folder / file.name).is_file()

    def _demanded(
        self, possible: Mapping[str, File], ordered: Collection[str], record: Record
    ) -> dict[str, File]:
        return {
            name: file
            for name, file in possible.items()
            if name in ordered or self._is_current(file, record)
        }

    def _carry_out(
        self,
        stale: Sequence[File],
        gone: Iterable[str],
        record: Record,
        progress: Progress | None,
    ) -> int:
        # Written first: a build that is cut short leaves no version that its files may not have.
        record.note_stale((file.name for file in stale), clock.now())
        record.save(self.state_file)
        failed = 0
        try:
            for done, file in enumerate(stale, 1):
                failed += not self._is_built(file, record)
                if progress:
                    progress(done, len(stale))
            for name in gone:
                self._remove(name)
                record.forget(name)
        finally:
            record.save(self.state_file)
        return failed

    def _is_built(self, file: File, record: Record) -> bool:
        try:
            with noting_flaws() as flaws:
                self._put(file.name, file.content())
        except Exception:  # whatever is wrong with one file, the others are built
            log.exception("Could not build %s; its old file stays", file.name)
            return False
        record.note_built(file.name, file.version, len(flaws))
        return True

    def _put(self, name: str, body: bytes) -> None:
        """Bring a body and its variants into place, unless they are there already.

        The file itself comes last: while it is old, the next build sees that it has to be done.
        """
        variants = compressed_variants(name, body)
        if self._is_whole(name, body, variants):
            return
        make_public_folder((self.folder / name).parent)
        for suffix in (".gz", ".br"):
            if suffix in variants:
                self._rename_into(name + suffix, variants[suffix]())
            else:
                (self.folder / (name + suffix)).unlink(missing_ok=True)
        self._rename_into(name, body)

    def _is_whole(self, name: str, body: bytes, variants: Iterable[str]) -> bool:
        contents = {suffix: self._content(name + suffix) for suffix in SUFFIXES.values()}
        return contents.pop("") == body and all(
            is_variant(suffix, content or b"", body) if suffix in variants else content is None
            for suffix, content in contents.items()
        )

    def _content(self, name: str) -> bytes | None:
        try:
            return (self.folder / name).read_bytes()
        except FileNotFoundError:
            return None

    def _rename_into(self, name: str, content: bytes) -> None:
        temporary = self.folder / TEMPORARY_NAME  # one is enough: who builds is alone
        write_public(temporary, content)
        temporary.replace(self.folder / name)

    def _remove(self, name: str) -> None:
        for suffix in SUFFIXES.values():
            (self.folder / (name + suffix)).unlink(missing_ok=True)
        for parent in Path(name).parents[:-1]:
            try:
                (self.folder / parent).rmdir()
            except OSError:
                return  # something else lies in it

    def _alone(self) -> AbstractContextManager[None]:
        make_public_folder(self.folder)
        return alone(self.state_file.with_suffix(".lock"))

    def _record(self) -> Record:
        """Return what is remembered; of files found without it, that they are there."""
        found = find_record(self.state_file)
        return found or Record(versions=dict.fromkeys(self._names_found(), UNKNOWN))

    def _names_found(self) -> set[str]:
        own = {STATUS_NAME, TEMPORARY_NAME}
        files = (path for path in self.folder.rglob("*") if path.is_file())
        names = {path.relative_to(self.folder).as_posix() for path in files} - own
        return {name.removesuffix(".gz").removesuffix(".br") for name in names}
