"""Is a broken line of protection noticed: see ``mutations``."""

from dataclasses import replace

import pytest

from tests.proofs import size
from tests.security.mutate import MOST_MISSED, copied_checkout, is_applicable, missed
from tests.security.mutations import MUTATIONS

pytestmark = pytest.mark.long

CHEAP = MUTATIONS[0]


@pytest.fixture(scope="module")
def copy():
    with copied_checkout() as made:
        yield made


def test_each_line_stands_once_where_it_is_said_to_stand():
    assert len(MUTATIONS) == len({mutation.what for mutation in MUTATIONS}) == 40
    assert [mutation.what for mutation in MUTATIONS if not is_applicable(mutation)] == []


def test_a_line_that_is_gone_is_told():
    assert not is_applicable(replace(CHEAP, old="this stands nowhere"))


@pytest.mark.proves("S5")
def test_broken_lines_are_noticed(copy, record_property):
    broken = MUTATIONS[: size(1, full=len(MUTATIONS))]
    unnoticed = missed(broken, copy)
    record_property("S5", f"{len(broken) - len(unnoticed)} of {len(broken)} broken lines noticed")
    assert len(unnoticed) <= (MOST_MISSED if len(broken) > 1 else 0), unnoticed


@pytest.mark.control("S5")
def test_what_breaks_nothing_is_not_taken_for_noticed(copy):
    harmless = replace(CHEAP, new=f"{CHEAP.old}  # still so")
    assert missed((harmless,), copy) == [harmless]


@pytest.mark.control("S5")
def test_a_test_that_is_not_there_notices_nothing(copy):
    lost = replace(CHEAP, tests=("tests/core/test_that_is_not_there.py",))
    assert missed((lost,), copy) == [lost]
