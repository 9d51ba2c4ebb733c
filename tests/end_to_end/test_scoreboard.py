"""The pages over the main job's marts: what they show is what the marts hold, and nothing breaks them."""

import csv
import io
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from decimal import Decimal
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, strategies
from hypothesis import settings as effort
from openpyxl import load_workbook
from sqlalchemy import create_engine, text
from tests.end_to_end.browsing import BROWSER
from tests.end_to_end.main_job import MainJob
from tests.end_to_end.pages import PAGES, faults, see
from tests.end_to_end.site_folder import broken, pages
from tests.reporting.browser import Page, browser

from decision766.scoreboard import queries
from decision766.scoreboard.app import create_app
from decision766.scoreboard.export import NotOurFolder, export_site
from decision766.scoreboard.words import Speech
from decision766.warehouse.connect import warehouse_engine

pytestmark = [pytest.mark.slow, pytest.mark.warehouse]


@pytest.fixture(scope="module")
def client(main_job: MainJob) -> Iterator[TestClient]:
    app = create_app(lambda: warehouse_engine(settings=main_job.settings), settings=main_job.settings)
    with TestClient(app) as running:
        yield running
    app.state.connections.dispose()


def one(job: MainJob, query: str, **values: object):
    with job.engine.connect() as connection:
        return connection.execute(text(query), values).one()


def exported(client: TestClient, page: str, table: str) -> list[dict[str, str]]:
    answer = client.get(f"/en/{page}/table/{table}.csv")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"].startswith("attachment")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_every_page_is_sound_and_its_tables_and_charts_open(client, path, lang):
    answer = client.get(f"/{lang}/{path}", follow_redirects=False)
    assert answer.status_code == 200
    seen = see(answer.text)
    assert list(faults(seen)) == []
    assert seen.lang == lang
    words = ("không phải số liệu thật", "đã ghi lại") if lang == "vi" else ("not real figures", "recorded")
    assert any(word in seen.text for word in words), "what is not live says so"
    assert not {"None", "nan", "NaN", "Undefined"} & set(seen.text.split())
    files = [link for link in seen.links if "/table/" in link]
    for link in {*files, *(src for src, _ in seen.images)}:
        found = client.get(link)
        assert found.status_code == 200, link
        if ".svg" in link:
            assert ET.fromstring(found.content).tag.endswith("svg")
        elif ".xlsx" in link:
            assert load_workbook(io.BytesIO(found.content)).active.max_row > 1


STARTS = (
    "audit",
    "work/H12",
    "country/2026-08",
    "explain/H12/2.1/2026-08",
    "unit/H12.07/2026-08",
    "pipeline",
)


def test_every_link_of_the_pages_leads_somewhere(client):
    pending = [f"/{lang}/{path}" for lang in ("vi", "en") for path in STARTS]
    done: set[str] = set()
    kinds: dict[str, int] = {}
    while pending and len(done) < 150:
        link = pending.pop(0)
        if link in done or "#" in link:
            continue
        done.add(link)
        answer = client.get(link)
        assert answer.status_code == 200, link
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        for found in see(answer.text).links:
            parts = found.split("/")
            kind = "/".join(part for part in parts if part.isalpha())
            if kinds.get(kind, 0) < 4:  # a few of each kind: they are alike
                kinds[kind] = kinds.get(kind, 0) + 1
                pending.append(found)
    assert {"vi/dossier", "en/explain", "vi/indicator/department", "vi/unit"} <= set(kinds)


def test_a_reader_comes_from_the_country_to_a_dossier(client, main_job):
    country = see(client.get("/", follow_redirects=True).text)
    (province,) = {link for link in country.links if link.startswith("/vi/unit/H12/")}
    unit = see(client.get(province).text)
    (why,) = [link for link in unit.links if "/explain/H12/2.1/" in link]
    explanation = see(client.get(why).text)
    dossiers = [link for link in explanation.links if "/dossier/" in link]
    dossier = see(client.get(dossiers[0]).text)
    assert [link for link in dossier.links if "/explain/" in link and "/2.1/" in link]


def test_a_unit_shows_the_numbers_of_the_marts(client, main_job):
    card = one(
        main_job,
        """select * from marts.mart_scorecard where unit_code = 'H12' and period_grain = 'month'
        and period_start = '2026-08-01' and boundary = 'as_was'""",
    )
    shown = see(client.get("/vi/unit/H12/2026-08").text).text
    assert f"Tổng điểm tính từ hồ sơ {Speech('vi').fixed(card.total_score)} / 100" in shown
    assert f"Xếp loại {card.band_name_vi}" in shown
    lines = {row["Code"]: row for row in exported(client, "unit/H12/2026-08", "indicators")}
    assert len(lines) == 22
    with main_job.engine.connect() as connection:
        held = connection.execute(
            text("""select indicator_code, numerator, denominator, score from marts.fct_indicator
            where unit_code = 'H12' and period_grain = 'month' and period_start = '2026-08-01'
            and procedure_code = '*' and boundary = 'as_was'""")
        ).all()
    for row in held:
        line = lines[row.indicator_code]
        for column, value in (
            ("Numerator", row.numerator),
            ("Denominator", row.denominator),
            ("Computed", row.score),
        ):
            assert (line[column] == "") == (value is None), (row, line)
            assert value is None or Decimal(line[column]) == round(value, 12), (row, line)


def test_the_ranks_of_the_country_are_the_marts_own(client, main_job):
    rows = exported(client, "country/2026-08?figures=computed".partition("?")[0], "ranking")
    ours = {row["Province"]: row for row in rows if row["Computed"]}
    with main_job.engine.connect() as connection:
        cards = connection.execute(
            text("""select unit_name, total_score, rank_among_peers from marts.mart_scorecard
            where unit_type = 'province' and period_grain = 'month' and period_start = '2026-08-01'
            and boundary = 'as_was' and total_score is not null""")
        ).all()
    assert len(cards) == len(ours) == 3
    computed = client.get("/en/country/2026-08/table/ranking.csv?figures=computed")
    ranked = csv.DictReader(io.StringIO(computed.content.decode("utf-8-sig")))
    ranks = {row["Province"]: row["Rank"] for row in ranked}
    for card in cards:
        assert Decimal(ours[card.unit_name]["Computed"]) == card.total_score
        assert ranks[card.unit_name] == str(card.rank_among_peers)


def test_an_explanation_exports_every_case_and_shows_the_first(client, main_job):
    total = one(
        main_job,
        """select count(distinct case_code) as cases from marts.mart_indicator_case where unit_code = 'H12'
        and indicator_code = '2.1' and period_grain = 'month' and period_start = '2026-08-01'""",
    ).cases
    assert total > 50
    assert len(exported(client, "explain/H12/2.1/2026-08", "cases")) == total
    page = see(client.get("/vi/explain/H12/2.1/2026-08").text)
    assert len([link for link in page.links if "/dossier/" in link]) == 50
    assert "✓ khớp" in page.text


def test_the_work_list_pages_through_every_late_dossier_once_and_its_file_holds_them_all(client, main_job):
    with main_job.engine.connect() as connection:
        held = connection.execute(
            text("""select dossier_code, lateness, procedure_code from marts.mart_late_dossier
            where province_code = 'H12'""")
        ).all()
    codes, procedure = {row.dossier_code for row in held}, held[0].procedure_code
    assert len(codes) > 60
    shown: list[str] = []
    for number in range(1, -(-len(codes) // 50) + 1):
        page = see(client.get("/vi/work/H12", params={"page": number}).text)
        shown += [link.rpartition("/")[2] for link in page.links if "/dossier/" in link]
    assert len(shown) == len(codes)
    assert set(shown) == codes
    assert "Trang này không có dòng nào" in client.get("/vi/work/H12", params={"page": 900}).text
    assert {row["Dossier"] for row in exported(client, "work/H12", "late")} == codes
    late = client.get("/en/work/H12/table/late.csv", params={"kind": "late", "procedure": procedure})
    rows = list(csv.DictReader(io.StringIO(late.content.decode("utf-8-sig"))))
    wanted = {row.dossier_code for row in held if (row.lateness, row.procedure_code) == ("late", procedure)}
    assert {row["Dossier"] for row in rows} == wanted


def test_a_unit_is_told_its_cheapest_points_first_and_only_what_can_be_improved(client, main_job):
    period = "period_grain = 'month' and period_start = '2026-09-01' and boundary = 'as_was'"
    with main_job.engine.connect() as connection:
        held = connection.execute(
            text(f"""select indicator_code, cases_to_next_point / (next_point - score) as cost
            from marts.mart_score_gain where unit_code = 'H12' and {period} and is_improvable""")
        ).all()
    rows = exported(client, "unit/H12/2026-09", "gains")
    assert len(held) > 5
    assert {row["Indicator"].split()[0] for row in rows} == {row.indicator_code for row in held}
    costs = [Decimal(row["Cases per point"]) for row in rows]
    assert costs == sorted(costs)
    cheapest = min(held, key=lambda row: (row.cost, row.indicator_code))
    assert rows[0]["Indicator"].startswith(cheapest.indicator_code)
    trend = {row["Period"]: row for row in exported(client, "unit/H12/2026-09", "trend")}
    median = one(
        main_job,
        f"""select percentile_cont(0.5) within group (order by total_score) as median
        from marts.mart_scorecard where unit_type = 'province' and {period} and data_origin = 'synthetic'""",
    ).median
    assert Decimal(trend["September 2026"]["Peers' median"]) == pytest.approx(Decimal(median))


def test_targets_are_lines_in_the_distribution_of_ratios(client):
    page = see(client.get("/vi/indicator/4.2/2026-09/province").text)
    assert "đơn vị đạt" in page.text
    (chart,) = [src for src, _ in page.images if "ratios" in src]
    assert "đã hết hạn" in client.get(chart).text
    assert not [
        src for src, _ in see(client.get("/vi/indicator/5.1/2026-09/province").text).images if "ratios" in src
    ]


def test_idle_services_and_held_rows_are_the_units_own(client, main_job):
    idle = one(main_job, "select count(*) as rows from marts.mart_idle_service where unit_code = 'H29'").rows
    answer = client.get("/en/work/H29/table/idle.csv", params={"list": "idle"})
    assert idle
    assert len(list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))) == idle
    held = one(
        main_job,
        """select count(*) as rows from audit.quarantine as held inner join audit.batch using (batch_id)
        where state = 'open' and (held.unit_code like 'H17%' or (held.unit_code is null
        and 'H17' = any(batch.covers)))""",
    ).rows
    answer = client.get("/en/work/H17/table/held.csv", params={"list": "held"})
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))) if held else []
    assert len(rows) == held
    assert client.get("/vi/work/H12.07").status_code == 200


def test_an_answer_is_made_once_for_a_publication_and_anew_after_the_next(client, main_job):
    path = "/vi/country/2026-Q3"
    first = client.get(path)
    etag = first.headers["etag"]
    assert client.get(path, headers={"If-None-Match": etag}).status_code == 304
    assert first.headers["content-encoding"] == "gzip"
    plain = client.get(path, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == first.text
    with main_job.engine.begin() as connection:  # a build that was published
        connection.execute(
            text(
                "update marts.mart_scorecard set total_score = total_score - 1 "
                "where unit_code = 'H12' and period_grain = 'quarter'"
            )
        )
    try:
        assert client.get(path, headers={"If-None-Match": etag}).status_code == 304, "nothing was published"
        with main_job.engine.begin() as connection:
            connection.execute(
                text("update audit.evaluation set finished_at = finished_at + interval '1 ms'")
            )
        client.app.state.keeper.states.forget()
        again = client.get(path, headers={"If-None-Match": etag})
        assert again.status_code == 200
        assert again.headers["etag"] != etag
    finally:
        with main_job.engine.begin() as connection:
            connection.execute(
                text(
                    "update marts.mart_scorecard set total_score = total_score + 1 "
                    "where unit_code = 'H12' and period_grain = 'quarter'"
                )
            )
            connection.execute(
                text("update audit.evaluation set finished_at = finished_at + interval '1 ms'")
            )
        client.app.state.keeper.states.forget()


def test_a_name_leads_to_the_stable_address(client):
    answer = client.get("/vi/unit/" + quote("cà mau") + "/2026-08", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, "/vi/unit/H12/2026-08")
    found = client.get("/vi/find", params={"q": "ca mau"})
    assert found.url.path.startswith("/vi/unit/H12/2026-")


def test_the_pickers_lead_to_the_stable_address(client):
    sent = {"page": "indicator", "indicator": "4.1", "unit_type": "commune", "period": "2026-Q3"}
    answer = client.get("/en/go", params=sent, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/en/indicator/4.1/2026-Q3/commune")
    sent = {"page": "country", "show": "group-2", "figures": "published", "period": "2026"}
    answer = client.get("/vi/go", params=sent, follow_redirects=False)
    assert answer.headers["location"] == "/vi/country/2026?show=group-2&figures=published"


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("unit/H12.999/2026-08", "/vi/unit/H12"),
        ("unit/H12/2026-07x", "/vi/unit/H12/2026-07"),
        ("country/2026-8", "/vi/country/2026-08"),
        ("indicator/2.9/2026-08/province", "/vi/indicator/2."),
        ("find?q=H12.998", "/vi/unit/H12"),
    ],
)
def test_what_is_unknown_answers_404_with_near_matches_that_open(client, path, near):
    answer = client.get(f"/vi/{path}")
    assert answer.status_code == 404
    seen = see(answer.text)
    assert list(faults(seen)) == []
    offered = [link for link in seen.links if link.startswith(near)]
    assert offered
    assert client.get(offered[0]).status_code == 200


HOSTILE = strategies.one_of(
    strategies.sampled_from(
        [
            *(
                "' or 1=1 --",
                "<script>alert(1)</script>",
                "../../etc/passwd",
                "%00",
                "\x00",
                "{{7*7}}",
                "H12;drop",
            ),
            *(
                "9" * 500,
                "-1",
                "2026-13",
                "2026-Q9",
                "0000",
                "9999-99",
                "null",
                "*",
                "%",
                "\u202e",
                "𝟚𝟘𝟚𝟞",
                "é" * 90,
            ),
        ]
    ),
    strategies.text(min_size=1, max_size=60),
)
PATTERNS = (
    *("country/{}", "country/2026-08?show={}", "country/2026-08?figures={}", "country/2026-08?boundary={}"),
    *(
        "unit/{}/2026-08",
        "unit/H12/{}",
        "unit/{}",
        "indicator/{}/2026-08/province",
        "indicator/2.1/2026-08/{}",
    ),
    *("work/{}", "work/H12?kind={}", "work/H12?list=idle&kind=months-{}", "work/H12?procedure={}"),
    *("audit?unit={}", "audit?page={}", "audit/run/{}", "audit/reports/{}", "audit/table/{}.csv"),
    *("work/H12?kind=due-{}", "work/H12?list={}", "work/H12?page={}", "work/H12?list=held&kind={}"),
    *("explain/{}/2.1/2026-08", "explain/H12/{}/2026-08", "dossier/{}", "find?q={}", "{}"),
    *("unit/H12/2026-08/table/{}.csv", "unit/H12/2026-08/table/groups.{}", "unit/H12/2026-08/chart/{}.svg"),
    *("go?page=unit&unit={0}&period={0}", "go?page={}&period=2026"),
)


@effort(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pattern=strategies.sampled_from(PATTERNS), value=HOSTILE)
def test_hostile_parameters_are_refused_and_never_echoed_raw(client, pattern, value):
    sent = quote(value.encode("utf-8", "surrogatepass"), safe="")
    answer = client.get(f"/vi/{pattern.format(sent)}", follow_redirects=False)
    assert answer.status_code < 500, (pattern, value)
    assert "<script>alert" not in answer.text
    if answer.headers.get("content-type", "").startswith("text/html"):
        assert "{{" not in value or "49" not in see(answer.text).title
    where = answer.headers.get("location", "/")
    assert where.startswith("/"), "a redirect never leaves the site"
    assert not where.startswith("//")


@pytest.mark.parametrize(
    ("role", "unit", "has", "lacks"),
    [
        ("public", "", "vi/unit/H12/2026-08.html", "vi/indicator"),
        ("official", "H12.07", "en/explain/H12.07/2.1/2026-08.html", "vi/unit/H29"),
        ("auditor", "", "en/indicator/2.1/2026-08/commune.html", "vi/explain"),
    ],
)
def test_a_period_in_a_folder_opens_from_disk_without_a_broken_link(
    main_job, tmp_path, monkeypatch, role, unit, has, lacks
):
    folder, seen = tmp_path / "site", []
    if role == "auditor":  # the first units of each kind are like the rest, and 380 of them take minutes
        monkeypatch.setattr(queries, "CARDS", text(f"{queries.CARDS} limit 12"))
    written = export_site(
        lambda: warehouse_engine(settings=main_job.settings),
        "2026-08",
        folder,
        role=role,
        unit=unit,
        told=lambda done, total: seen.append((done, total)),
    )
    assert list(broken(folder)) == []
    assert (folder / has).is_file()
    assert not (folder / lacks).exists()
    vietnamese, english = (
        {p.relative_to(folder / lang) for p in (folder / lang).rglob("*")} for lang in ("vi", "en")
    )
    assert vietnamese == english
    assert seen[-1][0] == seen[-1][1] == len(seen) == written.pages
    if role == "public":
        texts = " ".join(seen.text for _, seen in pages(folder))
        assert "Tính từ hồ sơ" not in texts
        assert "Computed" not in texts
        assert not list(folder.rglob("*/indicators*"))
    if BROWSER:
        with browser(BROWSER) as running:
            page = Page(running)
            page.visit((folder / has).as_uri())
            assert page.complaints == []
            assert (
                page.run("getComputedStyle(document.querySelector('header')).backgroundColor")
                == "rgb(11, 61, 102)"
            )
    (folder / "mine.txt").write_text("x")
    export_site(lambda: warehouse_engine(settings=main_job.settings), "2026-08", folder)
    assert not (folder / "mine.txt").exists(), "one of ours is replaced whole"
    (folder / "export.json").unlink()
    with pytest.raises(NotOurFolder):
        export_site(lambda: warehouse_engine(settings=main_job.settings), "2026-08", folder)
    assert (folder / "index.html").is_file()


def test_the_pipeline_says_when_each_source_is_read_next_and_leads_to_its_run_in_airflow(main_job, client):
    rows = {row["Source"]: row for row in exported(client, "pipeline", "sources")}
    assert {row["Last run"] for row in rows.values()} == {"first"}
    assert all(row["Next run"] > row["Last success"] for row in rows.values())
    assert not [link for link in see(client.get("/vi/pipeline").text).links if "/dags/" in link]
    app = create_app(
        lambda: warehouse_engine(settings=main_job.settings),
        settings=main_job.settings,
        under_airflow_at="/decision766",
    )
    with TestClient(app, root_path="/airflow/decision766") as within:
        links = set(see(within.get("/vi/pipeline").text).links)
    app.state.connections.dispose()
    assert "/airflow/dags/ingest_provincial_systems/runs/first" in links
    assert "/airflow/dags/ingest_national_portal/runs/first" in links


def test_nothing_can_be_written_through_a_pages_connection(client):
    from sqlalchemy.exc import InternalError

    with (
        client.app.state.connections.reading() as connection,
        pytest.raises(InternalError, match="read-only"),
    ):
        connection.execute(text("delete from marts.mart_scorecard"))


def test_before_the_first_build_the_page_says_which_dags_to_run(settings):
    app = create_app(lambda: warehouse_engine(settings=settings))
    client = TestClient(app)
    for path in ("/vi", "/vi/country/2026-08", "/vi/unit/H12/2026-08", "/vi/pipeline", "/vi/find?q=H12"):
        answer = client.get(path)
        assert answer.status_code == 404, path
        assert "build_indicator_marts" in answer.text, path
    app.state.connections.dispose()


def test_a_database_that_does_not_answer_is_a_page_too():
    nobody = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")
    answer = TestClient(create_app(lambda: nobody)).get("/en/country/2026-08")
    assert answer.status_code == 503
    assert "does not answer" in answer.text
