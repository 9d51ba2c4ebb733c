"""What a validation writes to `audit`: run, rule results, quarantine, the batch's status, work."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import Connection, Engine, Row, text

from decision766.audit import Outcome, record_outcome
from decision766.validation.counting import find_failing
from decision766.validation.errors import CountMismatch, ValidationError
from decision766.validation.facts import BatchFacts
from decision766.validation.rules import Rule, Suite
from decision766.validation.summary import RuleOutcome, ValidationSummary

ROWS_WORTH_STATISTICS = 200

# A key or unit is written to quarantine only if it looks like one: a misplaced name does not.
SAFE_KEY = r"^[[:alnum:]][[:alnum:]._/-]*[0-9][[:alnum:]._/-]*$"
SAFE_UNIT = r"^[A-Z][0-9]{2}([.][0-9]+)*$"


def refresh_statistics(engine: Engine, batch_id: str) -> None:
    """Let the planner know of a batch that made its table grow by a tenth or more.

    Rows just loaded are unknown to it until autovacuum comes by, and it would compare each of
    thousands of rows with each of a register's.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        entity = connection.execute(
            text("""
                select batch.entity
                from audit.batch inner join pg_class on pg_class.oid = to_regclass('raw.' || batch.entity)
                where batch.batch_id = cast(:batch_id as uuid) and batch.status = 'loaded'
                    and batch.rows_new >= :rows and batch.rows_new > pg_class.reltuples / 10
            """),
            {"batch_id": batch_id, "rows": ROWS_WORTH_STATISTICS},
        ).scalar_one_or_none()
        if entity is not None:
            connection.execute(text(f"analyze raw.{entity}, audit.batch, audit.quarantine"))


def batch_row(connection: Connection, batch_id: str) -> dict[str, Any]:
    """Read a batch and hold it until the transaction ends.

    Raises:
        ValidationError: there is no such batch.
    """
    found = connection.execute(
        text("select * from audit.batch where batch_id = cast(:batch_id as uuid) for update"),
        {"batch_id": batch_id},
    ).one_or_none()
    if found is None:
        raise ValidationError(f"batch {batch_id}: not in audit.batch; load it before it is validated")
    return dict(found._mapping)


def set_aside(connection: Connection, suite: Suite, rules: Sequence[Rule], facts: BatchFacts) -> int:
    """Write failing rows of the rules given to quarantine; return how many rows that are.

    Doing it again changes nothing but last_seen_at: a row that was waived or replayed stays so.
    """
    for rule, rows in zip(rules, find_failing(connection, rules, facts), strict=True):
        write_entries(connection, suite, rule, rows)
    return int(
        connection.execute(
            text("""
                select count(distinct raw_id) from audit.quarantine
                where entity = :entity and batch_id = cast(:batch_id as uuid) and state = 'open'
            """),
            {"entity": suite.entity, "batch_id": facts.batch_id},
        ).scalar_one()
    )


def write_entries(
    connection: Connection,
    suite: Suite,
    rule: Rule,
    rows: str,
    values: Mapping[str, Any] | None = None,
) -> None:
    """Write an entry under the rule for each row of `rows`: a from-clause with the alias r, and its values.

    An entry that is there already is seen again; its state stays.
    """
    unit = suite.unit or "null::text"
    connection.execute(
        text(f"""
            insert into audit.quarantine (
                entity, raw_id, batch_id, source_id, record_key, unit_code, rule_id, rule_version, field,
                reason_vi, reason_en, object_sha256, source_line
            )
            select :entity, r.raw_id, r.batch_id, r.source_id,
                case when r.{suite.key} ~ :safe_key then r.{suite.key} end,
                case when {unit} ~ :safe_unit then {unit} end,
                :rule_id, :rule_version, :field, :reason_vi, :reason_en, r.object_sha256, r.source_line
            from {rows}
            on conflict (entity, raw_id, rule_id) do update
            set last_seen_at = now(), rule_version = excluded.rule_version,
                reason_vi = excluded.reason_vi, reason_en = excluded.reason_en
        """),
        {
            "entity": suite.entity,
            "safe_key": SAFE_KEY,
            "safe_unit": SAFE_UNIT,
            "rule_id": rule.id,
            "rule_version": rule.version,
            "field": rule.field,
            "reason_vi": rule.reason_vi,
            "reason_en": rule.reason_en,
            **(values or {}),
        },
    )


def reconcile(connection: Connection, summary: ValidationSummary) -> None:
    """Note how many rows stand in quarantine under each rule of the run, beside what was counted.

    Raises:
        CountMismatch: a rule has more or fewer rows in quarantine than Great Expectations counted; the
            caller's transaction must not be committed.
    """
    if summary.status != "accepted":
        return
    connection.execute(
        text("""
            update audit.rule_result as result
            set quarantined_count = (
                select count(*) from audit.quarantine as held
                where held.batch_id = cast(:batch_id as uuid) and held.rule_id = result.rule_id
            )
            where result.validation_run_id = cast(:run_id as uuid) and result.severity = 'quarantine'
        """),
        {"batch_id": summary.batch_id, "run_id": summary.validation_run_id},
    )
    wrong = connection.execute(
        text("""
            select rule_id, unexpected_count, quarantined_count from audit.rule_result
            where validation_run_id = cast(:run_id as uuid) and severity = 'quarantine'
                and quarantined_count <> unexpected_count
            order by rule_id
        """),
        {"run_id": summary.validation_run_id},
    ).all()
    if wrong:
        told = "; ".join(
            f"{row.rule_id}: Great Expectations counted {row.unexpected_count} failing rows, "
            f"{row.quarantined_count} stand in quarantine"
            for row in wrong
        )
        raise CountMismatch(
            f"batch {summary.batch_id}, {summary.entity}: {told}. Nothing was written and the batch stays "
            f"loaded; compare the rule's check in expectations/{summary.entity}.yaml with its translation"
        )


@dataclass(frozen=True)
class Run:
    """One validation: what it concluded, what Great Expectations and the predicates said, when it began.

    subject: what summary.batch_id is the id of, a batch or the evaluation that built a mart. examples:
    rule → pointers to rows that it found and that no quarantine names.
    """

    summary: ValidationSummary
    result: Mapping[str, Any]
    predicate_counts: Mapping[str, int]
    started_at: dt.datetime
    subject: Literal["batch_id", "evaluation_id"] = "batch_id"
    examples: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)


def write_run(connection: Connection, run: Run) -> None:
    """Write the validation run and a result for each rule, those left out included."""
    summary = run.summary
    connection.execute(
        text(f"""
            insert into audit.validation_run (
                validation_run_id, {run.subject}, suite, suite_version, success, rows_evaluated,
                rows_quarantined, result, started_at, finished_at
            ) values (
                cast(:run as uuid), cast(:batch as uuid), :suite, :version, :success, :rows, :quarantined,
                cast(:result as jsonb), :started_at, clock_timestamp()
            )
        """),
        {
            "run": summary.validation_run_id,
            "batch": summary.batch_id,
            "suite": summary.entity,
            "version": summary.suite_version,
            "success": summary.status == "accepted",
            "rows": summary.rows_evaluated,
            "quarantined": summary.rows_quarantined,
            "result": json.dumps(run.result, ensure_ascii=False),
            "started_at": run.started_at,
        },
    )
    connection.execute(
        text("""
            insert into audit.rule_result (
                validation_run_id, rule_id, rule_version, severity, success, evaluated_count,
                unexpected_count, predicate_count, detail
            ) values (
                cast(:run as uuid), :rule_id, :version, :severity, :success, :evaluated, :unexpected,
                :predicate, cast(:detail as jsonb)
            )
        """),
        [
            {
                "run": summary.validation_run_id,
                "rule_id": rule.rule_id,
                "version": rule.version,
                "severity": rule.severity,
                "success": rule.success,
                "evaluated": rule.evaluated_count,
                "unexpected": rule.unexpected_count,
                "predicate": run.predicate_counts.get(rule.rule_id, 0),
                "detail": _detail(rule, run),
            }
            for rule in summary.rules
        ],
    )


def _detail(rule: RuleOutcome, run: Run) -> str | None:
    """What a result says beyond its counts: why it was left out or broke, what was measured, some rows."""
    told = {"skipped": rule.skipped, "error": rule.error, "examples": run.examples.get(rule.rule_id)}
    detail = {key: value for key, value in told.items() if value} | dict(rule.detail)
    return json.dumps(detail, ensure_ascii=False) if detail else None


def settle(connection: Connection, facts: BatchFacts, run: Run) -> None:
    """Make the batch visible and leave work for the marts; or block it and say so among the outcomes."""
    summary = run.summary
    own = {"batch": summary.batch_id, "entity": summary.entity}
    if summary.status == "accepted":
        connection.execute(
            text("""
                update audit.batch set status = 'accepted', accepted_at = clock_timestamp()
                where batch_id = cast(:batch as uuid)
            """),
            own,
        )
        connection.execute(
            text("""
                insert into audit.work_ledger (batch_id, entity) values (cast(:batch as uuid), :entity)
                on conflict (batch_id) do nothing
            """),
            own,
        )
        return
    connection.execute(
        text("update audit.batch set status = 'blocked' where batch_id = cast(:batch as uuid)"), own
    )
    record_outcome(
        connection,
        Outcome(
            run_id=facts.run_id,
            source_id=summary.source_id,
            entity=summary.entity,
            status="blocked",
            started_at=run.started_at,
            batch_id=summary.batch_id,
            rows_received=facts.rows_received,
            rows_new=facts.rows,
            error_kind="validation",
            error_message="; ".join(
                f"{rule.rule_id}: {rule.error or f'{rule.unexpected_count} of {rule.evaluated_count} rows'}"
                for rule in summary.blocking
            ),
        ),
    )


def stored_summary(
    connection: Connection, batch: Mapping[str, Any], suite: Suite | None
) -> ValidationSummary:
    """Read the last validation of a batch that was judged before.

    Raises:
        ValidationError: the batch has a verdict, but no validation run.
    """
    run = connection.execute(
        text("""
            select validation_run_id, suite_version, rows_evaluated, rows_quarantined
            from audit.validation_run where batch_id = :batch order by finished_at desc limit 1
        """),
        {"batch": batch["batch_id"]},
    ).one_or_none()
    if run is None:
        raise ValidationError(
            f"batch {batch['batch_id']} is {batch['status']}, but no validation run is on record"
        )
    results = connection.execute(
        text("select * from audit.rule_result where validation_run_id = :run"), {"run": run.validation_run_id}
    ).all()
    known = {rule.id: position for position, rule in enumerate(suite.rules)} if suite else {}
    results = sorted(results, key=lambda item: (known.get(item.rule_id, len(known)), item.rule_id))
    return ValidationSummary(
        batch_id=str(batch["batch_id"]),
        source_id=batch["source_id"],
        entity=batch["entity"],
        status=batch["status"],
        validation_run_id=str(run.validation_run_id),
        suite_version=run.suite_version,
        rows_evaluated=run.rows_evaluated,
        rows_quarantined=run.rows_quarantined,
        rules=tuple(_outcome(item, suite) for item in results),
    )


def _outcome(item: Row[Any], suite: Suite | None) -> RuleOutcome:
    detail = dict(item.detail or {})
    rule = next((rule for rule in suite.rules if rule.id == item.rule_id), None) if suite else None
    return RuleOutcome(
        rule_id=item.rule_id,
        version=item.rule_version,
        severity=item.severity,
        success=item.success,
        evaluated_count=item.evaluated_count or 0,
        unexpected_count=item.unexpected_count,
        reason_vi=rule.reason_vi if rule else "",
        reason_en=rule.reason_en if rule else "",
        skipped=detail.pop("skipped", None),
        error=detail.pop("error", None),
        detail=detail,
    )
