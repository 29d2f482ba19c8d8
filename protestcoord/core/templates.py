"""How is a page written: one Jinja environment a language, for built files and live answers."""

from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from protestcoord.config import LANGUAGES, shipped
from protestcoord.core import clock
from protestcoord.core.languages import (
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


@cache
def environment(language: str) -> Environment:
    """Return the environment of a language; everything is escaped, a missing name is an error."""
    made = Environment(
        loader=FileSystemLoader(shipped("templates")),
        # Mails alone are plain text, so they alone are not escaped.
        autoescape=lambda name: name is None or not name.endswith(".txt"),  # noqa: S701
        extensions=["jinja2.ext.i18n"],
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    made.globals |= {
        "language": language,
        "languages": LANGUAGES,
        "moment": lambda instant, zone: moment_text(instant, zone, language),
        "weekday_time": lambda instant, zone: weekday_time(instant, zone, language),
        "territory": lambda code: territory_name(code, language),
        "rounded": lambda number: rounded_number(number, language),
        "percent": lambda share: percent(share, language),
        "error_text": lambda error: error_text(error, language),
        "utc_text": clock.utc_text,
        "local_text": clock.local_text,
        "offset_text": clock.offset_text,
        "enumerate": enumerate,
    }
    made.filters["weekday"] = lambda number: weekday_name(number, language)
    return made


def render(template: str, links: Links, **values: Any) -> str:
    """Return a template filled in, in the language of ``links``."""
    return environment(links.language).get_template(template).render(links=links, **values)
