"""Which built files are stale, and how they come into the folder; it knows no publication."""

import contextlib
import fcntl
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from protestcoord.core.links import Links
from protestcoord.publications.addresses import SUFFIXES, UnsafeAddress, get_file_name
from protestcoord.publications.compression import compressed_variants, is_variant
from protestcoord.publications.publication import Publication
from protestcoord.publications.snapshot import digest_of

log = logging.getLogger(__name__)

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
UNKNOWN = ""


@dataclass(frozen=True)
class BuildResult:
    """How many files were built, current, removed, and failed: those keep their old bytes."""

    built: int
    unchanged: int
    removed: int
    failed: int


@dataclass(frozen=True)
class File:
    """One file of a publication, in one language; the version says all that its bytes rest on."""

    name: str
    publication: Publication
    links: Links
    version: str

    def content(self) -> bytes:
        """Build the bytes."""
        return self.publication.build(self.publication.slice, self.links)


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
        progress: Callable[[int, int], None] | None = None,
    ) -> BuildResult:
        """Build the files whose version is new, and remove those that nothing publishes any more.

        A builder that raises is logged, keeps its old file, and is tried again at the next build.
        Builds of several processes wait for each other.

        Args:
            publications: All of them, in the order in which they should appear.
            languages: In which a multilingual publication exists.
            default_language: In which all others are built.
            links_for: Gives the links of pages in a language.
            progress: Called after each stale file with the number done and the number of all.

        Raises:
            UnsafeAddress: A publication's path leaves the folder, or two have the same path.
        """
        links = {code: links_for(code) for code in {*languages, default_language}}
        wanted = self._files(publications, languages, links[default_language], links)
        with self._alone():
            recorded = self._recorded()
            stale = [file for file in wanted.values() if not self._is_current(file, recorded)]
            gone = recorded.keys() - wanted.keys()
            failed = self._carry_out(stale, gone, recorded, progress) if stale or gone else 0
        return BuildResult(len(stale) - failed, len(wanted) - len(stale), len(gone), failed)

    def _files(
        self,
        publications: Iterable[Publication],
        languages: Sequence[str],
        default: Links,
        links: Mapping[str, Links],
    ) -> dict[str, File]:
        files: dict[str, File] = {}
        for publication in publications:
            digest = digest_of(publication.slice)
            for code in languages if publication.multilingual else (default.language,):
                file = self._file(publication, digest, links[code])
                if file.name in files:
                    raise UnsafeAddress(f"two publications at {publication.path}")
                files[file.name] = file
        return files

    def _file(self, publication: Publication, digest: bytes, links: Links) -> File:
        multilingual = publication.multilingual
        path = links.prefixed(publication.path) if multilingual else publication.path
        # The links say the language, and the public address that stands in feeds.
        read = digest + f"{links}\0{self.code_version}\0{path}".encode()
        return File(get_file_name(path), publication, links, sha256(read).hexdigest()[:32])

    def _is_current(self, file: File, recorded: Mapping[str, str]) -> bool:
        return recorded.get(file.name) == file.version and (self.folder / file.name).is_file()

    def _carry_out(
        self,
        stale: Sequence[File],
        gone: Iterable[str],
        recorded: dict[str, str],
        progress: Callable[[int, int], None] | None,
    ) -> int:
        # Written first: a build that is cut short leaves no version that its files may not have.
        recorded.update((file.name, UNKNOWN) for file in stale)
        self._record(recorded)
        failed = 0
        try:
            for done, file in enumerate(stale, 1):
                if self._is_built(file):
                    recorded[file.name] = file.version
                else:
                    failed += 1
                if progress:
                    progress(done, len(stale))
            for name in gone:
                self._remove(name)
                del recorded[name]
        finally:
            self._record(recorded)
        return failed

    def _is_built(self, file: File) -> bool:
        try:
            self._put(file.name, file.content())
        except Exception:  # whatever is wrong with one file, the others are built
            log.exception("Could not build %s; its old file stays", file.name)
            return False
        return True

    def _put(self, name: str, body: bytes) -> None:
        """Bring a body and its variants into place, unless they are there already.

        The file itself comes last: while it is old, the next build sees that it has to be done.
        """
        variants = compressed_variants(name, body)
        if self._is_whole(name, body, variants):
            return
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
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
        temporary = self.folder / ".tmp"  # one is enough: who builds is alone
        temporary.write_bytes(content)
        temporary.replace(self.folder / name)

    def _remove(self, name: str) -> None:
        for suffix in SUFFIXES.values():
            (self.folder / (name + suffix)).unlink(missing_ok=True)
        for parent in Path(name).parents[:-1]:
            try:
                (self.folder / parent).rmdir()
            except OSError:
                return  # something else lies in it

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.state_file.with_suffix(".lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _recorded(self) -> dict[str, str]:
        """Return the version of each file by name; unknown where it cannot be believed."""
        try:
            state = json.loads(self.state_file.read_bytes())
            boot, versions = state["boot"], dict(state["versions"])
        except (OSError, ValueError, TypeError, KeyError):
            return dict.fromkeys(self._names_found(), UNKNOWN)
        return versions if boot == _boot_id() else dict.fromkeys(versions, UNKNOWN)

    def _record(self, versions: Mapping[str, str]) -> None:
        temporary = self.state_file.with_suffix(".tmp")
        temporary.write_text(json.dumps({"boot": _boot_id(), "versions": versions}))
        temporary.replace(self.state_file)

    def _names_found(self) -> set[str]:
        files = (path for path in self.folder.rglob("*") if path.is_file() and path.name != ".tmp")
        names = (path.relative_to(self.folder).as_posix() for path in files)
        return {name.removesuffix(".gz").removesuffix(".br") for name in names}


def _boot_id() -> str:
    try:
        return BOOT_ID.read_text().strip()
    except OSError:
        return "unknown"
