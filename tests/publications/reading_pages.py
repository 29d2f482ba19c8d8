"""What a page says, and the snapshots it is made from, for tests of pages."""

from html.parser import HTMLParser
from pathlib import Path

from protestcoord.core.links import Links
from protestcoord.missions.catalogue import COLUMNS, read_catalogue
from protestcoord.missions.regions import region_of
from protestcoord.publications.campaign_pages import (
    CampaignHead,
    SiteSlice,
    site_page,
)
from protestcoord.publications.frame import Frame
from protestcoord.publications.pages import (
    pages_of,
    pages_of_missions,
)
from protestcoord.publications.publication import Publication
from protestcoord.publications.snapshot import (
    CampaignView,
    MissionView,
    SiteView,
    SlotView,
    Snapshot,
)
from protestcoord.signups.rules import SlotState
from tests.factories import (
    WRITTEN_AT,
    make_campaign,
    make_mission,
    make_participant,
    make_seoul,
    make_site,
    make_slot,
    make_snapshot,
    make_state,
    make_wave,
)

ENGLISH = Links("https://protest.example", "en", "en")
JAPANESE = Links("https://protest.example", "ja", "en")
FRAME = Frame(demo=False, campaign=("demo", "One noon"))
HOSTILE = "</bdi><script>alert(1)</script><b title=\"x' onmouseover='alert(2)\">%(x)s {{ 7*7 }}"


class Page(HTMLParser):
    """What a page consists of, as a browser would read it."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(content.decode())

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "br":
            self.text += " "

    def handle_data(self, data):
        self.text += data

    def all_of(self, name: str) -> list[str]:
        return [
            value or ""
            for _, attributes in self.tags
            for key, value in attributes.items()
            if key == name
        ]

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.tags)

    @property
    def words(self) -> str:
        return " ".join(self.text.split())


def built(publication: Publication, links: Links = ENGLISH) -> Page:
    return Page(publication.build(publication.slice, links))


def pages_in(snapshot: Snapshot, *, demo: bool = False) -> list[Publication]:
    return [*pages_of(snapshot, demo=demo), *pages_of_missions(snapshot, demo=demo)]


def page_at(path: str, *campaigns: CampaignView, links: Links = ENGLISH, **changes) -> Page:
    pages = pages_in(make_snapshot(*campaigns, **changes))
    return built(next(page for page in pages if page.path == path), links)


def page_of_site(site: SiteView, links: Links = ENGLISH, **changes) -> Page:
    head = CampaignHead("demo", "One noon", changes.get("waves", (make_wave(),)), closed=False)
    return Page(site_page(SiteSlice(FRAME, head, site), links))


def all_pages(*campaigns: CampaignView) -> list[Publication]:
    return pages_in(make_snapshot(*campaigns), demo=True)


def hostile_campaign() -> CampaignView:
    group = make_participant(name=HOSTILE, city=HOSTILE, meeting_point=HOSTILE)
    mission = make_mission(
        name=HOSTILE,
        name_local=HOSTILE,
        city=HOSTILE,
        address=HOSTILE,
        jurisdiction=HOSTILE,
        phone=HOSTILE,
        website="javascript:alert(3)",
        wikidata=HOSTILE,
        sources=HOSTILE,
    )
    site = make_site(mission, make_slot(groups=(group,)))
    return make_campaign(site, title=HOSTILE, statement=HOSTILE, waves=(make_wave(title=HOSTILE),))


def four_states() -> CampaignView:
    missions = [
        make_mission(),
        make_seoul(),
        make_seoul(slug="kr-busan-cg", city="Busan", kind="consulate_general"),
        make_mission(slug="at-vienna-embassy", city="Vienna", country="AT"),
    ]
    return make_campaign(*(map(make_state, SlotState, missions)))


def all_missions() -> tuple[MissionView, ...]:
    rows = read_catalogue(Path(__file__).parents[2] / "data" / "embassies.csv")
    return tuple(
        MissionView(
            **{name: getattr(row, name) for name in COLUMNS},
            region=region_of(row.country),
            changed_at=WRITTEN_AT,
        )
        for row in rows
    )


def slot_at(mission: MissionView) -> SlotView:
    return make_slot(mission.slug, timezone=mission.timezone)
