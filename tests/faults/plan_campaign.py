"""Plans a campaign of a few sites in an instance, or gives it another title: run as a process.

Arguments: the folder of the instance, and perhaps a title.
"""

import os
import sys
from datetime import datetime
from pathlib import Path

from sqlalchemy import select, update

from protestcoord.campaigns.models import Campaign
from protestcoord.campaigns.planning import add_wave, choose_sites
from protestcoord.campaigns.requests import CampaignRequest, SiteChoice, WaveRequest
from protestcoord.campaigns.schedule import Synchronisation
from protestcoord.campaigns.service import create_campaign
from protestcoord.core.database import make_sessions, note_public_change, unit_of_work
from protestcoord.signups.notices import publish_and_tell
from tests.stored import NOW, store_organizer

MISSIONS = ["de-berlin-embassy", "kr-seoul-embassy", "fr-paris-embassy", "us-new-york-cg"]
NOON = datetime(2027, 6, 4, 12)  # noqa: DTZ001 - a wall clock


def plan(session) -> None:
    request = CampaignRequest("One noon", "Let them go.", store_organizer(session).id, slug="noon")
    campaign = create_campaign(session, request, NOW)
    choose_sites(session, campaign, SiteChoice(MISSIONS, {}, frozenset()), NOW)
    wave = WaveRequest("Noon", Synchronisation.SAME_LOCAL_TIME, NOON, 60)
    add_wave(session, campaign, wave, NOW)
    publish_and_tell(session, campaign, acknowledged=True, now=NOW)


def main() -> None:
    folder, *title = sys.argv[1:]
    of_folder = f"sqlite:///{Path(folder) / 'protestcoord.sqlite'}"
    sessions = make_sessions(os.environ.get("DATABASE_URL", of_folder))
    with sessions() as session, unit_of_work(session):
        if session.scalars(select(Campaign)).first() is None:
            plan(session)
        if title:
            session.execute(update(Campaign).values(title=title[0]))
            note_public_change(session)


if __name__ == "__main__":
    main()
