"""What is the world map of a campaign as one file, which needs no other and asks no host?"""

import re
from base64 import b64encode
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from protestcoord.publications import worldmap
from protestcoord.publications.worldmap import MAP_SCRIPTS, MAP_STYLES, Features, Properties


def map_document(
    features: Features,
    *,
    labels: dict[str, str],
    title: str,
    language: str,
    static_dir: Path,
) -> str:
    """Return the map as one HTML document that needs no other file and asks no host.

    Below the map stands every site as text, so that it can be read without script.

    Args:
        features: As for ``map_script``; each ``url`` should be absolute.
        labels: A text for every key of MAP_LABELS.
        title: Heading of the document.
        language: Language of the labels, a BCP 47 tag.
        static_dir: Folder that holds MAP_STYLES and MAP_SCRIPTS.
    """
    scripts = [(static_dir / name).read_text(encoding="utf-8") for name in MAP_SCRIPTS]
    scripts.append(worldmap.map_script(features, labels=labels))
    return DOCUMENT.render(
        title=title,
        language=language,
        labels=labels,
        styles=[_inlined_style(static_dir / name) for name in MAP_STYLES],
        scripts=[_inline_safe(script) for script in scripts],
        countries=list(_sites_by_country(features)),
        somewhere_in=lambda city: labels["somewhere_in"] % {"city": city},
    )


def _sites_by_country(features: Features) -> Iterator[tuple[str, list[Properties]]]:
    def country_name(site: Properties) -> str:
        return str(site.get("country_name") or site["country"])

    sites = [feature["properties"] for feature in features["features"]]
    sites.sort(key=lambda site: (country_name(site), site["city"], site["name"]))
    for name, of_country in groupby(sites, key=country_name):
        yield name, list(of_country)


def _inline_safe(script: str) -> str:
    """Return a script that cannot end, or change, the element it is written into.

    Source:
        HTML, "Restrictions for contents of script elements".
    """
    return re.sub(r"<(?=/script|!--)", r"\\x3C", script, flags=re.IGNORECASE)


def _inlined_style(path: Path) -> str:
    """Return a style sheet with the images it names written into it."""

    def data_uri(named: re.Match[str]) -> str:
        image = b64encode((path.parent / named[1]).read_bytes()).decode()
        return f"url(data:image/png;base64,{image})"

    return re.sub(r"url\((images/[\w-]+\.png)\)", data_uri, path.read_text(encoding="utf-8"))


DOCUMENT = Environment(autoescape=True, trim_blocks=True, undefined=StrictUndefined).from_string(
    """\
<!DOCTYPE html>
<html lang="{{ language }}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src \
'unsafe-inline'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title>
{% for style in styles %}
<style>{{ style|safe }}</style>
{% endfor %}
</head>
<body class="map-document">
<h1>{{ title }}</h1>
<noscript><p>{{ labels.no_script }}</p><style>#map { display: none }</style></noscript>
<div id="map"></div>
<section>
<h2>{{ labels.list }}</h2>
{% for country, sites in countries %}
<h3><bdi>{{ country }}</bdi></h3>
<ul>
{% for site in sites %}
<li>
<a href="{{ site.url }}"><bdi>{{ site.name }}</bdi></a>,
{% if site.precision == "city" %}{{ somewhere_in(site.city) }}{% else %}<bdi>{{ site.city }}\
</bdi>{% endif %}:
<strong>{{ site.state_label }}</strong>
{% if site.presence == "remote_only" %}<p>{{ labels.remote_only }}</p>{% endif %}
{% if site.get("meeting_point") %}
<p>{{ labels.meeting_point % {"place": site.meeting_point} }}</p>
{% endif %}
{% if site.slots %}
<ul>
{% for slot in site.slots %}
<li><time datetime="{{ slot.local_start }}">{{ slot.local_label }}</time>, \
{{ labels[slot.state] }}</li>
{% endfor %}
</ul>
{% endif %}
</li>
{% endfor %}
</ul>
{% endfor %}
</section>
{% for script in scripts %}
<script>{{ script|safe }}</script>
{% endfor %}
</body>
</html>
"""
)
