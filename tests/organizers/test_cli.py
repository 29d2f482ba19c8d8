from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from protestcoord.core.database import make_sessions
from protestcoord.organizers.cli import organizer
from protestcoord.organizers.queries import find_organizer
from tests.console_client import PASSWORD, Organizer, console_app


@pytest.fixture
def instance(tmp_path):
    with console_app(tmp_path) as app:
        sessions = make_sessions(app.config["SQLALCHEMY_DATABASE_URI"])
        yield SimpleNamespace(app=lambda: app, sessions=lambda: sessions)
        sessions.kw["bind"].dispose()


def add(instance, *options, typed):
    command = ["add", "--email", "kim@example.org", *options]
    return CliRunner().invoke(organizer, command, obj=instance, input=typed)


def test_an_organizer_added_from_standard_input_can_sign_in(instance):
    answer = add(instance, "--password-stdin", typed=f"{PASSWORD}\n")
    assert (answer.exit_code, answer.output) == (0, "kim@example.org can sign in now.\n")
    signed_in = Organizer(instance.app().test_client()).sign_in("Kim@example.org")
    assert (signed_in.status_code, signed_in.location) == (302, "/organize/")


def test_a_typed_password_is_asked_twice_and_never_shown(instance):
    answer = add(instance, typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert answer.exit_code == 0
    assert PASSWORD not in answer.output
    assert answer.output.count("assword") == 1 or "Repeat" in answer.output


def test_a_short_password_is_refused_in_one_line_and_nobody_is_added(instance):
    answer = add(instance, "--password-stdin", typed="short\n")
    assert answer.exit_code == 1
    assert "15 to 128 characters" in answer.output
    with instance.sessions()() as session:
        assert find_organizer(session, "kim@example.org") is None
