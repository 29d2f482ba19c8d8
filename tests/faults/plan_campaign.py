"""A campaign of a few sites, planned in a database and given another title."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

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


@contextmanager
def _changing(database_url: str) -> Iterator[Session]:
    sessions = make_sessions(database_url)
    with sessions() as session, unit_of_work(session):
        yield session
    sessions.kw["bind"].dispose()


def plan(database_url: str) -> None:
    """Publish the campaign ``noon``."""
    with _changing(database_url) as session:
        owner = store_organizer(session).id
        campaign = create_campaign(
            session, CampaignRequest("One noon", "Let them go.", owner, slug="noon"), NOW
        )
        choose_sites(session, campaign, SiteChoice(MISSIONS, {}, frozenset()), NOW)
        wave = WaveRequest("Noon", Synchronisation.SAME_LOCAL_TIME, NOON, 60)
        add_wave(session, campaign, wave, NOW)
        publish_and_tell(session, campaign, acknowledged=True, now=NOW)


def change_title(database_url: str, title: str) -> None:
    """Give it another title, which stands on all its pages."""
    with _changing(database_url) as session:
        session.execute(update(Campaign).values(title=title))
        note_public_change(session)
