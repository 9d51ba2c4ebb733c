"""The JSON API over the main job's marts: its figures are the marts', and nothing breaks it."""

import json
from collections.abc import Iterator
from decimal import Decimal

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator
from sqlalchemy import create_engine, text
from tests.end_to_end.main_job import MainJob
from tests.hostile import HOSTILE, METHODS, broken, filled

from decision766.platform.postgres import free_port
from decision766.scoreboard.api.lists import lists
from decision766.scoreboard.app import create_app
from decision766.warehouse.connect import warehouse_engine

pytestmark = [pytest.mark.slow, pytest.mark.warehouse]

API = "/api/v1"
ADDRESSES = (
    *("/publication", "/units", "/periods", "/indicators", "/rules", "/scorecards?period=2026-08"),
    *("/groups?unit=H12", "/values?unit=H12&period=2026-08", "/ranking/2026-08", "/reconciliation?unit=H12"),
    *("/scorecards/H12/2026-08", "/scorecards/H44/2026-08", "/explanations/H12/2.1/2026-08"),
    *("/explanations/H12/2.1/2026-08/cases", "/explanations/H29/4.7/2026/cases", "/gains/H12/2026-08"),
    *("/late-dossiers?below=H12", "/idle-services?unit=H12", "/targets", "/pipeline", "/validation-runs"),
)


@pytest.fixture(scope="module")
def app(main_job: MainJob) -> Iterator[FastAPI]:
    app = create_app(lambda: warehouse_engine(settings=main_job.settings))
    yield app
    app.state.connections.dispose()


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False) as running:
        yield running


@pytest.fixture(scope="module")
def description(client: TestClient) -> dict:
    return client.get(f"{API}/openapi.json").json()


def every_row(client: TestClient, address: str) -> list[dict]:
    rows, following, pages = [], API + address, 0
    while following:
        answer = client.get(following)
        assert answer.status_code == 200, answer.text
        rows += answer.json()["rows"]
        following, pages = answer.json()["next"], pages + 1
        assert pages < 5000
    return rows


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_address_answers_as_it_is_described(client, description, address):
    answer = client.get(API + address)
    assert answer.status_code == 200, answer.text
    parts = address.partition("?")[0].split("/")
    (path,) = [
        path
        for path in description["paths"]
        if len(path.split("/")) == len(parts)
        and all(
            theirs == ours or theirs.startswith("{")
            for theirs, ours in zip(path.split("/"), parts, strict=True)
        )
    ]
    schema = description["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    whole = {**schema, "components": description["components"]}
    assert list(Draft202012Validator(whole).iter_errors(answer.json())) == []


def test_every_address_is_tried(description):
    named = {address.partition("?")[0].split("/")[1] for address in ADDRESSES}
    assert named == {path.split("/")[1] for path in description["paths"]}


def test_values_are_the_marts_digit_for_digit_and_null_stays_null(client, main_job):
    rows = every_row(client, "/values?unit=H12&limit=37")
    with main_job.engine.connect() as connection:
        held = connection.execute(
            text("""select indicator_code, period_grain, period_start::text as period_start, numerator::text
            as numerator, denominator::text as denominator, ratio::text as ratio, score::text as score, status
            from marts.fct_indicator where unit_code = 'H12' and procedure_code = '*'
            and boundary = 'as_was'""")
        ).mappings()
        expected = {(r["indicator_code"], r["period_grain"], r["period_start"]): dict(r) for r in held}
    assert len(rows) == len(expected) > 50
    for row in rows:
        mart = expected.pop((row["indicator_code"], row["period_grain"], row["period_start"]))
        for name in ("numerator", "denominator", "ratio", "score"):
            assert row[name] is mart[name] is None or Decimal(row[name]) == Decimal(mart[name])
            assert row[name] is None or isinstance(row[name], str)
    missing = [row for row in rows if row["score"] is None]
    assert missing
    assert all(row["status"] for row in missing)


@pytest.mark.parametrize(
    ("address", "relation"),
    [
        ("/values?procedure=*&period=2026-08", "fct_indicator where procedure_code = '*' and"),
        ("/reconciliation?period=2026-08", "mart_reconciliation where"),
        ("/scorecards?period=2026-08", "mart_scorecard where"),
        ("/groups?period=2026-08", "mart_group_score where"),
    ],
)
def test_pages_by_key_miss_no_row_and_give_none_twice(client, main_job, address, relation):
    rows = [json.dumps(row, sort_keys=True) for row in every_row(client, f"{address}&limit=200")]
    condition = "period_grain = 'month' and period_start = '2026-08-01' and boundary = 'as_was'"
    with main_job.engine.connect() as connection:
        held = connection.execute(text(f"select count(*) from marts.{relation} {condition}")).scalar_one()
    assert len(rows) == len(set(rows)) == held > 0


def test_lists_without_a_filter_are_read_to_their_end(client, main_job):
    for name, relation in (("targets", "mart_target_progress"), ("late-dossiers", "mart_late_dossier"),
                           ("idle-services", "mart_idle_service"), ("periods", "dim_period")):  # fmt: skip
        rows = every_row(client, f"/{name}?limit=150")
        with main_job.engine.connect() as connection:
            held = connection.execute(text(f"select count(*) from marts.{relation}")).scalar_one()
        assert len(rows) == held, name
        assert rows, name


def test_the_cases_of_a_number_add_up_to_it(client):
    why = client.get(f"{API}/explanations/H12/2.1/2026-08").json()
    cases = every_row(client, "/explanations/H12/2.1/2026-08/cases?limit=100")
    assert len(cases) == why["case_count"] > 100
    for part in ("numerator", "denominator"):
        total = sum(Decimal(case[f"{part}_part"] or 0) for case in cases)
        assert total == Decimal(why["value"][part]) == Decimal(why[f"derived_{part}"])
    assert why["is_rederived"] is True


def test_a_copy_is_good_until_something_is_published(client, main_job):
    address = f"{API}/scorecards/H12/2026-08"
    first = client.get(address)
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "private, no-cache"
    again = client.get(address, headers={"If-None-Match": f'"else", {tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert client.get(f"{address}?boundary=as_was").headers["etag"] != tag
    assert client.get(address, headers={"Authorization": "Bearer of another"}).headers["etag"] != tag
    later = "update audit.validation_run set started_at = started_at + interval '{}'"
    with main_job.engine.begin() as connection:
        connection.execute(text(later.format("1 second")))
    try:
        assert client.get(address, headers={"If-None-Match": tag}).status_code == 200
    finally:
        with main_job.engine.begin() as connection:
            connection.execute(text(later.format("-1 second")))
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize(
    ("address", "status", "kind", "near"),
    [
        ("/values?unit=H1", 404, "unknown-unit", "H51"),
        ("/scorecards/Ca%20Mao/2026-08", 404, "unknown-unit", "H13"),
        ("/ranking/2026-80", 404, "unknown-period", "2026-08"),
        ("/explanations/H12/2.11/2026-08", 404, "unknown-indicator", "2.1"),
        ("/nobody", 404, "no-such-address", None),
        ("/values?limit=100000", 422, "wrong-form", None),
        ("/values?limit=0", 422, "wrong-form", None),
        ("/values?nobody=1", 422, "wrong-form", None),
        ("/values?unit=H12&unit=H29", 400, "repeated-parameter", None),
        ("/values?cursor=abc", 400, "unknown-cursor", None),
        ("/values?cursor=WyJ4Il0", 400, "unknown-cursor", None),
    ],
)
def test_problems_say_what_is_wrong_and_what_comes_near(client, address, status, kind, near):
    answer = client.get(API + address)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    stated = answer.json()
    assert stated["type"] == f"urn:decision766:problem:{kind}"
    assert stated["status"] == status
    assert near is None or near in stated["near"]


def test_a_cursor_is_good_for_its_own_filters_only(client):
    following = client.get(f"{API}/values?unit=H12&limit=2").json()["next"]
    assert client.get(following).status_code == 200
    other = following.replace("unit=H12", "unit=H29")
    assert client.get(other).json()["type"].endswith("unknown-cursor")


def test_without_data_the_dags_to_run_are_named(main_job):
    def empty():
        return create_engine(main_job.engine.url.set(database="postgres"))

    app = create_app(empty)
    with TestClient(app) as client:
        answer = client.get(f"{API}/scorecards")
    app.state.connections.dispose()
    assert answer.status_code == 404
    assert answer.json()["dags"][-1] == "build_indicator_marts"


def test_without_a_database_it_says_so():
    app = create_app(lambda: create_engine(f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/x"))
    with TestClient(app, raise_server_exceptions=False) as client:
        answer = client.get(f"{API}/units")
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:decision766:problem:no-database")


def test_who_asks_too_often_is_told_when_to_come_back(main_job):
    app = create_app(lambda: warehouse_engine(settings=main_job.settings), requests_per_minute=3)
    with TestClient(app) as client:
        answers = [client.get(f"{API}/publication") for _ in range(4)]
    app.state.connections.dispose()
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 20


def test_it_only_reads(client, description):
    for path in description["paths"]:
        for method in METHODS:
            assert client.request(method, API + filled(path, {})).status_code == 405


def test_hostile_parameters_break_neither_the_api_nor_the_pages(client, description):
    assert broken(client, description, API) == []
    assert broken(client, client.get("/openapi.json").json()) == []


@pytest.mark.parametrize("kind", ["SQL", "HTML", "path", "NUL", "bad UTF-8", "long"])
def test_hostile_units_and_periods_are_refused(client, kind):
    for address in (
        "/vi/unit/{}/2026-08",
        "/vi/unit/H12/{}",
        f"{API}/ranking/{{}}",
        f"{API}/values?unit={{}}",
    ):
        answer = client.get(address.format(HOSTILE[kind]), follow_redirects=False)
        assert 400 <= answer.status_code < 500, (address, answer.status_code)


def test_the_hostile_requests_find_a_planted_failure(main_job):
    app = create_app(lambda: warehouse_engine(settings=main_job.settings))

    def planted(unit: str) -> dict[str, str]:
        return {"unit": unit.encode("ascii").decode()}  # fails on anything that is not plain

    app.add_api_route("/planted/{unit}", planted)
    with TestClient(app, raise_server_exceptions=False) as client:
        found = broken(client, {"paths": {"/planted/{unit}": app.openapi()["paths"]["/planted/{unit}"]}})
    assert {status for status, _, _ in found} == {500}


def test_each_list_has_columns_of_its_mart_only(main_job):
    with main_job.engine.connect() as connection:
        for name, found in lists().items():
            mart = found.listing.relation
            assert found.listing.columns, name
            if mart.startswith("marts."):
                held = connection.execute(text(f"select * from {mart} limit 0")).keys()
                assert {column.removeprefix("listed.") for column in found.listing.columns} <= set(held)


def test_every_column_of_the_marts_carries_its_label_in_the_database(main_job):
    with main_job.engine.connect() as connection:
        columns = connection.execute(
            text("""select class.relname, attname, col_description(class.oid, attnum) as said
            from pg_attribute inner join pg_class as class on class.oid = attrelid
            where class.relnamespace = 'marts'::regnamespace and class.relkind in ('r', 'v', 'm', 'p')
            and attnum > 0 and not attisdropped""")
        ).all()
    assert len(columns) > 400
    bare = [f"{one.relname}.{one.attname}" for one in columns if len((one.said or "").split(". ", 1)) < 2]
    assert bare == []
