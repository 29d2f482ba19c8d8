"""The organizer's page of notices that are still open: whose, where, and by when."""

from flask import Response

from protestcoord.campaigns.access import campaign_console, needs, own_areas, own_campaign
from protestcoord.core import clock
from protestcoord.core.web import page, reading
from protestcoord.members.rules import Right
from protestcoord.signups.permits import open_notices
from protestcoord.signups.queries import is_within
from protestcoord.signups.rules import PERMIT_LABELS

console = campaign_console("notices_console", __name__)


@console.get("/c/<slug>/notices/")
@needs(Right.VIEW)
def show_notices(slug: str) -> Response:
    """Show which leads have not said that their notice is given, the most pressing first."""
    campaign = own_campaign(reading(), slug)
    areas = own_areas(reading(), campaign)
    found = open_notices(reading(), campaign.id, clock.now())
    return page(
        "signups/console/notices.html",
        campaign=campaign,
        notices=[one for one in found if is_within(areas, one.sign_up)],
        permit_labels=PERMIT_LABELS,
    )
