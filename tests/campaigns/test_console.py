import re
from html import unescape

import pytest

from protestcoord.campaigns import service
from protestcoord.campaigns.queries import (
    find_campaign,
    sites_of_campaign,
    slots_of_campaign,
    waves_of_campaign,
)
from protestcoord.campaigns.rules import CampaignState, Presence
from protestcoord.core.database import change_count
from protestcoord.core.web import db
from protestcoord.organizers.queries import audit_entries_of, find_organizer
from tests.campaigns.planned import BERLIN, KIM, LATER, LIMA, PYONGYANG, SEOUL
from tests.console_client import signed_in, stored_in
from tests.stored import NOW

LEE = "lee@example.org"
MESSAGE = {"title": "One noon", "statement": "Let them go."}
WAVE = {
    "title": "Noon",
    "synchronisation": "same_local_time",
    "start": "2027-01-09T12:00",
    "duration_minutes": "60",
    "capacity": "5",
    "relay_kind": "full",
    "relay_hours": "24",
    "window_start": "08:00",
    "window_end": "20:00",
}
IN_THE_GAP = WAVE | {"start": "2027-03-28T02:30"}
HOME = "/organize/c/one-noon/"


def make_campaign(organizer, *missions, wave=WAVE):
    organizer.send("/organize/new/", **MESSAGE)
    if missions:
        rows = {f"presence-{mission}": "on_site" for mission in missions}
        organizer.send(f"{HOME}sites/", site=list(missions), **rows)
    if wave:
        organizer.send(f"{HOME}waves/new/", **wave)


def publish(organizer, **form):
    return organizer.send(f"{HOME}preview/", **form)


def stored_campaign(app):
    with app.app_context():
        return find_campaign(db.session(), "one-noon")


def acts(app):
    with stored_in(app) as session:
        entries = audit_entries_of(session, find_organizer(session, KIM))
        return [(entry.act, entry.detail) for entry in reversed(entries)]


def test_from_nothing_to_a_published_campaign(app, kim):
    assert "Start a campaign" in kim.open("/organize/").text
    created = kim.send("/organize/new/", **MESSAGE)
    assert (created.status_code, created.location) == (303, f"{HOME}sites/")
    assert kim.send(f"{HOME}sites/", do="choose:").location == f"{HOME}sites/"
    assert kim.send(f"{HOME}waves/new/", **WAVE).location == f"{HOME}waves/"
    preview = kim.open(f"{HOME}preview/").text
    assert "Sat, 9 Jan 2027, 12:00 (UTC+09:00)" in preview
    assert "2027-01-09 11:00" in preview
    assert re.search(r"tzdata \d{4}\.\d+", preview)
    published = publish(kim)
    assert (published.status_code, published.location) == (303, HOME)
    assert "Published. The public pages" in kim.open(HOME).text
    with stored_in(app) as session:
        campaign = find_campaign(session, "one-noon")
        assert campaign.state is CampaignState.PUBLISHED
        assert len(slots_of_campaign(session, campaign)) == 4
        assert change_count(session) == 1


def test_every_change_is_written_down(app, kim):
    make_campaign(kim, BERLIN, SEOUL)
    kim.send(f"{HOME}edit/", **MESSAGE)
    kim.send(f"{HOME}waves/1/", **WAVE)
    kim.send(f"{HOME}waves/new/", **WAVE)
    kim.send(f"{HOME}waves/2/remove/", page=f"{HOME}waves/")
    publish(kim)
    assert acts(app) == [
        ("campaign.create", {}),
        ("sites.edit", {"added": 2, "removed": 0}),
        ("wave.add", {"wave": 1}),
        ("campaign.edit", {}),
        ("wave.edit", {"wave": 1}),
        ("wave.add", {"wave": 2}),
        ("wave.remove", {"wave": 2}),
        ("campaign.publish", {"added": 2, "moved": 0, "cancelled": 0, "acknowledged": 0}),
    ]


@pytest.mark.parametrize("slug", ["one-noon", "nothing", "%00", "A", "one-noon'--"])
def test_a_campaign_of_others_is_as_unknown_as_one_that_is_not_there(app, kim, slug):
    make_campaign(kim, BERLIN)
    lee = signed_in(app, LEE)
    pages = ["", "edit/", "sites/", "waves/", "waves/new/", "waves/1/", "preview/", "sign-ups/"]
    answers = [lee.open(f"/organize/c/{slug}/{page}").status_code for page in pages]
    assert answers == [404] * len(pages)


def test_nobody_changes_a_campaign_of_others(app, kim):
    make_campaign(kim, BERLIN)
    before = stored_campaign(app).changed_at
    lee = signed_in(app, LEE)
    for path, form in (
        ("edit/", {"title": "Mine", "statement": "Mine."}),
        ("edit/", {"title": ""}),
        ("sites/", {"do": "choose:"}),
        ("waves/new/", WAVE),
        ("waves/new/", {"title": ""}),
        ("waves/1/", WAVE),
        ("waves/1/remove/", {}),
        ("preview/", {}),
    ):
        assert lee.send(HOME + path, page="/organize/new/", **form).status_code == 404
    campaign = stored_campaign(app)
    unchanged = ("One noon", CampaignState.DRAFT, before)
    assert (campaign.title, campaign.state, campaign.changed_at) == unchanged
    with stored_in(app) as session:
        assert audit_entries_of(session, find_organizer(session, LEE)) == []


@pytest.mark.parametrize(
    "path", ["/organize/new/", f"{HOME}edit/", f"{HOME}sites/", f"{HOME}preview/"]
)
def test_a_form_without_its_token_is_refused(app, kim, path):
    make_campaign(kim, BERLIN)
    answer = kim.client.post(path, data=MESSAGE | {"title": "Forged"})
    assert answer.status_code == 403
    assert stored_campaign(app).title == "One noon"


@pytest.mark.parametrize(
    ("path", "form", "message", "kept"),
    [
        ("/organize/new/", {"title": "", "statement": "Kept."}, "fill this in", "Kept."),
        ("/organize/new/", {"title": "<b>", "statement": "\x07"}, "control", "&lt;b&gt;"),
        (
            "/organize/new/",
            MESSAGE | {"slug": "one-noon"},
            "Another campaign has this address",
            "Let them go.",
        ),
        (f"{HOME}edit/", {"title": "", "statement": "Kept."}, "fill this in", "Kept."),
        (f"{HOME}waves/new/", WAVE | {"start": "4 June"}, "such as 2027-06-04", "4 June"),
        (f"{HOME}waves/new/", WAVE | {"start": "2025-01-01T12:00"}, "has passed", "2025-01-01"),
        (f"{HOME}waves/1/", WAVE | {"capacity": "0", "title": "Dusk"}, "from 1 to", "Dusk"),
        (
            f"{HOME}waves/1/",
            WAVE | {"synchronisation": "relay", "window_end": "08:30"},
            "shorter than one segment",
            'value="08:30"',
        ),
    ],
)
def test_bad_input_is_told_beside_the_field_and_nothing_typed_is_lost(
    kim, path, form, message, kept
):
    make_campaign(kim, BERLIN)
    answer = kim.send(path, **form)
    assert answer.status_code == 422
    assert message in answer.text
    assert kept in answer.text


def test_errors_are_in_the_language_of_the_page(kim):
    answer = kim.send("/ja/organize/new/", title="", statement="")
    assert answer.status_code == 422
    assert '<html lang="ja"' in answer.text


def test_sites_are_ticked_by_hand_with_their_presence(app, kim):
    make_campaign(kim, BERLIN, LIMA)
    kim.send(
        f"{HOME}sites/",
        site=[BERLIN, SEOUL],
        **{
            f"presence-{BERLIN}": "remote_only",
            f"presence-{LIMA}": "on_site",
            f"presence-{SEOUL}": "on_site",
        },
    )
    with stored_in(app) as session:
        sites = sites_of_campaign(session, find_campaign(session, "one-noon"))
        assert {site.mission.slug: site.presence for site in sites} == {
            BERLIN: Presence.REMOTE_ONLY,
            SEOUL: Presence.ON_SITE,
        }
    assert "Saved: 1 sites joined, 1 left." in kim.open(f"{HOME}sites/").text


def test_remote_only_is_proposed_where_a_protest_is_unsafe(app, kim):
    make_campaign(kim, wave=None)
    kim.send(f"{HOME}sites/", do="choose:030")
    with stored_in(app) as session:
        sites = sites_of_campaign(session, find_campaign(session, "one-noon"))
        presence = {site.mission.slug: site.presence for site in sites}
    assert presence == {PYONGYANG: Presence.REMOTE_ONLY, SEOUL: Presence.ON_SITE}


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", {BERLIN, LIMA, PYONGYANG, SEOUL}),
        ("?q=seo", {SEOUL}),
        ("?q=peru", {LIMA}),
        ("?region=030", {PYONGYANG, SEOUL}),
        ("?country=DE", {BERLIN}),
        ("?chosen=1", {BERLIN}),
        ("?q=atlantis", set()),
        ("?region=%00&q=%ff", set()),
    ],
)
def test_the_list_of_missions_can_be_narrowed(kim, query, shown):
    make_campaign(kim, BERLIN)
    page = kim.open(f"{HOME}sites/{query}").text
    assert set(re.findall(r'name="presence-([^"]+)"', page)) == shown


def test_saving_a_narrowed_list_stays_there_and_leaves_the_rest(app, kim):
    make_campaign(kim, BERLIN)
    path = f"{HOME}sites/?q=seoul&region=030"
    answer = kim.send(path, site=SEOUL, **{f"presence-{SEOUL}": "on_site"})
    assert answer.location == path
    with stored_in(app) as session:
        sites = sites_of_campaign(session, find_campaign(session, "one-noon"))
        assert {site.mission.slug for site in sites} == {BERLIN, SEOUL}


def test_a_tampered_list_is_refused_and_changes_nothing(app, kim):
    make_campaign(kim, BERLIN)
    for form in ({"do": "burn:"}, {"site": "xx-nowhere"}, {"presence-x": "armed"}):
        assert kim.send(f"{HOME}sites/", **form).status_code == 422
    with stored_in(app) as session:
        assert len(sites_of_campaign(session, find_campaign(session, "one-noon"))) == 1


def test_a_published_site_is_linked_to_where_it_can_be_dropped(kim):
    make_campaign(kim, BERLIN)
    publish(kim)
    page = kim.open(f"{HOME}sites/").text
    assert f'href="{HOME}sites/{BERLIN}/"' in page
    assert f'name="site" value="{BERLIN}"' not in page


def test_the_three_synchronisations_are_explained(kim):
    make_campaign(kim, wave=None)
    page = kim.open(f"{HOME}waves/new/").text
    for words in ("noon in Seoul, then noon in Berlin", "One moment for the whole", "the sun"):
        assert words in page
    assert "It is now 2026-11-20 09:00 UTC." in page


def test_a_stored_wave_fills_its_form(kim):
    make_campaign(kim, wave=WAVE | {"synchronisation": "relay", "window_end": "18:30"})
    page = kim.open(f"{HOME}waves/1/").text
    assert 'value="2027-01-09T12:00"' in page
    assert 'value="18:30"' in page
    assert re.search(r'<input[^>]*checked[^>]*value="relay"', page)


def test_an_unknown_wave_is_not_found(kim):
    make_campaign(kim)
    for number in ("2", "0", "9" * 30):
        assert kim.open(f"{HOME}waves/{number}/").status_code == 404


def test_a_published_wave_is_not_removed(app, kim):
    make_campaign(kim, BERLIN)
    publish(kim)
    answer = kim.send(f"{HOME}waves/1/remove/", page=f"{HOME}waves/")
    assert answer.status_code == 409
    assert "This wave is published" in answer.text
    with stored_in(app) as session:
        assert waves_of_campaign(session, find_campaign(session, "one-noon"))


def test_what_is_missing_is_said_with_the_way_there(kim):
    make_campaign(kim, wave=None)
    page = kim.open(f"{HOME}preview/").text
    assert "There is no site yet" in page
    assert "There is no wave yet" in page
    assert f'href="{HOME}sites/"' in page
    assert "Publish</button>" not in page
    answer = publish(kim)
    assert answer.status_code == 422
    assert "There is no site yet" in answer.text


def test_a_start_in_the_past_is_not_published(app, kim, monkeypatch):
    make_campaign(kim, BERLIN, SEOUL)
    monkeypatch.setattr("protestcoord.core.clock.now", lambda: NOW.replace(year=2028))
    kim.come_back(KIM)
    answer = publish(kim)
    assert answer.status_code == 422
    assert "starts in the past: at Seoul it would be 2027-01-09 12:00+09:00" in unescape(
        answer.text
    )
    assert stored_campaign(app).state is CampaignState.DRAFT


def test_an_adjusted_time_is_shown_first_and_has_to_be_ticked(app, kim):
    make_campaign(kim, BERLIN, SEOUL, wave=IN_THE_GAP)
    page = unescape(kim.open(f"{HOME}preview/").text)
    sentence = "02:30 does not exist there that day; moved forward to 03:30."
    assert page.index(sentence) < page.index("Sun, 28 Mar 2027, 02:30 (UTC+09:00)")
    assert "Sun, 28 Mar 2027, 03:30 (UTC+02:00)" in page
    (key,) = re.findall(r'name="acknowledged" value="([^"]+)"', page)
    refused = publish(kim)
    assert refused.status_code == 422
    assert "Please look at each of these times and tick it" in refused.text
    assert stored_campaign(app).state is CampaignState.DRAFT
    assert publish(kim, acknowledged=key).status_code == 303
    assert stored_campaign(app).state is CampaignState.PUBLISHED


def test_what_was_ticked_stays_ticked_when_another_is_missing(kim):
    make_campaign(kim, BERLIN, wave=IN_THE_GAP)
    kim.send(f"{HOME}waves/new/", **IN_THE_GAP | {"start": "2027-10-31T02:30"})
    page = kim.open(f"{HOME}preview/").text
    first, second = re.findall(r'name="acknowledged" value="([^"]+)"', page)
    answer = publish(kim, acknowledged=second)
    assert answer.status_code == 422
    assert re.findall(r'value="([^"]+)" checked', answer.text) == [second]
    assert publish(kim, acknowledged=[first, second]).status_code == 303


def test_a_relay_says_what_it_leaves_open(kim):
    make_campaign(kim, BERLIN, wave=WAVE | {"synchronisation": "relay"})
    page = kim.open(f"{HOME}preview/").text
    assert "leaves something open" in page
    assert "No site acts in these times" in page


def test_changes_after_publishing_are_counted_before_they_are_public(kim):
    make_campaign(kim, BERLIN)
    publish(kim)
    assert "Everything here is published" in kim.open(f"{HOME}preview/").text
    kim.send(f"{HOME}sites/", site=SEOUL, **{f"presence-{SEOUL}": "on_site"})
    page = kim.open(f"{HOME}preview/").text
    assert "New: 1. Moved: 0. Called off: 0. Unchanged: 1." in page
    assert "Publish the changes" in page
    kim.send(f"{HOME}waves/1/", **WAVE | {"start": "2027-01-09T13:00"})
    page = kim.open(f"{HOME}preview/").text
    assert "New: 1. Moved: 1." in page
    assert "before: Sat, 9 Jan 2027, 12:00" in page
    assert publish(kim).status_code == 303
    kim.send(f"{HOME}waves/1/", **WAVE | {"start": "2027-01-09T13:00", "capacity": "9"})
    assert "Publish the changes" in kim.open(f"{HOME}preview/").text


def test_a_closed_campaign_shows_but_takes_nothing(app, kim):
    make_campaign(kim, BERLIN)
    publish(kim)
    with stored_in(app) as session:
        service.close_campaign(session, find_campaign(session, "one-noon"), LATER)
    for path, form in (
        ("edit/", MESSAGE),
        ("sites/", {"do": "choose:"}),
        ("waves/new/", WAVE),
        ("preview/", {}),
    ):
        page = f"{HOME}edit/"
        assert "is closed" in kim.open(HOME + path).text
        answer = kim.send(HOME + path, page=page, **form)
        assert answer.status_code in (409, 422)
        assert "cannot be changed any more" in answer.text


def test_titles_are_shown_escaped_everywhere(kim):
    hostile = "<script>alert(1)</script>%(x)s"
    kim.send("/organize/new/", title=hostile, statement=hostile, slug="one-noon")
    kim.send(f"{HOME}sites/", do="choose:")
    kim.send(f"{HOME}waves/new/", **IN_THE_GAP | {"title": hostile})
    for path in ("", "edit/", "sites/", "waves/", "waves/1/", "preview/"):
        answer = kim.open(HOME + path)
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        assert "&lt;script&gt;" in answer.text
