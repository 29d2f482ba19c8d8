"""Newer zone data moves exactly the slots whose clocks it changed, and tells their groups."""

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import tzdata
from sqlalchemy import select

from protestcoord.campaigns.models import Slot
from protestcoord.campaigns.rescheduling import reschedulings
from protestcoord.campaigns.rules import CampaignState
from protestcoord.campaigns.schedule import Adjustment
from protestcoord.core.clock import offset_at
from protestcoord.core.database import make_sessions, unit_of_work
from protestcoord.core.mail import OutboxMail
from protestcoord.signups import notices, places
from tests.journeys.served import copy_ready_instance
from tests.stored import NOW, STARTS_AT, store_campaign, store_sign_up, store_slot

HOUR = timedelta(hours=1)
NOON = datetime(2027, 1, 9, 12)  # noqa: DTZ001 - a wall clock


def store_old(session, **changes):
    """A slot at noon in Berlin, as data said that took the clocks there for an hour later."""
    values = {"local_asked": NOON, "starts_at": STARTS_AT + HOUR, "ends_at": STARTS_AT + 3 * HOUR}
    return store_slot(session, **values | changes)


def test_what_follows_from_a_wall_clock_moves_and_keeps_its_length(session):
    slot = store_old(session)
    (move,) = reschedulings(session, slot.site.campaign, NOW)
    assert (move.slot, move.starts_at, move.ends_at) == (slot, STARTS_AT, STARTS_AT + 2 * HOUR)
    assert move.adjustment is Adjustment.NONE


@pytest.mark.parametrize(
    "changes",
    [
        {"starts_at": STARTS_AT, "ends_at": STARTS_AT + HOUR},
        {"local_asked": None},
        {"cancelled_at": NOW},
        {"starts_at": NOW, "ends_at": NOW + HOUR},
    ],
    ids=["right already", "an instant was asked for", "cancelled", "has started"],
)
def test_everything_else_stays(session, changes):
    slot = store_old(session, **changes)
    assert reschedulings(session, slot.site.campaign, NOW) == []


@pytest.mark.parametrize("state", [CampaignState.DRAFT, CampaignState.CLOSED])
def test_only_a_published_campaign_is_rescheduled(session, state):
    slot = store_old(session, campaign=store_campaign(session, state=state))
    assert reschedulings(session, slot.site.campaign, NOW) == []


def test_sequence_is_raised_for_exactly_what_moved_and_its_groups_are_told(session, vault):
    campaign = store_campaign(session)
    moved = store_old(session, campaign=campaign)
    stays = store_slot(session, campaign, local_asked=NOON)
    for slot, email in ((moved, "one@example.org"), (stays, "two@example.org")):
        sign_up = store_sign_up(session, vault, slot, email=email)
        places.confirm_sign_up(session, sign_up.id, NOW)
    before = {slot.key: slot.sequence for slot in (moved, stays)}
    assert notices.reschedule_and_tell(session, campaign, NOW) == (1, 1)
    assert moved.sequence == before[moved.key] + 1
    assert stays.sequence == before[stays.key]
    assert moved.starts_at == STARTS_AT
    told = session.scalars(select(OutboxMail).where(OutboxMail.kind == "slot_rescheduled")).all()
    assert len(told) == 1
    assert notices.reschedule_and_tell(session, campaign, NOW) == (0, 0)


@pytest.fixture
def newer_zone_data(tmp_path) -> Path:
    """The package tzdata with one rule changed: Berlin keeps the clocks of Helsinki."""
    root = tmp_path / "newer"
    package = root / "tzdata"
    shutil.copytree(Path(tzdata.__file__).parent, package)
    europe = package / "zoneinfo" / "Europe"
    shutil.copy(europe / "Helsinki", europe / "Berlin")
    return root


def test_command_shows_and_applies_what_newer_zone_data_changes(tmp_path, newer_zone_data):
    instance = tmp_path / "instance"
    environment = os.environ | {"PROTESTCOORD_INSTANCE": str(instance)}

    def run(*arguments: str, path: str = "") -> str:
        done = subprocess.run(
            [sys.executable, "-m", "protestcoord", *arguments],
            env=environment | {"PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=True,
            stdin=subprocess.DEVNULL,
        )
        return done.stdout

    copy_ready_instance(instance)
    database = f"sqlite:///{instance / 'protestcoord.sqlite'}"
    sessions = make_sessions(database)
    later = (datetime.now(UTC) + timedelta(days=30)).replace(microsecond=0)
    with sessions() as session, unit_of_work(session):
        slot = store_slot(
            session,
            local_asked=later.replace(tzinfo=None),
            timezone="Europe/Berlin",
            starts_at=later,
            ends_at=later + HOUR,
        )
        offset = offset_at(later, "Europe/Berlin")
        slot.starts_at, slot.ends_at = later - offset, later - offset + HOUR
        key = slot.key
    assert "no slot moves" in run("campaigns", "reschedule")
    shown = run("campaigns", "reschedule", path=str(newer_zone_data))
    assert key in shown
    assert "nothing was changed" in shown
    applied = run("campaigns", "reschedule", "--yes", path=str(newer_zone_data))
    assert "moved 1; groups told by mail: 0" in applied
    with sessions() as session:
        slot = session.scalars(select(Slot)).one()
        assert (slot.starts_at, slot.sequence) == (later - offset - HOUR, 1)
    assert "no slot moves" in run("campaigns", "reschedule", path=str(newer_zone_data))
