"""The page of one source: pass rate, volume and freshness over its reads."""

from collections.abc import Mapping, Sequence
from typing import Any

from decision766.reporting.validation.charts import Point, chart
from decision766.reporting.validation.data import Record, RunKey, by
from decision766.reporting.validation.render import page, slug, to_json

SMALL = (260, 64)
READS_DRAWN = 300
SUCCESSES = ("loaded", "unchanged")
WORST_FIRST = ("failed", "blocked", "loaded", "unchanged")


def source_page(
    source: Mapping[str, Any], outcomes: Sequence[Record], runs: Sequence[RunKey]
) -> tuple[dict[str, str], Record]:
    """Return the files of a source by suffix, and its line on the index.

    outcomes: one row per read and entity, the oldest first. runs: newest validation runs of the source.
    """
    reads = _reads(outcomes)[-READS_DRAWN:]
    entities = [_entity(name, rows) for name, rows in sorted(by(outcomes, "entity").items())]
    links = [
        {
            "finished_at": run.finished_at,
            "suite": run.suite,
            "href": f"runs/{run.month}/{slug(run.run_id)}.html",
        }
        for run in runs
    ]
    html = page(
        "source.html.j2",
        up="../",
        copy=f"{slug(source['source_id'])}.json",
        source=source,
        reads=reads,
        entities=entities,
        runs=links,
        failed_reads=sum(read["status"] in ("failed", "blocked") for read in reads),
        plots=_plots(source["source_id"], reads),
        origins=[source["data_origin"]],
    )
    content = {
        "source": dict(source),
        "reads": reads,
        "entities": [
            {name: value for name, value in entity.items() if name != "plot"} for entity in entities
        ],
        "runs": links,
    }
    judged = [read for read in reads if read["pass_rate"] is not None]
    line = {
        "last_outcome": source["last_outcome"],
        "pass_rate": judged[-1]["pass_rate"] if judged else None,
        "status": reads[-1]["status"] if reads else "",
    }
    return {".json": to_json(content), ".html": html}, line


def _reads(outcomes: Sequence[Record]) -> list[Record]:
    """Join the entities of each read; hours: since the end of the read before that came through whole."""
    reads, last_success = [], None
    for run_id, rows in by(outcomes, "run_id").items():
        statuses = {row["status"] for row in rows}
        at = max(row["finished_at"] for row in rows)
        reads.append({
            "run_id": run_id,
            "at": at,
            "status": next((status for status in WORST_FIRST if status in statuses), "loaded"),
            "rows_received": sum(row["rows_received"] for row in rows),
            "rows_new": sum(row["rows_new"] for row in rows),
            "pass_rate": _pass_rate(rows),
            "has_blocked": any(row["accepted"] is False for row in rows),
            "hours": (at - last_success).total_seconds() / 3600 if last_success else None,
        })  # fmt: skip
        if statuses <= set(SUCCESSES):
            last_success = at
    return reads


def _pass_rate(rows: Sequence[Mapping[str, Any]]) -> float | None:
    """Rows not set aside among rows judged; rows of a blocked batch do not pass. None: none judged."""
    judged = sum(row["evaluated"] or 0 for row in rows)
    if not judged:
        return None
    passed = sum((row["evaluated"] or 0) - (row["quarantined"] or 0) for row in rows if row["accepted"])
    return float(passed / judged)


def _entity(name: str, rows: Sequence[Record]) -> Record:
    newest = rows[-1]
    points = [
        Point(row["finished_at"], float(row["rows_received"]), row["status"] not in SUCCESSES)
        for row in rows[-60:]
    ]
    judged = next((row for row in reversed(rows) if row["evaluated"]), None)
    return {
        "entity": name,
        "status": newest["status"],
        "finished_at": newest["finished_at"],
        "rows_received": newest["rows_received"],
        "rows_new": newest["rows_new"],
        "quarantined": judged["quarantined"] if judged else None,
        "pass_rate": _pass_rate([judged]) if judged else None,
        "plot": chart(points, title=name, kind="bars", size=SMALL),
    }


def _plots(source_id: str, reads: Sequence[Record]) -> dict[str, Any]:
    rates = [
        Point(read["at"], None if read["pass_rate"] is None else 100 * read["pass_rate"], read["has_blocked"])
        for read in reads
    ]
    lowest = min((point.value for point in rates if point.value is not None), default=100.0)
    floor = next(edge for edge in (99.0, 95.0, 90.0, 50.0, 0.0) if lowest >= edge)
    volume = [Point(r["at"], float(r["rows_received"]), r["status"] not in SUCCESSES) for r in reads]
    hours = [Point(read["at"], read["hours"], read["status"] not in SUCCESSES) for read in reads]
    return {
        "pass_rate": chart(rates, title=f"{source_id}: %", unit=" %", floor=floor, ceiling=100.0),
        "volume": chart(volume, title=f"{source_id}: bản ghi · records", kind="bars"),
        "freshness": chart(hours, title=f"{source_id}: giờ · hours", unit=" h"),
    }
