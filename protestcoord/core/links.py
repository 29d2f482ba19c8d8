"""How does one page point to another: as served by the app, or as files on a disk."""

import posixpath
from dataclasses import dataclass
from functools import cache
from hashlib import sha256

from protestcoord.config import PACKAGE

STATIC = PACKAGE / "static"
MADE = "/mirror/made.js"


@cache
def static_version() -> str:
    """Return a short digest of all static files; it stands in their addresses."""
    digest = sha256()
    for path in sorted(STATIC.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(STATIC).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:10]


@dataclass(frozen=True)
class Links:
    """The addresses that a page in one language may point to; paths start with a slash.

    Attributes:
        base_url: Public address of the site, without a slash at the end.
        language: Language of the page.
        default_language: The language whose addresses carry no language.
    """

    base_url: str
    language: str
    default_language: str

    def prefixed(self, path: str, language: str = "") -> str:
        """Return a path of the site in a language: ``/ja/missions/``."""
        chosen = language or self.language
        return path if chosen == self.default_language else f"/{chosen}{path}"

    def page(self, path: str, language: str = "") -> str:
        """Return the address of a publication or live view that exists in every language."""
        return self.prefixed(path, language)

    def data(self, path: str) -> str:
        """Return the address of a publication that exists once for all languages."""
        return path

    def live(self, path: str) -> str:
        """Return the address of a form or search; a copy on a disk points to the live site."""
        return self.prefixed(path)

    def static(self, name: str) -> str:
        """Return the address of a static file."""
        return f"/static/{static_version()}/{name}"

    @property
    def status(self) -> str:
        """Address of the file that says when all files were last known to be current."""
        return "/status.json"

    @property
    def made(self) -> str:
        """Address of the script that says when a copy was made; empty on the site itself."""
        return ""

    def absolute(self, path: str) -> str:
        """Return the full public address of a page in this language, for mails and feeds."""
        return self.base_url + self.prefixed(path)

    def webcal(self, path: str) -> str:
        """Return the full address of a calendar by which a device subscribes to it.

        Source:
            The scheme ``webcal`` of Apple's iCal: the same as http or https.
        """
        return "webcal://" + self.absolute(path).partition("://")[2]

    def absolute_data(self, path: str) -> str:
        """Return the full public address of a publication that exists once."""
        return self.base_url + path


@dataclass(frozen=True)
class FileLinks(Links):
    """Relative addresses, seen from the page at ``here``: they work from any folder or disk."""

    here: str = "/"

    def page(self, path: str, language: str = "") -> str:
        """Return a relative address with the name of the file."""
        return self._relative(self.prefixed(path, language))

    def data(self, path: str) -> str:
        """Return a relative address."""
        return self._relative(path)

    def live(self, path: str) -> str:
        """Return the live site's full address."""
        return self.absolute(path)

    def static(self, name: str) -> str:
        """Return a relative address of a static file."""
        return self._relative(f"/static/{static_version()}/{name}")

    @property
    def status(self) -> str:
        """Nothing: a copy on a disk tells its own age."""
        return ""

    @property
    def made(self) -> str:
        """Return a relative address of the script that the copy was given."""
        return self._relative(MADE)

    def _relative(self, path: str) -> str:
        target = path + "index.html" if path.endswith("/") else path
        return posixpath.relpath(target, posixpath.dirname(self.here) or "/")
