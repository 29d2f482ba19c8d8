"""Which headers guard an answer: one table for the door and for Flask."""

CONTENT_SECURITY_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
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


def security_headers(media_type: str, *, secure: bool, embedded: bool = False) -> dict[str, str]:
    """Return the headers that every answer of a media type carries.

    Args:
        media_type: Content type without parameters.
        secure: Whether the site is reached by https.
        embedded: Whether it is a page made to stand in a frame of another site's page.

    Source:
        OWASP Secure Headers; the exceptions from the policy stand here and nowhere else.
    """
    headers = {
        "Content-Security-Policy": _written(CONTENT_SECURITY_POLICY),
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
        headers["Content-Security-Policy"] = _written(EMBEDDED_POLICY)
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if secure:
        headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains; preload"
    return headers


def _written(policy: dict[str, str]) -> str:
    return "; ".join(f"{name} {value}" for name, value in policy.items())
