"""How do programs read the public data: an OpenAPI document, made from the tables of files."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from protestcoord import __version__
from protestcoord.config import LANGUAGES
from protestcoord.core.links import Links
from protestcoord.core.text import json_bytes
from protestcoord.publications.feeds import ALARM_MINUTES
from protestcoord.publications.kinds import Kind
from protestcoord.publications.publication import Publication
from protestcoord.publications.schemas import SCHEMAS, text
from protestcoord.publications.snapshot import CampaignView, Snapshot, View

PATH = "/api/v1/openapi.json"
MOST_EXAMPLES = 3
DESCRIPTION = (
    "Every address is a finished file: no key, no query, no limit. Ask again with If-None-Match: "
    "an answer that did not change is 304 and empty. `version` tells whether an object changed, "
    "`links` lead on. New properties may appear; none goes away within version 1."
)
DESCRIBED = {
    "campaign": text("Slug of a campaign.", pattern="^[a-z0-9-]+$"),
    "country": text("ISO 3166-1 alpha-2 in small letters.", pattern="^[a-z]{2}$"),
    "group": text("Key of a group.", pattern="^g-[0-9a-f]+$"),
    "minutes": text("Minutes before.", enum=[str(minutes) for minutes in ALARM_MINUTES]),
    "mission": text("Slug of a mission.", pattern="^[a-z0-9-]+$"),
    "region": text("UN M49 code of a subregion.", pattern="^[0-9]{3}$"),
    "slot": text("Key of a slot.", pattern="^w[0-9]+-[a-z0-9-]+-[0-9]+$"),
    "wave": text("Number of a wave.", pattern="^[1-9][0-9]*$"),
}
HEADERS = {
    "ETag": "Strong, of this coding's bytes.",
    "Last-Modified": "When the file was written.",
    "Cache-Control": "For how long a copy may be kept.",
    "Vary": "Always Accept-Encoding.",
    "Allow": "GET, HEAD.",
}


@dataclass(frozen=True)
class OpenApiSlice(View):
    """What the document reads of a snapshot: parameters that there are, as examples."""

    examples: tuple[tuple[str, tuple[str, ...]], ...]


def openapi_publication(snapshot: Snapshot, kinds: Sequence[Kind]) -> Publication:
    """Return the document that describes the kinds of files."""

    def openapi_json(piece: OpenApiSlice, links: Links) -> bytes:
        return json_bytes(_document(kinds, dict(piece.examples), links))

    return Publication(PATH, OpenApiSlice(_examples(snapshot)), openapi_json, multilingual=False)


def _examples(snapshot: Snapshot) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return values that together lead to a file: a campaign, and what is in it."""
    campaign = next(iter(snapshot.campaigns), None)
    missions = campaign and [site.mission for site in campaign.live_sites]
    missions = (missions or list(snapshot.missions))[:MOST_EXAMPLES]
    return (
        ("country", tuple(sorted({mission.country.lower() for mission in missions}))),
        ("mission", tuple(mission.slug for mission in missions)),
        ("region", tuple(sorted({mission.region for mission in missions}))),
        ("minutes", tuple(map(str, ALARM_MINUTES))),
        *(_examples_of_campaign(campaign) if campaign else ()),
    )


def _examples_of_campaign(campaign: CampaignView) -> Iterator[tuple[str, tuple[str, ...]]]:
    slots = [slot for site in campaign.live_sites for slot in site.open_slots]
    groups = {group.key for slot in slots for group in slot.groups}
    yield "campaign", (campaign.slug,)
    yield "wave", tuple(str(wave.number) for wave in campaign.waves[:MOST_EXAMPLES])
    yield "slot", tuple(slot.key for slot in slots[:MOST_EXAMPLES])
    yield "group", tuple(sorted(groups)[:MOST_EXAMPLES])


def _document(
    kinds: Sequence[Kind], examples: dict[str, tuple[str, ...]], links: Links
) -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "protestcoord",
            "version": f"1 ({__version__})",
            "summary": "Protests at Chinese embassies and consulates: sites, times, states.",
            "description": DESCRIPTION,
            "license": {
                "name": "Free to use; coordinates of cities by GeoNames under CC BY 4.0",
                "url": links.absolute("/about/"),
            },
        },
        "servers": [{"url": links.base_url}],
        "paths": {kind.path: {"get": _operation(kind, examples)} for kind in kinds},
        "components": {"schemas": SCHEMAS},
    }


def _operation(kind: Kind, examples: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": _operation_id(kind.path),
        "summary": kind.summary,
        "responses": _responses(kind),
    }
    if kind.multilingual:
        others = ", ".join(f"`/{code}{kind.path}`" for code in LANGUAGES)
        operation["description"] = f"In other languages at {others}, but for the site's own."
    if parameters := list(_parameters(kind.path, examples)):
        operation["parameters"] = parameters
    return operation


def _responses(kind: Kind) -> dict[str, Any]:
    return {
        "200": {
            "description": kind.summary,
            "headers": _headers("ETag", "Last-Modified", "Cache-Control", "Vary"),
            "content": {kind.media_type: {"schema": kind.schema} if kind.schema else {}},
        },
        "304": {
            "description": "What you have is current.",
            "headers": _headers("ETag", "Cache-Control", "Vary"),
        },
        "404": {
            "description": "There is no such thing: a page that says so.",
            "content": {"text/html": {}},
        },
        "405": {
            "description": "A file can only be read: the answer to every other method.",
            "headers": _headers("Allow"),
        },
    }


def _operation_id(path: str) -> str:
    return "_".join(re.findall(r"[a-z]+", path))


def _headers(*names: str) -> dict[str, Any]:
    return {name: {"schema": {"type": "string"}, "description": HEADERS[name]} for name in names}


def _parameters(path: str, examples: dict[str, tuple[str, ...]]) -> Iterator[dict[str, Any]]:
    for name in re.findall(r"{(\w+)}", path):
        described = {"in": "path", "name": name, "required": True, "schema": DESCRIBED[name]}
        if values := examples.get(name):
            described["examples"] = {value: {"value": value} for value in values}
        yield described
