import gzip
import json
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import brotli
import pytest

from protestcoord.core.links import STATIC, Links, static_version
from protestcoord.publications import files as files_module
from protestcoord.publications import record as record_module
from protestcoord.publications import release
from protestcoord.publications.addresses import UnsafeAddress
from protestcoord.publications.publication import Publication
from protestcoord.publications.release import code_version, static_publications
from protestcoord.publications.store import BuildResult, Store
from tests.factories import make_mission

TEXT = "All the sites, all the times. " * 40


def links_for(language: str) -> Links:
    return Links("https://example.org", language, "en")


class Counted:
    """A builder that says which language it was asked for, and counts."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, str]] = []

    def __call__(self, value: Any, links: Links) -> bytes:
        self.calls.append((value, links.language))
        return f"{value} in {links.language}\n{TEXT}".encode()


def fails(value: Any, links: Links) -> bytes:
    raise RuntimeError("no such luck")


def text(path: str, value: Any, build: Callable[..., bytes] | None = None) -> Publication:
    return Publication(path, value, build or Counted(), multilingual=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "public"


@pytest.fixture
def store(tmp_path: Path, folder: Path) -> Store:
    return Store(folder, tmp_path / "built.json", "code-1")


def build(store: Store, *publications: Publication, languages: tuple[str, ...] = ("en", "ja")):
    return store.build_stale(publications, languages, "en", links_for)


def written(file: Path) -> tuple[int, int]:
    """Return what tells that a file was written anew."""
    status = file.stat()
    return status.st_ino, status.st_mtime_ns


def names_in(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def read(folder: Path, name: str) -> tuple[bytes, bytes, bytes]:
    plain = (folder / name).read_bytes()
    packed = gzip.decompress((folder / f"{name}.gz").read_bytes())
    return plain, packed, brotli.decompress((folder / f"{name}.br").read_bytes())


def test_page_exists_once_for_each_language_at_its_prefix(store, folder):
    result = build(store, Publication("/missions/", "v1", Counted()))
    assert result == BuildResult(built=2, unchanged=0, removed=0, failed=0)
    assert read(folder, "missions/index.html")[0].startswith(b"v1 in en")
    assert read(folder, "ja/missions/index.html")[0].startswith(b"v1 in ja")


def test_data_exists_once_in_the_default_language(store, folder):
    build(store, text("/missions.csv", "v1"))
    assert names_in(folder) == {"missions.csv", "missions.csv.gz", "missions.csv.br"}


def test_home_page_is_the_index_of_the_folder(store, folder):
    build(store, Publication("/", "v1", Counted()))
    assert {"index.html", "ja/index.html"} <= names_in(folder)


def test_compressed_files_unfold_to_the_same_bytes(store, folder):
    build(store, text("/missions.csv", "v1"))
    plain, packed, brotlied = read(folder, "missions.csv")
    assert plain == packed == brotlied


def test_small_bodies_and_images_are_not_compressed(store, folder):
    build(
        store,
        text("/small.txt", "v1", lambda value, links: b"a" * 199),
        text("/large.txt", "v1", lambda value, links: b"a" * 200),
        text("/image.png", "v1", lambda value, links: b"a" * 9000),
        text("/font.woff2", "v1", lambda value, links: b"a" * 9000),
    )
    compressed = {name for name in names_in(folder) if name.endswith((".gz", ".br"))}
    assert compressed == {"large.txt.gz", "large.txt.br"}


def test_same_body_is_compressed_to_the_same_bytes_at_any_time(store, folder, tmp_path):
    build(store, text("/a.txt", "v1"))
    before = (folder / "a.txt.gz").read_bytes()
    (folder / "a.txt.gz").unlink()
    time.sleep(1.1)
    build(Store(folder, tmp_path / "built.json", "code-2"), text("/a.txt", "v1"))
    assert (folder / "a.txt.gz").read_bytes() == before


def test_unchanged_publications_are_not_built_again(store):
    builder = Counted()
    build(store, Publication("/missions/", "v1", builder), text("/a.txt", "v1", builder))
    result = build(store, Publication("/missions/", "v1", builder), text("/a.txt", "v1", builder))
    assert result == BuildResult(built=0, unchanged=3, removed=0, failed=0)
    assert len(builder.calls) == 3


def test_only_the_publication_whose_slice_changed_is_built(store, folder):
    builder = Counted()
    build(store, text("/a.txt", make_mission(), builder), text("/b.txt", "v1", builder))
    changed = make_mission(city="Bonn")
    result = build(store, text("/a.txt", changed, builder), text("/b.txt", "v1", builder))
    assert result == BuildResult(built=1, unchanged=1, removed=0, failed=0)
    assert builder.calls[2:] == [(changed, "en")]
    assert b"Bonn" in read(folder, "a.txt")[1]


def test_equal_slice_in_another_object_is_unchanged(store):
    build(store, text("/a.txt", (make_mission(),)))
    assert build(store, text("/a.txt", (make_mission(),))).unchanged == 1


def test_slice_is_digested_once_for_all_languages(store, monkeypatch):
    digested = []
    digest_of = files_module.digest_of
    monkeypatch.setattr(files_module, "digest_of", lambda v: digested.append(v) or digest_of(v))
    build(store, Publication("/missions/", ("v1",), Counted()), languages=("en", "ja", "ko"))
    assert digested == [("v1",)]


def written_in(folder):
    """Which files there are and when they were written; to read one changes neither."""
    stats = ((name, (folder / name).stat()) for name in names_in(folder))
    return {name: (stat.st_ino, stat.st_mtime_ns, stat.st_ctime_ns) for name, stat in stats}


def test_new_code_builds_all_again_and_keeps_files_with_equal_bytes(store, folder, tmp_path):
    build(store, text("/a.txt", "v1"))
    before = written_in(folder)
    result = build(Store(folder, tmp_path / "built.json", "code-2"), text("/a.txt", "v1"))
    assert result.built == 1
    assert written_in(folder) == before


def test_another_public_address_builds_all_again(store):
    build(store, text("/a.ics", "v1"))
    moved = store.build_stale(
        [text("/a.ics", "v1")], ["en"], "en", lambda code: Links("https://moved.org", code, "en")
    )
    assert moved.built == 1


@pytest.mark.parametrize("state", [None, "", "{", "[]", "7", '{"boot": "x", "versions": 3}'])
def test_lost_or_corrupt_state_builds_all_again_and_rewrites_nothing(
    store, folder, tmp_path, state
):
    build(store, text("/a.txt", "v1"), text("/gone.txt", "v1"))
    before = written(folder / "a.txt")
    (tmp_path / "built.json").unlink()
    if state is not None:
        (tmp_path / "built.json").write_text(state)
    result = build(store, text("/a.txt", "v1"))
    assert result == BuildResult(built=1, unchanged=0, removed=1, failed=0)
    assert written(folder / "a.txt") == before
    assert names_in(folder) == {"a.txt", "a.txt.gz", "a.txt.br"}


def test_after_a_restart_of_the_machine_torn_files_are_found(store, folder, tmp_path, monkeypatch):
    build(store, text("/a.txt", "v1"))
    (folder / "a.txt.br").write_bytes(b"")
    assert build(store, text("/a.txt", "v1")).unchanged == 1
    (tmp_path / "boot").write_text("another")
    monkeypatch.setattr(record_module, "BOOT_ID", tmp_path / "boot")
    assert build(store, text("/a.txt", "v1")).built == 1
    plain, packed, brotlied = read(folder, "a.txt")
    assert plain == packed == brotlied


def test_deleted_file_is_built_again(store, folder):
    build(store, text("/a.txt", "v1"))
    (folder / "a.txt").unlink()
    assert build(store, text("/a.txt", "v1")).built == 1
    assert (folder / "a.txt").exists()


def test_body_that_becomes_small_loses_its_compressed_files(store, folder):
    build(store, text("/a.txt", "v1"))
    build(store, text("/a.txt", "v2", lambda value, links: b"closed"))
    assert names_in(folder) == {"a.txt"}


def test_what_nothing_publishes_is_removed_with_its_empty_folders(store, folder):
    build(store, text("/c/demo/sites/x/plan.txt", "v1"), text("/c/a.txt", "v1"))
    result = build(store, text("/c/a.txt", "v1"))
    assert result == BuildResult(built=0, unchanged=1, removed=1, failed=0)
    assert [p.name for p in (folder / "c").iterdir() if p.is_dir()] == []
    assert names_in(folder) == {"c/a.txt", "c/a.txt.gz", "c/a.txt.br"}


def test_removing_all_leaves_an_empty_folder(store, folder):
    build(store, text("/c/demo/a.txt", "v1"))
    build(store)
    assert list(folder.iterdir()) == []


def test_failing_builder_keeps_the_old_file_and_breaks_no_other(store, folder, caplog):
    build(store, text("/a.txt", "v1"), text("/b.txt", "v1"))
    old = read(folder, "a.txt")
    result = build(store, text("/a.txt", "v2", fails), text("/b.txt", "v2"))
    assert result == BuildResult(built=1, unchanged=0, removed=0, failed=1)
    assert read(folder, "a.txt") == old
    assert read(folder, "b.txt")[0].startswith(b"v2")
    assert "a.txt" in caplog.text
    assert "no such luck" in caplog.text


def test_failed_publication_is_tried_again_at_the_next_build(store, folder):
    build(store, text("/a.txt", "v1", fails))
    assert build(store, text("/a.txt", "v1", fails)).failed == 1
    assert build(store, text("/a.txt", "v1")).built == 1
    assert read(folder, "a.txt")[0].startswith(b"v1")


def test_file_that_cannot_be_written_breaks_no_other(store, folder):
    result = build(store, text("/" + "long" * 99, "v1"), text("/b.txt", "v1"))
    assert (result.built, result.failed) == (1, 1)


def test_progress_counts_what_is_stale(store):
    build(store, text("/a.txt", "v1"))
    told = []
    store.build_stale(
        [text("/a.txt", "v1"), Publication("/", "v1", Counted())],
        ["en", "ja"],
        "en",
        links_for,
        lambda done, total: told.append((done, total)),
    )
    assert told == [(1, 2), (2, 2)]


@pytest.mark.parametrize(
    "path",
    [
        "", "a.txt", "/../a.txt", "/c/../../a.txt", "/c/..", "/c/./a", "//a.txt", "/c//a.txt",
        "/c\\a.txt", "/a\0.txt", "/.git/config", "/c/.hidden", "/a.gz", "/a.br", "/a.tmp",
    ],
)  # fmt: skip
def test_path_that_could_leave_the_folder_or_clash_is_refused(store, folder, path):
    with pytest.raises(UnsafeAddress):
        build(store, text("/good.txt", "v1"), text(path, "v1"))
    assert not folder.exists()
    assert issubclass(UnsafeAddress, ValueError)


def test_well_known_address_is_allowed(store, folder):
    build(store, text("/.well-known/security.txt", "v1"))
    assert (folder / ".well-known/security.txt").exists()


def test_two_publications_at_one_path_are_refused(store):
    with pytest.raises(UnsafeAddress, match="two publications"):
        build(store, text("/a.txt", "v1"), text("/a.txt", "v2"))


def test_build_that_is_interrupted_is_taken_up_again(store, folder):
    def interrupted(value: Any, links: Links) -> bytes:
        raise KeyboardInterrupt

    build(store, text("/a.txt", "v1"), text("/b.txt", "v1"))
    with pytest.raises(KeyboardInterrupt):
        build(store, text("/a.txt", "v2"), text("/b.txt", "v2", interrupted))
    result = build(store, text("/a.txt", "v2"), text("/b.txt", "v1"))
    assert result == BuildResult(built=1, unchanged=1, removed=0, failed=0)
    assert read(folder, "a.txt")[0].startswith(b"v2")


KILLED = """
    import itertools, sys
    from pathlib import Path
    from protestcoord.core.links import Links
    from protestcoord.publications.publication import Publication
    from protestcoord.publications.store import Store

    def body(value, links):
        return b"%06d\\n" % value * 20000

    store = Store(Path(sys.argv[1]) / "public", Path(sys.argv[1]) / "built.json", "code-1")
    for number in itertools.count():
        paths = [f"/c/{n}/calendar.ics" for n in range(4)]
        store.build_stale(
            [Publication(path, number, body, multilingual=False) for path in paths],
            ["en"], "en", lambda code: Links("https://example.org", code, "en"),
        )
        print(number, flush=True)
"""


@pytest.mark.parametrize("milliseconds", [3, 17, 31, 48, 66, 83])
def test_build_that_is_killed_leaves_every_file_whole(store, folder, tmp_path, milliseconds):
    command = [sys.executable, "-c", textwrap.dedent(KILLED), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(milliseconds / 1000)
        process.send_signal(signal.SIGKILL)
    for number in range(4):
        for content in read(folder, f"c/{number}/calendar.ics"):
            assert len(content) == 140_000
            assert content == content[:7] * 20_000


KILLS_ITSELF = """
    import os, signal, sys
    from pathlib import Path
    from protestcoord.publications.store import Store
    from tests.publications.test_store import build, text

    def killed(value, links):
        os.kill(os.getpid(), signal.SIGKILL)

    store = Store(Path(sys.argv[1]) / "public", Path(sys.argv[1]) / "built.json", "code-1")
    build(store, text("/a.txt", "v2"), text("/b.txt", "v2", killed))
"""


def test_build_after_a_killed_one_gives_what_is_asked_even_if_that_is_the_old(
    store, folder, tmp_path
):
    build(store, text("/a.txt", "v1"), text("/b.txt", "v1"))
    subprocess.run([sys.executable, "-c", textwrap.dedent(KILLS_ITSELF), str(tmp_path)])
    assert all(content.startswith(b"v2") for content in read(folder, "a.txt"))
    build(store, text("/a.txt", "v1"), text("/b.txt", "v1"))
    assert all(content.startswith(b"v1") for content in read(folder, "a.txt"))
    assert all(content.startswith(b"v1") for content in read(folder, "b.txt"))


def test_half_written_temporary_file_disturbs_no_later_build(store, folder):
    build(store, text("/a.txt", "v1"))
    (folder / ".tmp").write_bytes(b"half")
    build(store, text("/a.txt", "v2"))
    assert names_in(folder) == {"a.txt", "a.txt.gz", "a.txt.br"}


def test_versions_are_kept_outside_the_public_folder(store, folder, tmp_path):
    build(store, text("/a.txt", "v1"))
    state = json.loads((tmp_path / "built.json").read_text())
    assert list(state["versions"]) == ["a.txt"]
    assert not any("built" in name for name in names_in(folder))


def test_static_files_are_copied_to_an_address_with_their_version(
    store, folder, tmp_path, monkeypatch
):
    (tmp_path / "static/vendor").mkdir(parents=True)
    (tmp_path / "static/site.css").write_text(TEXT)
    (tmp_path / "static/vendor/LICENSE").write_text("free")
    monkeypatch.setattr(release, "STATIC", tmp_path / "static")
    assert build(store, *static_publications()).built == 2
    copied = f"static/{static_version()}"
    assert read(folder, f"{copied}/site.css") == (TEXT.encode(),) * 3
    assert (folder / copied / "vendor/LICENSE").read_text() == "free"


def test_every_static_file_but_our_own_shapes_is_a_publication_small_ones_first():
    publications = list(static_publications())
    sizes = [len(p.build(p.slice, links_for("en"))) for p in publications]
    names = {p.path.removeprefix(f"/static/{static_version()}/") for p in publications}
    shipped = {p.relative_to(STATIC).as_posix() for p in STATIC.rglob("*") if p.is_file()}
    assert shipped - names == {"vendor/basemap/countries-50m.geojson"}
    assert sizes == sorted(sizes)


def test_version_of_the_code_is_found_quickly_and_stays():
    code_version()
    started = time.perf_counter()
    again = code_version()
    assert time.perf_counter() - started < 0.3
    assert again == code_version()


def test_changed_template_is_another_version_of_the_code(tmp_path, monkeypatch):
    (tmp_path / "home.html").write_text("Hello")
    monkeypatch.setattr(release, "shipped", lambda name: tmp_path)
    before = code_version()
    (tmp_path / "home.html").write_text("Welcome")
    assert code_version() != before


def build_with(store: Store, value: str, ordered: set[str], build: Any = None) -> BuildResult:
    """Build a page, and a poster if it is ordered or was made before."""
    return store.build_stale(
        [text("/page.txt", "v1")],
        ["en"],
        "en",
        links_for,
        on_demand=[text("/poster.pdf", value, build), text("/other.pdf", value)],
        ordered=ordered,
    )


def test_what_is_made_on_demand_is_built_when_it_is_ordered_and_then_stays(store, folder):
    build_with(store, "v1", set())
    assert "poster.pdf" not in names_in(folder)
    assert build_with(store, "v1", {"poster.pdf", "unknown.pdf"}).built == 1
    assert build_with(store, "v1", set()) == BuildResult(0, 2, 0, 0)
    assert names_in(folder) == {"page.txt", "page.txt.gz", "page.txt.br", "poster.pdf"}


def test_what_was_made_on_demand_goes_when_it_is_stale_unless_it_is_ordered_again(store, folder):
    build_with(store, "v1", {"poster.pdf"})
    assert build_with(store, "v2", {"poster.pdf"}).built == 1
    assert (folder / "poster.pdf").read_bytes().startswith(b"v2")
    assert build_with(store, "v3", set()).removed == 1
    assert "poster.pdf" not in names_in(folder)


def test_what_could_not_be_made_on_demand_is_forgotten(store, folder):
    assert build_with(store, "v1", {"poster.pdf"}, fails).failed == 1
    assert build_with(store, "v1", set()) == BuildResult(0, 1, 1, 0)
    assert "poster.pdf" not in names_in(folder)
