"""What every POST of the app writes: to a frozen campaign nothing, and of fields too many none."""

import re
from collections import Counter
from datetime import datetime

import pytest
from flask import request
from sqlalchemy import select, update

from protestcoord.campaigns.models import Campaign
from protestcoord.core.web import writing
from protestcoord.signups.models import Group
from protestcoord.signups.own_page import own_group
from tests.console_client import TOKEN, stored_in
from tests.proofs import FULL
from tests.signups.test_proposals import GHENT
from tests.stored import NOW
from tests.test_authorization import client_in, rules_of, world  # noqa: F401 - a fixture
from tests.test_hostile_forms import content, forms_of

# What a group or a volunteer may do all the same: come in, leave, be forgotten, tell of abuse.
STAYS_OPEN = {
    "signups.follow_link",
    "signups.send_link_again",
    "group.withdraw",
    "group.ask_for_deletion",
    "group.take_handover_back",
    "volunteers.leave",
    "volunteers.never",
    "reports.take",
}
# What is possible to it otherwise, as things stand for the group of the test.
HELD_BACK = [
    "group.ask_for_handover",
    "group.edit_group",
    "group.edit_sign_up",
    "group_words.propose",
    "signups.accept_handover",
    "signups.allow_handover",
    "signups.send_sign_up",
    "volunteers.come",
    "volunteers.confirm",
    "volunteers.remind",
]
TYPED = {
    **vars(GHENT),
    "slot": "w1-de-berlin-embassy-1",
    "email": "new@example.org",
    "expected_number": "5",
    "meeting_point": "Main gate",
    "code_of_conduct": "y",
    "people": "2",
    "moments": "day",
    "phone": "+49 30 12345",
    "verified_on": "2026-11-01",
    "about": "/c/noon/sites/de-berlin-embassy/",
    "why": "spam",
    "act": "start",
}

TYPED_BY_ORGANIZERS = {
    "title": "Second noon",
    "statement": "Let the refugees go where they are safe.",
    "subject": "News",
    "text": "They have drums.",
    "day": "2027-02-01",
    "start": "2027-02-01T12:00",
    "key": "de-berlin-embassy",
    "local_time": "13:00",
    "lead": "2",
    "lead_unit": "days",
    "role": "moderator",
    "country": "",  # a message goes to all
}


def writes_of_the_public(world, *, frozen):  # noqa: F811
    """Which addresses write anything, if a group sends everything that needs no account."""
    found, before = set(), ""
    posts = [rule for method, rule in rules_of(world.app) if method == "POST"]
    for rule in posts:
        if rule.rule.startswith("/organize/"):
            continue
        if not before:
            before = start_afresh(world, frozen=frozen)
        client = client_in(world.app, world.sessions["holder"])
        token = TOKEN.search(client.get("/s/").text).group(1)
        client.post(world.path_of(rule), data=TYPED | {"csrf_token": token})
        if content(world) != before:
            found.add(rule.endpoint)
            before = ""
    world.restore()
    return found


def start_afresh(world, *, frozen):  # noqa: F811
    world.restore()
    with stored_in(world.app) as session:
        campaign = session.scalars(select(Campaign).where(Campaign.slug == "noon")).one()
        campaign.frozen_at = NOW if frozen else None
    return content(world)


@pytest.mark.proves("L9")
def test_of_all_addresses_only_those_that_let_leave_write_to_a_frozen_campaign(world):  # noqa: F811
    assert writes_of_the_public(world, frozen=True) <= STAYS_OPEN


@pytest.mark.control("L9")
def test_the_same_addresses_write_to_one_that_is_not_frozen(world):  # noqa: F811
    held = writes_of_the_public(world, frozen=False) - STAYS_OPEN
    assert sorted(held) == HELD_BACK


# What would make somebody more than they are, or bring back what an organizer decided.
EXTRA = {
    "role": "admin",
    "is_owner": "1",
    "is_trusted": "1",
    "approved": "1",
    "state": "confirmed",
    "place_number": "1",
    "id": "999",
    "owner_id": "2",
    "user_id": "2",
    "campaign_id": "2",
    "capacity": "999",
    "needs_look": "0",
    "hidden_at": "",
    "confirmed_at": "2027-01-01T00:00:00+00:00",
    "verified_at": "2027-01-01T00:00:00+00:00",
    "frozen_at": "",
    "link_hash": "x",
}
# What differs though the same is done twice: ids, keys and digests made of random bits, and
# what is sealed with a nonce.
RANDOM = re.compile(
    r"X'[0-9A-F]*'|[\w$,=+/-]*[\w-]{20,}[\w$,=+/-]*|\bg-[0-9a-f]{10}\b|[0-9a-f]{8,}"
)


def rows_of(world):  # noqa: F811
    """Every row of every table, as often as it is there, without its random parts."""
    return Counter(RANDOM.sub("*", line) for line in content(world).splitlines())


def start_looked_at(world):  # noqa: F811
    """Begin where there is something to gain: groups are hidden, and are to be looked at."""
    world.restore()
    with stored_in(world.app) as session:
        session.execute(update(Group).values(needs_look=True, hidden_at=NOW))
    return rows_of(world)


def forms_by_path(world, role):  # noqa: F811
    """What the forms of all pages send, their empty fields filled in, by where they send it."""
    found, typed = {}, TYPED | (TYPED_BY_ORGANIZERS if role == "owner" else {})
    for _client, form, path in forms_of(world, role):
        held = {name: value.strip() for name, (_kind, value) in form.fields.items()}
        filled = {name: held[name] or typed.get(name, "") for name in held}
        found[path.partition("?")[0]] = filled
    return found


def sent_twice(world, role, rule, fields):  # noqa: F811
    """What a POST answers and leaves in the database, as it is meant and with fields too many."""
    path, results = world.path_of(rule), []
    sent = world.form | fields.get(path, {})
    token_page = "/s/" if role == "holder" else "/organize/account/"
    for more in ({}, {name: value for name, value in EXTRA.items() if name not in sent}):
        start_looked_at(world)
        client = client_in(world.app, world.sessions[role])
        own = {"csrf_token": TOKEN.search(client.get(token_page).text).group(1)}
        answer = client.post(path, data=sent | more | own)
        results.append((answer.status_code, rows_of(world)))
    return results


@pytest.mark.proves("E11")
@pytest.mark.parametrize(
    ("role", "least"),
    [
        ("holder", 12),
        pytest.param("owner", 47, marks=pytest.mark.skipif(not FULL, reason="takes long")),
    ],
)
def test_no_post_writes_a_field_that_its_form_does_not_have(world, role, least, record_property):  # noqa: F811
    before, fields, wrote = start_looked_at(world), forms_by_path(world, role), 0
    posts = [rule for method, rule in rules_of(world.app) if method == "POST"]
    own = [r for r in posts if r.rule.startswith("/organize/") == (role == "owner")]
    for rule in own:
        meant, with_more = sent_twice(world, role, rule, fields)
        assert meant == with_more, rule.endpoint
        wrote += meant[1] != before
    world.restore()
    record_property("E11", f"{len(own)} POSTs of {role}, {wrote} of which write: all rows alike")
    assert wrote >= least


def bound_everything(edit_group):
    """A view that takes all that is sent for what is stored of a group."""

    def view():
        answer = edit_group()
        with writing() as session:
            group = own_group(session)
            for name in BOUND.keys() & request.form.keys():
                setattr(group, name, BOUND[name](request.form[name]))
        return answer

    return view


def moment(text):
    return datetime.fromisoformat(text) if text else None


BOUND = {
    "is_trusted": lambda text: text == "1",
    "needs_look": lambda text: text == "1",
    "hidden_at": moment,
    "verified_at": moment,
    "id": int,
}


@pytest.mark.control("E11")
@pytest.mark.parametrize("name", sorted(BOUND))
def test_a_form_that_binds_everything_is_noticed(world, monkeypatch, name):  # noqa: F811
    views, endpoint = world.app.view_functions, "group.edit_group"
    monkeypatch.setattr(f"{__name__}.BOUND", {name: BOUND[name]})
    monkeypatch.setitem(views, endpoint, bound_everything(views[endpoint]))
    (rule,) = (r for m, r in rules_of(world.app) if (m, r.endpoint) == ("POST", endpoint))
    fields = {"/s/group/": {"name": "Lantern circle", "city": "Berlin"}}
    meant, with_more = sent_twice(world, "holder", rule, fields)
    world.restore()
    assert meant != with_more
