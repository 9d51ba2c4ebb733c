"""Builds the marts: opens an evaluation, runs dbt, proves the marts, publishes and drains the work ledger.

An evaluation is one build at one supplied `evaluated_at`. It takes the accepted batches that no
evaluation has drained yet; with none, and the same `evaluated_at` as the last build, there is
nothing to do. A build that crashed leaves its evaluation `building`: the next one takes its batches
over, so that a rerun gives what an unbroken run gives. Closing an evaluation and appending to the score
ledger is one transaction (`publish_evaluation`); on a ledger that does not verify nothing is built.
"""

import datetime as dt
import logging
import uuid

from sqlalchemy import Connection, Engine, text

from decision766.ledger.evidence import code_version
from decision766.ledger.publish import publish_evaluation, refuse_if_broken
from decision766.pipeline.following import follow_last_build
from decision766.settings import Settings, get_settings
from decision766.validation import MartsBlocked, ValidationSummary, validate_marts
from decision766.warehouse.dbt import DbtSummary, run_dbt
from decision766.warehouse.succession import check_succession

__all__ = ["build_marts", "close_evaluation", "open_evaluation", "publish_evaluation"]

log = logging.getLogger(__name__)

_ALL = ("--full-refresh",)
# Same code, so same seeds, and views on raw stand as they were; no table of ours is below them.
_MAY_CHANGE = ("--select", "path:models/intermediate", "path:models/marts", "resource_type:test")


def open_evaluation(
    engine: Engine, *, evaluated_at: dt.datetime, run_id: str, settings: Settings | None = None
) -> str | None:
    """Open an evaluation at `evaluated_at` (aware); None when the marts already say all there is to say.

    What there is to say changes when a batch was accepted, when a source's state changed (an attempt
    failed or recovered), when the code or the dbt project did, or when `evaluated_at` differs from the
    last build's.
    """
    code = code_version(settings or get_settings())
    if evaluated_at.tzinfo is None:
        raise ValueError("evaluated_at must carry a time zone")
    with engine.begin() as connection:
        connection.execute(text("select pg_advisory_xact_lock(hashtext('decision766.evaluation'))"))
        connection.execute(
            text("""
                update audit.work_ledger set evaluation_id = null
                where evaluation_id in (select evaluation_id from audit.evaluation where status <> 'built')
            """)
        )
        connection.execute(
            text(
                "update audit.evaluation set status = 'failed', finished_at = now() where status = 'building'"
            )
        )
        waiting = connection.execute(
            text("select count(*) from audit.work_ledger where evaluation_id is null")
        ).scalar_one()
        last = connection.execute(
            text("""
                select evaluated_at, code_version, finished_at from audit.evaluation
                where status = 'built' order by started_at desc limit 1
            """)
        ).one_or_none()
        states_changed = last is not None and _states_changed(connection, last.finished_at)
        unchanged = last is not None and last.evaluated_at == evaluated_at and last.code_version == code
        if waiting == 0 and unchanged and not states_changed:
            log.info("nothing to build: no accepted batch waits and evaluated_at is unchanged")
            return None
        evaluation_id = str(uuid.uuid4())
        connection.execute(
            text("""
                insert into audit.evaluation (evaluation_id, evaluated_at, status, run_id, code_version)
                values (:evaluation_id, :evaluated_at, 'building', :run_id, :code_version)
            """),
            {
                "evaluation_id": evaluation_id,
                "evaluated_at": evaluated_at,
                "run_id": run_id,
                "code_version": code,
            },
        )
        connection.execute(
            text("update audit.work_ledger set evaluation_id = :id where evaluation_id is null"),
            {"id": evaluation_id},
        )
    log.info("evaluation %s at %s takes %s batches", evaluation_id, evaluated_at.isoformat(), waiting)
    return evaluation_id


# A source's state is whether its last attempt at an entity failed; it shows on the scorecard.
_STATES_CHANGED = text("""
    with attempts as (
        select source_id, entity, status in ('failed', 'blocked') as is_stale, finished_at > :since as is_new,
            row_number() over (
                partition by source_id, entity, finished_at > :since order by outcome_id desc
            ) as recency
        from audit.outcome
        where status <> 'postponed'
    )
    select exists (
        select 1
        from attempts as now
        left join attempts as before
            on before.source_id = now.source_id and before.entity = now.entity
            and not before.is_new and before.recency = 1
        where now.is_new and now.recency = 1
            and now.is_stale is distinct from coalesce(before.is_stale, false)
    )
""")


def _states_changed(connection: Connection, since: dt.datetime) -> bool:
    return bool(connection.execute(_STATES_CHANGED, {"since": since}).scalar_one())


def build_marts(
    engine: Engine,
    evaluation_id: str,
    *,
    database: str | None = None,
    settings: Settings | None = None,
    to_publish: bool = True,
) -> DbtSummary:
    """Run `dbt build` (seeds, models, tests) for the open evaluation; on failure it is marked failed.

    Where only batches came since the last build, only the dossiers that they speak of are computed anew.

    to_publish: False for a trial, whose database keeps no ledger.

    Raises:
        LedgerBroken: the ledger does not verify; the marts stay as they are.
        SuccessionRefused: the seed unit_succession holds rows that cannot be.
        DbtFailed: a model or a test failed; its batches go back to the ledger at the next opening.
    """
    try:
        if to_publish:
            refuse_if_broken(engine, settings)
        check_succession((settings or get_settings()).project_root / "dbt_project" / "seeds")
        follows = follow_last_build(engine, evaluation_id)
        summary = run_dbt(
            ["build", "--exclude-resource-type", "unit_test", *(_MAY_CHANGE if follows else _ALL)],
            database=database,
            settings=settings,
            follows=follows,
        )
    except Exception:
        _finish(engine, evaluation_id, "failed")
        raise
    for name, seconds in summary.slowest[:5]:
        log.info("dbt %s took %.1f s", name, seconds)
    return summary


def prove_marts(
    engine: Engine, evaluation_id: str, *, settings: Settings | None = None
) -> list[ValidationSummary]:
    """Judge the marts just built by their rules; only then may the evaluation be closed and published.

    Raises:
        MartsBlocked: a critical rule failed. The evaluation is marked failed: it is not published, and its
            batches go back to the ledger at the next opening.
    """
    try:
        summaries = validate_marts(engine, evaluation_id, settings=settings)
    except MartsBlocked as error:
        _finish(engine, evaluation_id, "failed")
        log.error("%s", error)
        raise
    for summary in summaries:
        for rule in summary.warnings:
            log.warning(
                "mart %s, rule %s: %s of %s rows: %s",
                summary.entity, rule.rule_id, rule.unexpected_count, rule.evaluated_count, rule.reason_en,
            )  # fmt: skip
    log.info("%s rules hold on %s marts", sum(len(item.rules) for item in summaries), len(summaries))
    return summaries


def close_evaluation(engine: Engine, evaluation_id: str) -> None:
    """Mark the evaluation of a trial built, without publishing it."""
    _finish(engine, evaluation_id, "built")


def _finish(engine: Engine, evaluation_id: str, status: str) -> None:
    with engine.begin() as connection:
        connection.execute(
            text(
                "update audit.evaluation set status = :status, finished_at = now() where evaluation_id = :id"
            ),
            {"status": status, "id": evaluation_id},
        )
