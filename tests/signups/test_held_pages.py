"""A group is told that somebody looks at its text first, and an organizer sees why."""

import re

import pytest
from sqlalchemy import select

from protestcoord.core import clock
from protestcoord.core.tokens import token_hash
from protestcoord.signups import service
from protestcoord.signups.models import SignUp
from tests.app_client import GOOD_SIGN_UP, app_with_tables
from tests.console_client import signed_in, stored_in
from tests.stored import NOW, store_campaign, store_sign_up, store_slot

OWNER = "organizer@example.org"
QUEUE = "/organize/c/noon/sign-ups/"
NAMES = "Ask for Ambassador Li"
SEEMS = "seems to name a person at a mission"
FIRST = "an organizer looks at it"


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setattr("protestcoord.core.clock.now", lambda: NOW)
    return app_with_tables(tmp_path)


def send(app, **changes):
    with stored_in(app) as session:
        store_slot(session)
    client = app.test_client()
    answer = client.post("/c/noon/sign-up/", data=GOOD_SIGN_UP | changes)
    return client.get(answer.headers["Location"]).text


def stored(app, link="a" * 43, **changes):
    """A group that opened its link, in a campaign that approves at once; its page's client."""
    with stored_in(app) as session:
        slot = store_slot(session, store_campaign(session, approves_at_once=True))
        sign_up = store_sign_up(session, app.config["VAULT"], slot, **changes)
        service.open_link(session, sign_up.group, NOW)
        sign_up.group.link_hash = token_hash(link)
        sign_up_id = sign_up.id
    client = app.test_client()
    with client.session_transaction() as group:
        group["group_link"] = token_hash(link)
        group["group_until"] = clock.now().timestamp() + 60
    return client, sign_up_id


def edit(app, client, sign_up_id, **changes):
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/s/").text)
    typed = {"expected_number": "5", "permit": "unsaid"} | changes
    data = typed | {"csrf_token": token.group(1)}
    assert client.post(f"/s/sign-ups/{sign_up_id}/", data=data).status_code == 303


@pytest.mark.proves("L3")
def test_after_the_form_a_group_reads_that_somebody_looks_first(app):
    assert FIRST in send(app, meeting_point=NAMES)


@pytest.mark.control("L3")
def test_after_a_harmless_form_it_does_not(app):
    assert FIRST not in send(app, meeting_point="Main gate")


@pytest.mark.proves("L3")
def test_the_page_of_a_group_and_the_queue_say_why_a_new_text_waits(app):
    client, _ = stored(app, meeting_point=NAMES)
    own = client.get("/s/").text
    assert FIRST in own
    assert SEEMS in own
    assert NAMES in own
    queue = signed_in(app, OWNER).open(QUEUE).text
    assert "Not public before you approve it:" in queue
    assert re.search(rf"Meeting point “<bdi>{NAMES}</bdi>” {SEEMS}", queue)


@pytest.mark.proves("L3")
def test_the_page_of_a_group_and_the_queue_say_why_an_edit_waits_until_it_is_seen(app):
    client, sign_up_id = stored(app)
    edit(app, client, sign_up_id, languages=NAMES)
    assert SEEMS in client.get("/s/").text
    organizer = signed_in(app, OWNER)
    queue = organizer.open(QUEUE).text
    assert "Not public before it is marked as seen:" in queue
    assert SEEMS in queue
    up_to = re.search(r'name="up_to" value="(\d+)"', queue).group(1)
    with stored_in(app) as session:
        key = session.scalars(select(SignUp)).one().group.key
    organizer.send(f"/organize/c/noon/groups/{key}/edits/seen/", QUEUE, up_to=up_to)
    assert SEEMS not in organizer.open(QUEUE).text
    after = client.get("/s/").text
    assert FIRST not in after
    assert NAMES in after


@pytest.mark.control("L3")
def test_pages_of_harmless_texts_say_nothing_of_it(app):
    client, sign_up_id = stored(app)
    edit(app, client, sign_up_id, meeting_point="At the bridge")
    assert FIRST not in client.get("/s/").text
    assert "Not public before" not in signed_in(app, OWNER).open(QUEUE).text
