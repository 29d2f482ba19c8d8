"""Is a password good enough: long, and not among the first that are tried; pure, asks nobody."""

import unicodedata
from typing import Final

from protestcoord.core.errors import N_, InvalidValue

SHORTEST_PASSWORD, LONGEST_PASSWORD = 15, 128
# Passwords are compared in this form, so that keyboards of all systems type the same one.
PASSWORD_FORM: Final = "NFKC"  # noqa: S105 - the name of a Unicode normalization form

# What everybody knows here, beside the library's lists of common passwords, names and words.
KNOWN_HERE: Final = ("protestcoord", "correcthorsebatterystaple")
# The library's highest score: more than 10^10 guesses.
STRONG: Final = 4
# The library looks at no more, since its time grows with the square of the length.
LOOKED_AT: Final = 72


def normalized_password(password: str) -> str:
    """Return a password in the form in which it is hashed."""
    return unicodedata.normalize(PASSWORD_FORM, password)


def usable_password(password: str, email: str = "") -> str:
    """Return a password in the form in which it is hashed.

    Args:
        password: As typed; any characters.
        email: The address of its account, which is no part of a good password.

    Raises:
        InvalidValue: It is too short or too long, or among the first that anybody tries.
    """
    usable = normalized_password(password)
    if not SHORTEST_PASSWORD <= len(usable) <= LONGEST_PASSWORD:
        raise InvalidValue(
            N_("A password has %(least)s to %(most)s characters; a few random words are good."),
            field="password",
            least=SHORTEST_PASSWORD,
            most=LONGEST_PASSWORD,
        )
    if is_easy(usable, email):
        raise InvalidValue(
            N_(
                "This password is among the first that are tried: it repeats itself, follows the "
                "keyboard, or is made of common words. A few random words are good."
            ),
            field="password",
        )
    return usable


def is_easy(password: str, email: str = "") -> bool:
    """Tell whether a password takes fewer than 10^10 guesses of who knows what people choose.

    Source:
        Wheeler, "zxcvbn: Low-Budget Password Strength Estimation", USENIX Security 2016.
    """
    from zxcvbn import zxcvbn

    known = [*KNOWN_HERE, email, *email.split("@")]
    judged = zxcvbn(password[:LOOKED_AT], user_inputs=[word for word in known if word])
    return bool(judged["score"] < STRONG)
