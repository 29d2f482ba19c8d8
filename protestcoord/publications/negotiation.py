"""What does a request ask for: in which coding, newer than what, which bytes; pure functions."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any

# From the smallest to the largest; the empty coding is the file as it is.
CODINGS = ("br", "gzip", "")
# What a client did not name comes after what it did, and is refused only by name.
UNNAMED_IDENTITY = 0.0001
# No browser names more; what comes after it is not read.
LONGEST_HEADER = 1_000

_ETAG = re.compile(r'(W/)?("[^"]*")')
_ONE_RANGE = re.compile(r"bytes=\s*(?:([0-9]{1,18})-([0-9]{0,18})|-([0-9]{1,18}))\s*")


@lru_cache(maxsize=256)
def accepted_codings(header: str) -> tuple[str, ...]:
    """Return the content codings of an Accept-Encoding header that we have, best first.

    The file as it is comes last where it is not named, and is in the answer even if refused:
    a body in an unwanted coding serves a reader better than none.

    Source:
        RFC 9110 section 12.5.3.
    """
    quality = dict(_named_codings(header[:LONGEST_HEADER].lower()))
    others = quality.get("*", 0.0)
    weight = {coding: quality.get(coding or "identity", others) for coding in CODINGS}
    if not quality.keys() & {"identity", "*"}:
        weight[""] = UNNAMED_IDENTITY
    wanted = [coding for coding in CODINGS if weight[coding] > 0] or [""]
    wanted.sort(key=weight.__getitem__, reverse=True)
    return tuple(wanted) if "" in wanted else (*wanted, "")


def _named_codings(header: str) -> list[tuple[str, float]]:
    named = []
    for item in header.split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        named.append((name.removeprefix("x-"), _quality(parameters)))
    return named


def _quality(parameters: list[str]) -> float:
    try:
        return next((float(p[2:]) for p in parameters if p.startswith("q=")), 1.0)
    except ValueError:
        return 0.0


def is_unchanged(environ: Mapping[str, Any], etag: str, modified: int) -> bool:
    """Tell whether the client has this answer already.

    Args:
        environ: The WSGI request.
        etag: Strong entity tag of the answer that would be sent, with its quotes.
        modified: When its file was written, in whole seconds since 1970.

    Source:
        RFC 9110 section 13.2.2, steps 3 and 4.
    """
    tags = environ.get("HTTP_IF_NONE_MATCH")
    if tags is not None:
        return tags == etag or tags.strip() == "*" or etag in _tags(tags, weak=True)
    since = environ.get("HTTP_IF_MODIFIED_SINCE")
    return since is not None and _is_unmodified(since, modified)


def is_refused(environ: Mapping[str, Any], etag: str, modified: int) -> bool:
    """Tell whether the client wants no answer but one with another tag, or an older one.

    Source:
        RFC 9110 section 13.2.2, steps 1 and 2.
    """
    tags = environ.get("HTTP_IF_MATCH")
    if tags is not None:
        return tags.strip() != "*" and etag not in _tags(tags, weak=False)
    since = environ.get("HTTP_IF_UNMODIFIED_SINCE")
    return since is not None and _seconds(since) is not None and not _is_unmodified(since, modified)


def _tags(header: str, *, weak: bool) -> list[str]:
    return [tag for mark, tag in _ETAG.findall(header) if weak or not mark]


def _is_unmodified(since: str, modified: int) -> bool:
    seconds = _seconds(since)
    return seconds is not None and modified <= seconds


@lru_cache(maxsize=256)
def _seconds(http_date: str) -> float | None:
    try:
        moment = parsedate_to_datetime(http_date)
    except (ValueError, OverflowError):
        return None
    return _as_utc(moment).timestamp()


def _as_utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def asked_range(environ: Mapping[str, Any], etag: str, modified: int, length: int) -> range | None:
    """Return the bytes that a GET asks for: an empty range if there are none, None for all.

    Several ranges, other units and what cannot be read mean all, as the standard allows.

    Source:
        RFC 9110 sections 14.1.2 and 13.1.5.
    """
    match = _ONE_RANGE.fullmatch(environ.get("HTTP_RANGE", ""))
    if not match or not _is_same(environ.get("HTTP_IF_RANGE"), etag, modified):
        return None
    first, last, tail = match.groups()
    if tail is not None:
        return range(max(0, length - int(tail)), length)
    if last and int(last) < int(first):
        return None
    return range(int(first), min(int(last) + 1, length) if last else length)


def _is_same(if_range: str | None, etag: str, modified: int) -> bool:
    if if_range is None:
        return True
    return if_range == etag or ('"' not in if_range and _seconds(if_range) == modified)
