"""Where programs and forms lead: whom to tell of a weakness, and never to another site."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from protestcoord.core.links import Links
from protestcoord.publications.registry import Imprint, imprint_of, security_txt
from tests.app_client import app_with_tables, good_sign_up
from tests.stored import NOW

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
