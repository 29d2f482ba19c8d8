"""How much room does a text take, and where is it cut or broken?"""

import re
import unicodedata
from collections.abc import Sequence

SENTENCE_ENDS = (". ", "! ", "? ", "。", "！", "？")


def width_of(text: str) -> int:
    """Return how wide a text is, in letters of Latin: those of East Asia count twice."""
    return sum(1 + (unicodedata.east_asian_width(letter) in "WF") for letter in text)


def brief(text: str, most: int) -> str:
    """Return the first paragraph of a text, cut after a sentence or else a word.

    Args:
        text: Any.
        most: How much room there is, as ``width_of`` counts.
    """
    first = text.strip().partition("\n")[0].strip()
    if width_of(first) <= most:
        return first
    room = first[: _characters_within(first, most - 1)]
    sentence = max(room.rfind(end) + len(end) for end in SENTENCE_ENDS)
    if sentence > len(room) // 2:
        return room[:sentence].strip()
    word = room.rfind(" ")
    return f"{room[:word] if word > len(room) // 2 else room}…"


def lines_of(text: str, most: int) -> list[str]:
    """Return a text in lines, broken between words, or within one that is wider than a line."""
    lines = [""]
    for piece in _pieces(text, most):
        if lines[-1] and width_of((lines[-1] + piece).rstrip()) > most:
            lines.append("")
        lines[-1] += piece
    return [line.strip() for line in lines]


def fitted(text: str, room: int, sizes: Sequence[int], most_lines: int) -> tuple[int, list[str]]:
    """Return the largest size of letters in which a text has few enough lines, and these.

    Args:
        text: Any; what is too long even for the smallest size ends with an ellipsis.
        room: Width of a line in the unit of ``sizes``.
        sizes: Heights of letters, the largest first.
        most_lines: How many lines there may be.
    """
    for size in sizes:
        # A letter of Latin is a bit more than half as wide as high.
        most = int(room / (0.56 * size))
        lines = lines_of(text, most)
        if len(lines) <= most_lines:
            return size, lines
    last = brief(" ".join(lines[most_lines - 1 :]), most)
    return size, [*lines[: most_lines - 1], last]


def _pieces(text: str, most: int) -> list[str]:
    words = re.findall(r"\S+\s*", text)
    return [
        piece for word in words for piece in ([word] if width_of(word.strip()) <= most else word)
    ]


def _characters_within(text: str, most: int) -> int:
    """Return how many characters of a text are at most so wide."""
    return next(
        (count for count in range(len(text)) if width_of(text[: count + 1]) > most), len(text)
    )
