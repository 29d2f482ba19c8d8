"""An operator's own tiles: asked for only where they were turned on, and only of that host."""

import gzip
import struct
import zlib
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from urllib.request import urlopen

import pytest
from playwright.sync_api import expect

from protestcoord.config import load_settings
from protestcoord.publications.registry import Imprint, publications_of
from tests.factories import make_campaign, make_snapshot
from tests.journeys.browser import WatchedPages
from tests.journeys.built import built_store, door_served
from tests.servers import ManyFiles, answering

pytestmark = pytest.mark.browser

CREDIT = "© Mapmakers <b>of the world</b>"


def png(side=256):
    """A tile of one colour."""

    def chunk(kind, content):
        body = kind + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    rows = (b"\0" + b"\x9a\xc4\xa5" * side) * side
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    data = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data


def pmtiles():
    """An archive in which every tile of the zooms 0 to 3 is the same picture.

    Source:
        PMTiles specification, version 3: header, then a root directory of delta-coded entries.
    """
    tile, tiles = png(), sum(4**zoom for zoom in range(4))

    def number(value):
        out = bytearray()
        while value > 127:
            out.append(value & 127 | 128)
            value >>= 7
        return bytes(out + bytes([value]))

    # One entry: tile 0, repeated for all tiles, its length, and its place (plus one).
    root = gzip.compress(b"".join(map(number, (1, 0, tiles, len(tile), 1))))
    meta = gzip.compress(b"{}")
    begin = 127
    places = [begin, len(root), begin + len(root), len(meta), 0, 0]
    places += [begin + len(root) + len(meta), len(tile), tiles, 1, 1]
    head = b"PMTiles\x03" + struct.pack("<11Q", *places)
    head += bytes([1, 2, 1, 2, 0, 3])  # clustered, gzip inside, tiles not compressed, PNG, zooms
    head += struct.pack("<4i", -1800000000, -850000000, 1800000000, 850000000)
    head += bytes([0]) + struct.pack("<2i", 0, 0)
    return head + root + meta + tile


@contextmanager
def tile_host():
    """Another host on this machine, with pictures and an archive; give its address and its log."""
    asked, archive = [], pmtiles()

    class Tiles(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append((self.path, self.headers.get("Referer"), self.headers.get("Cookie")))
            wanted = self.headers.get("Range")
            body = archive if self.path.endswith(".pmtiles") else png()
            status = 200
            if wanted:
                first, last = map(int, wanted.removeprefix("bytes=").split("-"))
                body, status = body[first : last + 1], 206
            self.send_response(status)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Access-Control-Expose-Headers", "ETag, Content-Length")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_OPTIONS(self):
            self.send_response(204)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Access-Control-Allow-Headers", "range")
            self.end_headers()

        def log_message(self, *_):
            pass

    with answering(ManyFiles(("127.0.0.1", 0), Tiles)) as host:
        yield host, asked


@contextmanager
def site_with(folder, tiles):
    environment = {"MAP_TILES": tiles, "MAP_TILES_CREDIT": CREDIT} if tiles else {}
    settings = load_settings(folder, environment)
    now = datetime.now(UTC)
    imprint = Imprint("uid.example", False, "mailto:a@example.org", now, "k", settings.map_tiles)
    store = built_store(folder, publications_of(make_snapshot(make_campaign()), imprint))
    store.note_current(now)
    with door_served(store, sources=settings.tile_sources) as base_url:
        yield base_url


@pytest.mark.parametrize("name", ["{z}/{x}/{y}.png", "world.pmtiles"])
def test_tiles_come_from_the_named_host_which_the_page_names(browser, tmp_path, name):
    with tile_host() as (host, asked), site_with(tmp_path, f"{host}/{name}") as base_url:
        pages = WatchedPages(browser, base_url)
        page = pages.page()
        page.goto("/c/demo/map/")
        page.locator(".leaflet-tile-loaded").first.wait_for()
        expect(page.locator("[data-tiles]")).to_contain_text(host.removeprefix("http://"))
        expect(page.locator(".leaflet-control-attribution")).to_contain_text(CREDIT)
        expect(page.locator(".map-land").first).to_be_hidden()
        page.context.close()
    assert asked
    assert {(referer, cookie) for _, referer, cookie in asked} == {(None, None)}
    foreign = [fault for fault in pages.faults if not fault.startswith("request off the host")]
    assert foreign == []
    assert all(host in fault or "blob:" in fault for fault in pages.faults)


@pytest.mark.parametrize("page_with_map", ["/c/demo/map/", "/c/demo/embed/map/"])
def test_without_the_setting_or_the_sentence_no_tile_is_asked_for(pages, tmp_path, page_with_map):
    with tile_host() as (host, asked):
        tiles = f"{host}/{{z}}/{{x}}/{{y}}.png" if "embed" in page_with_map else ""
        with site_with(tmp_path, tiles) as base_url:
            page = pages(base_url).page()
            page.goto(page_with_map)
            page.locator("#map .leaflet-marker-icon").first.wait_for()
            page.wait_for_timeout(300)
            page.context.close()
        assert asked == []


@pytest.mark.parametrize(("tiles", "said"), [("https://a.example/{z}/{x}/{y}", True), ("", False)])
def test_the_privacy_page_says_what_is_loaded_from_elsewhere(tmp_path, tiles, said):
    with site_with(tmp_path, tiles) as base_url, urlopen(f"{base_url}/privacy/") as answer:
        page = answer.read().decode()
    assert ("but the background of the maps" in page) is said
    assert ("no map tiles" in page) is not said
