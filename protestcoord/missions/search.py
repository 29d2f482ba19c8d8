"""Does a text name a mission: words compared without accents, case and punctuation."""

import unicodedata
from functools import cache

from protestcoord.config import LANGUAGES
from protestcoord.core.languages import locale_of, territory_name

# Letters that Unicode does not take apart into a letter and its accent.
LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe"})
APOSTROPHES = str.maketrans("", "", "'’‘ʼʻ`")  # Sana'a is found as Sanaa


def folded(text: str) -> str:
    """Return a text for comparison: small letters without accents, words apart by one space."""
    apart = unicodedata.normalize("NFKD", text.casefold().translate(APOSTROPHES))
    letters = "".join(sign for sign in apart if not unicodedata.combining(sign))
    words = "".join(sign if sign.isalnum() else " " for sign in letters.translate(LETTERS))
    return " ".join(words.split())


def has_words(text: str, *parts: str) -> bool:
    """Whether each word of a text, as a person types it, is in one of the parts.

    A part of a word will do, so that a search narrows while it is typed; no word is in everything.
    """
    known = folded(" ".join(parts))
    return all(word in known for word in folded(text).split())


@cache
def place_names(country: str, city: str, timezone: str) -> str:
    """Return what a place is called in our languages and in Chinese, for ``has_words``.

    Args:
        country: ISO 3166-1 alpha-2.
        city: As the catalogue has it. CLDR knows it in other languages only if a time zone is
            named after it, which is true of most capitals.
        timezone: IANA zone of the place.
    """
    locales = [locale_of(language) for language in (*LANGUAGES, "zh")]
    names = [territory_name(country, locale.language) for locale in locales]
    if folded(timezone.rpartition("/")[2]) == folded(city):
        zones = [locale.time_zones.get(timezone, {}) for locale in locales]
        names += [zone["city"] for zone in zones if "city" in zone]
    return folded(" ".join(names))
