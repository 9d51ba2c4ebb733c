"""The pages as somebody: an official sees the own unit and the ranking, and is refused another unit's."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from tests.end_to_end.main_job import MainJob
from tests.end_to_end.pages import faults, see

from decision766.scoreboard.app import create_app
from decision766.scoreboard.identity import PUBLIC, Identity
from decision766.scoreboard.visitors import Visitors, named_by_proxy
from decision766.warehouse.connect import warehouse_engine

pytestmark = [pytest.mark.slow, pytest.mark.warehouse]

USERS = {
    "an": Identity("", frozenset({"official"}), "H12"),
    "binh": Identity("", frozenset({"official"}), "H29"),
    "kiem-toan": Identity("", frozenset({"auditor"})),
    "may": Identity("", frozenset({"engineer"})),
}
HEADER = "X-Remote-User"
OF_H12, OF_H29 = "Cà Mau", "Thành phố Hồ Chí Minh"


@pytest.fixture(scope="module")
def pages(main_job: MainJob) -> Iterator[TestClient]:
    """The pages behind a proxy that names the user."""
    visitors = Visitors(main_job.settings, USERS)
    app = create_app(
        lambda: warehouse_engine(settings=main_job.settings),
        guards=[named_by_proxy(HEADER, visitors)],
        settings=main_job.settings,
    )
    with TestClient(app) as running:
        yield running
    app.state.connections.dispose()


def ask(pages: TestClient, user: str, path: str, lang: str = "vi"):
    return pages.get(f"/{lang}/{path}", headers={HEADER: user} if user else {})


OWN = ["unit/H12/2026-08", "explain/H12/2.1/2026-08", "work/H12", "unit/H12.07/2026-08"]
OTHERS = [
    "unit/H29/2026-08",
    "explain/H29/2.1/2026-08",
    "work/H29",
    "explain/H29/2.1/2026-08/table/cases.csv",
]


@pytest.mark.parametrize("path", OWN)
def test_an_official_opens_the_own_units_pages(pages, path):
    answer = ask(pages, "an", path)
    assert answer.status_code == 200
    assert list(faults(see(answer.text))) == []


@pytest.mark.parametrize("path", OTHERS)
@pytest.mark.parametrize(
    ("lang", "words"),
    [("vi", "không thuộc phạm vi đó"), ("en", "the units below it and the ranking; «H29» is not among them")],
)
def test_another_units_pages_are_refused_in_words_also_when_their_own_official_just_read_them(
    pages, path, lang, words
):
    assert ask(pages, "binh", path, lang).status_code == 200
    answer = ask(pages, "an", path, lang)
    assert answer.status_code == 403
    assert words in see(answer.text).text
    assert list(faults(see(answer.text))) == []
    assert f"/{lang}/unit/H12" in see(answer.text).links


def test_a_name_or_a_code_in_another_case_leads_no_further(pages):
    for path in ("find?q=H29", "unit/h29/2026-08", "unit/UBND tỉnh H29/2026-08"):
        assert ask(pages, "an", path).status_code in (403, 404)


def test_a_dossier_of_another_unit_is_not_there(pages, main_job):
    with main_job.engine.connect() as connection:
        code = connection.execute(
            text("select dossier_code from marts.fct_dossier where unit_code like 'H29%' order by 1 limit 1")
        ).scalar_one()
    assert ask(pages, "binh", f"dossier/{code}").status_code == 200
    answer = ask(pages, "an", f"dossier/{code}")
    assert answer.status_code == 404
    offered = [link for link in see(answer.text).links if "/dossier/" in link and code not in link]
    assert [link for link in offered if "H29" in link] == [], "nor are other units' codes offered"


def test_the_ranking_is_of_every_province_and_an_indicators_figures_of_the_own_units(pages):
    ranking = ask(pages, "an", "country/2026-08/table/ranking.csv").text
    assert OF_H12 in ranking
    assert OF_H29 in ranking
    units = ask(pages, "an", "indicator/2.1/2026-08/province/table/units.csv").text
    everything = ask(pages, "may", "indicator/2.1/2026-08/province/table/units.csv").text
    assert OF_H29 in everything
    assert OF_H12 in units
    assert OF_H29 not in units


def test_the_audit_is_for_who_proves_and_who_operates(pages):
    assert ask(pages, "kiem-toan", "audit").status_code == 200
    assert ask(pages, "may", "audit").status_code == 200
    for path in ("audit", "audit/reports/index.html"):
        assert ask(pages, "an", path).status_code == 403


@pytest.mark.parametrize("user", ["", "nobody-of-ours"])
@pytest.mark.parametrize("path", ["unit/H12/2026-08", "explain/H12/2.1/2026-08", "pipeline", "audit"])
def test_who_is_not_named_is_the_public(pages, user, path):
    assert ask(pages, user, path).status_code == 403


def test_the_header_counts_only_from_this_machine(main_job):
    visitors = Visitors(main_job.settings, USERS)
    app = create_app(
        lambda: warehouse_engine(settings=main_job.settings),
        guards=[named_by_proxy(HEADER, visitors)],
        settings=main_job.settings,
    )
    with TestClient(app, client=("203.0.113.7", 40_000)) as stranger:
        assert ask(stranger, "may", "pipeline").status_code == 403
    app.state.connections.dispose()


def test_without_guards_everybody_is_an_engineer_or_what_is_said(main_job):
    for everybody, status in ((None, 200), (PUBLIC, 403), (USERS["binh"], 403)):
        app = create_app(
            lambda: warehouse_engine(settings=main_job.settings),
            settings=main_job.settings,
            everybody=everybody,
        )
        with TestClient(app) as one:
            assert ask(one, "", "unit/H12/2026-08").status_code == status
        app.state.connections.dispose()


def test_connections_of_the_pages_see_what_the_request_may(pages):
    """A route that somebody adds later is guarded, and its connection cut, without its doing anything."""
    app = pages.app

    def units() -> list[str]:
        with app.state.connections.reading() as connection:
            found = connection.execute(text("select distinct left(unit_code, 3) from marts.fct_dossier"))
            return sorted(found.scalars())

    app.add_api_route("/later/units", units)
    for _ in range(3):  # connections go back to the pool and out again to somebody else
        assert pages.get("/later/units", headers={HEADER: "an"}).json() == ["H12"]
        assert len(pages.get("/later/units", headers={HEADER: "may"}).json()) > 2
        assert pages.get("/later/units", headers={HEADER: "binh"}).json() == ["H29"]
        assert pages.get("/later/units").status_code == 403


def asked(pages: TestClient, user: str, path: str, **headers: str):
    return pages.get(f"/api/v1/{path}", headers={HEADER: user, **headers} if user else headers)


def test_the_api_answers_an_official_with_the_own_units_rows_alone(pages):
    rows = asked(pages, "an", "late-dossiers?limit=200").json()["rows"]
    assert rows
    assert {row["unit_code"].partition(".")[0] for row in rows} == {"H12"}
    engineers = asked(pages, "may", "late-dossiers?limit=200").json()["rows"]
    assert {row["unit_code"].partition(".")[0] for row in engineers} > {"H12"}
    assert asked(pages, "an", "scorecards/H12/2026-08").status_code == 200


@pytest.mark.parametrize(
    "path", ["scorecards/H29/2026-08", "explanations/H29/2.1/2026-08", "gains/H29/2026-08"]
)
def test_the_api_refuses_another_unit_as_a_problem(pages, path):
    answer = asked(pages, "an", path)
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert "H12" in answer.json()["detail"]


def test_the_public_asks_the_api_for_what_everybody_may_see_and_no_copy_is_anothers(pages):
    for user in ("", "an", "kiem-toan", "may"):
        told = asked(pages, user, "publication")
        assert told.status_code == 200
        assert told.json()["entry_no"]
    assert asked(pages, "", "units?limit=1").status_code == 200
    assert asked(pages, "", "scorecards").status_code == 403
    tag = asked(pages, "may", "late-dossiers").headers["etag"]
    again = {"If-None-Match": tag}
    assert asked(pages, "may", "late-dossiers", **again).status_code == 304
    assert asked(pages, "an", "late-dossiers", **again).status_code == 200
