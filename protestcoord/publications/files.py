"""Which files are there to be: each publication in its languages, at its name, in its version."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from protestcoord.core.links import Links
from protestcoord.publications.addresses import UnsafeAddress, get_file_name
from protestcoord.publications.publication import Publication
from protestcoord.publications.snapshot import digest_of

LinksFor = Callable[[str, str], Links]
# Told the number of files that are done, and of all.
Progress = Callable[[int, int], None]


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


def files_of(
    publications: Iterable[Publication],
    languages: Sequence[str],
    default_language: str,
    links_for: LinksFor,
    code_version: str,
) -> dict[str, File]:
    """Return every file by its name, in the order in which they should appear.

    Args:
        publications: All of them.
        languages: In which a multilingual publication exists.
        default_language: In which all others are built.
        links_for: Gives the links of a page in a language at a path without language.
        code_version: Digest of all code that builds; a new one is a new version of every file.

    Raises:
        UnsafeAddress: A publication's path leaves the folder, or two have the same path.
    """
    files: dict[str, File] = {}
    for publication in publications:
        digest = digest_of(publication.slice)
        for code in languages if publication.multilingual else (default_language,):
            file = _file(publication, digest, links_for(code, publication.path), code_version)
            if file.name in files:
                raise UnsafeAddress(f"two publications at {publication.path}")
            files[file.name] = file
    return files


def _file(publication: Publication, digest: bytes, links: Links, code_version: str) -> File:
    path = links.prefixed(publication.path) if publication.multilingual else publication.path
    # The links say the language, and the public address that stands in feeds.
    read = digest + f"{links}\0{code_version}\0{path}".encode()
    return File(get_file_name(path), publication, links, sha256(read).hexdigest()[:32])
