"""The search as a reader asks for it, in any language and with anything typed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from protestcoord.core.web import db
from protestcoord.missions.service import import_catalogue
from tests.app_client import new_app_with_tables
from tests.missions.conftest import MONDAY
from tests.missions.planting import SHIPPED


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    folder: Path = tmp_path_factory.mktemp("directory")
    app = new_app_with_tables(folder)
    with app.app_context():
        import_catalogue(db.session(), SHIPPED, "embassies.csv", MONDAY)
        db.session.commit()
    yield app.test_client()
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("q=柏林", "de-berlin-embassy"),
        ("q=berln", "Did you mean one of these?"),
        ("q=Kobe", "Nearest to Kobe, Japan"),
        ("q=Kobe&kind=embassy", "jp-tokyo-embassy"),
        ("q=birmingham&country=US", "Nearest to Birmingham, United States"),
        ("q=xqzwv", "Nothing was found."),
        ("q=%3Cscript%3Ealert(1)", "&lt;script&gt;alert(1)"),
        ("country=DE", "5 missions"),
        ("kind=castle", "0 missions"),
    ],
)
def test_a_search_answers(client: FlaskClient, query: str, said: str) -> None:
    response = client.get(f"/missions/?{query}")
    assert response.status_code == 200
    assert said in response.text


@pytest.mark.proves("P8", "P10")
def test_a_search_takes_no_position_and_leaves_no_cookie(client: FlaskClient) -> None:
    response = client.get("/missions/?q=Kobe&latitude=52.5&longitude=13.4&near=52.5,13.4")
    assert "Set-Cookie" not in response.headers
    assert response.text.count("Berlin") == 0


def test_a_very_long_search_is_answered_in_time(client: FlaskClient) -> None:
    assert client.get("/missions/?q=" + "abcdefgh " * 500).status_code == 200
