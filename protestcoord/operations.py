"""Is this instance well: what a monitor asks the web process."""

from flask import Blueprint, Response
from sqlalchemy import text

from protestcoord.core import clock
from protestcoord.core.web import reading, settings

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
    """Return the age of the last build in seconds, in Prometheus' text format."""
    state = settings().instance / "built.json"
    age = clock.now().timestamp() - state.stat().st_mtime if state.exists() else float("nan")
    lines = [
        "# HELP protestcoord_last_build_age_seconds Seconds since the worker last wrote files.",
        "# TYPE protestcoord_last_build_age_seconds gauge",
        f"protestcoord_last_build_age_seconds {age:.0f}",
    ]
    return Response("\n".join(lines) + "\n", mimetype="text/plain")
