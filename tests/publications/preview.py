"""Every page in every state, with no app: ``python -m tests.publications.preview``."""

import http.server
import sys
import tempfile
from functools import partial
from itertools import cycle
from pathlib import Path

from protestcoord.config import LANGUAGES
from protestcoord.core.links import STATIC, Links, static_version
from protestcoord.publications.maps import map_script
from protestcoord.publications.pages import pages_of, pages_of_missions
from protestcoord.publications.snapshot import CampaignView
from protestcoord.signups.rules import SlotState
from tests.factories import make_campaign, make_snapshot, make_state
from tests.publications.reading_pages import all_missions


def whole_world() -> CampaignView:
    """All missions, the states by turns."""
    states = cycle(SlotState)
    return make_campaign(*(make_state(next(states), mission) for mission in all_missions()))


def build_into(folder: Path, base_url: str) -> None:
    campaign = whole_world()
    snapshot = make_snapshot(campaign)
    pages = [*pages_of(snapshot, demo=True), *pages_of_missions(snapshot, demo=True)]
    for language in LANGUAGES:
        links = Links(base_url, language, "en")
        for page in pages:
            file = folder / links.prefixed(page.path)[1:] / "index.html"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(page.build(page.slice, links))
        (folder / links.prefixed("/c/demo/map.js")[1:]).write_bytes(map_script(campaign, links))
    (folder / "static").mkdir()
    (folder / "static" / static_version()).symlink_to(STATIC)


def main(port: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        build_into(Path(folder), f"http://127.0.0.1:{port}")
        handler = partial(http.server.SimpleHTTPRequestHandler, directory=folder)
        sys.stderr.write(f"http://127.0.0.1:{port}/\n")
        http.server.ThreadingHTTPServer(("127.0.0.1", port), handler).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 8099)
