"""Who may keep what: nobody an answer of the app, everybody a published file, and no file a cookie.

Addresses come from the URL map and the folder of files, so that a new page is asked too.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import Client, TestResponse

from protestcoord.core import headers
from protestcoord.core.headers import FOR_DATA, FOR_EVER, FOR_NOBODY, FOR_PAGES, FOR_STATUS
from protestcoord.core.web import db
from protestcoord.publications.addresses import STATUS_NAME
from protestcoord.publications.answers import MEDIA_TYPES
from protestcoord.publications.door import Door
from protestcoord.worker import build_all
from tests.app_client import new_app_with_tables
from tests.proofs import FULL
from tests.stored import NOW
from tests.test_authorization import World, world  # noqa: F401 - a fixture

PUBLIC = {FOR_DATA, FOR_EVER, FOR_PAGES, FOR_STATUS}
SIGN_IN = "/organize/login"
# So much text is refused before a form is looked at.
TOO_MUCH = {"text": "x" * 70_000}


def paths(world: World) -> Iterator[str]:  # noqa: F811
    """Every address of the app as it is, and with a secret that is wrong."""
    for rule in world.app.url_map.iter_rules():
        path = SIGN_IN if rule.rule == SIGN_IN else world.path_of(rule)
        yield path
        if FULL:
            yield from (path.rstrip("/"), f"/ja{path}")
        if rule.arguments:
            numbers = {
                name for name, one in rule._converters.items() if hasattr(one, "num_convert")
            }
            wrong = {name: 99 if name in numbers else "wrong" for name in rule.arguments}
            yield rule.build(wrong)[1]


def answers(world: World) -> Iterator[tuple[str, TestResponse]]:  # noqa: F811
    """What somebody without a session gets, from pages, forms and refusals."""
    # Pages as they are meant to be asked for are looked at by test_headers.py as well.
    ways = (("GET", None), ("POST", TOO_MUCH), ("POST", None), ("DELETE", None))
    for number, path in enumerate(dict.fromkeys(paths(world))):
        for method, sent in ways if FULL else (ways[number % 4],):
            client = world.app.test_client()
            yield f"{method} {path}", client.open(path, method=method, data=sent)


def kept(answer: TestResponse) -> bool:
    """Whether anybody but who asked could get this answer later."""
    return answer.headers.getlist("Cache-Control") != [FOR_NOBODY] or "ETag" in answer.headers


@pytest.mark.proves("W4")
def test_no_answer_of_the_app_is_kept_by_anybody(world, record_property):  # noqa: F811
    world.restore()
    statuses, count = set(), 0
    for asked, answer in answers(world):
        assert not kept(answer), asked
        statuses.add(answer.status_code)
        count += 1
    world.restore()
    assert statuses >= {200, 303, 403, 404, 405, 413}
    record_property("W4", f"{count:,} answers to visitors without a session, 0 kept")


@pytest.mark.control("W4")
def test_a_page_that_says_to_be_kept_is_overruled_and_one_behind_that_is_found(tmp_path):
    app = new_app_with_tables(tmp_path)
    app.add_url_rule("/kept", view_func=lambda: ("x", {"Cache-Control": "public"}))
    assert not kept(app.test_client().get("/kept"))

    def keep(response):
        response.headers["Cache-Control"] = "public, max-age=60"
        return response

    app.after_request_funcs[None].insert(0, keep)  # Flask calls the first one last
    assert kept(app.test_client().get("/kept"))


def faults_of_file(answer: TestResponse) -> list[str]:
    """What a published file lacks that every cache on the way could keep."""
    there = answer.headers
    return [
        *(["cookie"] if "Set-Cookie" in there else []),
        *([] if there.get("Cache-Control") in PUBLIC else ["not kept"]),
        *([] if there.get("ETag", "").startswith('"') else ["no tag"]),
        *(["varies by cookie"] if "Cookie" in there.get("Vary", "") else []),
    ]


def write_one_of_each_kind(folder: Path) -> None:
    """Write a file of each media type in each place that has rules of its own."""
    for place in ("", "ja/", "static/1/", "c/noon/", "c/noon/embed/map/"):
        for suffix in MEDIA_TYPES:
            file = folder / place / f"index{suffix}"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(b"x")
    for name in (STATUS_NAME, "c/noon/day.json", "c/noon/map.html"):
        (folder / name).write_bytes(b"x")


@pytest.mark.proves("W4")
def test_every_published_file_is_kept_by_everybody_and_carries_no_cookie(
    world,  # noqa: F811
    tmp_path,
    record_property,
):
    world.restore()
    settings, folder = world.app.config["SETTINGS"], tmp_path
    if FULL:
        folder = settings.public_folder
        with world.app.app_context():
            build_all(settings, db.session(), NOW)
    else:
        write_one_of_each_kind(folder)
    door = Client(Door(world.app, folder, secure=False, is_live=lambda _: False))
    count = 0
    for file in folder.rglob("*"):
        name = file.relative_to(folder).as_posix()
        if file.is_dir() or file.suffix in (".gz", ".br", ".tmp"):
            continue
        path = f"/{name.removesuffix('index.html')}"
        answer = door.get(path, headers={"Cookie": "session=anything"})
        assert (answer.status_code, faults_of_file(answer)) == (200, []), path
        again = door.get(path, headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, faults_of_file(again)) == (304, []), path
        count += 1
    assert count > 60
    record_property("W4", f"{count:,} files: ETag, 304, kept by everybody, 0 cookies")


@pytest.mark.control("W4")
def test_a_live_page_does_not_pass_for_a_file(world):  # noqa: F811
    answer = world.app.test_client().get(SIGN_IN)
    assert faults_of_file(answer) == ["cookie", "not kept", "no tag", "varies by cookie"]


@pytest.mark.proves("W4")
def test_one_table_says_who_keeps_what():
    said = {value for name, value in vars(headers).items() if name.startswith("FOR_")}
    assert said == {*PUBLIC, FOR_NOBODY}
