"""Is the code that protects reached by tests: whole in ``make security``, one room in a hurry."""

import pytest

from tests.proofs import size
from tests.security.coverage import ROOMS, modules, reached, too_little
from tests.security.rules import CHECKOUT

pytestmark = pytest.mark.long

QUICK_ROOM = ("tests/organizers/test_totp.py", "tests/organizers/test_slowdown.py")
QUICK_MODULES = ["protestcoord/organizers/totp.py", "protestcoord/organizers/slowdown.py"]


@pytest.mark.proves("S6")
def test_tests_reach_the_code_that_protects(record_property):
    is_whole = bool(size(0, full=1))
    tests, wanted = (ROOMS, modules()) if is_whole else (QUICK_ROOM, QUICK_MODULES)
    shares = reached(tests, processes=2 if is_whole else 0)
    least = min(shares.get(name, 0) for name in wanted)
    record_property("S6", f"{len(wanted)} modules, {least:.0f} % or more of lines and branches")
    assert too_little(shares, wanted) == []


@pytest.mark.control("S6")
def test_a_module_that_nothing_reaches_is_told():
    assert too_little({"a.py": 99.0, "b.py": 94.9}, ["a.py", "b.py", "c.py"]) == ["b.py", "c.py"]


def test_every_module_that_is_named_is_there():
    assert [name for name in modules() if not (CHECKOUT / name).is_file()] == []
