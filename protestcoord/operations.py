"""Is this instance well: what a monitor asks the web process."""

import math
from datetime import datetime

from flask import Blueprint, Response
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from protestcoord.core import clock
from protestcoord.core.mail import outbox_health
from protestcoord.core.web import reading, settings
from protestcoord.publications.health import health_of

operations = Blueprint("operations", __name__)


@operations.get("/healthz/live")
def live() -> Response:
    """Answer as long as the process runs."""
    return Response("live\n", mimetype="text/plain")


@operations.get("/healthz/ready")
def ready() -> Response:
    """Answer 200 if the database can be asked, else the error page says 503."""
    reading().execute(text("SELECT 1"))
    return Response("ready\n", mimetype="text/plain")


@operations.get("/metrics")
def metrics() -> Response:
    """Return how old files and mails are, in Prometheus' text format."""
    now = clock.now()
    health = health_of(settings(), now)
    ago = health.current_ago
    gauges = {
        "current_ago_seconds": (
            "Seconds since all files were last known to be current.",
            ago.total_seconds() if ago is not None else math.nan,
        ),
        "oldest_stale_publication_seconds": (
            "For how long the oldest file known to be stale has been so.",
            health.oldest_stale.total_seconds(),
        ),
        "stale_publications": ("Files known to be older than their data.", health.stale),
        "publication_flaws": (
            "Events that no feed could be given, counted in each file.",
            sum(health.flaws.values()),
        ),
    }
    lines = [_gauge(name, text, value) for name, (text, value) in (gauges | _mails(now)).items()]
    return Response("".join(lines), mimetype="text/plain")


def _mails(now: datetime) -> dict[str, tuple[str, float]]:
    """Return how the outbox fares; without the database nobody knows, and that is said."""
    try:
        outbox = outbox_health(reading(), now)
        waited = (now - outbox.oldest_at).total_seconds() if outbox.oldest_at else 0.0
        values = (float(outbox.waiting), waited, float(outbox.failed))
    except DBAPIError:
        values = (math.nan, math.nan, math.nan)
    texts = {
        "mails_waiting": "Mails that were not sent yet.",
        "oldest_waiting_mail_seconds": "For how long the oldest of them has waited.",
        "mails_failed_today": "Mails that were given up within a day.",
    }
    return {name: (text, value) for (name, text), value in zip(texts.items(), values, strict=True)}


def _gauge(name: str, text: str, value: float) -> str:
    full = f"protestcoord_{name}"
    return f"# HELP {full} {text}\n# TYPE {full} gauge\n{full} {value:g}\n"
