"""How does nginx serve the built files as the door does: a configuration made from its tables."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from protestcoord.config import LANGUAGES, Settings
from protestcoord.core.headers import (
    FOR_DATA,
    FOR_EVER,
    FOR_NOBODY,
    FOR_PAGES,
    FOR_STATUS,
    SHARED_MEDIA_TYPES,
    security_headers,
)
from protestcoord.publications.addresses import RESERVED_SUFFIXES, STATUS_NAME
from protestcoord.publications.answers import (
    EMBEDDED,
    EMBEDDED_MAP,
    FOLLOWED,
    MAP_FILE,
    MEDIA_TYPES,
    WITH_MAP,
)

TEMPLATE = """\
# Made by `protestcoord nginx`; make it again after each upgrade. It belongs into nginx' http block,
# for example as /etc/nginx/conf.d/protestcoord.conf.

# What differs from file to file; a header with an empty value is not sent.
%(maps)s

server {
    listen %(nginx_port)s;
    # For https: listen 443 ssl; ssl_certificate ...; ssl_certificate_key ...;
    server_name %(host)s;
    root "%(root)s";
    server_tokens off;
    access_log off;
    error_log /dev/null;  # its lines would name readers' addresses
    absolute_redirect off;
    # Who sends bit by bit is cut off, and never holds a thread of the app: bodies are read here.
    client_max_body_size 64k;
    client_header_timeout 10s;
    client_body_timeout 10s;
    send_timeout 10s;
    keepalive_timeout 30s;
    large_client_header_buffers 4 16k;

    types {
%(types)s
    }
    default_type %(default_type)s;
    charset utf-8;
    charset_types %(charset_types)s;
    gzip off;
    gzip_static on;
%(brotli)s
    # What nginx does not serve, the app answers, with headers of its own.
    error_page 403 404 405 418 = @app;

    # For whoever runs the site, on the app's own port: not even passed on. (To name any error page
    # here is what keeps the ones above from counting.)
    location ~ ^/(metrics|healthz/) { error_page 418 = @app; return 404; }
    location ~ (/\\.(?!well-known/)|(%(reserved)s)$) { return 404; }

    # A search has a query; without one the page is a file.
    location ~ ^(/(%(languages)s))?/missions/$ {
        if ($args) { return 418; }
        try_files ${uri}index.html @app;
%(headers)s
    }

    location / {
        try_files $uri $uri/ @app;
%(headers)s
    }

    location @app {
        proxy_pass http://%(app)s;
        proxy_http_version 1.1;
        proxy_set_header Host $http_host;
        proxy_set_header Connection "";
        proxy_connect_timeout 2s;
        proxy_read_timeout 10s;
        error_page 502 504 = @away;
    }

    location @away {
        default_type "text/html; charset=utf-8";
        add_header Retry-After 60 always;
        add_header Cache-Control %(nobody)s always;
        return 503 "<!doctype html><title>503</title><p>Forms are out of reach just now. \
What is published can still be read.</p>";
    }
}
"""
PREFIX = "protestcoord_"


def nginx_configuration(
    settings: Settings, *, app_port: int, nginx_port: int = 80, brotli: bool = False
) -> str:
    """Return a configuration that serves an instance's files and passes the rest to the app.

    Args:
        settings: Of the instance.
        app_port: On which ``serve`` listens.
        nginx_port: On which nginx is to listen.
        brotli: Whether nginx has the module for compressed files of this kind.
    """
    return TEMPLATE % {
        "maps": "\n".join(_maps(settings)),
        "host": urlsplit(settings.BASE_URL).hostname,
        "root": Path(settings.public_folder).absolute(),
        "nginx_port": nginx_port,
        "types": "\n".join(f"        {line}" for line in _types()),
        "default_type": MEDIA_TYPES[""].partition(";")[0],
        "charset_types": " ".join(_charset_types()),
        "brotli": "    brotli_static on;\n" if brotli else "",
        "reserved": "|".join(suffix.replace(".", "\\.") for suffix in RESERVED_SUFFIXES),
        "languages": "|".join(LANGUAGES),
        "headers": "\n".join(f"        {line}" for line in _headers(settings)),
        "nobody": FOR_NOBODY,
        "app": f"{settings.LISTEN}:{app_port}",
    }


def _headers(settings: Settings) -> Iterable[str]:
    varying = {name: f"${_variable(name)}" for name in _varying(settings)}
    same = _guards(settings) | {"Vary": "Accept-Encoding"}
    for name, value in (same | varying).items():
        yield f'add_header {name} "{value}";'


def _guards(settings: Settings, media_type: str = "", **kind: bool) -> dict[str, str]:
    return security_headers(
        media_type, secure=settings.secure, sources=settings.tile_sources, **kind
    )


def _maps(settings: Settings) -> Iterable[str]:
    for name, rules in _varying(settings).items():
        lines = [f"    {_quoted(pattern)} {_quoted(value)};" for pattern, value in rules.items()]
        yield "\n".join([f"map $uri ${_variable(name)} {{", *lines, "}"])


def _varying(settings: Settings) -> dict[str, Mapping[str, str]]:
    """Return, by header, its value for each pattern of an address; the first that fits counts."""
    rules: dict[str, Mapping[str, str]] = {
        "Cache-Control": {
            "~^/static/": FOR_EVER,
            f"/{STATUS_NAME}": FOR_STATUS,
            f"~^/{FOLLOWED.pattern}$": FOR_STATUS,
            r"~(\.html|/)$": FOR_PAGES,
            "default": FOR_DATA,
        },
        "Content-Disposition": {
            f"~^/{MAP_FILE.pattern}$": 'attachment; filename="$1-map.html"',
            "default": "",
        },
    }
    plain = _guards(settings)
    kinds = {
        f"~^/{EMBEDDED_MAP.pattern}$": _guards(settings, embedded=True, draws_map=True),
        f"~^/{EMBEDDED.pattern}$": _guards(settings, embedded=True),
        f"~^/{WITH_MAP.pattern}$": _guards(settings, draws_map=True),
        f"~({_shared_endings()})$": _guards(settings, SHARED_MEDIA_TYPES[0]),
    }
    for name in sorted({name for kind in kinds.values() for name in {*kind, *plain}}):
        values = {pattern: kind.get(name, "") for pattern, kind in kinds.items()}
        if set(values.values()) != {plain.get(name, "")}:
            rules[name] = values | {"default": plain.get(name, "")}
    return rules


def _shared_endings() -> str:
    return "|".join(
        ending.replace(".", "\\.")
        for ending, media_type in MEDIA_TYPES.items()
        if media_type.partition(";")[0] in SHARED_MEDIA_TYPES
    )


def _types() -> Iterable[str]:
    for ending, media_type in MEDIA_TYPES.items():
        if ending:
            yield f"{media_type.partition(';')[0]} {ending[1:]};"


def _charset_types() -> list[str]:
    with_charset = {kind.partition(";")[0] for kind in MEDIA_TYPES.values() if ";" in kind}
    return sorted(with_charset - {"text/html"})  # which nginx takes anyway


def _variable(header: str) -> str:
    return PREFIX + header.lower().replace("-", "_")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "\\'") + "'"
