"""How is this instance set up: frozen settings from the environment, each documented once."""

import dataclasses
import ipaddress
import json
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PACKAGE = Path(__file__).resolve().parent
FASTEST_KMH = 2000
LONGEST_KEPT_DAYS = 90
# Of 64 random hexadecimal digits fewer are different once in more than 10^13 keys.
FEWEST_DIGITS = 8
LANGUAGES = {"en": "English", "ja": "日本語", "ko": "한국어"}


class UnsafeSettings(Exception):
    """The settings would put people at risk, so nothing starts."""


def shipped(name: str) -> Path:
    """Return the folder ``name`` that is shipped with the code.

    In a wheel the folders templates, data and migrations lie in the package; in a checkout they
    lie beside it.
    """
    inside = PACKAGE / name
    return inside if inside.is_dir() else PACKAGE.parent / name


def setting(default: Any, doc: str) -> Any:
    """Declare a settings key with the sentence that documents it."""
    return dataclasses.field(default=default, metadata={"doc": doc})


@dataclass(frozen=True)
class Settings:
    """One instance's settings; every key is read from the environment variable of its name."""

    instance: Path
    DATABASE_URL: str = setting(
        "", "SQLAlchemy address of the database; empty means SQLite in the instance folder."
    )
    SMTP_URL: str = setting(
        "", "smtp://user:password@host:port or smtps://…; empty writes .eml files into mail/."
    )
    BASE_URL: str = setting(
        "http://127.0.0.1:8000", "Public address of this site; never taken from a request."
    )
    UID_HOST: str = setting(
        "protestcoord.invalid", "Host part of calendar UIDs; choose it once, it never changes."
    )
    DEFAULT_LANGUAGE: str = setting("en", "Language of the addresses without a language in them.")
    MAIL_FROM: str = setting("protestcoord@localhost", "Sender of every mail.")
    REMOTE_ONLY_COUNTRIES: str = setting(
        "AF AE AZ BH BI BY CU DJ EG ER GQ IR KP LA LY MM NI QA RU RW SA SD SS SY TJ TM UZ VE VN YE",
        "Host countries (ISO codes, separated by spaces) whose sites are proposed as remote only.",
    )
    TRAVEL_KMH: int = setting(
        80, "How fast a group is taken to travel from one of its slots to the next, in km/h."
    )
    CONTACTS_KEPT_DAYS: int = setting(
        30, "How many days after a campaign's last slot its contacts are forgotten, 1 to 90."
    )
    CONTACT: str = setting(
        "mailto:security@localhost",
        "Where a weakness or a wrong row of the directory is told: mailto: or https: address.",
    )
    CONTROLLER: str = setting(
        "",
        "Who answers for the data of groups: name and address, read before one agrees.",
    )
    MAP_TILES: str = setting(
        "",
        "Map tiles behind the world map: an address with {z}, {x} and {y}, or of a .pmtiles file "
        "with raster tiles. Empty: none, so that no other host learns who looks at the map.",
    )
    MAP_TILES_CREDIT: str = setting("", "Whom to credit for the map tiles; needed with them.")
    PROOF_OF_WORK: bool = setting(
        True, "Whether forms for anybody ask the browser for a little work."
    )
    DEMO: bool = setting(False, "Demo mode: loopback only, no https, no second factor.")
    LISTEN: str = setting("127.0.0.1", "Address on which the server listens.")

    @property
    def database_url(self) -> str:
        """The address SQLAlchemy connects to, with psycopg as PostgreSQL's driver."""
        url = self.DATABASE_URL or f"sqlite:///{self.instance / 'protestcoord.sqlite'}"
        return url.replace("postgresql://", "postgresql+psycopg://", 1)

    @property
    def public_folder(self) -> Path:
        """The folder of built files that the app, nginx and a mirror serve."""
        return self.instance / "public"

    @property
    def record_file(self) -> Path:
        """What is remembered of the built files."""
        return self.instance / "built.json"

    @property
    def orders_folder(self) -> Path:
        """Where it is noted which prints somebody asked for."""
        return self.instance / "orders"

    @property
    def signing_key_file(self) -> Path:
        """The key that signs copies of the site."""
        return self.instance / "signing.key"

    @property
    def audit_heads_file(self) -> Path:
        """Where the head of the log of acts is kept, day by day."""
        return self.instance / "audit-heads.txt"

    @property
    def demands_file(self) -> Path:
        """The public log of demands by authorities and companies, which the operator writes."""
        return self.instance / "demands.csv"

    @property
    def keys_folder(self) -> Path:
        """The folder of the campaigns' keys: never in the database, never in its backup."""
        return self.instance / "keys"

    @property
    def mail_folder(self) -> Path:
        """Where mails go as files while no SMTP server is set."""
        return self.instance / "mail"

    @property
    def contacts_kept(self) -> timedelta:
        """How long after a campaign's last slot its contacts are kept."""
        return timedelta(days=self.CONTACTS_KEPT_DAYS)

    @property
    def secure(self) -> bool:
        """Whether the site is reached by https."""
        return self.BASE_URL.startswith("https://")

    @property
    def map_tiles(self) -> tuple[str, str]:
        """Address and credit of the map tiles, both empty if there are none."""
        return (self.MAP_TILES, self.MAP_TILES_CREDIT)

    @property
    def tile_sources(self) -> dict[str, str]:
        """What the policy of content allows for the map tiles, by directive; nothing without."""
        if not self.MAP_TILES:
            return {}
        tiles = urlsplit(self.MAP_TILES)
        host = f"{tiles.scheme}://{tiles.netloc}" if tiles.netloc else ""
        if self.MAP_TILES.endswith(".pmtiles"):
            # Pieces of the file become pictures in the page.
            return {"img-src": "blob:"} | ({"connect-src": host} if host else {})
        return {"img-src": host} if host else {}

    @property
    def remote_only_countries(self) -> frozenset[str]:
        """ISO codes of the countries whose sites are proposed as remote only."""
        return frozenset(self.REMOTE_ONLY_COUNTRIES.upper().split())


def load_settings(instance: Path, environment: Mapping[str, str], **changes: Any) -> Settings:
    """Read the settings of an instance; ``changes`` win over the environment.

    Raises:
        UnsafeSettings: A value is unusable or would put people at risk; the message says which.
    """
    known = [field for field in dataclasses.fields(Settings) if field.name != "instance"]
    values: dict[str, Any] = {
        field.name: environment[field.name] for field in known if field.name in environment
    }
    for name, most in (("TRAVEL_KMH", FASTEST_KMH), ("CONTACTS_KEPT_DAYS", LONGEST_KEPT_DAYS)):
        values[name] = _whole_number(name, values.get(name, getattr(Settings, name)), most)
    values["DEMO"] = values.get("DEMO", "") in ("1", "true")
    values["PROOF_OF_WORK"] = values.get("PROOF_OF_WORK", "") not in ("0", "false")
    settings = Settings(instance=instance.resolve(), **{**values, **changes})
    refuse_unsafe(settings)
    if environment.get("FLASK_DEBUG", "0").lower() not in ("", "0", "false", "no"):
        # Flask's debugger runs what a visitor types.
        raise UnsafeSettings("FLASK_DEBUG: must not be set; it shows and runs code")
    return settings


def _whole_number(name: str, text: str | int, most: int) -> int:
    """Return the number that a setting is; never none, so that nothing is kept for ever."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if not 1 <= number <= most:
        raise UnsafeSettings(f"{name}: a whole number from 1 to {most}")
    return number


def refuse_unsafe(settings: Settings) -> None:
    """Raise UnsafeSettings for values with which nothing may start."""
    if settings.DEFAULT_LANGUAGE not in LANGUAGES:
        raise UnsafeSettings(f"DEFAULT_LANGUAGE: one of {', '.join(LANGUAGES)}")
    base = urlsplit(settings.BASE_URL)
    if base.scheme not in ("http", "https") or not base.hostname or base.path or base.query:
        raise UnsafeSettings("BASE_URL: scheme and host only, such as https://example.org")
    if base.scheme == "http" and not is_loopback(base.hostname):
        raise UnsafeSettings("BASE_URL: http is for 127.0.0.1 only; a public site needs https")
    if settings.DEMO and not is_loopback(settings.LISTEN):
        raise UnsafeSettings("DEMO: the demo listens on 127.0.0.1 only")
    _refuse_unsafe_addresses(settings)
    if settings.MAP_TILES:
        _refuse_unsafe_tiles(settings)


def _refuse_unsafe_addresses(settings: Settings) -> None:
    _refuse_unsafe_mail(settings.SMTP_URL)
    kind = urlsplit(settings.database_url).scheme.partition("+")[0]
    if kind not in ("sqlite", "postgresql"):
        raise UnsafeSettings("DATABASE_URL: postgresql://user:password@host/name, or empty")
    if not re.fullmatch(r"[A-Za-z0-9.-]+", settings.UID_HOST):
        raise UnsafeSettings("UID_HOST: a name of a host such as example.org")
    if not re.fullmatch(r"(mailto:[^\s@]+@\S+|https://\S+)", settings.CONTACT):
        raise UnsafeSettings("CONTACT: mailto:somebody@example.org, or an https address")
    if not re.fullmatch(r"[^\r\n<>]*<[^\s@<>]+@[^\s@<>]+>|[^\s@<>]+@[^\s@<>]+", settings.MAIL_FROM):
        raise UnsafeSettings("MAIL_FROM: one mail address")


def _refuse_unsafe_mail(url: str) -> None:
    smtp = urlsplit(url)
    if url and (smtp.scheme not in ("smtp", "smtps") or not smtp.hostname):
        raise UnsafeSettings("SMTP_URL: smtp://host:port or smtps://host:port")
    if smtp.path.strip("/") or smtp.query or smtp.fragment:
        # Whoever writes starttls=off must not learn from the first mail that it has no effect.
        raise UnsafeSettings("SMTP_URL: ends after the port; mail to another host is encrypted")
    try:
        _ = smtp.port
    except ValueError:
        raise UnsafeSettings("SMTP_URL: the port is no number from 0 to 65535") from None


def _refuse_unsafe_tiles(settings: Settings) -> None:
    tiles = urlsplit(settings.MAP_TILES)
    is_ours = settings.MAP_TILES.startswith("/") and not tiles.netloc
    is_safe = tiles.scheme == "https" or (tiles.scheme == "http" and tiles.hostname == "127.0.0.1")
    if not (is_ours or (is_safe and tiles.hostname)) or set(settings.MAP_TILES) & set("'\";, <>"):
        raise UnsafeSettings("MAP_TILES: an https address, or a path of this site such as /tiles/")
    is_template = all(part in tiles.path for part in ("{z}", "{x}", "{y}"))
    if is_template == tiles.path.endswith(".pmtiles"):
        raise UnsafeSettings("MAP_TILES: with {z}, {x} and {y}, or the address of a .pmtiles file")
    if not settings.MAP_TILES_CREDIT:
        raise UnsafeSettings("MAP_TILES_CREDIT: whoever shows tiles credits who made them")


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True)
class Secrets:
    """What signs sessions and looks contacts up; made at the first start, readable by us alone."""

    session_key: str
    password_salt: str
    index_key: str


def write_private(path: Path, content: bytes) -> None:
    """Write a new file that only its owner can read; fails if it is there already."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def load_secrets(instance: Path) -> Secrets:
    """Return the instance's secrets, made on the first call."""
    path = instance / "secrets.json"
    if not path.exists():
        fresh = {field.name: secrets.token_hex(32) for field in dataclasses.fields(Secrets)}
        write_private(path, json.dumps(fresh).encode())
    if path.stat().st_mode & 0o077:
        raise UnsafeSettings(f"{path.name}: others can read it; chmod 600")
    try:
        kept = Secrets(**json.loads(path.read_text()))
    except (ValueError, TypeError):
        raise UnsafeSettings(f"{path.name}: damaged; put it back from a backup") from None
    for name, value in dataclasses.asdict(kept).items():
        if not re.fullmatch(r"[0-9a-f]{64}", value) or len(set(value)) < FEWEST_DIGITS:
            raise UnsafeSettings(f"{path.name}: {name} is no key of 256 random bits")
    return kept


def change_session_key(instance: Path) -> None:
    """Give the instance a new key for cookies: at the next start every open cookie is void."""
    changed = dataclasses.asdict(load_secrets(instance)) | {"session_key": secrets.token_hex(32)}
    fresh = instance / f"secrets.{secrets.token_hex(8)}"
    write_private(fresh, json.dumps(changed).encode())
    fresh.replace(instance / "secrets.json")
