"""Could one word be another, mistyped: how many letters are added, lost, changed or swapped?"""

# So many letters a word has before one wrong letter, or a second, still leaves it that word.
FORGIVES_ONE = 4
FORGIVES_TWO = 7
MOST_MISTAKES = 2

FIRST_HAN = "\u3400"
LAST_HAN = "\u9fff"


def allowed_mistakes(word: str) -> int:
    """Return how many mistakes a folded word may have.

    A Chinese sign is a word of its own, and another sign is another word, so there none is allowed.
    """
    if any(FIRST_HAN <= sign <= LAST_HAN for sign in word) or len(word) < FORGIVES_ONE:
        return 0
    return 1 if len(word) < FORGIVES_TWO else MOST_MISTAKES


def mistakes_between(word: str, other: str, most: int) -> int | None:
    """Return how many single mistakes lead from one word to another, or None if more than ``most``.

    Source:
        The optimal string alignment distance, in which two neighbours swapped are one mistake.
    """
    if abs(len(word) - len(other)) > most or len(set(word) ^ set(other)) > 2 * most:
        return None
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(word, 1):
        before, above, row = row, before, [at]
        for to, there in enumerate(other, 1):
            least = min(row[-1] + 1, before[to] + 1, before[to - 1] + (letter != there))
            is_swapped = at > 1 < to and letter == other[to - 2] and word[at - 2] == there
            row.append(min(least, above[to - 2] + 1) if is_swapped else least)
        if min(row) > most:
            return None
    return row[-1] if row[-1] <= most else None
