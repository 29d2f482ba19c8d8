"""What stands in the JSON publications: JSON Schema 2020-12, as OpenAPI 3.1 uses it."""

from enum import Enum
from typing import Any

from protestcoord.campaigns.recurrence import Frequency
from protestcoord.campaigns.rules import CampaignState, Presence
from protestcoord.campaigns.waves import RelayKind, Synchronisation
from protestcoord.missions.catalogue import COLUMNS
from protestcoord.missions.rules import MissionKind, MissionStatus, Precision
from protestcoord.signups.rules import PEOPLE_STEPS, SlotState
from protestcoord.volunteers.rules import BUCKETS

Schema = dict[str, Any]


def text(description: str, **more: Any) -> Schema:
    """Return the schema of a string."""
    return {"type": "string", "description": description, **more}


def count(description: str) -> Schema:
    """Return the schema of a number of things."""
    return {"type": "integer", "minimum": 0, "description": description}


def one_of(members: type[Enum], description: str) -> Schema:
    """Return the schema of a member of an enum."""
    return text(description, enum=[member.value for member in members])


def listed(items: Schema, description: str) -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": items, "description": description}


def thing(description: str, **properties: Schema) -> Schema:
    """Return the schema of an object, all of whose properties are always there."""
    return {
        "type": "object",
        "description": description,
        "required": list(properties),
        "properties": properties,
    }


def named(name: str) -> Schema:
    """Return a reference to a schema of SCHEMAS."""
    return {"$ref": f"#/components/schemas/{name}"}


def _links(*names: str, **more: Schema) -> Schema:
    address = text("Full address.", format="uri")
    return thing("Full addresses of what belongs to it.", **dict.fromkeys(names, address), **more)


def _id(example: str) -> Schema:
    return text("Stable for life.", examples=[example])


ADDRESSES = listed({"type": "string", "format": "uri"}, "Full addresses.")
VERSION = text(
    "Changes exactly when the object, or one that it holds, says anything else.",
    pattern="^[0-9a-f]{16}$",
    examples=["3b0c44298fc1c149"],
)
INSTANT = text("An instant in UTC.", format="date-time", examples=["2027-06-04T10:00:00Z"])
INSTANT_OR_NULL = {**INSTANT, "type": ["string", "null"], "description": "An instant, if any."}
LOCAL_START = text(
    "The start on the clock at the site, with its offset.",
    pattern="^[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}:[0-9]{2}[+-][0-9]{2}:[0-9]{2}$",
    examples=["2027-06-04T21:00+09:00"],
)
COUNTRY = text(
    "ISO 3166-1 alpha-2 of the host country; XK allowed.",
    pattern="^[A-Z]{2}$",
    examples=["DE"],
)
REGION = text("UN M49 code of the subregion.", pattern="^[0-9]{3}$", examples=["155"])
PLACE = {
    "latitude": {"type": "number", "minimum": -90, "maximum": 90, "description": "Degrees."},
    "longitude": {"type": "number", "minimum": -180, "maximum": 180, "description": "Degrees."},
    "precision": one_of(Precision, "`city`: the middle of the city. Never send anyone there."),
}
ENUMS = {
    "kind": one_of(MissionKind, "What kind of mission."),
    "status": one_of(MissionStatus, "Whether it is open."),
}
PRESENCE = one_of(Presence, "`remote_only`: nobody is to go there; groups act elsewhere.")
STATE = one_of(SlotState, "How far it is taken by groups.")
# A row of the directory.
EXAMPLE: dict[str, str | float] = {
    "slug": "de-berlin-embassy",
    "name": "Embassy of the People's Republic of China in Germany",
    "name_local": "中华人民共和国驻德意志联邦共和国大使馆",
    "kind": "embassy",
    "country": "DE",
    "city": "Berlin",
    "address": "Märkisches Ufer 54, 10179 Berlin",
    "postal_code": "10179",
    "latitude": 52.5135,
    "longitude": 13.417194,
    "precision": "building",
    "timezone": "Europe/Berlin",
    "phone": "+49-30-275880",
    "website": "http://de.china-embassy.gov.cn/",
    "jurisdiction": "Germany",
    "wikidata": "Q1073835",
    "sources": "wikidata-2022-11;mfa-visa-form-list;wikipedia-2019;enwiki;"
    "tourism-portal-dein-havelland",
    "confidence": "high",
    "verified_on": "2024",
    "status": "open",
}
_COLUMNS: dict[str, Schema] = {
    name: text(f"The column `{name}` of data/embassies.csv.") for name in COLUMNS
} | {**PLACE, **ENUMS, "country": COUNTRY}
COLUMN_SCHEMAS = {
    name: {**schema, "examples": [EXAMPLE[name]]} for name, schema in _COLUMNS.items()
}
TALLY = {
    "sites": count("Sites in all."),
    "covered": count("Sites where a group is confirmed, the full ones among them."),
    "full": count("Sites where all places are taken."),
    "offered": count("Sites where a group waits for approval and none is confirmed."),
    "empty": count("Sites without any group."),
}

GROUP = thing(
    "A confirmed group, with what it made public.",
    id=_id("g-5f2a9c01d3"),
    version=VERSION,
    name=text("Its name, or empty if it does not want to be named."),
    city=text("Its city, or empty."),
    meeting_point=text("Where people meet, or empty; some are public 24 hours before the start."),
    accessibility=text("What it says of steps, seats, signing and the like, or empty."),
    languages=text("Which languages it speaks, in its own words, or empty."),
    leads={"type": "boolean", "description": "Whether the other groups of the slot look to it."},
    links=_links("calendar"),
)
SLOT = thing(
    "One occurrence of a wave at one site.",
    id=_id("w1-de-berlin-embassy-1"),
    version=VERSION,
    uid=text(
        "UID of its calendar event, the same on every mirror.",
        examples=["demo.w1-de-berlin-embassy-1@protest.example"],
    ),
    sequence=count("Raised when the time or place changed, or it was cancelled."),
    wave=count("Number of its wave."),
    occurrence=count("Which occurrence of the wave, from 1."),
    starts_at=INSTANT,
    ends_at=INSTANT,
    local_start=LOCAL_START,
    state=STATE,
    capacity=count("Places for groups."),
    confirmed=count("Groups that are confirmed."),
    offered=count("Groups that wait for approval."),
    turnout={
        "type": ["integer", "null"],
        "enum": [0, *BUCKETS, None],
        "description": "So many people at least say that they come; null where nobody is asked.",
    },
    changed_at=INSTANT,
    groups=listed(named("Group"), "The confirmed groups, by place."),
    links=_links("calendar"),
)
SITE = thing(
    "A mission that takes part in a campaign.",
    id=_id("de-berlin-embassy"),
    version=VERSION,
    campaign=text("Slug of the campaign."),
    mission=text("Slug of the mission."),
    name=text("Name of the mission."),
    name_local=text("Its Chinese name, or empty."),
    country=COUNTRY,
    region=REGION,
    city=text("City."),
    **PLACE,
    presence=PRESENCE,
    dropped={"type": "boolean", "description": "Whether it takes no part any more."},
    state=STATE,
    timezone=text("IANA time zone.", examples=["Europe/Berlin"]),
    meeting_point=text("The first that a confirmed group made public, or empty."),
    url=text("Its page.", format="uri"),
    slots=listed(named("Slot"), "By start."),
    cancelled_slots=listed(named("Slot"), "Called off within the last 30 days."),
    links=_links("self", "page", "calendar", "mission"),
)
COUNTRY_SITES = thing(
    "The sites of a country.",
    id=COUNTRY,
    version=VERSION,
    campaign=text("Slug of the campaign."),
    sites=listed(named("Site"), "By mission."),
    links=_links("self", "campaign", "calendar"),
)
RECURRENCE = {
    **thing(
        "How the wave repeats, in the words of RFC 5545.",
        frequency=one_of(Frequency, "The unit."),
        interval={"type": "integer", "minimum": 1, "description": "Every how many units."},
        count={"type": ["integer", "null"], "description": "How often in all."},
        until={"type": ["string", "null"], "description": "The last day, on the wave's clock."},
        weekdays=listed({"type": "string"}, "`MO` to `SU`, perhaps with a number before it."),
        hours=listed({"type": "integer"}, "Hours of the day."),
    ),
    "type": ["object", "null"],
}
CLOCK = text("Wall clock at the site.", pattern="^[0-9]{2}:[0-9]{2}$", examples=["08:00"])
RELAY = {
    **thing(
        "How sites follow the sun westward, each in its window of the day; only for `relay`.",
        kind=one_of(RelayKind, "All sites, or the fewest that leave no minute uncovered."),
        window_start=CLOCK,
        window_end={**CLOCK, "description": "Perhaps past midnight; equal: the whole day."},
        hours={"type": "integer", "minimum": 1, "description": "Hours the segments fill."},
    ),
    "type": ["object", "null"],
}
WAVE = thing(
    "A rule for when.",
    id={"type": "integer", "minimum": 1, "description": "Its number."},
    version=VERSION,
    title=text("Its name, or empty."),
    synchronisation=one_of(Synchronisation, "How the sites' times belong together."),
    start=text(
        "UTC; for `same_local_time` the clock at every site.",
        pattern="^[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}:[0-9]{2}$",
        examples=["2027-06-04T12:00"],
    ),
    duration_minutes={"type": "integer", "minimum": 1, "description": "Length, elapsed minutes."},
    relay=RELAY,
    recurrence=RECURRENCE,
    links=_links("calendar"),
)
COVERAGE = thing(
    "How much of a campaign is covered.",
    sites=count("Sites that take part."),
    countries=count("Countries with a site."),
    sites_covered=count("Sites where a group is confirmed."),
    countries_covered=count("Countries with such a site."),
    sites_offered=count("Sites where a group only waits for approval."),
    sites_empty=count("Sites without any group."),
    groups=count("Groups that are confirmed somewhere, each once."),
    slots=count("Slots of all sites."),
    slots_covered=count("Slots for which a group is confirmed."),
    full=count("Sites where all places are taken."),
    posts=count("Open missions of the whole directory."),
    posts_covered=count("Those of them that are covered."),
    share_of_posts={"type": "number", "minimum": 0, "maximum": 1, "description": "Their share."},
    remote_only=thing(
        "The sites that are remote only, which all other figures count too.",
        sites=TALLY["sites"],
        covered=TALLY["covered"],
    ),
    regions=listed(thing("A region.", m49=REGION, **TALLY), "By code."),
    by_country=listed(thing("A country.", country=COUNTRY, **TALLY), "By code."),
)
_CAMPAIGN: dict[str, Schema] = {
    "id": _id("demo"),
    "version": VERSION,
    "title": text("Its title."),
    "state": text(
        "Whether it goes on.",
        enum=[CampaignState.PUBLISHED.value, CampaignState.CLOSED.value],
    ),
    "over": {"type": "boolean", "description": "Whether its last slot has ended."},
    "starts_at": INSTANT_OR_NULL,
    "ends_at": INSTANT_OR_NULL,
}
_CAMPAIGN_LINKS = ("self", "page", "calendar", "sites", "changes")
CAMPAIGN_IN_SHORT = thing("A campaign.", **_CAMPAIGN, links=_links(*_CAMPAIGN_LINKS))
CAMPAIGN = thing(
    "A campaign with its message, its waves and its coverage.",
    **_CAMPAIGN,
    statement=text("Its message, with line feeds."),
    changed_at=INSTANT,
    waves=listed(named("Wave"), "By number."),
    coverage=named("Coverage"),
    links=_links(
        *_CAMPAIGN_LINKS,
        *("sites_csv", "sites_geojson", "sites_kml", "coverage"),
        *("map", "map_file", "timeline", "subscribe", "day", "day_data", "wall", "text"),
        countries=ADDRESSES,
        calendars_of_countries=ADDRESSES,
        calendars_of_regions=ADDRESSES,
        calendars_with_alarm=ADDRESSES,
    ),
)
MISSION_ROW = thing("A row of the directory, its keys the columns of the CSV.", **COLUMN_SCHEMAS)
MISSION = thing(
    "A mission.",
    id=_id("de-berlin-embassy"),
    version=VERSION,
    **COLUMN_SCHEMAS,
    region=REGION,
    links=_links("self", "page", sites=ADDRESSES),
)


def _features(properties: Schema) -> Schema:
    position = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
    point = thing(
        "Where; longitude and latitude in degrees.", type={"const": "Point"}, coordinates=position
    )
    feature = thing(
        "One.",
        type={"const": "Feature"},
        id=_id("de-berlin-embassy"),
        geometry=point,
        properties=properties,
    )
    return thing(
        "GeoJSON, RFC 7946.",
        type={"const": "FeatureCollection"},
        credit=text("Whom to credit for the points."),
        features=listed(feature, "By mission."),
    )


MISSION_FEATURES = _features(
    thing(
        "The columns of the CSV without coordinates.",
        **{n: s for n, s in COLUMN_SCHEMAS.items() if n not in ("latitude", "longitude")},
        url=text("Its page.", format="uri"),
    )
)
SITE_FEATURES = _features(
    thing(
        "A site, for maps.",
        mission=text("Slug of the mission."),
        name=text("Name of the mission."),
        name_local=text("Its Chinese name, or empty."),
        country=COUNTRY,
        country_name=text("The country's name, in the language of the address."),
        region=REGION,
        city=text("City."),
        precision=PLACE["precision"],
        presence=PRESENCE,
        state=STATE,
        state_label=text("The state, in the language of the address."),
        slots=listed(
            thing(
                "A slot in short.",
                id=_id("w1-de-berlin-embassy-1"),
                starts_at=INSTANT,
                ends_at=INSTANT,
                local_start=LOCAL_START,
                local_label=text("The start for people, in the language of the address."),
                state=STATE,
                wave=count("Number of its wave."),
            ),
            "By start.",
        ),
        meeting_point=text("The first that a confirmed group made public, or empty."),
        url=text("Its page.", format="uri"),
    )
)

THERE_OR_NULL: Schema = {
    "type": ["string", "null"],
    "description": "An instant on the clock at the site, with its offset; or null.",
    "examples": ["2027-06-04T12:03+02:00"],
}
DAY = thing(
    "The day of a campaign: the run of slots that goes on or is next, else the last.",
    campaign=_id("demo"),
    page=text("Its page for people.", format="uri"),
    plan=text("Changes when a slot of the day is moved, added or called off."),
    starts_at=INSTANT_OR_NULL,
    ends_at=INSTANT_OR_NULL,
    slots=count("All slots of the day, those called off too."),
    sites_started=count("Sites where a group said that it has started."),
    countries_started=count("The countries of these sites."),
    sites_finished=count("Sites where all groups that started said that they are done."),
    people=count("So many people at least, as the groups say: the sum of the steps."),
    told=listed(
        thing(
            "A slot that something is told of.",
            slot=_id("w1-de-berlin-embassy-1"),
            mission=_id("de-berlin-embassy"),
            local_start=LOCAL_START,
            moved_from=THERE_OR_NULL,
            cancelled={"type": "boolean", "description": "Whether it was called off."},
            started_at=THERE_OR_NULL,
            finished_at=THERE_OR_NULL,
            people={
                "type": ["integer", "null"],
                "enum": [None, 0, *PEOPLE_STEPS],
                "description": "So many people at least; 0 for fewer than ten; null: not said.",
            },
        ),
        "By start.",
    ),
)

SCHEMAS: dict[str, Schema] = {
    "Campaign": CAMPAIGN,
    "CampaignInShort": CAMPAIGN_IN_SHORT,
    "CountrySites": COUNTRY_SITES,
    "Coverage": COVERAGE,
    "Day": DAY,
    "Group": GROUP,
    "Mission": MISSION,
    "MissionFeatures": MISSION_FEATURES,
    "MissionRow": MISSION_ROW,
    "Site": SITE,
    "SiteFeatures": SITE_FEATURES,
    "Slot": SLOT,
    "Wave": WAVE,
}
