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


def security_headers(media_type: str, *, secure: bool) -> dict[str, str]:
    """Return the headers that every answer of a media type carries.

    Args:
        media_type: Content type without parameters.
        secure: Whether the site is reached by https.

    Source:
        OWASP Secure Headers; the exceptions from the policy stand here and nowhere else.
    """
    headers = {
        "Content-Security-Policy": "; ".join(
            f"{name} {value}" for name, value in CONTENT_SECURITY_POLICY.items()
        ),
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
    if secure:
        headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains; preload"
    return headers
