import json
import logging
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protestcoord.core.logs import SECURITY, OneLine, set_up_log
from tests.console_client import Organizer, console_app, signed_in

KIM, LEE = "kim@example.org", "lee@example.org"


@pytest.fixture
def app(tmp_path):
    with console_app(tmp_path, KIM, LEE) as made:
        yield made


@pytest.fixture
def said(caplog):
    caplog.set_level(logging.INFO, logger=SECURITY.name)
    return lambda: [record.getMessage() for record in caplog.records]


def record_of(message, *values, exc_info=None):
    return logging.LogRecord("a", logging.ERROR, __file__, 1, message, values, exc_info)


@pytest.mark.proves("E7")
@given(st.text())
def test_any_text_is_one_line_and_is_read_back(text):
    line = OneLine().format(record_of("group %s", text))
    assert len(line.splitlines()) == 1
    assert line.isascii()
    assert json.loads(line)["says"] == f"group {text}"


@pytest.mark.proves("E7")
def test_a_trace_tells_kinds_and_places_and_nothing_that_was_said():
    try:
        try:
            int("first\r\nERROR forged")
        except ValueError as error:
            raise RuntimeError("lantern@example.org") from error
    except RuntimeError:
        line = OneLine().format(record_of("unexpected", exc_info=sys.exc_info()))
    assert len(line.splitlines()) == 1
    trace = json.loads(line)["trace"]
    assert [told for told in trace if "/" not in told] == ["RuntimeError", "ValueError"]
    assert "forged" not in line
    assert "lantern" not in line


def test_the_time_is_told_in_utc():
    record = record_of("now")
    record.created = 0
    assert json.loads(OneLine().format(record))["at"] == "1970-01-01T00:00:00.000+00:00"


@pytest.mark.control("E7")
def test_a_plain_log_would_be_forged():
    line = logging.Formatter("%(message)s").format(record_of("group %s", "x\nERROR forged"))
    assert len(line.splitlines()) == 2


def test_who_comes_in_and_who_does_not_is_written_down_without_an_address(app, said):
    kim = Organizer(app.test_client())
    kim.client.post(
        "/organize/login",
        data={"email": KIM, "password": "wrong", "csrf_token": kim.token("/organize/login")},
    )
    kim.sign_in(KIM)
    text = "\n".join(said())
    assert "a guess failed: account" in text
    assert "begins, both steps: False" in text
    assert "begins, both steps: True" in text
    assert "@" not in text


def test_what_is_refused_is_written_down_by_the_name_of_its_page(app, said):
    lee = signed_in(app, LEE)
    assert lee.client.get("/organize/c/nowhere/").status_code == 404
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert lee.client.post("/s/secret-link/", headers=foreign).status_code == 403
    text = "\n".join(said())
    assert "refused 404: GET campaigns_console." in text
    assert "refused 403: POST signups.follow_link" in text
    assert "secret-link" not in text


def test_a_process_writes_to_standard_error_who_was_let_in_and_little_else():
    code = (
        "import logging; from protestcoord.core.logs import SECURITY, set_up_log;"
        "set_up_log(); set_up_log(); SECURITY.info('in\\nforged');"
        "logging.getLogger('a').info('little'); logging.getLogger('a').warning('much')"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    lines = [json.loads(line) for line in ended.stderr.splitlines()]
    assert [line["says"] for line in lines] == ["in\nforged", "much"]
    assert ended.stdout == ""


def test_the_log_is_set_up_once(monkeypatch):
    monkeypatch.setattr(logging, "root", logging.RootLogger(logging.WARNING))
    set_up_log()
    set_up_log()
    assert [type(handler.formatter) for handler in logging.root.handlers] == [OneLine]
    assert SECURITY.level == logging.INFO
