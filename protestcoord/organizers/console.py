"""The console's page about the organizer: what was done with this account."""

from flask import Response

from protestcoord.core.web import page, reading
from protestcoord.organizers.access import console_blueprint, signed_in_organizer
from protestcoord.organizers.acts import ACT_TEXTS
from protestcoord.organizers.queries import audit_entries_of

console = console_blueprint("organizers", __name__)


@console.get("/log/")
def log() -> Response:
    """Show what was done with this account."""
    entries = audit_entries_of(reading(), signed_in_organizer())
    return page("organizers/log.html", entries=entries, act_texts=ACT_TEXTS)
