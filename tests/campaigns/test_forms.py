from datetime import datetime, time

import pytest
from werkzeug.datastructures import MultiDict

from protestcoord.campaigns.forms import CampaignForm, sites_edit_from
from protestcoord.campaigns.requests import (
    Bulk,
    BulkAct,
    CampaignRequest,
    SitesEdit,
    WaveRequest,
)
from protestcoord.campaigns.rules import Presence
from protestcoord.campaigns.schedule import RelayKind, Synchronisation
from protestcoord.campaigns.wave_form import WaveForm
from protestcoord.core.errors import InvalidValue

NOON = datetime(2027, 6, 4, 12)  # noqa: DTZ001 - a wall clock


def campaign(**changes):
    sent = {"title": " One noon ", "statement": "Let them go.\r\n\r\nNow.", "slug": ""}
    return CampaignForm(MultiDict(sent | changes))


def wave(**changes):
    sent = {
        "title": "Noon",
        "synchronisation": "same_local_time",
        "start": "2027-06-04T12:00",
        "duration_minutes": "60",
        "capacity": "5",
        "relay_kind": "full",
        "relay_hours": "24",
        "window_start": "08:00",
        "window_end": "20:00",
    }
    return WaveForm(MultiDict(sent | changes))


def test_a_message_becomes_a_request():
    form = campaign(approves_at_once="y")
    assert form.validate()
    assert form.request(7) == CampaignRequest(
        "One noon", "Let them go.\n\nNow.", 7, approves_at_once=True
    )


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"title": ""}, "title", "Please fill this in."),
        ({"title": "x" * 121}, "title", "at most 120 characters, and there are 121"),
        ({"title": "a\u2028b"}, "title", "U+2028"),
        ({"title": "a\nb"}, "title", "one line"),
        ({"statement": "\u200b"}, "statement", "Please fill this in."),
        ({"statement": "x" * 5001}, "statement", "at most 5000"),
        ({"slug": "a\x00"}, "slug", "U+0000"),
    ],
)
def test_a_message_that_is_unusable_is_refused_beside_its_field(changes, field, message):
    form = campaign(**changes)
    assert not form.validate()
    assert form.errors.keys() == {field}
    assert message in form.errors[field][0]


def test_a_wave_becomes_a_request():
    form = wave()
    assert form.validate()
    assert form.request() == WaveRequest("Noon", Synchronisation.SAME_LOCAL_TIME, NOON, 60)


def test_a_relay_says_whom_when_and_how_long():
    form = wave(synchronisation="relay", relay_kind="minimal", relay_hours="12", window_end="18:30")
    assert form.validate()
    assert form.request() == WaveRequest(
        "Noon",
        Synchronisation.RELAY,
        NOON,
        60,
        window_start=time(8),
        window_end=time(18, 30),
        relay_kind=RelayKind.MINIMAL,
        relay_hours=12,
    )


def test_without_a_relay_what_stands_in_its_fields_does_not_count():
    form = wave(relay_hours="many", window_start="", window_end="25:00", relay_kind="x")
    assert form.validate()
    assert form.request().window_start == time(8)


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"start": ""}, "start", "such as 2027-06-04T12:00"),
        ({"start": "4 June"}, "start", "such as 2027-06-04T12:00"),
        ({"start": "2027-06-04T12:00+09:00"}, "start", "such as"),
        ({"start": "0001-01-01T00:00"}, "start", "between the years"),
        ({"synchronisation": "never"}, "synchronisation", "choose one"),
        ({"duration_minutes": "0"}, "duration_minutes", "from 1 to 1440"),
        ({"duration_minutes": "1.5"}, "duration_minutes", "whole number"),
        ({"duration_minutes": "9" * 5000}, "duration_minutes", "whole number"),
        ({"duration_minutes": "9" * 50}, "duration_minutes", "from 1 to 1440"),
        ({"capacity": "1001"}, "capacity", "from 1 to 1000"),
        ({"synchronisation": "relay", "relay_hours": "169"}, "relay_hours", "from 1 to 168"),
        ({"synchronisation": "relay", "window_start": "8"}, "window_start", "such as 08:00"),
        ({"synchronisation": "relay", "window_end": "08:30"}, "window_end", "shorter than one"),
        ({"synchronisation": "relay", "relay_kind": "some"}, "relay_kind", "choose one"),
    ],
)
def test_a_wave_that_is_unusable_is_refused_once_beside_its_field(changes, field, message):
    form = wave(**changes)
    assert not form.validate()
    assert form.errors.keys() == {field}
    (error,) = form.errors[field]
    assert message in error


def test_what_was_typed_for_a_time_is_shown_again():
    form = wave(start="4 June", duration_minutes="long")
    form.validate()
    assert 'value="4 June"' in form.start()
    assert 'value="long"' in form.duration_minutes()


def test_a_stored_wave_is_shown_as_the_browser_reads_it():
    form = WaveForm(data={"start": NOON, "window_start": time(9, 30)})
    assert 'value="2027-06-04T12:00"' in form.start()
    assert 'value="09:30"' in form.window_start()


def test_a_list_says_what_it_showed_and_what_is_ticked():
    sent = MultiDict(
        [
            ("site", "de-berlin-embassy"),
            ("presence-de-berlin-embassy", "on_site"),
            ("presence-kp-pyongyang-embassy", "remote_only"),
            ("do", "save"),
        ]
    )
    assert sites_edit_from(sent) == SitesEdit(
        shown=frozenset({"de-berlin-embassy", "kp-pyongyang-embassy"}),
        chosen=frozenset({"de-berlin-embassy"}),
        presence={
            "de-berlin-embassy": Presence.ON_SITE,
            "kp-pyongyang-embassy": Presence.REMOTE_ONLY,
        },
    )


@pytest.mark.parametrize(
    ("sent", "bulk"),
    [
        ({}, None),
        ({"do": "choose:"}, Bulk(BulkAct.CHOOSE)),
        ({"do": "choose:155"}, Bulk(BulkAct.CHOOSE, "155")),
        (
            {"do": "bulk", "bulk_act": "remote_only", "bulk_scope": "KP"},
            Bulk(BulkAct.REMOTE_ONLY, "KP"),
        ),
    ],
)
def test_a_button_stands_for_an_act_on_many(sent, bulk):
    assert sites_edit_from(MultiDict(sent)).bulk == bulk


@pytest.mark.parametrize(
    "sent", [{"do": "burn:155"}, {"do": "bulk"}, {"presence-de-berlin-embassy": "armed"}]
)
def test_what_no_list_sends_is_refused(sent):
    with pytest.raises(InvalidValue):
        sites_edit_from(MultiDict(sent))
