"""Which parts of the system do prints need, and what is missing here?"""

import importlib.util
import shutil
import subprocess
from collections.abc import Iterator
from ctypes.util import find_library
from functools import cache

# Families that a print asks for, first by language; each draws every script of our three.
FAMILIES = {"en": "Noto Sans CJK JP", "ja": "Noto Sans CJK JP", "ko": "Noto Sans CJK KR"}
# Latin beyond Latin-1, Cyrillic, Arabic: of these the families above know a part.
FIRST_FOREIGN, LAST_FOREIGN = 0x100, 0x10FF
FALLBACKS = ("Noto Sans", "DejaVu Sans", "sans-serif")


class MissingPrinter(RuntimeError):
    """A part of the system that makes prints is not installed; ``missing_parts`` says which."""

    def __str__(self) -> str:
        return f"prints need {'; '.join(missing_parts()) or 'a part that does not load'}"


@cache
def can_draw() -> bool:
    """Tell whether drawings can be made into pictures here, with letters rather than boxes."""
    return importlib.util.find_spec("resvg_py") is not None and not _lacks_fonts()


@cache
def missing_parts() -> tuple[str, ...]:
    """Return what the operator has to install before anything can be printed, if anything."""
    return tuple(_missing_parts())


def _missing_parts() -> Iterator[str]:
    for module in ("weasyprint", "resvg_py"):
        if importlib.util.find_spec(module) is None:
            yield f"the package {module.replace('_', '-')} (extra “print”)"
    if find_library("pango-1.0") is None:
        yield "the system library Pango (Debian: libpangoft2-1.0-0)"
    if _lacks_fonts():
        yield "a font with Japanese and Korean (Debian: fonts-noto-cjk)"


def _lacks_fonts() -> bool:
    return any(_has_fonts_for(language) is False for language in ("ja", "ko"))


def _has_fonts_for(language: str) -> bool | None:
    """Tell whether any font of the system covers a language; None where nobody can say."""
    fc_list = shutil.which("fc-list")
    if fc_list is None:
        return None
    asked = [fc_list, f":lang={language}", "family"]
    found = subprocess.run(asked, capture_output=True, check=False)  # noqa: S603 - fixed words
    return bool(found.stdout.strip())


def families_of(text: str, language: str) -> str:
    """Return the families for one text, as a list for SVG.

    resvg draws letters that a family lacks with any other, be it bold or slanted. So a text with
    letters between Latin-1 and Hangul is drawn as a whole by a family that has them.
    """
    first, *others = font_families(language)
    is_covered = all(ord(letter) < FIRST_FOREIGN or ord(letter) > LAST_FOREIGN for letter in text)
    families = [first, *others] if is_covered else [*others, first]
    return ", ".join(f"'{name}'" for name in families)


def font_families(language: str) -> tuple[str, ...]:
    """Return the families for texts in a language, the best first."""
    return (FAMILIES[language], *FALLBACKS)
