"""Who answers a request: the folder of built files if it can, else the app behind it."""

import os
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from pathlib import Path
from threading import Lock
from time import monotonic
from types import MappingProxyType
from urllib.parse import quote
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from protestcoord.core.headers import FOR_DATA, security_headers
from protestcoord.publications.addresses import SUFFIXES, find_file_name
from protestcoord.publications.answers import Answer, Headers, answer_from_file, seen_in
from protestcoord.publications.negotiation import (
    accepted_codings,
    asked_range,
    is_refused,
    is_unchanged,
)

CACHE_BYTES = 64 * 1024 * 1024
# A kept answer weighs its body and about this much for the rest of it.
ANSWER_BYTES = 4096
# A look at the disk costs as much as all else that the door does for a reader.
MOMENT_SECONDS = 0.2

Reply = tuple[str, Headers, bytes]
# Path and content codings.
Asked = tuple[str, tuple[str, ...]]


class Door:
    """A WSGI app that answers from the folder, and lets all else through to another."""

    def __init__(
        self,
        app: WSGIApplication,
        folder: Path,
        *,
        secure: bool,
        is_live: Callable[[str], bool],
        cache_bytes: int = CACHE_BYTES,
        moment_seconds: float = MOMENT_SECONDS,
        sources: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Stand before an app.

        Args:
            app: What answers all that has no file: forms, live views, unknown addresses.
            folder: The folder of built files; it may still be empty.
            secure: Whether the site is reached by https.
            is_live: Tells of an address, with its language, whether a query changes its answer.
            cache_bytes: How much memory the answers that are kept may take.
            sources: What the policy allows for map tiles, by directive.
            moment_seconds: For how long a file is served without looking whether it was replaced.
        """
        self.app = app
        self.root = str(folder.absolute())
        self.secure, self.sources = secure, sources
        self.moment_seconds = moment_seconds
        self.is_live = is_live
        self.kept = _KeptAnswers(cache_bytes)
        # What was found in this moment, by path and codings; a new moment begins with nothing.
        self.found: dict[Asked, Answer] = {}
        self.moment_ends_at = 0.0
        self.turn = Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request, or let it through."""
        reply = self._reply(environ)
        if reply is None:
            return self.app(environ, start_response)
        status, headers, body = reply
        start_response(status, headers)
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]

    def _reply(self, environ: WSGIEnvironment) -> Reply | None:
        path = _path(environ)
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return self._refuse_method(path)
        if environ.get("QUERY_STRING") and self.is_live(path):
            return None
        answer = self._find_answer(path, environ)
        if answer is None:
            return self._redirect(path, environ)
        return _reply_with(answer, environ)

    def _find_answer(self, path: str, environ: WSGIEnvironment) -> Answer | None:
        """Return a file's answer as of this moment: the disk is asked once, not by every reader."""
        # A range counts the bytes of the file as it is.
        header = "" if "HTTP_RANGE" in environ else environ.get("HTTP_ACCEPT_ENCODING", "")
        asked = (path, accepted_codings(header))
        found = self._found_in_this_moment()
        answer = found.get(asked)
        if answer is None:
            answer = self._ask_disk(*asked)
            if answer is not None:
                # Who looked at the same time may have found a newer file: all answer with one.
                answer = found.setdefault(asked, answer)
        return answer

    def _found_in_this_moment(self) -> dict[Asked, Answer]:
        """Return what was found since the moment began, in which no reader goes back in time."""
        now = monotonic()
        if now >= self.moment_ends_at:
            with self.turn:
                if now >= self.moment_ends_at:
                    self.found, self.moment_ends_at = {}, now + self.moment_seconds
        return self.found

    def _ask_disk(self, path: str, codings: tuple[str, ...]) -> Answer | None:
        name = find_file_name(path)
        if name is None:
            return None
        return next(filter(None, (self._find_coded(name, coding) for coding in codings)), None)

    def _find_coded(self, name: str, coding: str) -> Answer | None:
        place = f"{self.root}/{name}{SUFFIXES[coding]}"
        try:
            status = os.stat(place)  # noqa: PTH116  # a Path would cost more than the rest
            answer = self.kept.get(place)
            if answer is not None and answer.seen == seen_in(status):
                return answer
            answer = answer_from_file(
                self.root,
                name,
                SUFFIXES[coding],
                coding,
                secure=self.secure,
                sources=self.sources,
            )
        except OSError:
            return None
        self.kept.put(place, answer)
        return answer

    def _refuse_method(self, path: str) -> Reply | None:
        """Refuse to change a file; a form has an address without one."""
        name = find_file_name(path)
        if name is None or not os.path.isfile(f"{self.root}/{name}"):  # noqa: PTH113
            return None
        headers = {"Allow": "GET, HEAD", "Content-Length": "0"}
        headers |= security_headers("", secure=self.secure)
        return _status(HTTPStatus.METHOD_NOT_ALLOWED), list(headers.items()), b""

    def _redirect(self, path: str, environ: WSGIEnvironment) -> Reply | None:
        """Add the slash that is missing at the end of a page's address."""
        if path.endswith("/") or find_file_name(path) is None:
            return None
        if not os.path.isfile(f"{self.root}{path}/index.html"):  # noqa: PTH113
            return None
        query = environ.get("QUERY_STRING")
        headers = {
            "Location": quote(path + "/") + (f"?{query}" if query else ""),
            "Content-Length": "0",
            "Cache-Control": FOR_DATA,
            **security_headers("", secure=self.secure),
        }
        return _status(HTTPStatus.PERMANENT_REDIRECT), list(headers.items()), b""


def _path(environ: WSGIEnvironment) -> str:
    """Return the address as text; empty if it is none."""
    path: str = environ.get("PATH_INFO", "")
    if path.isascii():
        return path
    try:
        return path.encode("latin-1").decode()  # PEP 3333: bytes, dressed as Latin-1
    except UnicodeError:
        return ""


def _reply_with(answer: Answer, environ: WSGIEnvironment) -> Reply:
    # Lists are copied: PEP 3333 lets a server change the one it is given.
    if is_refused(environ, answer.etag, answer.modified):
        return _status(HTTPStatus.PRECONDITION_FAILED), _without_body(answer), b""
    if is_unchanged(environ, answer.etag, answer.modified):
        return "304 Not Modified", answer.unchanged_headers[:], b""
    if "HTTP_RANGE" in environ and environ["REQUEST_METHOD"] == "GET":
        return _reply_with_range(answer, environ)
    return "200 OK", answer.headers[:], answer.body


def _reply_with_range(answer: Answer, environ: WSGIEnvironment) -> Reply:
    length = len(answer.body)
    asked = asked_range(environ, answer.etag, answer.modified, length)
    if asked is None:
        return "200 OK", answer.headers[:], answer.body
    if not asked:
        headers = [*_without_body(answer), ("Content-Range", f"bytes */{length}")]
        return _status(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE), headers, b""
    part = answer.body[asked.start : asked.stop]
    headers = [*_with_length(answer, len(part))]
    headers.append(("Content-Range", f"bytes {asked.start}-{asked.stop - 1}/{length}"))
    return _status(HTTPStatus.PARTIAL_CONTENT), headers, part


def _with_length(answer: Answer, length: int) -> Headers:
    others = [header for header in answer.headers if header[0] != "Content-Length"]
    return [*others, ("Content-Length", str(length))]


def _without_body(answer: Answer) -> Headers:
    dropped = ("Cache-Control", "Content-Disposition", "Content-Encoding", "Last-Modified")
    return [header for header in _with_length(answer, 0) if header[0] not in dropped]


def _status(status: HTTPStatus) -> str:
    return f"{status.value} {status.phrase}"


class _KeptAnswers:
    """Answers in memory, the least used dropped first; for threads."""

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self.bytes = 0
        self.answers: OrderedDict[str, Answer] = OrderedDict()
        self.lock = Lock()

    def get(self, place: str) -> Answer | None:
        with self.lock:
            answer = self.answers.get(place)
            if answer is not None:
                self.answers.move_to_end(place)
            return answer

    def put(self, place: str, answer: Answer) -> None:
        weight = _weight(answer)
        with self.lock:
            self._drop(place)
            if weight > self.limit_bytes // 4:
                return
            self.answers[place] = answer
            self.bytes += weight
            while self.bytes > self.limit_bytes:
                self._drop(next(iter(self.answers)))

    def _drop(self, place: str) -> None:
        dropped = self.answers.pop(place, None)
        if dropped is not None:
            self.bytes -= _weight(dropped)


def _weight(answer: Answer) -> int:
    return len(answer.body) + ANSWER_BYTES
