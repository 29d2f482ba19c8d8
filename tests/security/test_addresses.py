"""Where programs and forms lead: whom to tell of a weakness, and never to another site."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from protestcoord.core.links import Links
from protestcoord.publications.registry import Imprint, imprint_of, security_txt
from tests.app_client import app_with_tables, good_sign_up
from tests.stored import NOW
from tests.test_authorization import client_in, world  # noqa: F401 - a fixture

LINKS = Links("https://protest.example", "en", "en")


def flaws_of(text: str, now: datetime) -> list[str]:
    """What RFC 9116 or our promise finds wrong."""
    lines = [line.partition(": ") for line in text.splitlines()]
    names = [name for name, _, _ in lines]
    missing = {"Contact", "Canonical", "Preferred-Languages", "Policy"} - set(names)
    until = [datetime.fromisoformat(value) for name, _, value in lines if name == "Expires"]
    if len(until) != 1:
        return [*missing, "Expires"]
    left = until[0] - now
    return [*missing, *([] if timedelta(30) < left < timedelta(365) else ["Expires"])]


@pytest.mark.proves("W10")
def test_where_to_report_holds_on_every_day_of_a_year(tmp_path, record_property):
    settings = app_with_tables(tmp_path).config["SETTINGS"]
    for number in range(366):
        now = datetime(2027, 1, 1, 23, 59, tzinfo=UTC) + timedelta(days=number)
        text = security_txt(imprint_of(settings, now), LINKS).decode()
        assert flaws_of(text, now) == []
    record_property("W10", "every field, on 366 days")


@pytest.mark.control("W10")
@pytest.mark.parametrize("days", [29, 366])
def test_a_date_too_near_or_too_far_is_found(days):
    imprint = Imprint("h", False, "mailto:a@example.org", NOW + timedelta(days), "")
    assert flaws_of(security_txt(imprint, LINKS).decode(), NOW) == ["Expires"]


HEADERS = (
    "Host",
    "X-Forwarded-Host",
    "X-Forwarded-Server",
    "X-Host",
    "Forwarded",
    "X-Original-URL",
)
HOSTS = (
    "evil.example",
    "evil.example:80",
    "localhost.evil.example",
    "evil.example.",
    "EVIL.example",
)


@pytest.mark.proves("W8")
@pytest.mark.parametrize(("header", "host"), list(product(HEADERS, HOSTS)))
def test_no_page_and_no_redirect_repeats_a_foreign_host(tmp_path, header, host):
    client = app_with_tables(tmp_path).test_client()
    sent = {header: f"host={host}" if header == "Forwarded" else host}
    for answer in (
        client.get("/s/lost-link/", headers=sent),
        client.get("/organize/", headers=sent),
    ):
        assert "evil.example" not in (answer.text + str(answer.headers)).lower()
    assert good_sign_up()


@pytest.mark.proves("E11")
def test_a_form_sets_no_field_that_it_does_not_have(world, record_property):  # noqa: F811
    """Each form that nobody filled in, with what would make somebody more than they are."""
    from tests.test_hostile_forms import content, forms_of

    extra = {"is_owner": "1", "approved": "1", "state": "confirmed", "id": "999", "owner_id": "2"}
    extra |= {"capacity": "999", "verified_at": "2027-01-01", "link_hash": "x", "user_id": "2"}
    count = 0
    for role in ("visitor", "holder"):
        forms = [(f, path) for _, f, path in forms_of(world, role)]
        for form, path in forms:
            sent = {name: value for name, (_kind, value) in form.fields.items()}
            results = []
            for more in ({}, {k: v for k, v in extra.items() if k not in sent}):
                world.restore()
                client = client_in(world.app, world.sessions[role])
                client.get(path)
                answer = client.post(path, data=sent | more)
                results.append((answer.status_code, is_owned(content(world))))
            assert results[0] == results[1], path
            count += 1
    world.restore()
    record_property("E11", f"{count} forms with {len(extra)} fields too many")


def is_owned(rows: str) -> list[str]:
    """What forms could give somebody: rows of people and their places, without random parts."""
    return sorted(line for line in rows.splitlines() if line.startswith('INSERT INTO "membership"'))


@pytest.mark.control("E11")
def test_rows_of_members_are_seen():
    assert is_owned('INSERT INTO "membership" VALUES(1)') != is_owned("")
