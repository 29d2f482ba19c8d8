"""Organizers: the first campaign with its presses counted, and two who work on it together."""

import base64
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar
from playwright.sync_api import Error, Page, expect

from protestcoord.config import PACKAGE
from tests.journeys.phone import Phone
from tests.journeys.served import served_instance
from tests.journeys.test_main_job import GROUP, barriers_on, link_in, publish, sign_group_up

pytestmark = pytest.mark.browser

# What docs/organizers.md promises, with signing in and setting up the app of the phone.
PRESSES, FIELDS = 5, 6
DAY = (datetime.now(UTC) + timedelta(days=60)).date()


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with served_instance(tmp_path_factory.mktemp("instance"), host="localhost") as running:
        yield running


@pytest.fixture(scope="module")
def phone():
    return Phone()


@dataclass
class Hand:
    """Somebody before a page, who does nothing but press and fill in; it is counted."""

    page: Page
    presses: int = 0
    fields: int = 0

    def press(self, name, role="button"):
        self.page.get_by_role(role, name=name).click()
        self.presses += 1

    def fill(self, label, text):
        self.page.get_by_label(re.compile(f"^{label}")).fill(text)
        self.fields += 1


def sign_in_for_the_first_time(hand, phone):
    hand.fill("E-mail", phone.email)
    hand.fill("Password", phone.password)
    hand.press("Sign in")
    # The phone reads it from the picture, so nothing is pressed for it.
    shown = hand.page.locator(".set-up__secret").text_content()
    phone.secret = base64.b32decode(shown.replace(" ", ""))
    hand.fill("Code that the app shows now", phone.code())
    hand.press("Set up")
    hand.press("I have written them down", role="link")


@pytest.mark.proves("W7")
def test_a_first_campaign_is_public_after_five_presses(served, watched, phone):
    """On a small screen, and without a script."""
    page = watched.page(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    page.goto("/organize/")
    hand = Hand(page)
    sign_in_for_the_first_time(hand, phone)
    hand.fill("Title", "First noon")
    hand.fill("Message", "Let the refugees go where they are safe.")
    hand.fill("Day", str(DAY))
    hand.press("Save and see every time")
    expect(page.get_by_text(f"{served.open_missions()} slots").first).to_be_visible()
    assert served.get("/c/first-noon/")[0] == 404, "nothing is public before it is published"
    hand.press("Publish")
    expect(page.get_by_text("Published. The public pages")).to_be_visible()
    assert (hand.presses, hand.fields) == (PRESSES, FIELDS)
    served.wait_until("/c/first-noon/", "First noon")
    page.get_by_role("link", name="Public page").click()
    expect(page.get_by_role("heading", name="First noon").first).to_be_visible()


@pytest.fixture(scope="module")
def signed_in(served, browser, phone):
    """What the organizer's browser holds after signing in without a script; a code works once."""
    context = browser.new_context(base_url=served.base_url, java_script_enabled=False)
    phone.sign_in(context.new_page())
    held = context.storage_state()
    context.close()
    return held


@pytest.mark.proves("L5")
def test_the_page_and_its_errors_have_no_barriers(watched, signed_in):
    page = watched.page(storage_state=signed_in)
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 844})
        page.goto("/organize/start/")
        assert barriers_on(page) == []
        page.get_by_text("Where: at all").click()
        page.get_by_role("button", name="Save and see every time").click()
        assert page.get_by_role("alert").count() > 1
        assert barriers_on(page) == []
        overflow = "document.documentElement.scrollWidth - window.innerWidth"
        assert page.evaluate(overflow) <= 0
    # The browser reports the status of a form that was refused; that is no fault of the page.
    watched.faults = [fault for fault in watched.faults if "status of 422" not in fault]


@pytest.mark.proves("W7")
def test_an_invited_coordinator_moderates_and_moves_a_slot(served, watched, signed_in):
    """The owner invites; mail, phone, sign-up, decision, move; the group's mail and the feed."""
    owner = watched.page(storage_state=signed_in)
    owner.goto("/organize/c/first-noon/people/")
    owner.get_by_label("E-mail").fill("coordinator@example.org")
    owner.get_by_text("Areas: everywhere").last.click()
    owner.get_by_label("Western Europe", exact=True).last.check()
    owner.get_by_role("button", name="Send the invitation").click()
    expect(owner.get_by_text("The invitation is on its way")).to_be_visible()

    invited = served.mailbox.wait_for("coordinator@example.org", "You are invited")
    address = re.search(r"(/organize/invitations/\S+)", invited.get_content())[1]
    page = watched.page(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    page.goto(address)
    coordinator = Phone("coordinator@example.org", "lantern orbit velvet seven")
    page.get_by_label("New password", exact=True).fill(coordinator.password)
    page.get_by_label("New password once more").fill(coordinator.password)
    page.get_by_role("button", name="Take part").click()
    coordinator.set_up(page)
    expect(page.get_by_text("your role: coordinator")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    coordinator.sign_in(page)

    group = watched.page()
    sign_group_up(group, "first-noon", "de-berlin-embassy")
    group.goto(link_in(served.mailbox.wait_for(GROUP, "press the button"), served.base_url))
    group.get_by_role("button", name="Confirm and open").click()
    page.goto("/organize/c/first-noon/sign-ups/")
    page.get_by_role("button", name="Approve", exact=True).click()
    served.mailbox.wait_for(GROUP, "Your place is confirmed")

    page.goto("/organize/c/first-noon/waves/1/sites/")
    sites = page.get_by_label("Site", exact=True)
    expect(sites.locator("option", has_text="Tokyo"), "outside the areas").to_have_count(0)
    sites.select_option("de-berlin-embassy")
    page.get_by_label("Start on the clock there").fill("13:30")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Preview and publish").click()
    publish(page)

    moved = served.mailbox.wait_for(GROUP, "changed this slot")
    invitation = next(part for part in moved.walk() if part.get_content_type() == "text/calendar")
    event = Calendar.from_ical(invitation.get_content()).events[0]
    uid = "first-noon.w1-de-berlin-embassy-1@calendar.example.org"
    assert (str(event["UID"]), event["DTSTART"].dt.strftime("%H:%M")) == (uid, "13:30")
    assert invitation.get_param("method") == "REQUEST"
    served.wait_until("/c/first-noon/slots/w1-de-berlin-embassy-1.ics", "T133000", 60)
    feed = Calendar.from_ical(served.get("/c/first-noon/slots/w1-de-berlin-embassy-1.ics")[1])
    assert feed.events[0]["SEQUENCE"] == event["SEQUENCE"] == 1


DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Device:
    """What holds passkeys beside a page: Chromium's own, which sees a finger or does not."""

    def __init__(self, page):
        self.browser = page.context.new_cdp_session(page)
        self.browser.send("WebAuthn.enable")
        added = self.browser.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
        self.id = added["authenticatorId"]

    def see(self, *, finger):
        values = {"authenticatorId": self.id, "isUserVerified": finger}
        self.browser.send("WebAuthn.setUserVerified", values)


def give_password(page, somebody):
    page.goto("/organize/account/")
    page.get_by_label("E-mail").fill(somebody.email)
    page.get_by_label("Password").fill(somebody.password)
    page.get_by_role("button", name="Sign in").click()


def test_a_passkey_is_set_up_instead_of_an_app_and_signs_in(served, watched):
    newcomer = Phone("newcomer@example.org", "lantern orbit velvet nine")
    served.command(
        *["organizer", "add", "--email", newcomer.email, "--password-stdin"],
        typed=f"{newcomer.password}\n",
    )
    page = watched.page(viewport={"width": 390, "height": 844})
    device = Device(page)
    give_password(page, newcomer)
    page.get_by_role("link", name="Use a passkey instead").click()
    assert barriers_on(page) == []
    page.get_by_label("What you call it").fill("This phone")
    # A browser that does not read these options itself; further below one that does.
    page.evaluate("delete PublicKeyCredential.parseCreationOptionsFromJSON")
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_role("link", name="I have written them down").click()

    page.goto("/organize/account/")
    expect(page.get_by_text("This phone")).to_be_visible()
    assert barriers_on(page) == []
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("What you call it").fill("The same phone")
    page.get_by_label("What you call it").press("Enter")
    page.get_by_text("This device has a passkey of yours already.").wait_for()
    page.get_by_role("link", name="Back to my account").click()
    page.get_by_role("button", name="Sign out").click()

    give_password(page, newcomer)
    assert barriers_on(page) == []
    device.see(finger=False)
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_text("The passkey was not used.").wait_for()
    device.see(finger=True)
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_text("Last used on").wait_for()

    page.goto("/organize/again/?next=/organize/log/")
    assert barriers_on(page) == []
    page.get_by_label("Password").fill(newcomer.password)
    page.evaluate("delete PublicKeyCredential.parseRequestOptionsFromJSON")
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_text("Added a passkey").wait_for()


def stored(served, question):
    """Ask the instance's database."""
    address = f"file:{served.folder / 'protestcoord.sqlite'}?mode=ro"
    with closing(sqlite3.connect(address, uri=True)) as opened:
        return opened.execute(question).fetchall()


STATES = """
select mission.city, sign_up.state, sign_up.meeting_point from sign_up
join slot on slot.id = slot_id join site on site.id = site_id
join mission on mission.id = mission_id where mission.city in ('Paris', 'Vienna') order by 1
"""


@pytest.mark.proves("W7")
def test_all_that_matters_works_without_a_script(served, watched, signed_in, record_property):
    """A group and a volunteer on a phone, an organizer at a desk; none of them runs a script."""
    phone_size = {"viewport": {"width": 390, "height": 844}, "java_script_enabled": False}
    group, organizer = (
        watched.page(**phone_size),
        watched.page(storage_state=signed_in, java_script_enabled=False),
    )
    group.goto("/missions/")
    group.get_by_label("Name, city or country").fill("Vienna")
    group.get_by_role("button", name="Search").click()
    group.locator(".rows--found a", has_text="Embassy").first.click()
    expect(group.get_by_role("heading", level=1)).to_contain_text("Austria")

    for mission in ("fr-paris-embassy", "at-vienna-embassy"):
        served.wait_until(f"/c/first-noon/sites/{mission}/", "Take this slot", 60)
        email = f"{mission}@example.org"
        sign_group_up(group, "first-noon", mission, email)
        group.goto(link_in(served.mailbox.wait_for(email, "press the button"), served.base_url))
        group.get_by_role("button", name="Confirm and open").click()
        expect(group.get_by_text("on the waiting list")).to_be_visible()  # without a proof of work
    assert stored(served, STATES) == [
        (city, "waitlisted", "At the fountain") for city in ("Paris", "Vienna")
    ]
    group.get_by_text("Change or withdraw").click()
    group.get_by_label("Meeting point").fill("At the gate")
    group.get_by_role("button", name="Save").first.click()
    assert stored(served, STATES)[1] == ("Vienna", "waitlisted", "At the gate")
    group.get_by_text("What is stored, and how to delete it").click()
    with group.expect_download() as taken:
        group.get_by_role("link", name="Download all that is stored").click()
    told = taken.value.path().read_text()
    assert "at-vienna-embassy@example.org" in told
    assert "At the gate" in told

    organizer.goto("/organize/c/first-noon/sign-ups/?state=waitlisted")
    for city, act in (("Paris", "Decline"), ("Vienna", "Approve")):
        one = organizer.locator("article", has_text=city)
        one.get_by_role("button", name=act, exact=True).click()
        organizer.goto("/organize/c/first-noon/sign-ups/?state=waitlisted")
    assert [row[:2] for row in stored(served, STATES)] == [
        ("Paris", "declined"),
        ("Vienna", "confirmed"),
    ]
    served.mailbox.wait_for("fr-paris-embassy@example.org", "did not accept")
    served.mailbox.wait_for("at-vienna-embassy@example.org", "Your place is confirmed")
    organizer.goto("/organize/c/first-noon/volunteers/")
    organizer.get_by_label("Let people say").check()
    organizer.get_by_role("button", name="Save").click()

    site = "/c/first-noon/sites/at-vienna-embassy/"
    served.wait_until(site, "I will come", 60)
    served.wait_until(site, "At the gate", 60)
    volunteer = watched.page(**phone_size)
    volunteer.goto(site)
    expect(volunteer.get_by_text("Lantern <b>circle</b>")).to_be_visible()
    volunteer.get_by_role("link", name="I will come").click()
    volunteer.get_by_label("How many").fill("3")
    volunteer.get_by_role("button", name="I will come").click()
    expect(volunteer.get_by_role("heading", name="Thank you")).to_be_visible()
    assert stored(served, "select people from turnout") == [(3,)]
    assert volunteer.context.cookies() == []

    group.reload()
    group.get_by_text("Change or withdraw").click()
    group.get_by_role("button", name="Withdraw from this slot").click()
    assert stored(served, STATES)[1][1] == "withdrawn"
    record_property("W7", "10 steps of group, organizer and volunteer without a script")


@pytest.mark.control("W7")
def test_what_needs_a_script_is_not_there_without_one(served, watched):
    """The map has no mark, and a way in that a script writes is missed."""
    page = watched.page(java_script_enabled=False)
    served.wait_until("/c/first-noon/map/", 'id="map"')
    page.goto("/c/first-noon/map/")
    expect(page.locator(".leaflet-marker-icon")).to_have_count(0)
    link = "'<a href=x>Take this slot</a>'"
    written = f"<p><script>document.querySelector('p').innerHTML = {link}</script>"
    page.route("**/sites/**", lambda route: route.fulfill(content_type="text/html", body=written))
    page.set_default_timeout(500)
    with pytest.raises(Error, match="Take this slot"):
        sign_group_up(page, "first-noon", "at-vienna-embassy")


def test_a_message_is_looked_at_tried_and_sent(served, watched, phone, signed_in):
    """To the one group that the journey above let in; on a small screen, without a script."""
    page = watched.page(
        viewport={"width": 390, "height": 844}, java_script_enabled=False, storage_state=signed_in
    )
    page.goto("/organize/c/first-noon/messages/")
    page.get_by_role("link", name="Write a message").first.click()
    page.get_by_label("Subject").fill("News of the day")
    page.get_by_label("Text", exact=True).fill("Dear {group}, we meet at {local_time}. {link}")
    page.get_by_label("Region").select_option(label="Western Europe")
    page.get_by_role("button", name="Save and look at it").click()
    expect(page.get_by_text("1 group gets this message.")).to_be_visible()
    expect(page.get_by_text("Dear Lantern <b>circle</b>, we meet at")).to_be_visible()
    expect(page.get_by_text("13:30").first, "the time it was moved to").to_be_visible()
    page.get_by_role("button", name="Send a test to my own address").click()
    served.mailbox.wait_for(phone.email, "Dear Lantern")
    page.get_by_role("button", name="Send to 1 group").click()
    received = served.mailbox.wait_for(GROUP, "Dear Lantern <b>circle</b>")
    assert received["Subject"] == "News of the day"
    assert link_in(received, served.base_url)
    page.reload()
    expect(page.get_by_text("sent").first).to_be_visible()


def test_the_documentation_says_how_many():
    """The number that organizers read is the one that is counted above."""
    told = (PACKAGE.parent / "docs" / "organizers.md").read_text()
    found = re.search(r"(\d+) presses and (\d+) fields", told)
    assert found
    assert (int(found[1]), int(found[2])) == (PRESSES, FIELDS)
