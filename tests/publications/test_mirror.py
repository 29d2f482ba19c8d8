"""A copy of the site works anywhere, and its verifier refuses every copy that was meddled with."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import textwrap
import time
import zipfile
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protestcoord.config import LANGUAGES
from protestcoord.core.links import FileLinks, Links
from protestcoord.core.signing import public_key_text, signing_key
from protestcoord.publications import swap, verify
from protestcoord.publications.files import files_of
from protestcoord.publications.mirror import Mirror, MirrorResult, write_zip
from protestcoord.publications.publication import Publication
from protestcoord.publications.registry import Imprint, publications_of
from protestcoord.publications.verify import Refused
from tests.factories import make_campaign, make_seoul, make_site, make_snapshot

SITE = "https://protest.example"
NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
PUBLIC = public_key_text(KEY)
IMPRINT = Imprint(
    "uid.example",
    demo=False,
    contact="mailto:a@example.org",
    contact_until=NOW,
    signing_key="k" * 64,
)


def relative_links(language: str, path: str) -> FileLinks:
    return FileLinks(SITE, language, "en", Links(SITE, language, "en").prefixed(path))


def files(*publications: Publication, languages=("en", "ja")):
    return files_of(publications, languages, "en", relative_links, "code-1")


def all_files_of_site():
    campaign = make_campaign(make_site(), make_site(make_seoul()))
    return files(*publications_of(make_snapshot(campaign), IMPRINT), languages=tuple(LANGUAGES))


def page(path: str, value: str, build=None) -> Publication:
    return Publication(path, value, build or (lambda text, links: f"{text} {links}".encode()))


def fails(_value, _links):
    raise RuntimeError("no such luck")


@pytest.fixture
def mirror(tmp_path) -> Mirror:
    return Mirror(tmp_path / "copy", SITE, KEY, tmp_path / "mirrored.json")


@pytest.fixture
def copy(mirror) -> Path:
    mirror.write(files(*(page(f"/c/{n}/", "text " * n) for n in range(1, 9))), NOW)
    return mirror.folder


@pytest.fixture(scope="module")
def whole_site(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    Mirror(folder / "copy", SITE, KEY, folder / "mirrored.json").write(all_files_of_site(), NOW)
    return folder / "copy"


def contents(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def refused(place: Path, *, key: str = PUBLIC, now: datetime = NOW, seen: int = 0) -> str:
    with pytest.raises(Refused) as reason:
        verify.verify(place, key, now, seen)
    return str(reason.value)


class References(HTMLParser):
    """What a page points to or loads."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        named = {"href", "src", "action", "data-src", "data-status"}
        self.found += [(tag, value) for name, value in attrs if name in named and value]


def test_every_reference_of_every_page_leads_to_a_file_of_the_copy_or_to_the_site(whole_site):
    wrong = []
    for path in whole_site.rglob("*.html"):
        for tag, reference in References(path.read_text()).found:
            parts = urlsplit(reference)
            if parts.scheme:
                is_fine = tag == "a" or tag == "form" or parts.scheme == "data"
            else:
                target = path.parent / unquote(parts.path) if parts.path else path
                is_fine = not reference.startswith("/") and target.is_file()
            if not is_fine:
                wrong.append((path.relative_to(whole_site).as_posix(), reference))
    assert wrong == []


def test_copy_has_every_language_and_kind_of_file(whole_site):
    names = contents(whole_site).keys()
    assert {
        "index.html", "ja/index.html", "c/demo/index.html", "ja/c/demo/map/index.html",
        "c/demo/calendar.ics", "c/demo/sites.geojson", "missions.csv", "c/demo/map.html",
        "mirror/README.txt", "mirror/verify.py", "mirror/made.js", "mirror/manifest.json",
    } <= names  # fmt: skip
    assert not [name for name in names if name.endswith((".gz", ".br"))]


def test_good_copy_is_good_as_folder_and_as_zip(copy, tmp_path):
    write_zip(copy, tmp_path / "copy.zip")
    for place in (copy, tmp_path / "copy.zip"):
        manifest = verify.verify(place, PUBLIC, NOW)
        assert manifest["site"] == SITE
        assert manifest["expires_at"] == "2026-12-08T12:00:00Z"


def test_copy_may_be_moved_and_copied(copy, tmp_path):
    shutil.copytree(copy, tmp_path / "elsewhere" / "site")
    assert verify.verify(tmp_path / "elsewhere" / "site", PUBLIC, NOW)


def test_any_flipped_bit_is_refused(copy):
    chance = random.Random(9)  # noqa: S311
    paths = sorted(path for path in copy.rglob("*") if path.is_file())
    for _ in range(200):
        path = chance.choice(paths)
        whole = path.read_bytes()
        place = chance.randrange(len(whole))
        flipped = bytes([whole[place] ^ (1 << chance.randrange(8))])
        path.write_bytes(whole[:place] + flipped + whole[place + 1 :])
        assert refused(copy), (path, place)
        path.write_bytes(whole)
    assert verify.verify(copy, PUBLIC, NOW)  # the control: nothing else was wrong


def test_dropped_added_and_swapped_files_are_refused(copy):
    one, other = copy / "c/1/index.html", copy / "c/2/index.html"
    text = one.read_bytes()
    one.unlink()
    assert "1 files are missing, such as c/1/index.html" in refused(copy)
    one.write_bytes(text)
    (copy / "c/evil.html").write_text("go elsewhere")
    assert "added, such as c/evil.html" in refused(copy)
    (copy / "c/evil.html").unlink()
    one.write_bytes(other.read_bytes())
    other.write_bytes(text)
    assert "c/1/index.html was changed" in refused(copy)


def test_link_to_elsewhere_is_refused(copy, tmp_path):
    text = (copy / "c/1/index.html").read_text()
    (tmp_path / "outside").write_text(text)
    (copy / "c/1/index.html").unlink()
    (copy / "c/1/index.html").symlink_to(tmp_path / "outside")
    assert "c/1/index.html is not a plain file" in refused(copy)


def test_file_that_is_twice_in_a_zip_is_refused(copy, tmp_path):
    write_zip(copy, tmp_path / "copy.zip")
    with (
        zipfile.ZipFile(tmp_path / "copy.zip", "a") as archive,
        pytest.warns(UserWarning, match="Duplicate"),
    ):
        archive.writestr("c/1/index.html", "other")
    assert refused(tmp_path / "copy.zip") == "two files have one name"


def test_copy_of_another_key_is_refused(mirror, copy):
    other = Ed25519PrivateKey.generate()
    assert "not signed by this key" in refused(copy, key=public_key_text(other))
    Mirror(mirror.folder, SITE, other, mirror.ledger_file).write(files(page("/", "x")), NOW)
    assert "not signed by this key" in refused(copy)


def test_expired_copy_is_refused(copy):
    assert verify.verify(copy, PUBLIC, NOW + timedelta(days=7, seconds=-1))
    assert "expired" in refused(copy, now=NOW + timedelta(days=7))


def test_older_version_than_seen_is_refused(mirror, copy):
    first = verify.verify(copy, PUBLIC, NOW)["version"]
    mirror.write(files(page("/", "x")), NOW - timedelta(days=1))
    second = verify.verify(copy, PUBLIC, NOW)["version"]
    assert second > first  # even where the clock went back
    assert verify.verify(copy, PUBLIC, NOW, seen=second)
    assert "is older than" in refused(copy, seen=second + 1)


def test_what_is_no_copy_at_all_is_refused_with_a_reason(tmp_path):
    assert "FileNotFoundError" in refused(tmp_path)
    (tmp_path / "x.zip").write_text("no zip")
    assert "BadZipFile" in refused(tmp_path / "x.zip")


def test_verifier_is_short_and_needs_nothing_but_cryptography():
    lines = Path(verify.__file__).read_text().splitlines()
    assert len(lines) <= 150
    imports = (line.split()[1] for line in lines if line.startswith(("import ", "from ")))
    assert {name.split(".")[0] for name in imports} - sys.stdlib_module_names == {"cryptography"}


def test_verifier_of_the_copy_stands_alone_and_remembers_what_it_saw(mirror, tmp_path):
    mirror.write(files(page("/", "x")), datetime.now(UTC))
    script, seen = tmp_path / "verify.py", tmp_path / "seen.json"
    script.write_bytes((mirror.folder / "mirror/verify.py").read_bytes())

    def run() -> tuple[int, str]:
        command = [sys.executable, "-I", script, mirror.folder, PUBLIC, "--seen", seen]
        done = subprocess.run(command, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    status, said = run()
    assert (status, said[:14]) == (0, "good: version ")
    version = json.loads(seen.read_text())[PUBLIC]
    seen.write_text(json.dumps({PUBLIC: version + 1}))
    status, said = run()
    assert (status, said[:17]) == (1, "REFUSED: version ")


def test_only_what_changed_is_built_again(mirror, copy):
    before = contents(copy)
    publications = [page(f"/c/{n}/", "text " * n) for n in range(1, 8)] + [page("/c/8/", "new")]
    result = mirror.write(files(*publications), NOW + timedelta(hours=1))
    assert (result.built, result.unchanged, result.failed) == (2, 14, 0)
    changed = {name for name, body in contents(copy).items() if body != before[name]}
    assert changed == {
        "c/8/index.html", "ja/c/8/index.html",
        "mirror/made.js", "mirror/manifest.json", "mirror/manifest.sig",
    }  # fmt: skip


def test_what_is_no_longer_published_is_gone(mirror, copy):
    mirror.write(files(page("/c/1/", "text ")), NOW)
    assert not (copy / "c/2").exists()
    assert verify.verify(copy, PUBLIC, NOW)


def test_copy_that_somebody_meddled_with_is_mended(mirror, copy):
    wanted = files(*(page(f"/c/{n}/", "text " * n) for n in range(1, 9)))
    (copy / "c/1/index.html").write_text("forged")
    (copy / "c/2/index.html").unlink()
    text = (copy / "c/3/index.html").read_text()
    (copy.parent / "outside").write_text(text)
    (copy / "c/3/index.html").unlink()
    (copy / "c/3/index.html").symlink_to(copy.parent / "outside")
    assert mirror.write(wanted, NOW).built == 3
    assert verify.verify(copy, PUBLIC, NOW)


def test_failing_builder_keeps_its_last_file(mirror, copy, caplog):
    before = (copy / "c/1/index.html").read_bytes()
    result = mirror.write(files(page("/c/1/", "new", fails), page("/c/new/", "x", fails)), NOW)
    assert (result.built, result.unchanged, result.failed) == (0, 0, 4)
    assert (copy / "c/1/index.html").read_bytes() == before
    assert not (copy / "c/new").exists()
    assert verify.verify(copy, PUBLIC, NOW)
    assert "no such luck" in caplog.text


def test_same_data_gives_the_same_bytes_on_another_node(whole_site, tmp_path):
    other = Mirror(tmp_path / "other", SITE, KEY, tmp_path / "mirrored.json")
    other.write(all_files_of_site(), NOW)
    assert contents(tmp_path / "other") == contents(whole_site)
    write_zip(whole_site, tmp_path / "one.zip")
    time.sleep(0.01)
    write_zip(tmp_path / "other", tmp_path / "other.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "other.zip").read_bytes()


def test_folder_with_other_things_is_left_alone(mirror):
    mirror.folder.mkdir()
    (mirror.folder / "letter.txt").write_text("mine")
    with pytest.raises(FileExistsError):
        mirror.write(files(page("/", "x")), NOW)
    assert contents(mirror.folder) == {"letter.txt": b"mine"}
    assert not swap.beside(mirror.folder, "next").exists()


def test_empty_folder_may_be_given(mirror):
    mirror.folder.mkdir()
    assert mirror.write(files(page("/", "x")), NOW).built == 2


def test_everybody_can_read_the_copy_whatever_the_umask(mirror):
    before = os.umask(0o077)
    try:
        mirror.write(files(page("/c/demo/", "x")), NOW)
    finally:
        os.umask(before)
    paths = [mirror.folder, *mirror.folder.rglob("*")]
    wrong = [path for path in paths if path.stat().st_mode & 0o044 != 0o044]
    assert wrong == []


def test_without_exchange_of_folders_the_copy_is_brought_back(mirror, copy, monkeypatch):
    monkeypatch.setattr(swap, "_exchange", lambda *_: False)
    mirror.write(files(page("/c/1/", "new")), NOW)
    assert verify.verify(copy, PUBLIC, NOW)
    copy.rename(swap.beside(copy, "last"))  # as if killed between the two steps
    swap.recover(copy)
    assert verify.verify(copy, PUBLIC, NOW)


def test_key_is_made_once_and_is_private(tmp_path):
    first = signing_key(tmp_path / "signing.key")
    assert public_key_text(signing_key(tmp_path / "signing.key")) == public_key_text(first)
    assert (tmp_path / "signing.key").stat().st_mode & 0o077 == 0


KILLED = """
    import sys
    from datetime import timedelta
    from pathlib import Path
    from tests.publications.test_mirror import KEY, NOW, SITE, Mirror, files, page

    folder = Path(sys.argv[1])
    mirror = Mirror(folder / "copy", SITE, KEY, folder / "mirrored.json")
    for number in range(1000):
        pages = [page(f"/c/{n}/", str(number) * 500) for n in range(40)]
        mirror.write(files(*pages), NOW)
        print(number, flush=True)
"""


@pytest.mark.parametrize("milliseconds", [1, 4, 7, 11, 16, 22, 29, 37, 46, 56])
def test_mirror_that_is_killed_leaves_the_last_copy_whole(tmp_path, milliseconds):
    command = [sys.executable, "-c", textwrap.dedent(KILLED), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(milliseconds / 1000)
        process.send_signal(signal.SIGKILL)
    before = verify.verify(tmp_path / "copy", PUBLIC, NOW)
    mirror = Mirror(tmp_path / "copy", SITE, KEY, tmp_path / "mirrored.json")
    assert isinstance(mirror.write(files(page("/", "after")), NOW), MirrorResult)
    after = verify.verify(tmp_path / "copy", PUBLIC, NOW, seen=before["version"])
    assert after["version"] > before["version"]
    assert not list(tmp_path.glob(".copy.*"))
