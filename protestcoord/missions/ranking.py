"""Which missions does a text mean, and which first? Pure: names in, numbers out.

Every word has to be found; where none of a mission's names has it, the mission is not meant. What
a word is found in (its city before its country, its address last) and how (whole, beginning, part)
makes the rank. Only where nothing at all is found may words be mistyped.
"""

from collections.abc import Callable, Sequence
from functools import cache

from protestcoord.missions.naming import Names, words_of_kinds
from protestcoord.missions.search import folded
from protestcoord.missions.spelling import MOST_MISTAKES, allowed_mistakes, mistakes_between

MOST_WORDS = 8

# Whoever types more made more than a slip, and each word costs a comparison with every name.
MOST_MISTYPED_WORDS = 4

# Words that every mission has in its name, or none: they tell nothing apart.
EMPTY_WORDS = frozenset(
    folded(
        "a at and china chinese for in near of on prc the to peoples republic"
        " 中国 中國 中华人民共和国 中華人民共和国 중국 주 在 驻 駐 の 인민공화국"
    ).split()
)
EMPTY_WORDS_LONGEST_FIRST = sorted(EMPTY_WORDS, key=len, reverse=True)

CITY, OTHER_CITY, COUNTRY, KIND, OWN, DISTRICT, ADDRESS = 10.0, 6.0, 8.0, 5.0, 3.0, 2.0, 1.0
WHOLE, WORD, BEGINNING, PART, MISTYPED = 2.0, 1.0, 0.8, 0.5, 0.3

# The beginning of a city's name in a language that may be no reader's: shorter ones are chance.
SHORTEST_BEGINNING = 5

# How much a word as typed is like one that we know: 1 if it is the same, 0 if it is another.
Likeness = Callable[[str, str], float]


def words_of_search(text: str) -> list[str]:
    """Return the folded words of a text that tell missions apart; if none does, all of them."""
    words = folded(text).split()[:MOST_WORDS]
    return [word for word in words if word not in EMPTY_WORDS] or words


def place_in_search(text: str) -> str:
    """Return what is left of a text without words for kinds of missions: perhaps a place."""
    kinds = words_of_kinds()
    return " ".join(word for word in words_of_search(text) if word not in kinds)


def ranked(text: str, missions: Sequence[Names]) -> list[int]:
    """Return the numbers of the missions that have each word of a text, the best first."""
    return _ranked(text, missions, _sameness)


def ranked_if_mistyped(text: str, missions: Sequence[Names]) -> list[int]:
    """Return the same where words, or the whole without its spaces, may have mistakes.

    Nothing is found by more than ``MOST_MISTYPED_WORDS``.
    """
    if len(words_of_search(text)) > MOST_MISTYPED_WORDS:
        return []
    return _ranked(text, missions, cache(_likeness))


def is_citys_name(text: str, names: Names) -> bool:
    """Whether a text is the name of a mission's city, whole and in any language."""
    return _glued(words_of_search(place_in_search(text))) in {
        _glued([name]) for name in names.city + names.other_city
    }


def _sameness(typed: str, meant: str) -> float:
    return float(typed == meant)


def _likeness(typed: str, meant: str) -> float:
    wrong = mistakes_between(typed, meant, allowed_mistakes(typed))
    if not wrong:
        return 0.0 if wrong is None else 1.0
    return MISTYPED * (1 - wrong / len(meant))


def _ranked(text: str, missions: Sequence[Names], likeness: Likeness) -> list[int]:
    words = words_of_search(text)
    if not words:
        return list(range(len(missions)))
    grades = [(_grade(words, names, likeness), number) for number, names in enumerate(missions)]
    return [number for grade, number in sorted(grades, key=_best_first) if grade]


def _best_first(graded: tuple[float, int]) -> tuple[float, int]:
    return -graded[0], graded[1]


def _grade(words: list[str], names: Names, likeness: Likeness) -> float:
    """Zero if a word is missing, unless the words together are one name."""
    of_words = [_word_grade(word, names, likeness) for word in words]
    together = _grade_together(_glued(words), names, likeness)
    return together + (sum(of_words) if all(of_words) else 0.0)


def _grade_together(glued: str, names: Names, likeness: Likeness) -> float:
    """All words as one name: New York before York, and Los Angeles written as one word."""
    likenesses = (
        weight * likeness(glued, name.replace(" ", ""))
        for weight, known in _weighed(names)
        for name in known
        if abs(len(name) - len(glued)) <= MOST_MISTAKES + name.count(" ")
    )
    return WHOLE * max(likenesses, default=0.0)


def _word_grade(word: str, names: Names, likeness: Likeness) -> float:
    grade = _found_grade(word, names)
    if grade or likeness is _sameness:
        return grade
    likenesses = (
        weight * likeness(word, part)
        for weight, known in _weighed(names)
        for name in known
        for part in {*name.split(), name.replace(" ", "")}
        if abs(len(part) - len(word)) <= MOST_MISTAKES
    )
    return max(likenesses, default=0.0)


def _weighed(names: Names) -> tuple[tuple[float, tuple[str, ...]], ...]:
    return (
        (CITY, names.city),
        (COUNTRY, names.country),
        (OTHER_CITY, names.other_city),
        (KIND, names.kind),
    )


def _found_grade(word: str, names: Names) -> float:
    others = max((_beginning(word, name) for name in names.other_city), default=0.0)
    grades = (
        CITY * _within(word, names.city),
        OTHER_CITY * others,
        COUNTRY * _within(word, names.country),
        KIND * _within(word, names.kind),
        OWN * _within(word, names.own),
        DISTRICT * _within(word, names.district),
        ADDRESS * _within(word, names.address),
        0.0 if word.isascii() else _made_of(word, names),
    )
    return max(grades)


def _within(word: str, known: tuple[str, ...]) -> float:
    return max((_in_name(word, name) for name in known if word in name), default=0.0)


def _in_name(word: str, name: str) -> float:
    parts = name.split()
    if word in parts:
        return WORD
    return BEGINNING if any(part.startswith(word) for part in parts) else PART


def _beginning(word: str, name: str) -> float:
    if not name.startswith(word):
        return 0.0
    if name == word or name[len(word)] == " ":
        return WORD
    return BEGINNING if len(word) >= SHORTEST_BEGINNING else 0.0


def _made_of(word: str, names: Names) -> float:
    """Grade a word of a script without spaces, in which city, country and kind stand together."""
    rest, grade = word, 0.0
    for weight, known in _weighed(names):
        if found := max((name for name in known if name in rest), key=len, default=""):
            rest, grade = rest.replace(found, " "), grade + weight
    for empty in EMPTY_WORDS_LONGEST_FIRST:
        rest = rest.replace(empty, " ")
    return 0.0 if rest.strip() else grade


def _glued(words: Sequence[str]) -> str:
    return "".join(words).replace(" ", "")
