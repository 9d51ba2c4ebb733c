"""The validation reports as files: nothing outside, nothing unescaped, no dead link, whole or not at all."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from sqlalchemy import Engine, text
from tests.reporting.past import HOSTILE_RULE, ROOT, add_hostile, add_past

from decision766.reporting.validation import write as writing
from decision766.reporting.validation import write_reports
from decision766.reporting.validation.render import percent, slug
from decision766.settings import Settings
from decision766.validation.rules import load_suites

pytestmark = [pytest.mark.warehouse, pytest.mark.slow]

RUNS = 120
MAY_LOAD = {"a": "href"}  # the only attribute with an address that a page may have
LOADING = {"src", "href", "srcset", "data", "action", "poster", "background", "formaction", "xlink:href"}


class Reader(HTMLParser):
    """What a page holds: addresses, ids, scripts, headings, tables without headings."""

    def __init__(self, page: str):
        super().__init__(convert_charrefs=True)
        self.links, self.loads, self.ids, self.tags, self.handlers = [], [], set(), [], []
        self.text, self.policy, self.blocks = [], "", []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.tags.append(tag)
        if "id" in values:
            self.ids.add(values["id"])
        for name, value in attrs:
            if name.startswith("on"):
                self.handlers.append((tag, name))
            if name in LOADING:
                (self.links if MAY_LOAD.get(tag) == name else self.loads).append(value)
        if tag == "meta" and values.get("http-equiv") == "Content-Security-Policy":
            self.policy = values["content"]

    def handle_data(self, data):
        self.text.append(data)


def pages(folder: Path) -> dict[str, Reader]:
    return {
        str(path.relative_to(folder)): Reader(path.read_text(encoding="utf-8"))
        for path in folder.rglob("*.html")
    }


def content(folder: Path) -> dict[str, bytes]:
    """Every file but for the instant of writing, which each page states."""
    stamp = re.compile(rb"(Written</span>) \d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
    return {
        str(path.relative_to(folder)): stamp.sub(rb"\1", path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def reports(module_warehouse: Engine, module_settings: Settings) -> Path:
    add_past(module_warehouse, RUNS)
    add_hostile(module_warehouse)
    return write_reports(module_warehouse, settings=module_settings).index.parent


def test_there_is_a_page_and_a_copy_for_every_run_rule_and_source(reports, module_settings):
    assert reports == module_settings.home / "reports" / "validation"
    assert len(list(reports.glob("runs/*/*.html"))) == RUNS + 1
    assert len(list(reports.glob("runs/*/*.gx.json"))) == RUNS + 1
    known = {rule.id for suite in load_suites(ROOT / "expectations").values() for rule in suite.rules}
    assert {path.stem for path in reports.glob("rules/*.html")} == {
        slug(name) for name in known | {HOSTILE_RULE}
    }
    assert len(list(reports.glob("sources/*.html"))) == 3
    for page in reports.rglob("*.html"):
        copy = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))
        assert copy
        assert f'href="{page.with_suffix(".json").name}"' in page.read_text(encoding="utf-8")


def test_no_page_loads_anything_from_anywhere(reports):
    for name, page in pages(reports).items():
        assert page.loads == [], name
        assert page.handlers == [], name
        assert page.policy.startswith("default-src 'none'"), name
        assert not {"img", "link", "iframe", "object", "embed", "base"} & set(page.tags), name
        assert not [link for link in page.links if re.match(r"^([a-z][a-z0-9+.-]*:|//)", link, re.I)], name
        source = (reports / name).read_text(encoding="utf-8")
        assert "@import" not in source
        assert "url(" not in source


def test_every_link_leads_somewhere(reports):
    found = pages(reports)
    followed = 0
    for name, page in found.items():
        for link in page.links:
            path, _, fragment = link.partition("#")
            target = (reports / name).parent / unquote(path) if path else reports / name
            assert target.is_file(), f"{name}: {link}"
            if fragment and target.suffix == ".html":
                there = found[str(target.resolve().relative_to(reports.resolve()))]
                assert fragment in there.ids or fragment.startswith("object-"), f"{name}: {link}"
            followed += 1
    assert followed > RUNS * 10


def test_hostile_names_stay_text(reports):
    hit = 0
    for name, page in pages(reports).items():
        source = (reports / name).read_text(encoding="utf-8")
        assert "<script>alert" not in source, name
        assert "<img" not in source, name
        assert page.tags.count("script") == source.count("<script"), name
        hit += any("Sở </script><img" in part for part in page.text)
    assert hit >= 3 + 1  # three sources and the run
    run = max(reports.glob("runs/*/*.html"), key=lambda path: path.parent.name)
    assert "{{ 7 * 7 }}" in run.read_text(encoding="utf-8")
    data = re.search(
        r'id="runs-rows">(.*?)</script>', (reports / "index.html").read_text(encoding="utf-8"), re.S
    )
    assert len(json.loads(data[1])["rows"]) == RUNS + 1


def test_a_run_says_what_failed_and_where_it_stands(reports, module_warehouse):
    with module_warehouse.connect() as connection:
        row = connection.execute(
            text("""
                select run.validation_run_id::text as run_id, min(held.rule_id) as rule_id,
                    min(held.record_key) as record_key, min(held.object_sha256) as object_sha256
                from audit.validation_run as run inner join audit.quarantine as held using (batch_id)
                where held.source_id = 'province_h12'
                group by 1 order by 1 limit 1
            """)
        ).one()
        stored = connection.execute(
            text("select result from audit.validation_run where validation_run_id = cast(:id as uuid)"),
            {"id": row.run_id},
        ).scalar_one()
    [path] = reports.glob(f"runs/*/{row.run_id}.html")
    page = Reader(path.read_text(encoding="utf-8"))
    seen = "".join(page.text)
    for expected in ("DỮ LIỆU MÔ PHỎNG", "không đạt", row.record_key, row.object_sha256[:12]):
        assert expected in seen
    assert f"object-{row.object_sha256[:12]}" in page.ids
    assert {"batch", "quarantine"} <= page.ids
    copy = json.loads(path.with_suffix(".json").read_text())
    [failed] = [rule for rule in copy["results"] if rule["rule_id"] == row.rule_id]
    assert failed["verdict"] == "failed"
    assert len(failed["examples"]) == 3
    assert len(path.with_suffix(".quarantine.csv").read_text().splitlines()) == 1 + 3
    assert json.loads(path.with_suffix(".gx.json").read_text()) == stored


def test_rows_that_no_quarantine_names_are_pointed_at_all_the_same(reports):
    blocked = [
        copy
        for path in reports.glob("runs/*/*.json")
        if not path.name.endswith(".gx.json")
        for copy in [json.loads(path.read_text())]
        if not copy["run"]["success"]
    ]
    assert blocked
    examples = [
        rule["examples"] for copy in blocked for rule in copy["results"] if rule["verdict"] == "failed"
    ]
    assert {
        name: value for name, value in examples[0][0].items() if name in ("record_key", "source_line")
    } == {"record_key": "H12-1", "source_line": 7}


def test_a_reader_can_use_the_page(reports):
    for name, page in pages(reports).items():
        source = (reports / name).read_text(encoding="utf-8")
        assert '<html lang="vi"' in source
        assert page.tags.count("h1") == 1, name
        for table in re.findall(r"<table.*?</table>", source, re.S):
            assert "<thead>" in table, name
            assert "<th scope=" in table or 'scope="col"' in table, name
        for plot in re.findall(r"<svg[^>]*>", source):
            assert 'role="img"' in plot, name
            assert "aria-label=" in plot, name
        assert "@media print" in source
    assert 'lang="en">Validation reports' in (reports / "index.html").read_text(encoding="utf-8")


def test_doing_it_again_writes_nothing(reports, module_warehouse, module_settings):
    before = content(reports)
    again = write_reports(module_warehouse, settings=module_settings)
    assert (again.runs, again.files) == (0, 0)
    assert content(reports) == before


def test_a_new_run_costs_its_own_pages_and_no_others(warehouse, settings):
    add_past(warehouse, 96)
    folder = write_reports(warehouse, settings=settings).index.parent
    before = content(folder)
    add_past(warehouse, 1, first=96)
    summary = write_reports(warehouse, settings=settings)
    assert summary.runs == 1
    after = content(folder)
    suites = sorted(load_suites(ROOT / "expectations"))
    suite = suites[96 % len(suites)]
    for name in after.keys() & before.keys():
        changed = after[name] != before[name]
        if name.startswith("runs/"):
            assert not changed, name
        if name.startswith("rules/"):
            assert changed == (name.split("/")[1].startswith(f"{suite}.")), name
        if name.startswith("sources/"):
            assert changed == (name.startswith("sources/portal_h44")), name
    fresh = write_reports(warehouse, settings=settings, folder=settings.home / "fresh").index.parent
    mended = {name: found for name, found in content(folder).items() if name != "written.json"}
    assert mended == {name: found for name, found in content(fresh).items() if name != "written.json"}


def test_a_killed_writer_leaves_whole_pages_and_the_next_one_ends_its_work(warehouse, settings, monkeypatch):
    add_past(warehouse, 40)
    plain, count = Path.replace, iter(range(1000))

    def die(self, target):
        if next(count) == 70:
            raise KeyboardInterrupt
        return plain(self, target)

    monkeypatch.setattr(Path, "replace", die)
    with pytest.raises(KeyboardInterrupt):
        write_reports(warehouse, settings=settings)
    monkeypatch.undo()
    folder = settings.reports_root / "validation"
    assert not (folder / "index.html").exists()
    assert all(path.read_text().rstrip().endswith("</html>") for path in folder.rglob("[!.]*.html"))
    write_reports(warehouse, settings=settings)
    assert not list(folder.rglob(".half-*"))
    unbroken = write_reports(warehouse, settings=settings, folder=settings.home / "unbroken").index.parent
    assert content(folder) == content(unbroken)


def test_a_rebuild_makes_the_same_folder_from_the_database_alone(warehouse, settings):
    add_past(warehouse, 40)
    folder = write_reports(warehouse, settings=settings).index.parent
    before = content(folder)
    (folder / "index.html").write_text("spoilt")
    next(folder.glob("runs/*/*.html")).unlink()
    assert write_reports(warehouse, settings=settings, rebuild=True).runs == 40
    assert content(folder) == before
    assert sorted(path.name for path in folder.parent.iterdir()) == ["validation", "validation.lock"]


def test_a_row_let_in_later_shows_on_the_page_of_its_run(warehouse, settings):
    add_past(warehouse, 40)
    write_reports(warehouse, settings=settings)
    with warehouse.begin() as connection:
        connection.execute(
            text(
                "update audit.quarantine set state = 'replayed'"
                " where quarantine_id = (select min(quarantine_id) from audit.quarantine)"
            )
        )
    summary = write_reports(warehouse, settings=settings)
    assert summary.runs == 1
    pages_now = [path.read_text() for path in (settings.reports_root / "validation").glob("runs/*/*.html")]
    assert sum("đã nạp lại" in page for page in pages_now) == 1


def test_old_runs_go_into_closed_volumes(warehouse, settings, monkeypatch):
    monkeypatch.setattr(writing, "INDEX_RUNS", 20)
    add_past(warehouse, 50)
    folder = write_reports(warehouse, settings=settings).index.parent
    listed = json.loads((folder / "index.json").read_text())["runs"]
    volume = json.loads((folder / "archive" / "0001.json").read_text())["runs"]
    assert (len(listed), len(volume)) == (20, 20)
    assert not (folder / "archive" / "0002.html").exists()
    ends = [run["finished_at"] for run in volume]
    assert ends == sorted(ends, reverse=True)
    with warehouse.connect() as connection:
        oldest = connection.execute(text("select min(finished_at) from audit.validation_run")).scalar_one()
    assert ends[-1] == oldest.isoformat()
    kept = (folder / "archive" / "0001.html").read_bytes()
    add_past(warehouse, 3, first=50)
    write_reports(warehouse, settings=settings)
    assert (folder / "archive" / "0001.html").read_bytes() == kept
    assert json.loads((folder / "index.json").read_text())["totals"]["runs"] == 53


def test_months_closed_are_remembered_and_right(warehouse, settings):
    add_past(warehouse, 64, hours=24)
    write_reports(warehouse, settings=settings)
    add_past(warehouse, 64, first=64, hours=24)
    folder = write_reports(warehouse, settings=settings).index.parent
    with warehouse.connect() as connection:
        counted = connection.execute(
            text("""
                select to_char(finished_at, 'YYYY-MM') as month, count(*) as runs
                from audit.validation_run where suite = 'dossier' group by 1 order by 1
            """)
        ).all()
    copy = json.loads((folder / "rules" / "dossier.received_at.present.json").read_text())
    assert [(month["month"], month["runs"]) for month in copy["months"]] == [tuple(row) for row in counted]
    assert len(counted) >= 4


def test_the_ledger_and_the_sign_off_are_printed_where_there_are_any(warehouse, settings):
    add_past(warehouse, 3)
    write_reports(warehouse, settings=settings)
    with warehouse.begin() as connection:
        connection.execute(
            text("drop table if exists audit.ledger_entry cascade; drop view if exists audit.sign_off")
        )
        connection.execute(
            text("""
                create table audit.ledger_entry (entry_no bigint, kind text, body text, entry_hash bytea);
                insert into audit.ledger_entry values
                    (7, 'publication', '{"recorded_at": "2026-09-28T08:00:00+07:00"}', '\\xbeef');
                create view audit.sign_off as
                select 8 as entry_no, validation_run_id, 'rejected' as decision, now() as signed_at,
                    'Kiểm toán viên A' as signed_by, 'thiếu hồ sơ' as comment
                from (select validation_run_id from audit.validation_run order by finished_at limit 1) as run
            """)
        )
    assert write_reports(warehouse, settings=settings).runs == 1
    folder = settings.reports_root / "validation"
    assert "beef" in (folder / "index.html").read_text()
    signed = [page.read_text() for page in folder.glob("runs/*/*.html")]
    assert sum("Kiểm toán viên A" in page and "thiếu hồ sơ" in page for page in signed) == 1


def test_what_is_not_all_is_never_written_as_all():
    assert [percent(value) for value in (1.0, 0.99999, 0.9987, 0.0, 1e-7, None)] == [
        *("100 %", "99,99 %", "99,87 %", "0 %", "0,01 %", "—"),
    ]


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".hidden", "x" * 300, "ă", "a..b", HOSTILE_RULE])
def test_an_id_never_names_a_file_elsewhere(name):
    assert re.fullmatch(r"x-[0-9a-f]{24}", slug(name))
