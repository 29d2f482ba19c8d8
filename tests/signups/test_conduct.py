"""Nobody takes part without the present code of conduct, and an address is all one must give."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from protestcoord.core.links import Links
from protestcoord.core.templates import render
from protestcoord.signups import handover, places, queries, service
from protestcoord.signups.forms import SignUpForm
from protestcoord.signups.models import Handover, SignUp
from protestcoord.signups.rules import CODE_OF_CONDUCT_VERSION, SignUpState
from tests.stored import NOW, store_sign_up, store_slot

ASKED = "By pressing it you accept the code of conduct"
LINKS = Links("https://protest.example", "en", "en")


@pytest.fixture
def sign_up(session, vault):
    return store_sign_up(session, vault, store_slot(session))


def accepted(sign_up):
    return sign_up.code_of_conduct, sign_up.accepted_day


@pytest.mark.proves("L1", "L11")
def test_a_form_keeps_the_version_and_the_day_and_nothing_else_of_the_consent(sign_up):
    assert accepted(sign_up) == (CODE_OF_CONDUCT_VERSION, NOW.date())
    names = {column.name for column in SignUp.__table__.columns}
    consent = {name for name in names if "conduct" in name or "consent" in name}
    assert consent == {"code_of_conduct"}
    assert {name for name in names if name.startswith("accept")} == {"accepted_day"}


@pytest.mark.proves("L1")
@pytest.mark.parametrize("before", ["", "2020-01"])
def test_a_new_version_is_accepted_at_the_next_visit(session, sign_up, before):
    service.open_link(session, sign_up.group, NOW)
    sign_up.code_of_conduct, sign_up.accepted_day = before, None
    later = NOW + timedelta(days=3)
    service.open_link(session, sign_up.group, later)
    assert accepted(sign_up) == (CODE_OF_CONDUCT_VERSION, later.date())


@pytest.mark.control("L1")
def test_an_old_version_stays_old_until_the_group_presses(session, sign_up):
    sign_up.code_of_conduct = "2020-01"
    queries.sign_ups_of_group(session, sign_up.group_id)
    assert sign_up.code_of_conduct == "2020-01"


@pytest.mark.proves("L1")
def test_what_was_given_up_accepts_nothing_more(session, sign_up):
    places.withdraw_sign_up(session, sign_up.id, NOW)
    sign_up.code_of_conduct = "2020-01"
    service.open_link(session, sign_up.group, NOW)
    assert sign_up.code_of_conduct == "2020-01"


@pytest.mark.proves("L1")
@pytest.mark.parametrize("page", ["link", "accept_handover"])
def test_beside_each_button_that_lets_in_stands_what_it_accepts(page):
    text = render(f"signups/{page}.html", LINKS, here="/s/", demo=False, version="2026-11")
    assert ASKED in text
    assert "Version 2026-11" in text


@pytest.mark.proves("L1")
def test_who_takes_a_group_over_accepts_it_anew(session, vault, sign_up):
    sign_up.code_of_conduct, sign_up.accepted_day = "2020-01", None
    handover.ask_for_handover(session, vault, sign_up.group, "next@next.example", NOW)
    asked = session.scalars(select(Handover)).one()
    handover.accept_handover(session, vault, asked, NOW)
    assert accepted(sign_up) == (CODE_OF_CONDUCT_VERSION, NOW.date())


@pytest.mark.proves("L1")
def test_organizers_remove_a_group_that_breaks_it(session, sign_up):
    places.confirm_sign_up(session, sign_up.id, NOW)
    places.decline_sign_up(session, sign_up.id, NOW)
    assert sign_up.state is SignUpState.DECLINED


@pytest.mark.proves("L7", "L13")
def test_the_form_asks_for_an_address_a_name_of_ones_choice_and_no_more():
    needed = {field.name for field in SignUpForm(language="en") if field.flags.required}
    assert needed <= {"slot", "name", "city", "expected_number", "email", "code_of_conduct"}
    every = {field.name for field in SignUpForm(language="en")}
    optional = {"is_named", "meeting_point", "hides_point"}
    assert every - needed <= optional | {"code_of_conduct"}
