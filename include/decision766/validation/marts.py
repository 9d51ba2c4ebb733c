"""Judges the marts of an evaluation after they were built, before they are published.

One Great Expectations suite per mart, from `expectations/marts`; results stand in `audit.validation_run` and
`audit.rule_result` as those of batches do, under the evaluation's id.
"""

import datetime as dt
import uuid
from dataclasses import replace
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, text

from decision766.settings import Settings, get_settings
from decision766.validation import store
from decision766.validation.errors import MartsBlocked, ValidationError
from decision766.validation.facts import BatchFacts
from decision766.validation.judging import Judging
from decision766.validation.rules import Suite, load_mart_suites
from decision766.validation.summary import ValidationSummary
from decision766.warehouse.connect import TIME_ZONE

SOURCE = "marts"


def validate_marts(
    engine: Engine, evaluation_id: str, *, settings: Settings | None = None
) -> list[ValidationSummary]:
    """Judge every mart that has a suite, each in a transaction of its own; all are judged before any blocks.

    Of a suite with `affected`, a build that followed the last one is judged by the rows that it may have
    changed.

    Raises:
        MartsBlocked: a critical rule failed, or could not be evaluated; names all of them.
        ValidationError: there is no such evaluation, or the two counts of a rule differ.
    """
    suites = load_mart_suites((settings or get_settings()).project_root / "expectations")
    judging = Judging(engine)
    try:
        summaries = [_judge(engine, judging, suite, evaluation_id) for suite in suites.values()]
    finally:
        judging.close()
    blocked = [summary for summary in summaries if summary.status == "blocked"]
    if blocked:
        raise MartsBlocked(blocked)
    return summaries


def _judge(engine: Engine, judging: Judging, suite: Suite, evaluation_id: str) -> ValidationSummary:
    started_at = dt.datetime.now(dt.UTC)
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        if suite.affected and _follows(connection, evaluation_id):
            suite = replace(suite, relation=suite.affected)
        facts = _facts(connection, suite, evaluation_id)
        judgement = judging.judge(connection, suite, facts)
        summary = ValidationSummary(
            batch_id=evaluation_id,
            source_id=SOURCE,
            entity=suite.entity,
            status="accepted" if judgement.is_accepted else "blocked",
            validation_run_id=str(uuid.uuid4()),
            suite_version=suite.version,
            rows_evaluated=facts.rows,
            rows_quarantined=0,
            rules=judgement.outcomes,
        )
        run = store.Run(summary, judgement.result, judgement.counts, started_at, subject="evaluation_id")
        store.write_run(connection, run)
        connection.commit()
    return summary


def _follows(connection: Connection, evaluation_id: str) -> bool:
    """Whether the build followed the last one: what it kept was judged with the builds before."""
    found = connection.execute(
        text("""
            select basis is not null and rebuilt_because is null from audit.evaluation
            where evaluation_id = cast(:id as uuid)
        """),
        {"id": evaluation_id},
    ).scalar_one_or_none()
    return bool(found)


def _facts(connection: Connection, suite: Suite, evaluation_id: str) -> BatchFacts:
    evaluation = connection.execute(
        text("select evaluated_at, run_id from audit.evaluation where evaluation_id = cast(:id as uuid)"),
        {"id": evaluation_id},
    ).one_or_none()
    if evaluation is None:
        raise ValidationError(f"evaluation {evaluation_id}: not in audit.evaluation; build the marts first")
    if connection.execute(text("select to_regclass(:mart)"), {"mart": suite.relation}).scalar_one() is None:
        raise ValidationError(
            f"{suite.file}: there is no {suite.relation} to judge; name the file after a mart"
        )
    rows = int(connection.execute(text(f"select count(*) from {suite.relation}")).scalar_one())
    return BatchFacts(
        batch_id=evaluation_id,
        source_id=SOURCE,
        entity=suite.entity,
        covers=(),
        observed_at=evaluation.evaluated_at.astimezone(ZoneInfo(TIME_ZONE)),
        run_id=evaluation.run_id,
        rows=rows,
        rows_received=rows,
        relation=suite.relation,
    )
