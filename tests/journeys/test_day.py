"""The day in a browser: a group says it on a phone, the wall in another place shows it."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from protestcoord.campaigns.models import Slot
from protestcoord.campaigns.service import give_time, mark_changed
from protestcoord.config import load_secrets
from protestcoord.core import clock
from protestcoord.core.crypto import KeyFolder
from protestcoord.core.database import make_sessions, note_public_change, unit_of_work
from protestcoord.signups import places
from protestcoord.signups.contacts import ContactVault
from tests.journeys.test_main_job import barriers_on
from tests.stored import store_sign_up, store_slot

pytestmark = pytest.mark.browser

GROUP = "lantern@example.org"
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def sessions(served):
    made = make_sessions(f"sqlite:///{served.folder / 'protestcoord.sqlite'}")
    yield made
    made.kw["bind"].dispose()


@pytest.fixture(scope="module")
def link(served, sessions):
    """The link of a confirmed group whose slot began ten minutes ago."""
    vault = ContactVault(KeyFolder(served.folder / "keys"), load_secrets(served.folder).index_key)
    now = clock.now().replace(second=0, microsecond=0)
    with sessions() as session, unit_of_work(session):
        times = {"starts_at": now - 10 * MINUTE, "ends_at": now + 50 * MINUTE}
        slot = store_slot(session, **times)
        slot.starts_at += timedelta(days=1)  # it takes sign-ups before it begins
        slot.ends_at += timedelta(days=1)
        sign_up = store_sign_up(session, vault, slot, email=GROUP)
        places.confirm_sign_up(session, sign_up.id, now)
        places.approve_sign_up(session, sign_up.id, now)
        slot.starts_at, slot.ends_at = times["starts_at"], times["ends_at"]
        note_public_change(session)
        return f"/s/{vault.open(sign_up.group.contact).link_token}/"


def test_the_wall_shows_within_seconds_what_a_group_says_on_its_phone(served, watched, link):
    served.wait_until("/c/noon/day.json", '"slots":1')
    served.wait_until("/c/noon/wall/", 'class="wall"')
    wall = watched.page(viewport={"width": 1280, "height": 720})
    wall.goto("/c/noon/wall/")
    expect(wall.locator("[data-figure=now]")).to_have_text("1")
    expect(wall.locator("[data-latest] li")).to_have_count(0)

    phone = watched.page(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    phone.goto(link)
    phone.get_by_role("button", name="Confirm and open").click()
    phone.get_by_label("How many people are there?").fill("32")
    phone.get_by_role("button", name="We have started").click()
    expect(phone.get_by_text("You say: 32 people.")).to_be_visible()

    served.wait_until("/c/noon/day.json", '"sites_started":1')
    told = wall.locator("[data-latest] li")
    expect(told).to_contain_text("25 or more people", timeout=45_000)  # asked every 15 seconds
    expect(wall.locator("[data-figure=people]")).to_have_text("25+")
    served.wait_until("/c/noon/text/", "25 or more people")
    world = watched.page(viewport={"width": 1280, "height": 900})
    served.wait_until("/c/noon/map/", "data-day")
    world.goto("/c/noon/map/")
    expect(world.locator(".map-mark.map-said")).to_have_count(1)
    world.locator(".map-mark.map-said").press("Enter")
    expect(world.get_by_role("dialog")).to_contain_text("25 or more people, as the groups say.")
    for path in ("day", "wall", "text"):
        wall.goto(f"/c/noon/{path}/")
        assert barriers_on(wall) == []

    phone.get_by_role("button", name="We have finished").click()
    served.wait_until("/c/noon/day.json", '"sites_finished":1')


def test_a_moved_slot_says_so_everywhere(served, watched, sessions, link):
    now = clock.now()
    with sessions() as session, unit_of_work(session):
        slot = session.scalars(select(Slot)).one()
        give_time(slot, slot.starts_at + 20 * MINUTE, slot.ends_at + 20 * MINUTE)
        mark_changed(slot, now)
        note_public_change(session)
        site = slot.site.mission.slug
    page = watched.page(java_script_enabled=False)
    for path in ("day/", "text/", f"sites/{site}/"):
        served.wait_until(f"/c/noon/{path}", "Moved: it was to start on")
        page.goto(f"/c/noon/{path}")
        expect(page.get_by_text("Moved: it was to start on").first).to_be_visible()
