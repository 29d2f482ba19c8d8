"""How often strangers may cause a mail at one address, and that it may refuse all of them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from protestcoord.core.consent import AskedMail, block_mail, forget_asked, take_mail
from protestcoord.core.database import unit_of_work
from tests.stored import NOW

DAY = timedelta(hours=24)


@pytest.mark.proves("B5")
def test_a_thousand_requests_in_a_day_are_three_mails(session):
    taken = [take_mail(session, "a", NOW + timedelta(seconds=n)) for n in range(1000)]
    assert taken == [True] * 3 + [False] * 997
    assert take_mail(session, "b", NOW)


def test_the_day_slides(session):
    for hours in (0, 10, 20):
        assert take_mail(session, "a", NOW + timedelta(hours=hours))
    assert not take_mail(session, "a", NOW + DAY - timedelta(seconds=1))
    assert take_mail(session, "a", NOW + DAY)
    assert not take_mail(session, "a", NOW + timedelta(hours=33))
    assert take_mail(session, "a", NOW + timedelta(hours=34))


def test_requests_at_the_same_moment_cause_no_more(sessions):
    def press(_number):
        with sessions() as session, unit_of_work(session):
            return take_mail(session, "a", NOW)

    with ThreadPoolExecutor(8) as threads:
        assert 1 <= sum(threads.map(press, range(24))) <= 3
    with sessions() as session:
        assert len(session.scalars(select(AskedMail)).all()) <= 3


@pytest.mark.proves("B5")
@pytest.mark.control("B5")
def test_a_blocked_address_gets_none_for_ever(session):
    block_mail(session, "a", NOW)
    block_mail(session, "a", NOW)
    assert not take_mail(session, "a", NOW + timedelta(days=365))
    assert take_mail(session, "b", NOW), "the control"


def test_yesterday_is_forgotten(session):
    take_mail(session, "a", NOW)
    forget_asked(session, NOW + DAY - timedelta(seconds=1))
    assert len(session.scalars(select(AskedMail)).all()) == 1
    forget_asked(session, NOW + DAY)
    assert session.scalars(select(AskedMail)).all() == []
