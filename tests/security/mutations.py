"""Which lines protect somebody, and which tests should notice when one of them is broken."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutation:
    """One protecting line, broken.

    Attributes:
        what: What is gone then, in words.
        file: Path in the checkout.
        old: Text that stands exactly once in the file.
        new: What stands in its place.
        tests: Files, or tests in them, of which one should fail.
    """

    what: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


MUTATIONS = (
    # What is kept.
    Mutation(
        "a sealed value is bound to its row",
        "protestcoord/core/crypto.py",
        'return f"{table}:{row_id}".encode()',
        'return b""',
        ("tests/core/test_crypto.py",),
    ),
    Mutation(
        "each value has a nonce of its own",
        "protestcoord/core/crypto.py",
        "nonce = os.urandom(NONCE_BYTES)",
        "nonce = bytes(NONCE_BYTES)",
        ("tests/core/test_crypto.py",),
    ),
    Mutation(
        "a destroyed key is gone",
        "protestcoord/core/crypto.py",
        "self._path(name).unlink(missing_ok=True)",
        "self.has(name)",
        ("tests/core/test_crypto.py",),
    ),
    Mutation(
        "an index says nothing across campaigns",
        "protestcoord/core/crypto.py",
        '"\\0".join(parts).encode()',
        "parts[-1].encode()",
        ("tests/core/test_crypto.py",),
    ),
    Mutation(
        "a key is readable by its owner alone",
        "protestcoord/config.py",
        "os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600",
        "os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644",
        ("tests/core/test_crypto.py",),
    ),
    Mutation(
        "a link is stored as a digest",
        "protestcoord/core/tokens.py",
        "return hashlib.sha256(token.encode()).hexdigest()",
        "return token",
        ("tests/volunteers/test_reminders.py",),
    ),
    Mutation(
        "contacts are kept for thirty days",
        "protestcoord/config.py",
        "    CONTACTS_KEPT_DAYS: int = setting(\n        30,",
        "    CONTACTS_KEPT_DAYS: int = setting(\n        300,",
        ("tests/security/test_limits.py",),
    ),
    Mutation(
        "a purge destroys the key",
        "protestcoord/signups/purge.py",
        "vault.keys.destroy(campaign.slug)",
        "vault.keys.has(campaign.slug)",
        ("tests/signups/test_purge.py",),
    ),
    Mutation(
        "what the process writes is its own",
        "protestcoord/serving.py",
        "os.umask(0o077)",
        "os.umask(0o022)",
        ("tests/test_private.py",),
    ),
    # What a browser is told.
    Mutation(
        "scripts come from our own files",
        "protestcoord/core/headers.py",
        '"script-src": "\'self\'",',
        "\"script-src\": \"'self' 'unsafe-inline'\",",
        ("tests/security/test_limits.py",),
    ),
    Mutation(
        "no address is told to other sites",
        "protestcoord/core/headers.py",
        '"Referrer-Policy": "no-referrer",',
        '"Referrer-Policy": "unsafe-url",',
        ("tests/security/test_limits.py",),
    ),
    Mutation(
        "https stays https",
        "protestcoord/core/headers.py",
        "    if secure:",
        "    if not secure:",
        ("tests/publications/test_door.py",),
    ),
    Mutation(
        "a live page is kept by nobody",
        "protestcoord/app.py",
        'response.headers["Cache-Control"] = FOR_NOBODY',
        'response.headers["Cache-Control"] = "private"',
        ("tests/test_app.py",),
    ),
    # What is let in.
    Mutation(
        "a form of another site is refused",
        "protestcoord/app.py",
        "app.before_request(refuse_foreign_origin)",
        "app.before_request(language)",
        ("tests/test_app.py",),
    ),
    Mutation(
        "a browser's word on where a form came from counts",
        "protestcoord/core/web.py",
        'return site not in ("same-origin", "none")',
        'return site not in ("same-origin", "none", "cross-site")',
        ("tests/test_app.py",),
    ),
    Mutation(
        "a form in a session needs its token",
        "protestcoord/app.py",
        "csrf = CSRFProtect(app)",
        "csrf = CSRFProtect()",
        ("tests/test_app.py",),
    ),
    Mutation(
        "a body has a largest size",
        "protestcoord/app.py",
        '"MAX_CONTENT_LENGTH": MAX_BODY_BYTES,',
        '"MAX_CONTENT_LENGTH": None,',
        ("tests/test_app.py",),
    ),
    Mutation(
        "control characters are refused",
        "protestcoord/core/fields.py",
        'REFUSED_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})',
        "REFUSED_CATEGORIES: frozenset[str] = frozenset()",
        ("tests/core/test_fields.py",),
    ),
    # What goes out.
    Mutation(
        "text in a page is escaped",
        "protestcoord/core/templates.py",
        'autoescape=lambda name: name is None or not name.endswith(".txt"),',
        "autoescape=lambda name: False,",
        ("tests/publications/test_pages.py",),
    ),
    Mutation(
        "text in the map as one file is escaped",
        "protestcoord/publications/mapdocument.py",
        "Environment(autoescape=True,",
        "Environment(autoescape=False,",
        ("tests/publications/test_worldmap.py",),
    ),
    Mutation(
        "no cell is calculated",
        "protestcoord/core/csvtext.py",
        'return f"\'{text}" if _is_formula(text) else text',
        "return text",
        ("tests/core/test_csvtext.py",),
    ),
    Mutation(
        "a text ends no value of a calendar",
        "protestcoord/publications/contentlines.py",
        '.replace(";", "\\\\;")',
        "",
        ("tests/publications/test_contentlines.py",),
    ),
    Mutation(
        "no reader finds a second line in a text",
        "protestcoord/core/text.py",
        '    return _INVISIBLE.sub("", _LINE_ENDS',
        "    return str.strip(_LINE_ENDS",
        ("tests/core/test_text.py",),
    ),
    Mutation(
        "no address leaves the folder of files",
        "protestcoord/publications/addresses.py",
        "if not _SAFE_ADDRESS.fullmatch(path) or path.endswith(RESERVED_SUFFIXES):",
        "if path.endswith(RESERVED_SUFFIXES):",
        ("tests/publications/test_door.py",),
    ),
    Mutation(
        "a changed file of a copy is refused",
        "protestcoord/publications/verify.py",
        "if hashlib.sha256(read(name)).hexdigest() != digest:",
        "if not digest:",
        ("tests/publications/test_mirror.py",),
    ),
    # Who may do what.
    Mutation(
        "a page of the console asks for its right",
        "protestcoord/campaigns/access.py",
        'if not own_membership(reading(), slug).has(getattr(view, "needs", Right.OWN)):',
        "if not own_membership(reading(), slug).has(Right.VIEW):",
        ("tests/test_authorization.py",),
    ),
    Mutation(
        "a role holds in its own campaign",
        "protestcoord/members/queries.py",
        "own = select(Membership).where(Membership.campaign_id == campaign_id)\n"
        "    return session.scalar(own.where(",
        "own = select(Membership)\n    return session.scalar(own.where(",
        ("tests/test_authorization.py",),
    ),
    Mutation(
        "a group is shown within one's areas",
        "protestcoord/signups/access.py",
        "if not (areas.is_everywhere or any(within)):",
        "if not (areas.is_everywhere or sign_ups):",
        ("tests/signups/test_areas.py",),
    ),
    Mutation(
        "a group acts for itself alone",
        "protestcoord/signups/own_page.py",
        "if sign_up is None or sign_up.group_id != own_group(db).id:",
        "if sign_up is None or not own_group(db).id:",
        ("tests/test_app.py",),
    ),
    Mutation(
        "nobody agrees with themselves",
        "protestcoord/members/approvals.py",
        "if asked.asked_by_id == member.organizer_id:",
        "if not member.organizer_id:",
        ("tests/members/test_approvals.py",),
    ),
    Mutation(
        "contacts leave when a second person agreed",
        "protestcoord/signups/console_export.py",
        "if not is_allowed(db, me, TwoPersonAct.EXPORT, subject, now):",
        "if not me:",
        ("tests/signups/test_console_export.py",),
    ),
    Mutation(
        "an account opens fifty contacts a day",
        "protestcoord/signups/console_groups.py",
        "MOST_CONTACTS_A_DAY = 50",
        "MOST_CONTACTS_A_DAY = 5000",
        ("tests/security/test_limits.py",),
    ),
    # Who somebody is.
    Mutation(
        "the password alone opens nothing",
        "protestcoord/organizers/access.py",
        "return None if opened.passed_at else send_with_next(SECOND_FACTOR)",
        "return None",
        ("tests/organizers/test_access.py",),
    ),
    Mutation(
        "a code is taken once",
        "protestcoord/organizers/totp.py",
        " and step > last_step:",
        ":",
        ("tests/organizers/test_totp.py",),
    ),
    Mutation(
        "codes are compared in constant time",
        "protestcoord/organizers/totp.py",
        "if hmac.compare_digest(code_at(secret, step).encode(), digits)",
        "if (code_at(secret, step).encode() == digits)",
        ("tests/security/test_rules.py",),
    ),
    Mutation(
        "a session ends after half an hour without a page",
        "protestcoord/organizers/console_sessions.py",
        "now.timestamp() - _seen_at() >= IDLE.total_seconds()",
        "now.timestamp() < _seen_at()",
        ("tests/organizers/test_console_sessions.py",),
    ),
    Mutation(
        "guesses are slowed down",
        "protestcoord/organizers/slowdown.py",
        "return min(timedelta(seconds=2 ** min(failures - free, 10)), LONGEST)",
        "return timedelta(0)",
        ("tests/organizers/test_slowdown.py",),
    ),
    # What holds where many press at once, or too often.
    Mutation(
        "a place is given by one at a time",
        "protestcoord/core/database.py",
        '"BEGIN IMMEDIATE" if writes else "BEGIN"',
        '"BEGIN"',
        ("tests/signups/test_two_at_once.py",),
    ),
    Mutation(
        "two claims of a group are compared one after the other",
        "protestcoord/signups/places.py",
        "    lock_group(session, claim.group_id)\n    clashes",
        "    clashes",
        ("tests/signups/test_two_at_once.py",),
    ),
    Mutation(
        "strangers cause three mails a day",
        "protestcoord/core/consent.py",
        "MAILS_A_DAY = 3",
        "MAILS_A_DAY = 3000",
        ("tests/core/test_consent.py",),
    ),
)
