"""Pages over time: one per rule, and the list of rules."""

from collections.abc import Mapping, Sequence
from typing import Any

from decision766.reporting.validation import words
from decision766.reporting.validation.charts import Point, chart
from decision766.reporting.validation.data import Record, by
from decision766.reporting.validation.render import Grid, grid, page, slug, to_json
from decision766.reporting.validation.rules import RuleRecord
from decision766.reporting.validation.runs import verdict

HISTORY_RUNS = 500  # newest runs of a suite that a rule's page draws; older ones stand in its months
LIST_NAMES = (
    *("rule_id", "severity", "reason_vi", "reason_en", "owner", "runs", "failing_sources", "failing_rows"),
    *("last_failed", "page"),
)


def rule_page(
    rule_id: str, record: RuleRecord | None, history: Sequence[Record], months: Sequence[Record]
) -> tuple[dict[str, str], Record]:
    """Return the files of a rule by suffix, and its line in the list of rules.

    history: its results in the newest runs of the suite, the oldest first.
    """
    rows = [_row(result) for result in history]
    latest = rows[-1] if rows else None
    rule = _described(rule_id, record, latest)
    per_source = by(rows, "source_id")
    newest = [results[-1] for results in per_source.values()]
    whole = bool(record and record.on_whole_batch)
    shares = {
        source: [_point(result, whole=whole) for result in results] for source, results in per_source.items()
    }
    ceiling = max((p.value or 0 for points in shares.values() for p in points), default=0)
    series = [
        {
            "source_id": source,
            "runs": len(results),
            "failed": sum(not result["success"] for result in results),
            "plot": chart(shares[source], title=f"{rule_id}, {source}", unit=" %", ceiling=_ceiling(ceiling)),
        }
        for source, results in sorted(per_source.items())
    ]
    totals = [_month(month) for month in months]
    html = page(
        "rule.html.j2",
        up="../",
        copy=f"{slug(rule_id)}.json",
        rule=rule,
        history=rows[::-1],
        series=series,
        months=totals,
        limit=HISTORY_RUNS,
        origins=sorted({result["data_origin"] for result in rows if result["data_origin"]}),
    )
    content = {"rule": rule, "runs": rows, "months": totals}
    failed = [result for result in rows if not result["success"]]
    line = {
        "runs": sum(month["runs"] for month in totals),
        "failing": sum(not result["success"] for result in newest),
        "rows": sum(month["unexpected"] for month in totals),
        "last_failed": f"{failed[-1]['finished_at']:%Y-%m-%d %H:%M}" if failed else "",
        "suite": rule["suite"],
    }
    return {".json": to_json(content), ".html": html}, line


def rules_page(
    records: Mapping[str, RuleRecord], lines: Mapping[str, Mapping[str, Any]], origins: Sequence[str]
) -> dict[str, str]:
    """Return the list of all rules, those that never ran included."""
    rows: list[list[Any]] = []
    for rule_id in sorted(records.keys() | lines.keys()):
        record, line = records.get(rule_id), lines.get(rule_id, {})
        rows.append([
            rule_id,
            record.severity if record else "",
            record.reason_vi if record else "",
            record.reason_en if record else "",
            record.owner if record else "",
            line.get("runs", 0),
            line.get("failing", 0),
            line.get("rows", 0),
            line.get("last_failed", ""),
            slug(rule_id),
        ])  # fmt: skip
    table = _rules_grid(rows)
    html = page("rules.html.j2", copy="rules.json", grid=table, origins=origins)
    content = [dict(zip(LIST_NAMES, row, strict=True)) for row in rows]
    return {".json": to_json(content), ".html": html}


def _rules_grid(rows: Sequence[Sequence[Any]]) -> Grid:
    return grid(
        [
            {"vi": "Quy tắc", "en": "Rule", "head": True, "kind": "id", "link": 9, "base": "rules/"},
            {"vi": "Mức độ", "en": "Severity", "words": words.SEVERITY},
            {"vi": "Lý do", "en": "Reason (vi)"},
            {"vi": "Lý do (tiếng Anh)", "en": "Reason"},
            {"vi": "Chủ quy tắc", "en": "Owner"},
            {"vi": "Lần chạy", "en": "Runs", "kind": "n"},
            {"vi": "Nguồn không đạt", "en": "Failing sources", "kind": "n"},
            {"vi": "Dòng không đạt", "en": "Failing rows", "kind": "n"},
            {"vi": "Không đạt lần cuối", "en": "Last failed", "kind": "when"},
            {"vi": "", "en": "", "hidden": True},
        ],
        rows,
    )


def _row(result: Record) -> Record:
    href = f"runs/{result['finished_at']:%Y-%m}/{slug(result['run_id'])}.html"
    return result | {"verdict": verdict(result), "href": href}


def _month(month: Mapping[str, Any]) -> Record:
    return {name: value for name, value in month.items() if name != "rule_id"}


def _described(rule_id: str, record: RuleRecord | None, latest: Record | None) -> Record:
    """The rule's record; of a rule that is on file no more, what its results say."""
    if record is not None:
        return dict(record.__dict__)
    empty = dict.fromkeys(("protects", "owner", "basis", "since", "reason_vi", "reason_en"), "")
    found = latest or {}
    return empty | {
        "rule_id": rule_id,
        "suite": rule_id.partition(".")[0],
        "version": found.get("rule_version", ""),
        "severity": found.get("severity", ""),
        "on_whole_batch": False,
    }


def _point(result: Record, *, whole: bool) -> Point:
    """Per cent of failing rows; a check of the whole batch is wholly failed or not at all."""
    if result["skipped"]:
        return Point(result["finished_at"], None)
    failed = not result["success"]
    if whole:
        return Point(result["finished_at"], 100.0 if failed else 0.0, failed)
    rows = result["evaluated_count"]
    return Point(result["finished_at"], 100 * result["unexpected_count"] / rows if rows else 0.0, failed)


def _ceiling(largest: float) -> float:
    return next((edge for edge in (1.0, 5.0, 20.0, 50.0) if largest <= edge), 100.0)
