"""Which headers guard an answer, and who may keep it: one table for the door and for Flask."""

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
    "require-trusted-types-for": "'script'",
    "trusted-types": "proof",
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

# Who may keep a copy, and for how long: what is public is a file, and is kept by everybody.
FOR_EVER = "public, max-age=31536000, immutable"
FOR_PAGES = "public, max-age=60, stale-if-error=86400"
FOR_DATA = "public, max-age=300, stale-if-error=86400"
FOR_STATUS = "public, max-age=10"
# SECURITY: all else that is answered may be about somebody, so the app says this of all of it.
FOR_NOBODY = "no-store"

# What pages do otherwise than the policy says; a directive without a value is left out.
# Those without forms and cookies that are made for it may stand in other sites' frames.
EMBEDDED_POLICY = {"form-action": "'none'", "frame-ancestors": "*"}
# Leaflet writes markup into the page that it draws on.
MAP_POLICY = {"require-trusted-types-for": ""}

# What Chromium 156 knows to allow, and no page of ours needs; a name that a browser does not
# know makes it complain. Not named are passkeys and copying, which are for our own pages anyway.
DENIED_FEATURES = """
accelerometer aria-notify autoplay browsing-topics camera captured-surface-control
clipboard-read compute-pressure deferred-fetch deferred-fetch-minimal digital-credentials-create
digital-credentials-get display-capture encrypted-media fullscreen gamepad gyroscope hid
identity-credentials-get idle-detection interest-cohort keyboard-map language-detector
language-model local-fonts local-network local-network-access loopback-network magnetometer
media-playback-while-not-visible microphone midi on-device-speech-recognition otp-credentials
payment picture-in-picture private-state-token-issuance private-state-token-redemption
screen-wake-lock serial speaker-selection storage-access summarizer sync-xhr translator unload
usb window-management xr-spatial-tracking
"""
# Where a reader is never leaves the page.
PERMISSIONS_POLICY = ", ".join(
    ["geolocation=(self)", *(f"{name}=()" for name in DENIED_FEATURES.split())]
)


def security_headers(
    media_type: str,
    *,
    secure: bool,
    embedded: bool = False,
    draws_map: bool = False,
    sources: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, str]:
    """Return the headers that every answer of a media type carries.

    Args:
        media_type: Content type without parameters.
        secure: Whether the site is reached by https.
        sources: What the instance allows beyond the policy, by directive: its map tiles.
        embedded: Whether it is a page made to stand in a frame of another site's page.
        draws_map: Whether it is a page with the map.

    Source:
        OWASP Secure Headers; the exceptions from the policy stand here and nowhere else.
    """
    policy = CONTENT_SECURITY_POLICY | (EMBEDDED_POLICY if embedded else {})
    policy |= MAP_POLICY if draws_map else {}
    headers = {
        "Content-Security-Policy": _written(policy, sources),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Embedder-Policy": "require-corp",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": PERMISSIONS_POLICY,
    }
    if media_type in SHARED_MEDIA_TYPES:
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        headers["Access-Control-Allow-Origin"] = "*"
    if embedded:
        del headers["X-Frame-Options"]
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if secure:
        headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains; preload"
    return headers


def _written(policy: dict[str, str], sources: Mapping[str, str]) -> str:
    told = ((name, value, sources.get(name, "")) for name, value in policy.items() if value)
    return "; ".join(f"{name} {value} {more}".rstrip() for name, value, more in told)
