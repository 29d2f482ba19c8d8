"""Do the limits that we promise stand in the code, and on the page that tells them.

A test that counts up to a constant passes with any constant; here the numbers are written out.
"""

import re
from datetime import timedelta

import pytest

from protestcoord import app
from protestcoord.config import PACKAGE, Settings
from protestcoord.core import consent, mail
from protestcoord.core.headers import CONTENT_SECURITY_POLICY, security_headers
from protestcoord.members import rules as members
from protestcoord.messages import rules as messages
from protestcoord.organizers import passwords, second_factor, sessions, slowdown, totp
from protestcoord.publications import orders
from protestcoord.signups import (
    caps,
    console_export,
    console_groups,
    console_import,
    console_search,
    handover,
    importing,
    own_page,
    places,
    proposals,
    undo,
)
from protestcoord.volunteers import rules as volunteers

PAGE = PACKAGE.parent / "docs" / "operating" / "security.md"
UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}

# What stands in the page, and what the code has; lengths of time in seconds.
LIMITS = {
    "a request's body": (65536, app.MAX_BODY_BYTES),
    "forms answered at once": (32, app.THREADS_FOR_FORMS),
    "mails a day to one address that strangers cause": (3, consent.MAILS_A_DAY),
    "how long an unconfirmed sign-up lives": (86400, places.PENDING_LIFE),
    "live sign-ups of a group": (5, caps.MOST_SIGN_UPS),
    "unapproved groups of a mail domain": (3, caps.MOST_OFFERED_OF_DOMAIN),
    "sign-ups an hour at a site before each is looked at": (200, caps.MOST_AN_HOUR_AT_SITE),
    "a group's session": (1800, own_page.SESSION_LIFE),
    "how long a hand-over may be allowed": (600, handover.ALLOWED_WITHIN),
    "how long a hand-over may be accepted": (86400, handover.HANDOVER_LIFE),
    "hand-overs asked for in a day": (3, handover.MOST_A_DAY),
    "missions that a group's campaign may have waiting": (3, proposals.MOST_OPEN),
    "contacts are kept after the last slot": (
        30 * 86400,
        timedelta(days=Settings.CONTACTS_KEPT_DAYS),
    ),
    "people counted an hour at a slot": (200, volunteers.MOST_AN_HOUR),
    "unconfirmed reminders an hour": (1000, volunteers.MOST_UNCONFIRMED_AN_HOUR),
    "how long a reminder may be confirmed": (86400, volunteers.CONFIRMED_WITHIN),
    "prints that may wait": (60, orders.MOST_WAITING),
    "a session without a page": (1800, sessions.IDLE),
    "a session at the longest": (12 * 3600, sessions.LONGEST),
    "a fresh sign-in": (300, sessions.FRESH),
    "a passkey's challenge": (300, sessions.CHALLENGE_LIVES),
    "a password at the shortest": (15, passwords.SHORTEST_PASSWORD),
    "a password at the longest": (128, passwords.LONGEST_PASSWORD),
    "free failures": (5, slowdown.FREE_FAILURES),
    "free failures without proof of work": (3, slowdown.FREE_WITHOUT_PROOF),
    "free failures of all without proof of work": (100, slowdown.FREE_OF_ALL_WITHOUT_PROOF),
    "the longest wait after failures": (42, slowdown.LONGEST),
    "a code of the app": (30, totp.STEP_SECONDS),
    "recovery codes": (10, totp.RECOVERY_CODES),
    "an offered secret": (3600, second_factor.OFFER_LIVES),
    "an invitation": (7 * 86400, members.INVITATION_LIVES),
    "a second person's agreement": (86400, members.APPROVAL_LIVES),
    "the wait where nobody else could agree": (600, members.LONE_DELAY),
    "contacts opened in a day": (50, console_groups.MOST_CONTACTS_A_DAY),
    "addresses searched for in a day": (50, console_search.MOST_ADDRESSES_A_DAY),
    "exports of contacts in a day": (3, console_export.MOST_CONTACT_EXPORTS_A_DAY),
    "groups of an imported table": (300, importing.MOST_ROWS),
    "the size of an imported table": (60000, console_import.MOST_BYTES),
    "groups written to without a second person": (25, messages.MOST_WITHOUT_DELAY),
    "how long an act can be undone": (86400, undo.UNDO_LIFE),
    "how long a mail is tried": (86400, mail.GIVE_UP_AFTER),
}


def told_limits(page: str) -> dict[str, int]:
    """Return the limits of the table in a page, lengths of time in seconds."""
    rows = re.findall(
        r"^\| ([^|`]+) \| ([\d,]+)(?: (second|minute|hour|day)s?)?[^|]*\|$", page, re.MULTILINE
    )
    return {what: int(n.replace(",", "")) * UNITS.get(unit, 1) for what, n, unit in rows}


def _number(value: object) -> object:
    return int(value.total_seconds()) if isinstance(value, timedelta) else value


@pytest.mark.parametrize("what", LIMITS)
def test_the_code_has_the_promised_limit(what):
    promised, has = LIMITS[what]
    assert _number(has) == promised


def test_the_page_tells_each_limit_and_no_other():
    assert told_limits(PAGE.read_text()) == {what: limit for what, (limit, _) in LIMITS.items()}


def test_a_wrong_limit_on_the_page_is_seen():
    wrong = PAGE.read_text().replace(
        "| contacts opened in a day | 50", "| contacts opened in a day | 5"
    )
    assert told_limits(wrong)["contacts opened in a day"] == 5


def test_no_page_may_run_or_show_anything_of_others():
    assert CONTENT_SECURITY_POLICY == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
        "object-src": "'none'",
        "worker-src": "'self'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "proof",
    }


def test_every_answer_says_what_a_browser_must_not_do():
    headers = security_headers("text/html", secure=True)
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains; preload"
    assert "geolocation=(self)" in headers["Permissions-Policy"]
    assert "Access-Control-Allow-Origin" not in headers
