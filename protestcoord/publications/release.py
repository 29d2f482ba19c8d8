"""What came with the code: the version it gives all files, and the static files themselves."""

import importlib.metadata
import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from protestcoord.config import PACKAGE, shipped
from protestcoord.core.links import STATIC, Links, static_version
from protestcoord.missions import countries, gazetteer
from protestcoord.publications.printers import can_draw
from protestcoord.publications.publication import Publication

# Texts, dates, zones and drawings in built files come from these too.
DRAWN_WITH = ("resvg-py", "weasyprint")
BUILD_WITH = ("astral", "babel", "branca", "folium", "icalendar", "jinja2", "segno", "tzdata")
CODE_SUFFIXES = (".csv", ".po", ".py")


def code_version() -> str:
    """Return a digest of all that a file's bytes rest on besides data and links.

    It covers our code, tables and translations, the templates, the static files (their version
    stands in the pages), the cities of the world, and the libraries that builders use.
    """
    digest = sha256(static_version().encode())
    for library in BUILD_WITH:
        digest.update(f"{library} {importlib.metadata.version(library)}".encode())
    digest.update(" ".join(_versions_of_extras()).encode())
    digest.update(gazetteer.FILE.read_bytes())
    for file in sorted([*_files(PACKAGE, CODE_SUFFIXES), *_files(shipped("templates"), ("",))]):
        digest.update(Path(file).name.encode() + Path(file).read_bytes())
    return digest.hexdigest()[:32]


def _versions_of_extras() -> Iterator[str]:
    """Yield what an instance may do without; where it comes or goes, pages change too."""
    for library in DRAWN_WITH:
        try:
            yield importlib.metadata.version(library)
        except importlib.metadata.PackageNotFoundError:
            yield "none"
    yield f"draws {can_draw()}"


def _files(folder: Path, suffixes: tuple[str, ...]) -> Iterator[str]:
    for here, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in ("static", "__pycache__")]
        yield from (f"{here}/{name}" for name in names if name.endswith(suffixes))


def static_publications() -> Iterator[Publication]:
    """Yield the static files, small ones first.

    Their address says their version, so they may be kept for ever. The pages need them: they
    stand before the pages among the publications. The shapes that only we look at are no page's
    (and to compress them took as long as nearly all others together).
    """
    files = [file for file in STATIC.rglob("*") if file.is_file() and file != countries.SHAPES]
    for file in sorted(files, key=lambda file: (file.stat().st_size, file)):
        name = file.relative_to(STATIC).as_posix()
        path = f"/static/{static_version()}/{name}"
        yield Publication(path, (static_version(), name), _static_bytes, multilingual=False)


def _static_bytes(version_and_name: tuple[str, str], _links: Links) -> bytes:
    return (STATIC / version_and_name[1]).read_bytes()
