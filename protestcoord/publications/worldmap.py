"""What does the world map of a campaign consist of, as a script for the page?

It takes finished GeoJSON and knows neither snapshot nor clock. It is the only module that imports
folium, which is slow to import: import it inside the builder that needs it.
"""

from datetime import datetime, timedelta
from typing import Any

import folium
from branca.element import Figure
from folium.plugins import MarkerCluster
from folium.template import Template
from folium.utilities import JsCode

from protestcoord.core.errors import N_

Features = dict[str, Any]
Properties = dict[str, Any]

# Every text that the map needs. Callers translate the values and keep the keys; the marks
# in %(…)s are filled in by static/mapmarks.js.
MAP_LABELS = {
    "map": N_("World map of the sites"),
    "empty": N_("empty"),
    "offered": N_("offered"),
    "covered": N_("covered"),
    "full": N_("full"),
    "somewhere_in": N_("somewhere in %(city)s"),
    "area_note": N_("Only the city is known, not the building: this is not a meeting place."),
    "remote_only": N_("Not on site: groups act elsewhere, in solidarity"),
    "meeting_point": N_("Meeting point: %(place)s"),
    "no_times": N_("Times to be announced"),
    "your_time": N_("%(time)s where you are"),
    "site_page": N_("About this site"),
    "sign_up": N_("Sign up your group"),
    "cluster": N_("%(count)s sites, %(covered)s of them covered"),
    "legend": N_("Legend"),
    "legend_area": N_("Somewhere in this city"),
    "legend_remote": N_("Not on site: groups act elsewhere"),
    "legend_cluster": N_("Several sites, and how many are covered"),
    "zoom_in": N_("Zoom in"),
    "zoom_out": N_("Zoom out"),
    "whole_world": N_("Show the whole world"),
    "close": N_("Close"),
    "started": N_("Started at %(time)s."),
    "finished": N_("Finished at %(time)s."),
    "people": N_("%(number)s or more people, as the groups say."),
    "few_people": N_("Fewer than 10 people, as the groups say."),
    "legend_said": N_("A group says that it has started"),
    "show_on_map": N_("Show on the map"),
    "day_run": N_("The day round the world"),
    "play": N_("Watch the day"),
    "pause": N_("Pause"),
    "time": N_("Time of the day"),
    "day": N_("Day"),
    "states_again": N_("Back to the states"),
    "phases": N_(
        "Time for %(now)s sites, %(held)s of them covered. Still to come: %(next)s. Over: %(over)s."
    ),
    "cluster_now": N_("%(count)s sites, for %(now)s of them it is time"),
    "list": N_("All sites as a list"),
    "no_script": N_("The map needs JavaScript; the list below says the same."),
}

# The files a page with the map loads, in this order, before the campaign's own map.js.
MAP_STYLES = (
    "vendor/leaflet-1.9.4/leaflet.css",
    "vendor/leaflet.markercluster-1.5.3/MarkerCluster.css",
    "map.css",
)
MAP_SCRIPTS = (
    "vendor/leaflet-1.9.4/leaflet.js",
    "vendor/leaflet.markercluster-1.5.3/leaflet.markercluster.js",
    "vendor/basemap/countries-map.js",
    "vendor/basemap/places.js",
    "mapmarks.js",
    "map.js",
    "basemap.js",
    "sun.js",
    "maptime.js",
    "mapday.js",
    "mapview.js",
)

# At the deepest zoom a pixel is 150 to 300 m: more decimals would only weigh. A city's
# coordinates are those of some spot in it, so they are told to the kilometre.
DECIMALS = {"building": 3, "city": 2}
DRAWN_SITE = ("name", "city", "country_name", "precision", "presence", "state", "url")
DRAWN_SLOT = ("local_start", "local_label", "state")
OPTIONAL = ("meeting_point", "sign_up_url")


# SECURITY: branca reads the script that it wrote as a template once more. A brace that somebody
# typed would be code that this server runs; so folium gets this sign for it, which JSON escapes,
# and the escape of the brace takes its place at the very end.
BRACE = "\ufffe"


class LocalMap(folium.Map):
    """A map whose parts the page loads itself, from our own host."""

    default_js: list[tuple[str, str]] = []  # noqa: RUF012 - overrides folium's list of CDNs
    default_css: list[tuple[str, str]] = []  # noqa: RUF012

    def get_name(self) -> str:
        """Return the id of the page's element; folium's own would be random at every render."""
        return "map"


class LocalMarkerCluster(MarkerCluster):
    """A cluster group that loads nothing from elsewhere."""

    default_js: list[tuple[str, str]] = []  # noqa: RUF012 - overrides folium's list of CDNs
    default_css: list[tuple[str, str]] = []  # noqa: RUF012

    def get_name(self) -> str:
        """Return a name that is the same at every render."""
        return "clusters"


class SiteLayer(folium.GeoJson):
    """The sites; static/map.js makes the markers and their popups."""

    def get_name(self) -> str:
        """Return a name that is the same at every render."""
        return "sites"


class Wording(folium.MacroElement):
    """Hands the translated texts to static/map.js before anything is drawn."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            protestcoordMap.begin({{ this._parent.get_name() }}, {{ this.labels|tojson }});
        {% endmacro %}
        """
    )

    def __init__(self, labels: dict[str, str]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Wording"
        self.labels = labels

    def get_name(self) -> str:
        """Return a name that is the same at every render."""
        return "wording"


class Basemap(folium.MacroElement):
    """Draws the countries from a global that another script of the page has set."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            protestcoordMap.drawBasemap(
                {{ this._parent.get_name() }}, window[{{ this.source|tojson }}]
            );
        {% endmacro %}
        """
    )

    def __init__(self, source: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Basemap"
        self.source = source

    def get_name(self) -> str:
        """Return a name that is the same at every render."""
        return "basemap"


class OperatorsTiles(folium.MacroElement):
    """Tells where the operator has map tiles; static/map.js asks for them only where it is said."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            protestcoordMap.drawTiles({{ this._parent.get_name() }}, {{ this.tiles|tojson }});
        {% endmacro %}
        """
    )

    def __init__(self, tiles: tuple[str, str]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "OperatorsTiles"
        self.tiles = tiles

    def get_name(self) -> str:
        """Return a name that is the same at every render."""
        return "operators_tiles"


class Ready(folium.MacroElement):
    """Tells the other scripts of static/ that the map stands with all its sites."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            protestcoordMap.ready({{ this._parent.get_name() }}, clusters);
        {% endmacro %}
        """
    )

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Ready"

    def get_name(self) -> str:
        """Return a name that is the same at every render."""
        return "ready"


def map_script(
    features: Features,
    *,
    labels: dict[str, str],
    basemap_global: str = "protestcoordBasemap",
    tiles: tuple[str, str] = ("", ""),
) -> str:
    """Return the script that draws a campaign's sites into the page's ``<div id="map">``.

    The page loads MAP_STYLES and MAP_SCRIPTS before it. Equal arguments give equal bytes.

    Args:
        features: The FeatureCollection of ``sites.geojson``; points, (longitude, latitude) in
            degrees. ``meeting_point`` and ``sign_up_url`` among a site's properties are optional.
        labels: A text for every key of MAP_LABELS.
        tiles: Address and credit of the operator's map tiles; empty: none.
        basemap_global: Name of the property of ``window`` that holds the countries.
    """
    world = LocalMap(
        location=(20, 10),
        zoom_start=2,
        tiles=None,
        zoom_control=False,
        # Without Leaflet's own maxZoom the cluster plugin fails; folium's max_zoom is for tiles.
        minZoom=0,  # whole, or the plugin never draws a site that stands alone at every zoom
        maxZoom=9,
        zoomSnap=0.5,
        max_bounds=True,
        min_lat=-72,
        max_lat=86,
        min_lon=-240,
        max_lon=240,
        maxBoundsViscosity=0.6,
    )
    world.add_child(Wording(_without_braces(labels)))
    world.add_child(Basemap(basemap_global))
    if tiles[0]:
        world.add_child(OperatorsTiles(_without_braces(tiles)))
    world.add_child(_clusters(features))
    world.add_child(Ready())
    return f"(function () {{\n{_script_of(world)}\n}})();\n"


def _clusters(features: Features) -> LocalMarkerCluster:
    clusters = LocalMarkerCluster(  # type: ignore[no-untyped-call]
        icon_create_function="protestcoordMap.clusterIcon",
        show_coverage_on_hover=False,
        max_cluster_radius=JsCode("protestcoordMap.clusterRadius"),
        spiderfy_distance_multiplier=1.6,
        spider_leg_polyline_options={"className": "map-leg"},
    )
    sites = SiteLayer(
        _without_braces(
            {"type": "FeatureCollection", "features": [_drawn(f) for f in _by_place(features)]}
        ),
        on_each_feature=JsCode("protestcoordMap.bindSite"),
        point_to_layer=JsCode("protestcoordMap.markOf"),
    )
    clusters.add_child(sites)
    return clusters


def _script_of(world: LocalMap) -> str:
    figure = world.get_root()
    assert isinstance(figure, Figure)  # noqa: S101 - folium.Map always makes one
    figure.render()
    lines = figure.script.render().splitlines()
    script = "\n".join(line.strip() for line in lines if line.strip())
    return script.replace(_escaped(BRACE), _escaped("{"))


def _escaped(character: str) -> str:
    return f"\\u{ord(character):04x}"


def _without_braces(value: Any) -> Any:
    """Return a value of dicts, sequences and plain values without the brace that begins code."""
    if isinstance(value, str):
        return value.replace("{", BRACE)
    if isinstance(value, dict):
        return {key: _without_braces(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_braces(item) for item in value]
    return value


def _by_place(features: Features) -> list[dict[str, Any]]:
    """Return the features with like beside like: half the weight once ten thousand are zipped."""

    def place(feature: dict[str, Any]) -> tuple[str, str]:
        return feature["properties"]["country"], feature["properties"]["mission"]

    return sorted(features["features"], key=place)


def _drawn(feature: dict[str, Any]) -> dict[str, Any]:
    """Return what the map shows of a site, and no more."""
    site: Properties = feature["properties"]
    decimals = DECIMALS[site["precision"]]
    coordinates = [round(degrees, decimals) for degrees in feature["geometry"]["coordinates"][:2]]
    shown = {key: site[key] for key in DRAWN_SITE}
    shown |= {key: site[key] for key in OPTIONAL if site.get(key)}
    shown["slots"] = [_drawn_slot(slot) for slot in site["slots"]]
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": coordinates},
        "properties": shown,
    }


def _drawn_slot(slot: dict[str, Any]) -> dict[str, Any]:
    length = datetime.fromisoformat(slot["ends_at"]) - datetime.fromisoformat(slot["starts_at"])
    return {key: slot[key] for key in DRAWN_SLOT} | {"minutes": length // timedelta(minutes=1)}
