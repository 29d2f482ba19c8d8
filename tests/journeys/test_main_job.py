"""The main job from end to end: an organizer plans, a group signs up, a volunteer sees it."""

import base64
import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.journeys.phone import Phone
from tests.proofs import FULL

pytestmark = [pytest.mark.browser, pytest.mark.long]

GROUP = "group@example.org"
DAY = (datetime.now(UTC) + timedelta(days=60)).date()


@pytest.fixture(scope="module")
def phone():
    return Phone()


def make_campaign(page, title):
    page.goto("/organize/")
    page.get_by_role("link", name=re.compile("(New|Start a) campaign")).first.click()
    page.get_by_label("Title").fill(title)
    page.get_by_label("Message").fill("Let the refugees go where they are safe.")
    page.get_by_role("button", name="Save and choose sites").click()
    page.get_by_role("button", name=re.compile("Choose all .* open missions")).click()
    page.get_by_role("link", name="Next: waves").click()
    page.get_by_role("link", name="Add a wave").first.click()
    page.get_by_label("Name").fill("Noon")
    page.get_by_label("Start").fill(f"{DAY}T12:00")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Preview and publish").first.click()


def publish(page):
    for box in page.locator("input[name=acknowledged]").all():
        box.check()
    page.get_by_role("button", name=re.compile("^Publish")).click()


def sign_group_up(page, campaign, mission, email=GROUP):
    page.goto(f"/c/{campaign}/sites/{mission}/")
    page.get_by_role("link", name="Take this slot").first.click()
    page.get_by_label("Name of your group").fill("Lantern <b>circle</b>")
    page.get_by_label("City of your group").fill("Berlin")
    page.get_by_label("How many people").fill("12")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Meeting point").fill("At the fountain")
    page.get_by_label("Show name and city of our group").check()
    page.get_by_label("We act peacefully").check()
    page.get_by_role("button", name="Send sign-up").click()
    # It is sent as soon as the browser has done its work.
    page.get_by_role("heading", name="Look into your mail").wait_for()


def link_in(message, base_url):
    return re.search(rf"{re.escape(base_url)}(/s/[^/\s]+/)", message.get_content()).group(1)


@pytest.mark.proves("B4")
def test_from_plan_to_map_and_calendar(served, watched, phone):
    organizer = watched.page()
    phone.sign_in(organizer)
    make_campaign(organizer, "One noon")
    expect(organizer.get_by_text(f"{served.open_missions()} slots").first).to_be_visible()
    publish(organizer)
    served.wait_until("/c/one-noon/", "One noon")

    group = watched.page(viewport={"width": 390, "height": 844})
    served.wait_until("/c/one-noon/calendar-alarm-1440.ics", "END:VCALENDAR", 60)
    before = served.get("/c/one-noon/calendar.ics")
    sign_group_up(group, "one-noon", "de-berlin-embassy")
    expect(group.get_by_role("heading", name="Look into your mail")).to_be_visible()

    message = served.mailbox.wait_for(GROUP, "press the button")
    assert served.get("/c/one-noon/calendar.ics") == before, "a pending sign-up is visible"
    group.goto(link_in(message, served.base_url))
    assert GROUP not in group.content()
    group.get_by_role("button", name="Confirm and open").click()
    expect(group.get_by_text("your place is kept")).to_be_visible()
    served.wait_until("/c/one-noon/sites.json", '"state":"offered"')
    served.mailbox.wait_for(GROUP, "An organizer looks at it now")

    organizer.goto("/organize/c/one-noon/sign-ups/")
    assert GROUP not in organizer.content()
    organizer.get_by_role("button", name="Show contact").click()
    expect(organizer.get_by_text(GROUP)).to_be_visible()
    organizer.goto("/organize/log/")
    expect(organizer.get_by_text("Opened the contact of a group")).to_be_visible()
    organizer.goto("/organize/c/one-noon/sign-ups/")
    organizer.get_by_role("button", name="Approve", exact=True).click()
    served.mailbox.wait_for(GROUP, "Your place is confirmed")
    served.wait_until("/c/one-noon/sites.json", '"state":"covered"')

    volunteer = watched.page()
    volunteer.goto("/c/one-noon/map/")
    volunteer.wait_for_selector(".leaflet-marker-icon")
    volunteer.goto("/c/one-noon/sites/de-berlin-embassy/")
    expect(volunteer.get_by_text("Lantern <b>circle</b>")).to_be_visible()
    expect(volunteer.get_by_text("At the fountain").first).to_be_visible()
    volunteer.goto("/c/one-noon/")
    assert volunteer.context.cookies() == []

    served.wait_until("/c/one-noon/calendar.ics", "At the fountain")
    calendar = icalendar.Calendar.from_ical(served.get("/c/one-noon/calendar.ics")[1])
    uid = "one-noon.w1-de-berlin-embassy-1@calendar.example.org"
    event = next(event for event in calendar.events if event["UID"] == uid)
    assert event["LOCATION"] == "At the fountain"
    assert str(event["DTSTART"].dt.time()) == "12:00:00"
    assert "Lantern <b>circle</b>" in event["DESCRIPTION"]


def test_the_timeline_says_what_happens_now_and_next(served, watched):
    in_berlin = datetime.combine(DAY, time(12, 20), ZoneInfo("Europe/Berlin"))
    page = watched.page(timezone_id="America/Lima")
    page.clock.install(time=in_berlin)
    served.wait_until("/c/one-noon/timeline/", "now-next", 60)
    page.goto("/c/one-noon/timeline/")
    strip = page.locator("#now-next").inner_text()
    assert re.search(r"Now\s+\d+ sites: ", strip)
    assert re.search(r"Next\s+in 40 minutes \(Your time: \w{3},? \d+ \w+,? \d\d:00\): ", strip)
    assert re.search(r"\d\d:00\): \d+ sites: [^,]+, ", strip)
    berlin = page.locator("tbody[data-city=Berlin] tr")
    assert berlin.get_attribute("class") == "is-now"
    lima = in_berlin.replace(minute=0).astimezone(ZoneInfo("America/Lima"))
    assert f"{lima:%a %H:%M}" in berlin.inner_text(), "the reader's own clock"
    page.clock.fast_forward("45:00")
    assert not berlin.get_attribute("class")


@pytest.mark.proves("W7")
def test_the_timeline_is_a_table_without_a_script(served, watched):
    page = watched.page(java_script_enabled=False)
    page.goto("/c/one-noon/timeline/")
    expect(page.locator("#now-next")).to_be_hidden()
    expect(page.get_by_text("Your time").first).to_be_hidden()
    berlin = page.locator("tbody[data-city=Berlin]")
    assert re.search(r"12:00–13:00 \(UTC\+0[12]:00\)", berlin.inner_text())


def test_a_group_edits_and_withdraws_and_an_old_link_dies(served, watched):
    page = watched.page(java_script_enabled=False)
    message = served.mailbox.wait_for(GROUP, "press the button")
    page.goto(link_in(message, served.base_url))
    page.get_by_role("button", name="Confirm and open").click()
    page.get_by_text("Change or withdraw").click()
    page.get_by_label("Meeting point").fill("At the bridge")
    page.get_by_role("button", name="Save").first.click()
    served.wait_until("/c/one-noon/sites/de-berlin-embassy/", "At the bridge")
    page.goto("/s/lost-link/")
    page.get_by_label("E-mail").fill(GROUP)
    page.get_by_role("button", name="Send the link again").click()
    fresh = link_in(served.mailbox.wait_for(GROUP, "Here is the link"), served.base_url)
    assert served.get(link_in(message, served.base_url))[0] == 404
    page.goto(fresh)
    page.get_by_role("button", name="Confirm and open").click()
    page.get_by_text("Change or withdraw").click()
    page.get_by_role("button", name="Withdraw from this slot").click()
    served.wait_until("/c/one-noon/coverage.json", '"sites_covered":0')


# Where the keyboard is: what it is called, where it stands on the page, and whether one sees it
# there: an outline, in the window, under nothing else.
FOCUS = """() => {
  const node = document.activeElement, box = node.getBoundingClientRect();
  const style = getComputedStyle(node);
  const [x, y] = [box.left + Math.min(box.width / 2, 20), box.top + box.height / 2];
  const top = document.elementFromPoint(x, y);
  return {
    name: (node.labels?.[0]?.textContent || node.textContent).trim().replace(/\\s+/g, ' '),
    tag: node.tagName,
    isSeen: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2
      && (node.contains(top) || Boolean(top?.contains(node))),
    top: box.top + scrollY, bottom: box.bottom + scrollY, left: box.left,
  };
}"""


class Keyboard:
    """Somebody who has nothing else, and looks at each stop."""

    def __init__(self, page):
        self.page, self.faults, self.last = page, [], None

    def tab(self, key="Tab"):
        self.page.keyboard.press(key)
        stop = self.page.evaluate(FOCUS)
        if stop["tag"] != "BODY" and not stop["isSeen"]:
            self.faults.append(f"not seen: {stop['name']}")
        return stop

    def go_to(self, name, most=120):
        """Press Tab until something is reached, which comes below or beside what was before."""
        for _ in range(most):
            stop = self.tab()
            if self.last and self.last["name"] != "Skip to the content":
                same_line = min(stop["bottom"], self.last["bottom"]) - max(
                    stop["top"], self.last["top"]
                ) > 0.5 * (stop["bottom"] - stop["top"])
                back = stop["left"] < self.last["left"] if same_line else False
                if back or stop["bottom"] <= self.last["top"]:
                    self.faults.append(f"{stop['name']} comes after {self.last['name']}")
            self.last = stop
            if stop["name"].startswith(name):
                return
        raise AssertionError(f"no way to {name!r}, but to {self.last['name']!r}")

    def press(self, name, key):
        self.go_to(name)
        self.last = None
        self.page.keyboard.press(key)


@pytest.mark.proves("L5")
@pytest.mark.parametrize("width", [390, 1280] if FULL else [390])
def test_a_group_signs_up_by_keyboard_alone(served, watched, record_property, width):
    page = watched.page(viewport={"width": width, "height": 844})
    email = f"keyboard-{width}@example.org"
    hands = Keyboard(page)
    page.goto("/c/one-noon/sites/kr-seoul-embassy/")
    hands.press("Skip to the content", "Enter")
    hands.press("Take this slot", "Enter")
    page.get_by_role("button", name="Send sign-up").wait_for()
    for label, typed in (
        ("Name of your group", "Lantern circle"),
        ("City of your group", "Seoul"),
        ("Show name and city", " "),
        ("How many people", "12"),
        ("E-mail", email),
        ("Meeting point", "At the fountain"),
        ("We act peacefully", " "),
    ):
        hands.go_to(label)
        page.keyboard.type(typed)
    hands.go_to("Send sign-up")
    back, forth = hands.tab("Shift+Tab"), hands.tab()
    assert back["top"] <= forth["top"], "Shift+Tab goes back"
    assert forth["name"].startswith("Send sign-up")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Look into your mail").wait_for()
    page.goto(link_in(served.mailbox.wait_for(email, "press the button"), served.base_url))
    hands.last = None
    hands.press("Confirm and open", "Space")
    expect(page.get_by_text("your place is kept")).to_be_visible()
    hands.go_to("Report" if page.get_by_role("link", name="Report").count() else "About")
    assert hands.faults == []
    record_property("L5", f"a sign-up by keyboard alone, {width} pixels wide")


@pytest.mark.control("L5")
@pytest.mark.parametrize(
    "body",
    [
        "<a href=x style='outline:0'>first</a><p><a href=x>last</a>",
        "<div style='display:grid'><a href=x style='order:1'>up</a><a href=x>last</a></div>",
        "<input onkeydown='event.preventDefault()'><p><a href=x>last</a>",
    ],
)
def test_a_page_that_fails_the_keyboard_is_found(browser, body):
    page = browser.new_page()
    outline = ":focus { outline: 3px solid red }"
    page.set_content(f"<!doctype html><title>x</title><style>{outline}</style>{body}")
    hands = Keyboard(page)
    try:
        hands.go_to("last", most=5)
    except AssertionError as trapped:
        hands.faults.append(str(trapped))
    page.close()
    assert hands.faults != []


def test_an_organizer_cancels_drops_and_closes_and_the_groups_are_told(served, watched, phone):
    group = watched.page()
    for mission in ("fr-paris-embassy", "jp-tokyo-embassy", "kr-seoul-embassy"):
        sign_group_up(group, "one-noon", mission)
        served.wait_until("/healthz/live", "live")
    group.goto(link_in(served.mailbox.wait_for(GROUP, "Here is the link"), served.base_url))
    group.get_by_role("button", name="Confirm and open").click()
    while group.get_by_role("button", name="Confirm this slot").count():
        group.get_by_role("button", name="Confirm this slot").first.click()
    organizer = watched.page()
    phone.sign_in(organizer)
    organizer.goto("/organize/c/one-noon/sites/fr-paris-embassy/")
    organizer.get_by_text("Cancel this slot").first.click()
    organizer.get_by_role("button", name="Cancel this slot").click()
    served.mailbox.wait_for(GROUP, "This slot was cancelled")
    served.wait_until("/c/one-noon/sites/fr-paris-embassy.ics", "STATUS:CANCELLED")
    organizer.goto("/organize/c/one-noon/sites/jp-tokyo-embassy/")
    organizer.get_by_text("Drop this site").first.click()
    organizer.get_by_role("button", name="Drop this site").click()
    served.mailbox.wait_for(GROUP, "dropped this site")
    organizer.goto("/organize/c/one-noon/close/")
    organizer.get_by_role("button", name="Close the campaign").click()
    served.mailbox.wait_for(GROUP, "closed the campaign")
    assert served.get("/c/one-noon/")[0] == 200


OF_THE_DAY = ["/c/one-noon/day/", "/c/one-noon/wall/", "/c/one-noon/text/"]
PUBLIC_PAGES = [
    "/",
    "/missions/",
    "/missions/de-berlin-embassy/",
    "/about/",
    "/privacy/",
    "/safety/",
    "/demands/",
    "/code-of-conduct/",
    "/c/one-noon/",
    "/c/one-noon/map/",
    "/c/one-noon/timeline/",
    "/c/one-noon/subscribe/",
    "/c/one-noon/embed/",
    "/c/one-noon/embed/list/",
    "/c/one-noon/embed/map/",
    "/c/one-noon/sites/de-berlin-embassy/",
]


@pytest.mark.proves("L5")
@pytest.mark.parametrize("language", ["", "/ja", "/ko"])
def test_every_public_page_stands_in_every_language_and_size(served, watched, language):
    widths = (390, 1280) if language else (390, 820, 1280)
    page = watched.page()
    # The day is the longest of pages, and says the same in each language.
    for path in PUBLIC_PAGES if language else [*OF_THE_DAY, *PUBLIC_PAGES]:
        answer = page.goto(language + path)
        assert answer.status == 200
        for width in widths:
            page.set_viewport_size({"width": width, "height": 844})
            overflow = "document.documentElement.scrollWidth - window.innerWidth"
            assert page.evaluate(overflow) <= 0, f"{language}{path} is wider than {width}"
            # Axe takes most of the time, and finds little by the width or the language.
            if FULL or (width == widths[0] and not language):
                assert barriers_on(page) == [], f"{language}{path} at {width}"


def barriers_on(page):
    """What axe finds serious or critical, but for marks of the map, whose list says the same."""
    options = {"resultTypes": ["violations"]}  # a third of the time on long pages
    outcome = Axe().run(page, context={"exclude": [["#map"]]}, options=options)
    found = outcome.response["violations"]
    return [fault["id"] for fault in found if fault["impact"] in ("serious", "critical")]


@pytest.mark.control("L5")
def test_a_page_with_a_barrier_is_noticed(browser):
    page = browser.new_page()
    page.set_content('<!doctype html><title>x</title><main><img src="data:,"><input></main>')
    assert {"image-alt", "label"} <= set(barriers_on(page))
    page.close()


@pytest.mark.control("P3")
def test_the_guard_of_these_tests_catches_a_page_that_calls_elsewhere(browser, served):
    """The control: a third-party script, an inline script and an error would be seen."""
    from tests.journeys.browser import WatchedPages

    pages = WatchedPages(browser, served.base_url)
    page = pages.page()
    page.route(
        "**/about/",
        lambda route: route.fulfill(
            content_type="text/html",
            headers={
                "Content-Security-Policy": "default-src 'none'; script-src http://cdn.invalid"
            },
            body="<script src='http://cdn.invalid/x.js'></script><script>1</script>",
        ),
    )
    page.goto("/about/")
    page.wait_for_timeout(500)
    page.context.close()
    assert any("request off the host" in fault for fault in pages.faults)
    assert any("CSP violation" in fault for fault in pages.faults)


def test_public_pages_answer_with_the_database_moved_away(served):
    database = served.folder / "protestcoord.sqlite"
    away = served.folder / "away.sqlite"
    pages = ("/", "/missions/", "/c/one-noon/", "/c/one-noon/calendar.ics", "/c/one-noon/map/")
    database.rename(away)
    try:
        assert [served.get(path)[0] for path in pages] == [200] * len(pages)
    finally:
        away.rename(database)


def test_the_private_address_is_on_no_file_of_the_instance(served):
    """Neither pages, feeds, copies, logs nor the database hold it; the SMTP server got it."""
    served.command("mirror", str(served.folder / "copy"), "--zip", str(served.folder / "copy.zip"))
    needles = [GROUP.encode(), GROUP.encode("utf-16-le"), base64.b64encode(GROUP.encode())[:-4]]
    planted = served.folder / "planted.txt"
    planted.write_text(f"control: {GROUP}")
    found = {
        path.name
        for path in served.folder.rglob("*")
        if path.is_file() and any(needle in path.read_bytes() for needle in needles)
    }
    planted.unlink()
    assert found == {"planted.txt"}, "the control alone, which must be found"
