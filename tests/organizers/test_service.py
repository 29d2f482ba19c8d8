import pytest

from protestcoord.core.errors import InvalidValue
from protestcoord.core.web import db
from protestcoord.organizers.queries import find_organizer
from protestcoord.organizers.service import add_organizer
from tests.console_client import PASSWORD, console_app
from tests.stored import NOW


@pytest.fixture
def app(tmp_path):
    with console_app(tmp_path) as made, made.app_context():
        yield made


def long_text(length):
    """Characters that do not follow from each other."""
    return "".join(chr(0x430 + 7 * at * at % 29) for at in range(length))


def add(email="kim@example.org", password=PASSWORD):
    return add_organizer(db.session(), email, password, NOW)


def test_an_organizer_can_sign_in_at_once_and_no_password_is_stored(app):
    added = add(" Kim@Example.org ")
    assert (added.email, added.active, added.created_at) == ("kim@example.org", True, NOW)
    assert added.password.startswith("$argon2id$")
    assert find_organizer(db.session(), "KIM@example.org") is added


def test_the_hash_is_as_slow_as_owasp_asks(app):
    *_, parameters, _, _ = add().password.split("$")
    costs = dict(part.split("=") for part in parameters.split(","))
    assert int(costs["m"]) >= 19 * 1024
    assert int(costs["t"]) >= 2
    assert int(costs["p"]) >= 1


@pytest.mark.parametrize("length", [0, 14, 129, 10_000])
def test_a_password_of_another_length_is_refused_with_the_rule(app, length):
    with pytest.raises(InvalidValue, match="15 to 128 characters") as raised:
        add(password=long_text(length))
    assert raised.value.field == "password"


@pytest.mark.parametrize("length", [15, 128])
def test_passwords_of_15_to_128_characters_are_good(app, length):
    assert add(password=long_text(length)).id


@pytest.mark.parametrize("email", ["", "kim", "kim@", "a@b.example, c@d.example", "a@b@c"])
def test_what_is_no_address_is_refused(app, email):
    with pytest.raises(InvalidValue) as raised:
        add(email)
    assert raised.value.field == "email"


def test_an_address_belongs_to_one_organizer_whatever_its_case(app):
    add()
    with pytest.raises(InvalidValue, match="exists already") as raised:
        add("KIM@example.org")
    assert raised.value.field == "email"
