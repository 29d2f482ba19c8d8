"""The order of the rooms: imports go downward only, and some libraries live in one module."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "protestcoord"

# From the top down; what stands on one line does not import each other.
ORDER = [
    {"__main__"},
    {"cli"},
    {"demo", "doctor"},
    {"serving", "emergencies"},
    {"app", "worker"},
    {"operations", "printing", "rekeying"},
    {"publications"},
    {"messages", "volunteers", "reports"},
    {"signups"},
    {"campaigns"},
    {"members"},
    {"missions", "organizers"},
    {"core"},
    {"config"},
]
RANK = {room: rank for rank, rooms in enumerate(reversed(ORDER)) for room in rooms}

ONE_MODULE = {
    "icalendar": "publications/calendar.py",
    "folium": "publications/worldmap.py",
    "geopy": "missions/distance.py",
    "astral": "campaigns/sun.py",
    "holidays": "campaigns/working_days.py",
    "dateutil": "campaigns/recurrence.py",
    "openpyxl": "core/spreadsheet.py",
    "resvg_py": "publications/png.py",
    "weasyprint": "publications/pdf.py",
    "webauthn": "organizers/ceremony.py",
}
WEB_FILES = {"views.py", "cli.py", "own_page.py", "own_words.py", "access.py"}


def is_for_web(name: str) -> bool:
    return name in WEB_FILES or name.startswith("console")


def room_of(path: Path, package: Path = PACKAGE) -> str:
    first = path.relative_to(package).parts[0]
    return first.removesuffix(".py")


def imports_in(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def upward_imports(package: Path) -> list[str]:
    found = []
    for path in sorted(package.rglob("*.py")):
        room = room_of(path, package)
        for name in imports_in(path):
            parts = name.split(".")
            if parts[0] != "protestcoord" or len(parts) == 1 or parts[1] in ("__init__", room):
                continue
            if RANK[parts[1]] >= RANK[room]:
                found.append(f"{path.relative_to(package)} imports {name}")
    return found


def users_of(library: str) -> list[str]:
    return [
        path.relative_to(PACKAGE).as_posix()
        for path in sorted(PACKAGE.rglob("*.py"))
        if any(name.split(".")[0] == library for name in imports_in(path))
    ]


def test_imports_go_downward_only():
    assert upward_imports(PACKAGE) == []


def test_a_planted_upward_import_is_found(tmp_path):
    """The control: the test above would see it."""
    planted = tmp_path / "core" / "clock.py"
    planted.parent.mkdir()
    planted.write_text("from protestcoord.signups.models import Group\n")
    assert upward_imports(tmp_path) == ["core/clock.py imports protestcoord.signups.models"]


@pytest.mark.parametrize("library", ONE_MODULE)
def test_a_library_lives_in_one_module(library):
    assert users_of(library) == [ONE_MODULE[library]]


def test_publications_know_no_flask():
    users = [path for path in users_of("flask") if path.startswith("publications/")]
    assert users == []


def test_only_wiring_views_and_consoles_import_flask():
    allowed = {"app.py", "operations.py", "serving.py", "cli.py", "demo.py", "core/web.py"}
    allowed |= {"core/instance.py", "printing.py"}
    stray = [
        path
        for path in users_of("flask")
        if path not in allowed and not is_for_web(Path(path).name)
    ]
    assert stray == []


def test_there_is_one_commit():
    commits = [
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if ".commit()" in path.read_text()
    ]
    assert commits == ["core/database.py"]
