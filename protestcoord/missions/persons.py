"""Does a text seem to name or threaten a person? Pure: words in, what was seen out.

It finds what is plain, and it errs: whoever writes between the lines is not found, and who is held
for nothing waits for an organizer. It refuses nothing.
"""

import enum
import re
import unicodedata
from functools import lru_cache
from string import ascii_letters

from protestcoord.core.errors import N_
from protestcoord.missions import person_words as words


class Sign(enum.StrEnum):
    """Why a text is held."""

    PERSON = "person"
    HOME = "home"
    VEHICLE = "vehicle"
    THREAT = "threat"


SIGN_LABELS = {
    Sign.PERSON: N_("seems to name a person at a mission"),
    Sign.HOME: N_("seems to speak of somebody’s home or family"),
    Sign.VEHICLE: N_("seems to speak of a car or a number plate"),
    Sign.THREAT: N_("seems to threaten"),
}

# A name is told by its capital where there is one, and by the commonest names where not.
_CAPITAL = re.compile(
    rf"(?i:\b(?:{words.OFFICES})),? (?!(?i:{words.PLACES})\b)[A-Z](?:[a-z]|[A-Z]{{1,20}}\b)"
)
_POLITE = rf"(?:{words.HAN})\w{{0,2}} ?(?:さん|氏|先生|女士)|(?:{words.HANGUL})\w{{0,2}} ?씨"

# SECURITY: what repeats here has an end, and no repetition stands in another one, so that a text
# made for it takes no longer than any other. tests/missions/test_persons.py looks at each of them.
_SIGNS = {
    Sign.PERSON: (
        rf"\b(?:{words.OFFICES}),? (?:mr |mrs |ms )?(?:{words.PINYIN})\b",
        rf"\b(?:mr|mrs|ms|miss|madam|madame|comrade)\.? (?:{words.PINYIN})\b",
        rf"(?:{words.HAN})\w{{0,2}} ?(?:{words.OFFICES_HAN})(?![館馆])",
        rf"(?:{words.OFFICES_HAN})(?:の|は|・|:| )?(?:{words.HAN})",
        rf"(?<!\w)(?:{words.HANGUL})\w{{1,3}} ?(?:{words.OFFICES_HANGUL})(?!관)",
        r"\b(?:his|her) name is\b|\b(?:named|called) \w{1,30} (?:works|who works)\b",
        rf"\b(?:{words.PINYIN}) \w{{1,20}},? (?:who )?works (?:at|for|in) the\b",
        r"叫(?:做)?\w{2,3}的(?:人|职员|職員|馆员|館員)",
    ),
    Sign.HOME: (
        (
            rf"\b(?:his|her|{words.STAFF})(?:'s|'|’s|’)? (?:private |own )?"
            rf"(?:{words.LIVING}|{words.FAMILY})\b"
        ),
        rf"(?:{words.STAFF_CJK}|氏|さん)(?:(?<!他)の|的|们的|們的)(?:{words.LIVING_CJK})",
        rf"(?:{words.STAFF_CJK}|씨)(?:의)? ?(?:{words.LIVING_HANGUL})(?![가-힣]{{3}})",
        r"(?:他|她|領事|领事|大使)(?:们|們)?(?:就)?住在?",
        words.HOME,
    ),
    Sign.VEHICLE: (
        words.VEHICLE,
        words.PLATES,
        rf"\b(?:{words.STAFF})(?:'s|’s) car\b",
        rf"(?:{words.STAFF_CJK})(?:の|的|의 ?)(?:車|车|차)",
    ),
    Sign.THREAT: (
        rf"\b(?:{words.HARMING}) (?:the |all |every |any |those |these )?(?:{words.HARMED})",
        words.THREAT,
    ),
}
_PATTERNS = {sign: re.compile("|".join(alike)) for sign, alike in _SIGNS.items()}
_AT_A_MISSION = re.compile(words.MISSIONS)
_POLITELY = re.compile(_POLITE)
# SECURITY: two signs of Arabic are whole formulas, of eight and eighteen letters when normalized,
# in which no list has a word; a text of them would take ten times as long as any other.
_SENTENCES = {0xFDFA: " ", 0xFDFB: " "}
PATTERNS = (*_PATTERNS.values(), _CAPITAL, _AT_A_MISSION, _POLITELY)


@lru_cache(maxsize=4096)
def signs_in(text: str) -> tuple[Sign, ...]:
    """Return why a text is to be looked at before it is public, or nothing.

    Args:
        text: As it was typed: its width, case and invisible signs make no difference.
    """
    plain = _plain(text)
    folded = plain.casefold()
    found = {sign for sign, pattern in _PATTERNS.items() if pattern.search(folded)}
    if _CAPITAL.search(plain) or (_POLITELY.search(folded) and _AT_A_MISSION.search(folded)):
        found.add(Sign.PERSON)
    return tuple(sign for sign in Sign if sign in found)


def phrases_in(text: str) -> tuple[str, ...]:
    """Return what in a text makes it seem to name or threaten a person, as it is written there.

    Each phrase goes on to the end of its last word; nothing if ``signs_in`` sees nothing.
    """
    plain = _plain(text)
    folded = plain.casefold()
    # Folding makes some letters two; then the phrase is told as it was folded.
    shown = plain if len(plain) == len(folded) else folded
    patterns = [*_PATTERNS.values(), *([_POLITELY] if _AT_A_MISSION.search(folded) else [])]
    spans = [found.span() for pattern in patterns for found in pattern.finditer(folded)]
    phrases = [_with_last_word(shown, *span) for span in sorted(spans)]
    phrases += [_with_last_word(plain, *found.span()) for found in _CAPITAL.finditer(plain)]
    return tuple(dict.fromkeys(phrases))


def _with_last_word(text: str, start: int, end: int) -> str:
    rest = text[end:]
    # Where words have no blanks between them, this would be the sentence.
    more = len(rest) - len(rest.lstrip(ascii_letters))
    return text[start : end + more].strip()


def _plain(text: str) -> str:
    """Return a text in one width, with single blanks, without what nobody sees."""
    normal = unicodedata.normalize("NFKC", text.translate(_SENTENCES))
    seen = (char for char in normal if not _is_unseen(char))
    return " ".join("".join(seen).replace("’", "'").split())


def _is_unseen(char: str) -> bool:
    return unicodedata.category(char) == "Cf"


def is_held(*texts: str) -> bool:
    """Say whether any of some texts is to be looked at before it is public."""
    return any(signs_in(text) for text in texts)
