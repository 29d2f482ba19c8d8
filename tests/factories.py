"""Plain factories of public values: a test states only what it is about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from protestcoord.campaigns.rules import CampaignState, Presence, slot_key
from protestcoord.campaigns.schedule import Adjustment, Synchronisation
from protestcoord.publications.snapshot import (
    CampaignView,
    MissionView,
    ParticipantView,
    SiteView,
    SlotView,
    Snapshot,
    WaveView,
)
from protestcoord.signups.rules import SlotState, site_state, slot_state

WRITTEN_AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
DAY_AT = datetime(2027, 1, 9, 11, tzinfo=UTC)
NOON = datetime(2027, 1, 9, 12)  # noqa: DTZ001 - a wall clock


def make_mission(**changes: Any) -> MissionView:
    berlin = MissionView(
        slug="de-berlin-embassy",
        name="Embassy of the People's Republic of China in Germany",
        name_local="中华人民共和国驻德意志联邦共和国大使馆",
        kind="embassy",
        country="DE",
        city="Berlin",
        address="Märkisches Ufer 54",
        postal_code="10179",
        latitude=52.51196,
        longitude=13.41561,
        precision="building",
        timezone="Europe/Berlin",
        phone="",
        website="http://de.china-embassy.gov.cn/",
        jurisdiction="Germany",
        wikidata="Q166546",
        sources="wikidata-2022-11",
        confidence="high",
        verified_on="2022-11",
        status="open",
        region="155",
        changed_at=WRITTEN_AT,
    )
    return replace(berlin, **changes)


def make_seoul(**changes: Any) -> MissionView:
    return make_mission(
        **{
            "slug": "kr-seoul-embassy",
            "name": "Embassy of the People's Republic of China in South Korea",
            "name_local": "中华人民共和国驻大韩民国大使馆",
            "country": "KR",
            "city": "Seoul",
            "address": "",
            "postal_code": "",
            "latitude": 37.566,
            "longitude": 126.9784,
            "precision": "city",
            "timezone": "Asia/Seoul",
            "jurisdiction": "South Korea",
            "region": "030",
            "website": "http://kr.china-embassy.gov.cn/",
        }
        | changes
    )


def make_participant(**changes: Any) -> ParticipantView:
    return replace(ParticipantView("g-0001", "Lantern circle", "Berlin", ""), **changes)


def make_slot(mission: str = "de-berlin-embassy", **changes: Any) -> SlotView:
    wave, occurrence = changes.get("wave", 1), changes.get("occurrence", 1)
    groups = changes.get("groups", ())
    confirmed = changes.get("confirmed", len(groups))
    offered, capacity = changes.get("offered", 0), changes.get("capacity", 5)
    starts_at = changes.get("starts_at", DAY_AT)
    slot = SlotView(
        key=slot_key(wave, mission, occurrence),
        wave=wave,
        occurrence=occurrence,
        starts_at=starts_at,
        ends_at=changes.get("ends_at", starts_at + timedelta(minutes=60)),
        timezone="Europe/Berlin",
        local_asked=NOON,
        adjustment=Adjustment.NONE,
        offset_now="",
        state=slot_state(confirmed, offered, capacity),
        capacity=capacity,
        confirmed=confirmed,
        offered=offered,
        sequence=0,
        cancelled=False,
        ended=False,
        changed_at=WRITTEN_AT,
        groups=groups,
    )
    return replace(slot, **changes)


def make_site(mission: MissionView | None = None, *slots: SlotView, **changes: Any) -> SiteView:
    mission = mission or make_mission()
    slots = slots or (make_slot(mission.slug, timezone=mission.timezone),)
    state = site_state(slot.state for slot in slots if not slot.cancelled)
    site = SiteView(
        mission=mission, presence=Presence.ON_SITE, dropped=False, state=state, slots=slots
    )
    return replace(site, **changes)


def make_wave(**changes: Any) -> WaveView:
    return replace(WaveView(1, "Noon", Synchronisation.SAME_LOCAL_TIME, NOON, 60), **changes)


def make_campaign(*sites: SiteView, **changes: Any) -> CampaignView:
    campaign = CampaignView(
        slug="demo",
        title="One noon for the refugees",
        statement="Let the refugees go where they are safe.",
        state=CampaignState.PUBLISHED,
        waves=(make_wave(),),
        sites=sites or (make_site(),),
        refresh_minutes=60,
        over=False,
        changed_at=WRITTEN_AT,
        posts=284,
    )
    return replace(campaign, **changes)


def make_snapshot(*campaigns: CampaignView, **changes: Any) -> Snapshot:
    campaigns = campaigns or (make_campaign(),)
    missions = {site.mission.slug: site.mission for c in campaigns for site in c.sites}
    return replace(Snapshot(tuple(missions.values()), campaigns, None), **changes)


def make_state(state: SlotState, mission: MissionView) -> SiteView:
    """A site in a given state, with the groups that make it so."""
    groups = tuple(make_participant(key=f"g-{n}", name=f"Group {n}") for n in range(5))
    chosen = {
        SlotState.EMPTY: {},
        SlotState.OFFERED: {"offered": 1},
        SlotState.COVERED: {"groups": groups[:1]},
        SlotState.FULL: {"groups": groups},
    }[state]
    return make_site(mission, make_slot(mission.slug, timezone=mission.timezone, **chosen))
