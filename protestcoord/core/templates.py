"""How is a page written: one Jinja environment a language, for built files and live answers."""

from dataclasses import dataclass, field
from functools import cache, lru_cache
from types import CodeType
from typing import Any

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from markupsafe import Markup

from protestcoord.config import LANGUAGES, shipped
from protestcoord.core import clock
from protestcoord.core.languages import (
    distance_text,
    duration_text,
    error_text,
    moment_text,
    percent,
    rounded_number,
    territory_name,
    translations,
    weekday_name,
    weekday_time,
)
from protestcoord.core.links import Links

# A row of a table takes about 1 kB.
PIECES_KEPT = 1 << 15


@dataclass(frozen=True)
class _Piece:
    """A call of a macro; two are the same if all is that they read."""

    read: tuple[Any, ...]
    macro: Any = field(compare=False)
    arguments: tuple[Any, ...] = field(compare=False)


@lru_cache(maxsize=PIECES_KEPT)
def _written(piece: _Piece) -> Any:
    return piece.macro(*piece.arguments)


def _read(value: Any) -> Any:
    """Return what stands for an argument: its digest, if it has one, else the value itself."""
    if isinstance(value, list | tuple):
        return tuple(map(_read, value))
    return getattr(value, "digest", value)


class _CompiledOnce(BytecodeCache):
    """What a template compiles to, which is the same in every language."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self.kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code:
            self.kept[bucket.key, bucket.checksum] = bucket.code


_COMPILED = _CompiledOnce()


def _isolated(name: str) -> Markup:
    """Return a name that somebody gave, so that its letters do not turn the words around it."""
    return Markup("<bdi>{}</bdi>").format(name)


@cache
def environment(language: str) -> Environment:
    """Return the environment of a language; everything is escaped, a missing name is an error."""
    made = Environment(
        loader=FileSystemLoader(shipped("templates")),
        # Mails alone are plain text, so they alone are not escaped.
        autoescape=lambda name: name is None or not name.endswith(".txt"),  # noqa: S701  # nosec B701
        extensions=["jinja2.ext.i18n"],
        undefined=StrictUndefined,
        bytecode_cache=_COMPILED,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]

    def once(macro: Any, *arguments: Any) -> Any:
        """Write a piece of a page that others have too, or had before the last change.

        The macro must have another name than all others, and read its arguments alone.
        """
        read = (language, macro.name, *map(_read, arguments))
        return _written(_Piece(read, macro, arguments))

    made.globals |= {
        "once": once,
        "language": language,
        "languages": LANGUAGES,
        "moment": lambda instant, zone: moment_text(instant, zone, language),
        "weekday_time": lambda instant, zone: weekday_time(instant, zone, language),
        "lasting": lambda span: duration_text(span, language),
        "territory": lambda code: territory_name(code, language),
        "rounded": lambda number: rounded_number(number, language),
        "distance_text": lambda distance_km: distance_text(distance_km, language),
        "percent": lambda share: percent(share, language),
        "error_text": lambda error: error_text(error, language),
        "utc_text": clock.utc_text,
        "local_text": clock.local_text,
        "offset_text": clock.offset_text,
        "enumerate": enumerate,
    }
    made.filters["bdi"] = _isolated
    made.filters["weekday"] = lambda number: weekday_name(number, language)
    return made


def render(template: str, links: Links, **values: Any) -> str:
    """Return a template filled in, in the language of ``links``."""
    return environment(links.language).get_template(template).render(links=links, **values)
