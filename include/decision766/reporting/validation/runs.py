"""The page of one validation run: what was checked, result per rule, examples, batch, quarantine."""

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from decision766.reporting.validation.attestation import Head, Signoff
from decision766.reporting.validation.data import EXAMPLES_PER_RULE, Record, RunDetail, by
from decision766.reporting.validation.render import page, slug, to_json
from decision766.reporting.validation.rules import RuleRecord

UP = "../../"  # runs lie in a folder per month
CSV_COLUMNS = (
    *("rule_id", "rule_version", "field", "record_key", "unit_code", "object_sha256", "source_line"),
    *("state", "first_seen_at", "last_seen_at"),
)


def verdict(result: Mapping[str, Any]) -> str:
    """Return passed, failed or skipped."""
    if result.get("skipped"):
        return "skipped"
    return "passed" if result["success"] else "failed"


def run_pages(
    detail: RunDetail, rules: Mapping[str, RuleRecord], signoff: Signoff | None, head: Head | None
) -> dict[str, str]:
    """Return the files of a run by their suffix: .html, .json, .gx.json."""
    run, batch = detail.run, detail.batch
    results = _results(detail, rules)
    verdicts = [result["verdict"] for result in results]
    counts = {name: verdicts.count(name) for name in ("passed", "failed", "skipped")} | {
        "mismatched": sum(r["unexpected_count"] != r["predicate_count"] for r in results)
    }
    stem = slug(run["run_id"])
    content = {
        "run": run,
        "counts": counts,
        "results": results,
        "batch": batch,
        "objects": detail.objects,
        "quarantine": detail.quarantine_counts,
        "signoff": signoff,
        "ledger_head": head,
    }
    html = page(
        "run.html.j2",
        up=UP,
        copy=f"{stem}.json",
        stem=stem,
        run=run,
        batch=batch,
        source_slug=slug(batch["source_id"]) if batch else "",
        results=results,
        counts=counts,
        objects=detail.objects,
        held=detail.quarantine_counts,
        seconds=(run["finished_at"] - run["started_at"]).total_seconds(),
        origins=[batch["data_origin"]] if batch else [],
        signoff=signoff,
        attestation=head,
    )
    return {".gx.json": f"{detail.great_expectations}\n", ".json": to_json(content), ".html": html}


def quarantine_csv(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return pointers to quarantined rows as CSV; no value of a record but its key and unit."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    writer.writerows([row[name] for name in CSV_COLUMNS] for row in rows)
    return out.getvalue()


def _results(detail: RunDetail, rules: Mapping[str, RuleRecord]) -> list[Record]:
    held = by(detail.quarantine_examples, "rule_id")
    results = []
    for stored in detail.results:
        extra = stored["detail"] or {}
        rule = rules.get(stored["rule_id"])
        result = {name: value for name, value in stored.items() if name != "detail"}
        result |= {
            "skipped": extra.get("skipped"),
            "examples": (held.get(stored["rule_id"]) or _recorded(extra))[:EXAMPLES_PER_RULE],
            "reason_vi": rule.reason_vi if rule else "",
            "reason_en": rule.reason_en if rule else "",
            "slug": slug(stored["rule_id"]),
            "share": stored["unexpected_count"] / stored["evaluated_count"]
            if stored["evaluated_count"] and not (rule and rule.on_whole_batch)
            else 0.0,
        }
        result["verdict"] = verdict(result)
        results.append(result)
    return results


def _recorded(detail: Mapping[str, Any]) -> list[Record]:
    """Pointers that the validation itself kept, of rows that a warning or a blocking rule found."""
    return [
        {
            "record_key": example.get("key"),
            "unit_code": example.get("unit"),
            "object_sha256": str(example.get("object") or ""),
            "source_line": example.get("line"),
            "state": None,
        }
        for example in detail.get("examples") or ()
    ]
