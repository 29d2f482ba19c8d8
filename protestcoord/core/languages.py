"""Which languages are there, and what does a text, a date or a country say in one of them."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from io import BytesIO

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta, get_day_names
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_compact_decimal, format_decimal, format_percent
from babel.support import NullTranslations, Translations

from protestcoord.config import PACKAGE
from protestcoord.core.clock import offset_text, zone
from protestcoord.core.errors import DomainError

CATALOGUES = PACKAGE / "translations"


@cache
def translations(language: str) -> NullTranslations:
    """Return the gettext catalogue of a language; English texts are their own keys."""
    path = CATALOGUES / language / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return Translations(compiled)


def translate(message: str, language: str, **values: object) -> str:
    """Return a marked message in a language, its ``%(name)s`` places filled in."""
    text = translations(language).ugettext(message)
    return text % values if values else text


def error_text(error: DomainError, language: str) -> str:
    """Return what a domain error says to a person in a language."""
    return translate(error.message, language, **error.values)


@cache
def locale_of(language: str) -> Locale:
    """Return Babel's locale data for a language of ours."""
    return Locale.parse(language)


@cache
def territory_name(code: str, language: str) -> str:
    """Return the name of a country (ISO 3166-1 alpha-2) or region (UN M49 code) in a language.

    Source:
        Unicode CLDR by way of Babel.
    """
    return str(locale_of(language).territories.get(code, code))


def weekday_name(number: int, language: str) -> str:
    """Return the name of a weekday, from 0 for Monday, in a language."""
    return str(get_day_names("wide", locale=locale_of(language))[number])


def rounded_number(number: int, language: str) -> str:
    """Return a large number with two leading digits in words: ``7.7 million``, ``380万``."""
    size = max(len(str(number)) - 2, 0)
    locale = locale_of(language)
    return format_compact_decimal(
        round(number, -size),
        format_type="long" if "long" in locale.compact_decimal_formats else "short",
        locale=locale,
        fraction_digits=1,
    )


def distance_text(distance_km: float, language: str) -> str:
    """Return a distance in whole kilometres, one at least: ``1,208 km``."""
    whole = max(round(distance_km), 1)
    return f"{format_decimal(whole, '#,##0', locale=locale_of(language))}\N{NO-BREAK SPACE}km"


def percent(share: float, language: str) -> str:
    """Return a share, from 0 to 1, as a percentage with at most one decimal."""
    return format_percent(share, "#,##0.#%", locale=locale_of(language))


@lru_cache(maxsize=16384)
def moment_text(instant: datetime, zone_name: str, language: str) -> str:
    """Return an instant as a person at a place reads it: day, wall clock and offset.

    For example ``Fri, Jun 4, 2027, 21:00 (UTC+09:00)``.
    """
    pattern = {"ja": "y年M月d日(E) HH:mm", "ko": "y년 M월 d일 (E) HH:mm"}
    written = format_datetime(
        instant,
        pattern.get(language, "EEE, d MMM y, HH:mm"),
        tzinfo=zone(zone_name),
        locale=locale_of(language),
    )
    return f"{written} ({offset_text(instant, zone_name)})"


def day_text(day: date, language: str) -> str:
    """Return a civil day with its weekday, such as ``Fri, 4 Jun 2027``."""
    pattern = {"ja": "y年M月d日(E)", "ko": "y년 M월 d일 (E)"}.get(language, "EEE, d MMM y")
    return str(format_date(day, pattern, locale=locale_of(language)))


def full_day_text(day: date, language: str) -> str:
    """Return a civil day in full, such as ``Friday, 4 June 2027``."""
    pattern = {"ja": "y年M月d日(EEEE)", "ko": "y년 M월 d일 EEEE"}.get(language, "EEEE, d MMMM y")
    return str(format_date(day, pattern, locale=locale_of(language)))


@lru_cache(maxsize=16384)
def weekday_time(instant: datetime, zone_name: str, language: str) -> str:
    """Return an instant as weekday and time at a place, where the date is said elsewhere."""
    locale = locale_of(language)
    return str(format_datetime(instant, "EEE HH:mm", tzinfo=zone(zone_name), locale=locale))


def duration_text(span: timedelta, language: str) -> str:
    """Return a length of time in its largest unit: ``3 hours``; less than a minute is one."""
    whole = max(span, timedelta(minutes=1))
    return format_timedelta(whole, threshold=1, locale=locale_of(language))


def translator(language: str) -> Callable[..., str]:
    """Return a function that translates into one language."""

    def bound(message: str, **values: object) -> str:
        return translate(message, language, **values)

    return bound
