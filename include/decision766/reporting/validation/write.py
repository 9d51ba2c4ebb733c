"""Writes the validation reports: what is new since the last time, or everything again from the database."""

import datetime as dt
import hashlib
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock
from sqlalchemy import Connection, Engine

from decision766.reporting.validation import attestation, data, words
from decision766.reporting.validation.files import Folder, Written, swap
from decision766.reporting.validation.history import HISTORY_RUNS, rule_page, rules_page
from decision766.reporting.validation.reads import source_page
from decision766.reporting.validation.render import Grid, grid, look, page, slug, to_json
from decision766.reporting.validation.rules import RuleRecord, rule_records
from decision766.reporting.validation.runs import quarantine_csv, run_pages
from decision766.settings import Settings, get_settings

INDEX_RUNS = 5_000  # the index lists so many of the newest runs; a volume holds as many older ones
OUTCOMES_READ = 6_000
LOCK_SECONDS = 600
BEGINNING = dt.date(2000, 1, 1)


@dataclass(frozen=True)
class ReportSummary:
    """What one writing did. index: the page to open. seconds: wall clock."""

    index: Path
    runs: int
    files: int
    bytes: int
    seconds: float


def write_reports(
    engine: Engine, *, settings: Settings | None = None, folder: Path | None = None, rebuild: bool = False
) -> ReportSummary:
    """Bring the reports up to what the audit schema says now; nothing new costs nothing.

    Two writers take turns. A killed writer leaves whole pages, and the next one writes what it did not.

    Args:
        engine: the warehouse; only read.
        settings: where the reports and the rule files are.
        folder: another folder than the settings' one.
        rebuild: write everything again beside the old folder, then put it in its place.

    Raises:
        RuleFileError: a rule file cannot be used.
        filelock.Timeout: another writer has been at it for ten minutes.
    """
    settings, began = settings or get_settings(), time.monotonic()
    root = folder or settings.reports_root / "validation"
    root.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(root.with_name(f"{root.name}.lock"), timeout=LOCK_SECONDS):
        target = root.with_name(f"{root.name}.new") if rebuild else root
        if rebuild:
            shutil.rmtree(target, ignore_errors=True)
        pages = Folder(target)
        rules = rule_records(settings.project_root / "expectations")
        with engine.connect().execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        ) as connection:
            runs = _Writer(connection, pages, rules).write()
        if rebuild:
            swap(target, root)
    return ReportSummary(root / "index.html", runs, pages.files, pages.bytes, time.monotonic() - began)


class _Writer:
    """One writing: one snapshot of the database, one folder."""

    def __init__(self, connection: Connection, pages: Folder, rules: Mapping[str, RuleRecord]):
        self.connection, self.pages, self.rules = connection, pages, rules
        self.done = pages.remembered()
        self.head = attestation.ledger_head(connection)
        self.signoffs = attestation.signoffs(connection)

    def write(self) -> int:
        """Write what is due; return how many runs that were."""
        keys = data.run_keys(self.connection)
        states = {key.run_id: self._state(key) for key in keys}
        due = [
            key
            for key in keys
            if self.done.runs.get(key.run_id) != states[key.run_id]
            or not self.pages.has(f"{_stem(key)}.html")
        ]
        for key in reversed(due):  # the oldest first: a killed writer goes on where it stopped
            self._write_run(key)
            self.done.runs[key.run_id] = states[key.run_id]
        look_now = hashlib.sha256(f"{look()}{sorted(self.rules.items())}".encode()).hexdigest()[:16]
        head = self.head.head if self.head else ""
        anew = look_now != self.done.look
        changed = self._write_rules(keys, {key.suite for key in due}, anew=anew)
        changed |= self._write_sources(keys, {key.source_id for key in due}, anew=anew)
        if due or changed or anew or head != self.done.head or not self.pages.has("index.html"):
            self._write_lists(len(keys))
            self.done.look, self.done.head = look_now, head
            self.pages.remember(self.done)
        return len(due)

    def _state(self, key: data.RunKey) -> str:
        signoff = self.signoffs.get(key.run_id)
        return f"{key.state}; {signoff.verdict} {signoff.at.isoformat()}" if signoff else key.state

    def _write_run(self, key: data.RunKey) -> None:
        detail = data.run_detail(self.connection, key.run_id)
        files = run_pages(detail, self.rules, self.signoffs.get(key.run_id), self.head)
        if detail.quarantine_counts and detail.batch:
            rows = data.quarantined_rows(self.connection, detail.batch["batch_id"])
            files = {".quarantine.csv": quarantine_csv(rows)} | files
        self.pages.write_all(_stem(key), files)

    def _write_rules(self, keys: Sequence[data.RunKey], suites: set[str], *, anew: bool) -> bool:
        """Write the pages of all rules of the suites given; of all suites if the look changed."""
        if anew:
            suites = {key.suite for key in keys} | {rule.suite for rule in self.rules.values()}
        missing = {
            rule.suite
            for rule in self.rules.values()
            if not self.pages.has(f"rules/{slug(rule.rule_id)}.html")
        }
        for suite in sorted(suites | missing):
            self._write_suite(suite)
        return bool(suites | missing)

    def _write_suite(self, suite: str) -> None:
        history = data.by(data.rule_history(self.connection, suite, HISTORY_RUNS), "rule_id")
        months = self._months(suite)
        own = {rule.rule_id for rule in self.rules.values() if rule.suite == suite}
        for rule_id in sorted(own | history.keys()):
            files, line = rule_page(
                rule_id, self.rules.get(rule_id), history.get(rule_id, []), months.get(rule_id, [])
            )
            self.pages.write_all(f"rules/{slug(rule_id)}", files)
            self.done.rules[rule_id] = line

    def _months(self, suite: str) -> dict[str, list[data.Record]]:
        """Totals per month: those of closed months as remembered, those of the newest on counted again."""
        kept = self.done.months.get(suite, {})
        newest = max((month["month"] for months in kept.values() for month in months), default=None)
        since = dt.date.fromisoformat(f"{newest}-01") if newest else BEGINNING
        counted = data.by(data.rule_months(self.connection, suite, since), "rule_id")
        months = {
            rule_id: [month for month in kept.get(rule_id, []) if month["month"] != newest]
            + counted.get(rule_id, [])
            for rule_id in kept.keys() | counted.keys()
        }
        self.done.months[suite] = months
        return months

    def _write_sources(self, keys: Sequence[data.RunKey], due: set[str], *, anew: bool) -> bool:
        self.sources = data.sources(self.connection)
        runs = data.by([key.__dict__ for key in keys], "source_id")
        written = False
        for source in self.sources:
            source_id = source["source_id"]
            known = self.done.sources.get(source_id)
            if anew or known is None or known["last_outcome"] != source["last_outcome"] or source_id in due:
                outcomes = data.source_reads(self.connection, source_id, OUTCOMES_READ)
                newest = [data.RunKey(**run) for run in runs.get(source_id, [])[:50]]
                files, line = source_page(source, outcomes, newest)
                self.pages.write_all(f"sources/{slug(source_id)}", files)
                self.done.sources[source_id] = line
                written = True
        return written

    def _write_lists(self, runs: int) -> None:
        totals = data.totals(self.connection) | {"rules": len(self.rules.keys() | self.done.rules.keys())}
        origins = totals["data_origins"] or []
        self.pages.write_all("rules", rules_page(self.rules, self.done.rules, origins))
        volumes = []
        for number in range(1, (runs - INDEX_RUNS) // INDEX_RUNS + 1):  # whole volumes of the oldest runs
            name = f"{number:04}"
            if not self.pages.has(f"archive/{name}.html"):
                listed = data.newest_runs(self.connection, INDEX_RUNS, runs - number * INDEX_RUNS)
                self._write_index(f"archive/{name}", listed, origins, volume=number)
            volumes.append(name)
        listed = data.newest_runs(self.connection, INDEX_RUNS)
        self._write_index("index", listed, origins, totals=totals, volumes=volumes)

    def _write_index(
        self,
        stem: str,
        listed: Sequence[data.Record],
        origins: Sequence[str],
        *,
        totals: Mapping[str, Any] | None = None,
        volumes: Sequence[str] = (),
        volume: int | None = None,
    ) -> None:
        up = "../" * stem.count("/")
        lines = [
            source | self.done.sources.get(source["source_id"], {"status": "", "pass_rate": None})
            | {"slug": slug(source["source_id"])}
            for source in self.sources
        ]  # fmt: skip
        html = page(
            "index.html.j2",
            up=up,
            copy=f"{stem.rpartition('/')[2]}.json",
            grid=_runs_grid(listed, f"{up}runs/"),
            totals=totals,
            sources=lines,
            volumes=volumes,
            volume={"number": volume, "title": f"Tập {volume}"} if volume else None,
            origins=origins,
            attestation=self.head,
        )
        content = {"totals": totals, "sources": lines, "runs": listed, "ledger_head": self.head}
        self.pages.write_all(stem, {".json": to_json(content), ".html": html})


def _runs_grid(listed: Sequence[data.Record], base: str) -> Grid:
    rows = [
        [
            f"{run['finished_at']:%Y-%m-%d %H:%M:%S}",
            run["source_id"],
            run["suite"],
            "accepted" if run["success"] else "blocked",
            run["rows_evaluated"],
            run["rows_quarantined"],
            run["block"],
            run["quarantine"],
            run["warn"],
            run["data_origin"],
            f"{run['finished_at']:%Y-%m}/{slug(run['run_id'])}",
        ]
        for run in listed
    ]
    return grid(
        [
            {"vi": "Lúc", "en": "At", "head": True, "kind": "when", "link": 10, "base": base},
            {"vi": "Nguồn", "en": "Source"},
            {"vi": "Bộ quy tắc", "en": "Suite"},
            {"vi": "Kết quả", "en": "Result", "words": words.BATCH},
            {"vi": "Dòng", "en": "Rows", "kind": "n"},
            {"vi": "Cách ly", "en": "Set aside", "kind": "n"},
            {"vi": "Quy tắc chặn không đạt", "en": "Blocking rules failed", "kind": "n"},
            {"vi": "Quy tắc cách ly không đạt", "en": "Row rules failed", "kind": "n"},
            {"vi": "Cảnh báo", "en": "Warnings", "kind": "n"},
            {"vi": "Dữ liệu", "en": "Data", "words": words.ORIGIN_SHORT},
            {"vi": "", "en": "", "hidden": True},
        ],
        rows,
    )


def _stem(key: data.RunKey) -> str:
    return f"runs/{key.month}/{slug(key.run_id)}"


__all__ = ["ReportSummary", "Written", "write_reports"]
