"""Which headers guard an answer: one table for the door and for Flask."""

from collections.abc import Mapping
from types import MappingProxyType

CONTENT_SECURITY_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "worker-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "object-src": "'none'",
}

# Data that other sites may read; everything else is for our own pages.
SHARED_MEDIA_TYPES = (
    "text/calendar",
    "application/json",
    "application/geo+json",
    "application/vnd.google-earth.kml+xml",
    "text/csv",
    "application/atom+xml",
)


# What a page without forms and cookies may do less strictly, so that other sites can show it.
EMBEDDED_POLICY = CONTENT_SECURITY_POLICY | {"form-action": "'none'", "frame-ancestors": "*"}


def security_headers(
    media_type: str,
    *,
    secure: bool,
    embedded: bool = False,
    sources: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, str]:
    """Return the headers that every answer of a media type carries.

    Args:
        media_type: Content type without parameters.
        secure: Whether the site is reached by https.
        sources: What the instance allows beyond the policy, by directive: its map tiles.
        embedded: Whether it is a page made to stand in a frame of another site's page.

    Source:
        OWASP Secure Headers; the exceptions from the policy stand here and nowhere else.
    """
    headers = {
        "Content-Security-Policy": _written(CONTENT_SECURITY_POLICY, sources),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Embedder-Policy": "require-corp",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), payment=(), usb=(), geolocation=(self)",
    }
    if media_type in SHARED_MEDIA_TYPES:
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        headers["Access-Control-Allow-Origin"] = "*"
    if embedded:
        del headers["X-Frame-Options"]
        headers["Content-Security-Policy"] = _written(EMBEDDED_POLICY, sources)
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if secure:
        headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains; preload"
    return headers


def _written(policy: dict[str, str], sources: Mapping[str, str]) -> str:
    told = ((name, value, sources.get(name, "")) for name, value in policy.items())
    return "; ".join(f"{name} {value} {more}".rstrip() for name, value, more in told)
