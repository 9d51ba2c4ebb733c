"""Reports as issued: the marts' numbers, the same bytes for the same data, a changed file found."""

import datetime as dt
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import text
from tests.end_to_end.identities import IdentitySearch
from tests.end_to_end.main_job import PRESENT
from tests.reconciliation.campaign_mart import CAMPAIGN_DAY, DAYS, STARTS
from tests.reconciliation.conftest import ON, Planted
from tests.reconciliation.mail_stub import mail_stub
from tests.reporting.browser import Page, browser, find_browser

from decision766.ledger.check import verify_ledger
from decision766.ledger.errors import LedgerBroken
from decision766.ledger.heads import open_heads
from decision766.platform.airflow import import_pools, migrate_airflow
from decision766.platform.airflow_env import airflow_environment
from decision766.platform.databases import drop_database, ensure_database
from decision766.reporting.periodic import NotMailed, NotReportable, issue_quarterly, issue_weekly
from decision766.reporting.periodic.archive import Issued, issue
from decision766.reporting.periodic.cover import cover_lines
from decision766.reporting.periodic.issuing import MAIL_ALWAYS
from decision766.reporting.periodic.model import TEXT, Edition
from decision766.reporting.periodic.quarterly import quarterly_report
from decision766.reporting.periodic.words import shown
from decision766.reporting.periodic.workbook import HEADER_ROWS, workbook_bytes
from decision766.settings import PROJECT_ROOT

pytestmark = [pytest.mark.slow, pytest.mark.warehouse]

BROWSER = find_browser()


@pytest.fixture(params=["quarterly", "weekly"])
def issued(request: pytest.FixtureRequest) -> Issued:
    return request.getfixturevalue(request.param)


def _book(issued: Issued) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(issued.path(".xlsx").read_bytes()))


def _rows(planting: Planted, sql: str, **values: object) -> list:
    with planting.engine.connect() as connection:
        return list(connection.execute(text(sql), values))


def _sheet(book: openpyxl.Workbook, name: str) -> list[tuple]:
    rows = list(book[name].iter_rows(min_row=HEADER_ROWS + 1, values_only=True))
    return rows[: next((place for place, row in enumerate(rows) if row[0] is None), len(rows))]


def _same(found: object, stated: object) -> bool:
    if stated is None:
        return found == "–"
    return Decimal(str(found)) == stated


def test_every_indicator_stands_in_the_workbook_as_in_the_marts(planting, quarterly):
    lines = {row[0]: row for row in _sheet(_book(quarterly), "Chỉ số")}
    marts = _rows(
        planting,
        """
        select fact.*, compared.published_score
        from marts.fct_indicator as fact
        left join marts.mart_reconciliation as compared
            using (unit_code, indicator_code, period_grain, period_start)
        where fact.unit_code = 'H12' and fact.period_grain = 'quarter' and fact.procedure_code = '*'
            and fact.boundary = 'as_was'
        """,
    )
    assert len(lines) == len(marts) == 22
    for row in marts:
        line = lines[row.indicator_code]
        for found, stated in zip(
            line[3:9],
            (row.numerator, row.denominator, row.ratio, row.score, row.max_score, row.published_score),
            strict=True,
        ):
            assert _same(found, stated), (row.indicator_code, line)
    assert any(line[3] == "–" for line in lines.values())  # null is not 0


def test_every_unit_stands_in_the_workbook_as_in_the_marts(planting, quarterly):
    lines = {row[0]: row for row in _sheet(_book(quarterly), "Đơn vị")}
    cards = _rows(
        planting,
        "select * from marts.mart_scorecard "
        "where unit_code like 'H12.%' and period_grain = 'quarter' and boundary = 'as_was'",
    )
    assert len(lines) == len(cards) > 60
    for card in cards:
        line = lines[card.unit_code]
        stated = (card.total_score, card.group_1_score, card.group_2_score, card.group_3_score)
        for found, value in zip(line[2:6], stated, strict=True):
            assert _same(found, value), (card.unit_code, line)


def test_every_difference_stands_in_the_workbook_with_its_cause(planting, quarterly):
    lines = _sheet(_book(quarterly), "Đối soát")
    marts = _rows(
        planting,
        """
        select * from marts.mart_reconciliation
        where unit_code like 'H12%' and period_grain = 'quarter'
            and status in ('different', 'within_tolerance')
        """,
    )
    found = {(line[0], line[2]): line for line in lines}
    assert len(lines) == len(marts) > 100
    for row in marts:
        line = found[(row.unit_code, row.indicator_code)]
        assert line[10] == row.likely_cause_vi
        assert _same(line[9], row.score_difference)


def test_late_data_and_quarantine_are_stated_on_the_cover(planting, quarterly):
    cover = " ".join(str(cell) for row in _book(quarterly)["Bìa"].values for cell in row if cell)
    held = _rows(
        planting,
        "select count(distinct (entity, raw_id)) from audit.quarantine where state = 'open' "
        "and (unit_code = 'H12' or unit_code like 'H12.%' or unit_code is null)",
    )[0][0]
    assert held > 0
    assert f"Bản ghi đang bị cách ly, chưa được tính: {held}" in cover
    assert "SỐ LIỆU TẠM TÍNH" in cover
    assert "DỮ LIỆU MÔ PHỎNG" in cover
    assert "01/07/2026 – 28/09/2026" in cover
    assert "00:00 16/09/2026 (quá hạn)" in cover
    assert quarterly.edition.report.head in cover


def test_a_report_issued_late_after_its_data_says_which_days_are_missing(planting):
    report = quarterly_report(planting.engine, "H12", "2026-Q3", issued_on=dt.date(2026, 10, 5))
    assert report.statements[0].text[0] == "Chưa có số liệu của các ngày 29/09/2026 – 30/09/2026."
    assert report.statements[0].is_warning


def test_a_workbook_prints_has_charts_and_keeps_its_headings(issued):
    book = _book(issued)
    for sheet in book.worksheets:
        assert (sheet.page_setup.paperSize, sheet.sheet_properties.pageSetUpPr.fitToPage) == ("9", True) or (
            sheet.page_setup.paperSize == 9
        )
        if sheet.title != "Bìa":
            assert sheet.freeze_panes == f"A{HEADER_ROWS + 1}"
            assert sheet.print_title_rows == f"${HEADER_ROWS - 1}:${HEADER_ROWS}"
    charts = [chart for sheet in book.worksheets for chart in sheet._charts]
    assert len(charts) >= 3


def test_page_and_workbook_say_the_same_numbers(issued):
    page = issued.path(".html").read_text(encoding="utf-8")
    book = _book(issued)
    for table in issued.edition.report.tables:
        lines = _sheet(book, table.sheet)
        assert len(lines) in (len(table.rows), 1 if not table.rows else -1)
        for row in table.rows:
            for column, value in zip(table.columns, row, strict=True):
                if column.kind != TEXT:
                    assert f">{shown(value, column.kind)}<" in page


def test_the_same_data_give_the_same_bytes_and_no_new_entry(planting, quarterly):
    before = {file.name: (quarterly.folder / file.name).read_bytes() for file in quarterly.files}
    again = issue_quarterly(
        planting.engine, "Cà Mau", "2026-Q3", issued_on=dt.date(2026, 9, 29), settings=planting.settings
    ).issued
    assert (again.is_new, again.entry_no, again.edition.version) == (False, quarterly.entry_no, 1)
    gone = quarterly.path(".xlsx")
    gone.unlink()
    issue_quarterly(planting.engine, "H12", "2026-Q3", settings=planting.settings)
    assert {name: (quarterly.folder / name).read_bytes() for name in before} == before
    manifest = json.loads(before["manifest.json"])
    assert [file["sha256"] for file in manifest["files"]] == [file.sha256 for file in quarterly.files[:-1]]


def test_a_correction_is_a_new_version_that_names_the_one_before(planting):
    first = quarterly_report(planting.engine, "H12.05", "2026-Q3", issued_on=ON)
    one = issue(planting.engine, first, issued_on=ON, settings=planting.settings)
    corrected = first.__class__(**{**vars(first), "facts": first.facts[:-1]})
    two = issue(planting.engine, corrected, issued_on=ON, settings=planting.settings)
    assert (one.edition.version, one.edition.replaces) == (1, None)
    assert (two.edition.version, two.edition.replaces) == (2, 1)
    assert two.folder != one.folder
    assert one.path(".xlsx").exists()
    assert "2, thay bản số 1" in two.path(".html").read_text(encoding="utf-8")
    listed = _rows(
        planting, "select version, replaces from audit.report where unit_code = 'H12.05' order by 1"
    )
    assert [tuple(row) for row in listed] == [(1, None), (2, 1)]


def _verify(planting: Planted) -> int:
    with planting.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        return verify_ledger(
            connection, open_heads(planting.settings), archive=planting.settings.reports_archive_root
        ).reports


@pytest.mark.parametrize("suffix", [".xlsx", ".html", ".json", "manifest.json"])
def test_a_changed_or_lost_file_is_found(planting, quarterly, suffix):
    assert _verify(planting) >= 1
    path = quarterly.path(suffix)
    content = path.read_bytes()
    try:
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        with pytest.raises(LedgerBroken, match=f"{path.name} in .* is not what was issued"):
            _verify(planting)
        path.unlink()
        with pytest.raises(LedgerBroken, match=f"{path.name} is gone"):
            _verify(planting)
    finally:
        path.write_bytes(content)
    assert _verify(planting) >= 1


def test_text_that_looks_like_a_formula_is_none(planting, quarterly):
    said = quarterly.edition.report
    first, *rest = said.tables
    hostile = ("=cmd|' /C calc'!A1", "+1", "@SUM(1)", "-2")
    table = first.__class__(**{**vars(first), "rows": tuple((text_, text_, 1, 2, 3) for text_ in hostile)})
    report = said.__class__(**{**vars(said), "unit_name": "=1+1", "tables": (table, *rest)})
    content = workbook_bytes(Edition(report, 1, None, ON, None))
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        assert not any(b"<f>" in book.read(name) for name in book.namelist() if "worksheets/" in name)
    cells = _sheet(openpyxl.load_workbook(io.BytesIO(content)), first.sheet)
    assert [row[0] for row in cells] == [f"'{text_}" for text_ in hostile]


def test_no_report_names_a_person(planting, quarterly, weekly):
    names = list(planting.world.identities())
    assert len(names) > 1000
    search = IdentitySearch(names)
    for issued in (quarterly, weekly):
        for file in issued.files:
            content = (issued.folder / file.name).read_bytes()
            if file.name.endswith(".xlsx"):
                with zipfile.ZipFile(io.BytesIO(content)) as book:
                    content = b"\n".join(book.read(name) for name in book.namelist())
            assert search.find(content.decode("utf-8", "replace")) == set()


def test_the_weekly_report_stands_at_the_day_before_issue(planting, weekly):
    said = weekly.edition.report
    assert said.covers_until == CAMPAIGN_DAY - dt.timedelta(days=1)
    assert said.is_provisional
    lines = _sheet(_book(weekly), "Theo cấp")
    marts = _rows(
        planting,
        "select * from marts.mart_campaign_progress where day = :day and row_kind = 'level' "
        "and target_percent is not null "
        "order by measure_code, unit_level desc",
        day=said.covers_until,
    )
    assert len(lines) == len(marts) == 6
    found = {(line[0].partition(" ")[0], line[2]): line for line in lines}
    level = {"province": "Cấp tỉnh", "district": "Cấp huyện", "commune": "Cấp xã"}
    for row in marts:
        line = found[(row.measure_code, level[row.unit_level])]
        stated = (row.numerator, row.denominator, row.actual_percent, row.target_percent, row.pace_percent)
        assert all(_same(cell, value) for cell, value in zip(line[3:8], stated, strict=True)), line
        assert line[10] == ("Đạt" if row.is_on_track else "Chậm")
    days = _sheet(_book(weekly), "Theo ngày 3.3")
    assert [line[1] for line in days] == list(range((said.covers_until - STARTS).days + 1))
    assert len(_sheet(_book(weekly), "Đơn vị")) > 0
    assert (said.covers_until - STARTS).days < DAYS


def test_a_week_is_reported_on_its_due_day(planting, weekly):
    again = issue_weekly(
        planting.engine, "Cà Mau", week_of=dt.date(2023, 4, 3), settings=planting.settings
    ).issued
    assert (again.entry_no, again.edition.issued_on, again.is_new) == (weekly.entry_no, CAMPAIGN_DAY, False)
    with pytest.raises(NotReportable, match=r"H12\.02 owes no weekly report"):
        issue_weekly(planting.engine, "H12.02", week_of=CAMPAIGN_DAY, settings=planting.settings)


def test_what_cannot_be_reported_is_said(planting, weekly):
    with pytest.raises(NotReportable, match="no campaign 2020-01-01"):
        issue_weekly(planting.engine, "H12", campaign="2020-01-01", settings=planting.settings)
    with pytest.raises(NotReportable, match="needs a quarter"):
        issue_quarterly(planting.engine, "H12", "2026-08", settings=planting.settings)


def test_mail_goes_out_by_setting_only(planting, quarterly):
    with mail_stub() as server:
        outcome = issue_quarterly(
            planting.engine, "H12", "2026-Q3", mail=MAIL_ALWAYS, settings=planting.settings
        )
        assert outcome.mailed_to == ()
        assert server.mails == []
        own = planting.settings.model_copy(
            update={"mail_to": "vp@example.gov.vn, snv@example.gov.vn", "mail_server": server.url}
        )
        with pytest.raises(NotMailed, match="DECISION766_MAIL_FROM"):
            issue_quarterly(planting.engine, "H12", "2026-Q3", mail=MAIL_ALWAYS, settings=own)
        own = own.model_copy(update={"mail_from": "bao-cao@example.gov.vn"})
        unchanged = issue_quarterly(planting.engine, "H12", "2026-Q3", settings=own)
        assert unchanged.mailed_to == ()  # issued before: not mailed twice
        issue_quarterly(planting.engine, "H12", "2026-Q3", mail=MAIL_ALWAYS, settings=own)
        (mail,) = server.mails
        attached = {part.get_filename(): part.get_content() for part in mail.iter_attachments()}
        assert sorted(attached) == sorted(quarterly.path(suffix).name for suffix in (".xlsx", ".html"))
        assert attached[quarterly.path(".xlsx").name] == quarterly.path(".xlsx").read_bytes()
        assert "DỮ LIỆU MÔ PHỎNG" in mail.get_body().get_content()
        assert server.receivers == [["<vp@example.gov.vn>", "<snv@example.gov.vn>"]]
        server.refuses = True
        with pytest.raises(NotMailed, match="SMTPSenderRefused") as refused:
            issue_quarterly(planting.engine, "H12", "2026-Q3", mail=MAIL_ALWAYS, settings=own)
        assert "example.gov.vn" not in str(refused.value)


@pytest.mark.skipif(BROWSER is None, reason="no Chromium; DECISION766_TEST_BROWSER names one")
def test_a_page_opens_offline_and_prints(issued):
    with browser(BROWSER or "") as chromium:
        page = Page(chromium)
        page.open(Path(str(issued.path(".html"))))
        assert page.complaints == []
        assert [url for url in page.requests if not url.startswith("file:")] == []
        assert page.run("document.querySelectorAll('svg rect, svg polyline').length") > 5
        assert page.run("document.documentElement.lang") == "vi"
        assert page.run("getComputedStyle(document.querySelector('.mark')).color") == "rgb(163, 23, 15)"
        assert page.pdf().startswith(b"%PDF")


@pytest.fixture
def airflow(planting: Planted) -> Iterator[dict[str, str]]:
    own = planting.settings.model_copy(
        update={"airflow_database": f"{planting.settings.warehouse_database}_airflow"}
    )
    ensure_database(own, own.airflow_database)
    environment = airflow_environment(own)
    migrate_airflow(own, environment)
    import_pools(own, environment)
    yield environment
    drop_database(own, own.airflow_database)


@pytest.mark.airflow
def test_both_reports_are_made_by_their_dags(planting, quarterly, weekly, airflow, tmp_path):
    def run(dag_id: str, at: str) -> list[dict]:
        events = tmp_path / f"{dag_id}-{at[:10]}.jsonl"
        script = PROJECT_ROOT / "plugins" / "decision766_airflow" / "run_once.py"
        done = subprocess.run(
            [sys.executable, str(script), "--events", str(events), "--evaluated-at", at, dag_id],
            env=airflow,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
        told = [json.loads(line) for line in events.read_text().splitlines()]
        return [item for item in told if item["event"] == "task_ended"]

    before = _rows(planting, "select max(entry_no) from audit.report")[0][0]
    next_friday = dt.datetime.combine(CAMPAIGN_DAY + dt.timedelta(days=7), dt.time(8), PRESENT.tzinfo)
    ended = run("report_campaign_weekly", next_friday.isoformat())
    assert [(item["task"], item["state"]) for item in ended] == [
        ("units_due", "success"),
        ("issue", "success"),
        ("mail", "skipped"),
    ]
    run("report_quarterly", "2026-09-14T07:00:00+07:00")
    made = _rows(
        planting,
        "select report, unit_code, issued_on, folder from audit.report "
        "where entry_no > :before order by 1 desc",
        before=before,
    )
    assert [(row.report, row.unit_code, row.issued_on) for row in made] == [
        ("weekly", "H12", next_friday.date()),
    ]  # the quarterly one had been issued with these data
    archive = Path(planting.settings.reports_archive_root)
    assert len(list((archive / made[0].folder).glob("*.xlsx"))) == 1
    no_campaign = run("report_campaign_weekly", "2026-09-25T08:00:00+07:00")
    assert [(item["task"], item["state"]) for item in no_campaign] == [("units_due", "success")]
    assert _verify(planting) >= 3


@pytest.mark.parametrize(("issued_on", "is_late"), [(15, False), (16, True)])
def test_before_the_sixteenth_is_the_fifteenth_at_the_latest(quarterly, issued_on, is_late):
    due = dt.datetime(2026, 9, 16, tzinfo=PRESENT.tzinfo)
    edition = Edition(quarterly.edition.report, 1, None, dt.date(2026, 9, issued_on), due)
    (line,) = (line for line in cover_lines(edition) if line.vi == "Hạn gửi")
    assert line.value == "trước 00:00 16/09/2026" + (" (quá hạn)" if is_late else "")
