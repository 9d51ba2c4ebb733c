"""Reads the ledger: the publication of an instant, restatements and what caused them."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, text

from decision766.ledger.chain import Entry
from decision766.ledger.errors import NotInLedger


@dataclass(frozen=True)
class PeriodOf:
    """A period: grain, first day (local date), and how it is written."""

    grain: str
    start: dt.date
    code: str


@dataclass(frozen=True)
class Cause:
    """A batch that may have moved a figure. rows_of_unit: its rows of the unit; None if that is not told."""

    batch_id: str
    source_id: str
    entity: str
    rows_of_unit: int | None


@dataclass(frozen=True)
class Restatement:
    """A figure that a publication changed: old, new, difference, and what moved it.

    other_causes: what else differs from the publication before: evaluated_at, rule_sets, calendar, units,
    quarantine, code.
    """

    entry_no: int
    published_at: dt.datetime
    unit_code: str
    indicator_code: str
    period_grain: str
    period_start: dt.date
    procedure_code: str
    rule_set: str
    change: str
    old_entry_no: int
    old_numerator: Decimal | None
    numerator: Decimal | None
    old_denominator: Decimal | None
    denominator: Decimal | None
    old_score: Decimal | None
    score: Decimal | None
    score_difference: Decimal | None
    old_status: str | None
    status: str | None
    batches: list[Cause] = field(default_factory=list)
    other_causes: list[str] = field(default_factory=list)


def publication_as_of(connection: Connection, instant: dt.datetime) -> Entry:
    """The publication that held at an instant (aware).

    Raises:
        NotInLedger: nothing was published by then.
    """
    row = connection.execute(
        text("""
            select entry.* from audit.ledger_entry as entry
            inner join audit.publication using (entry_no)
            where publication.published_at <= :instant
            order by entry.entry_no desc limit 1
        """),
        {"instant": instant},
    ).one_or_none()
    if row is None:
        first = connection.execute(text("select min(published_at) from audit.publication")).scalar_one()
        since = f"the first publication is of {first.isoformat()}" if first else "nothing was published yet"
        raise NotInLedger(
            f"Nothing had been published at {instant.isoformat()}: {since}.",
            "What was published when: decision766 ledger list",
        )
    return Entry(row.entry_no, row.kind, row.body, bytes(row.entry_hash))


def last_entry_no_as_of(connection: Connection, instant: dt.datetime) -> int:
    """Number of the last entry of any kind written by an instant (aware); 0 before the first."""
    return int(
        connection.execute(
            text("""
                select coalesce(max(entry_no), 0) from audit.ledger_entry
                where (body::jsonb ->> 'recorded_at')::timestamptz <= :instant
            """),
            {"instant": instant},
        ).scalar_one()
    )


def restatements(
    connection: Connection,
    unit_code: str,
    period: PeriodOf,
    *,
    indicator_code: str | None = None,
    procedures: bool = False,
) -> list[Restatement]:
    """Every restatement of a unit's period, oldest first; `procedures`: those of single procedures too."""
    rows = (
        connection.execute(
            text("""
            select restated.*, publication.published_at
            from audit.restatement as restated
            inner join audit.publication using (entry_no)
            where unit_code = :unit and period_grain = :grain and period_start = :start
                and (cast(:indicator as text) is null or indicator_code = :indicator)
                and (:procedures or procedure_code = '*')
            order by entry_no, indicator_code, procedure_code, rule_set
        """),
            {
                "unit": unit_code,
                "grain": period.grain,
                "start": period.start,
                "indicator": indicator_code,
                "procedures": procedures,
            },
        )
        .mappings()
        .all()
    )
    names = [name for name in Restatement.__dataclass_fields__ if name not in ("batches", "other_causes")]
    causes = _Causes(connection, unit_code)
    return [
        Restatement(
            **{name: row[name] for name in names},
            batches=causes.batches(row["entry_no"], row["indicator_code"]),
            other_causes=causes.others(row["entry_no"]),
        )
        for row in rows
    ]


class _Causes:
    """What moved the figures of a unit, publication by publication; looked up once each."""

    def __init__(self, connection: Connection, unit_code: str) -> None:
        self.connection, self.unit = connection, unit_code
        self._of_entry: dict[int, list[Cause]] = {}
        self._others: dict[int, list[str]] = {}
        self._inputs: dict[str, set[str]] = {}

    def batches(self, entry_no: int, indicator_code: str) -> list[Cause]:
        """New batches of the entities that feed the indicator, of sources that speak for the unit."""
        entities = self._entities(indicator_code)
        return [cause for cause in self._candidates(entry_no) if cause.entity in entities]

    def others(self, entry_no: int) -> list[str]:
        """What else differs from the publication before."""
        if entry_no not in self._others:
            self._others[entry_no] = _changed_facts(self.connection, entry_no)
        return self._others[entry_no]

    def _entities(self, indicator_code: str) -> set[str]:
        if not self._inputs:
            rows = self.connection.execute(
                text("select indicator_code, entity from reference.indicator_inputs")
            )
            for row in rows:
                self._inputs.setdefault(row.indicator_code, set()).add(row.entity)
        return self._inputs.get(indicator_code, set())

    def _candidates(self, entry_no: int) -> list[Cause]:
        if entry_no not in self._of_entry:
            rows = self.connection.execute(
                text("""
                    select input.batch_id::text as batch_id, input.source_id, input.entity
                    from audit.publication_batch as input
                    left join audit.batch using (batch_id)
                    where input.entry_no = :entry_no
                        and (batch.covers is null or batch.covers = '{}' or '*' = any(batch.covers)
                            or split_part(:unit, '.', 1) = any(batch.covers))
                    order by input.source_id, input.entity, input.batch_id
                """),
                {"entry_no": entry_no, "unit": self.unit},
            ).all()
            found = [
                Cause(row.batch_id, row.source_id, row.entity, self._rows_of_unit(row.entity, row.batch_id))
                for row in rows
            ]
            self._of_entry[entry_no] = [cause for cause in found if cause.rows_of_unit != 0]
        return self._of_entry[entry_no]

    def _rows_of_unit(self, entity: str, batch_id: str) -> int | None:
        """Rows of the unit, and of those under it, that a batch brought."""
        if entity not in _WITH_UNIT:
            return None
        return int(
            self.connection.execute(
                text(f"""
                    select count(*) from raw.{entity}
                    where batch_id = cast(:batch_id as uuid)
                        and (unit_code = :unit or starts_with(unit_code, :unit || '.'))
                """),
                {"batch_id": batch_id, "unit": self.unit},
            ).scalar_one()
        )


_WITH_UNIT = {"dossier", "petition", "certified_copy", "national_report_total", "portal_total"}


def _changed_facts(connection: Connection, entry_no: int) -> list[str]:
    rows = connection.execute(
        text("""
            select body::jsonb as stated from audit.ledger_entry
            where kind = 'publication' and entry_no <= :entry_no order by entry_no desc limit 2
        """),
        {"entry_no": entry_no},
    ).all()
    if len(rows) < 2:
        return []
    facts = [_facts(row.stated) for row in rows]
    return [name for name, value in facts[0].items() if value != facts[1][name]]


def _facts(stated: Mapping[str, Any]) -> dict[str, Any]:
    inputs, code = stated["inputs"], stated["code"]
    return {
        "evaluated_at": stated["evaluated_at"],
        **{name: inputs[name] for name in ("rule_sets", "calendar", "units", "quarantine")},
        "code": [code["package_sha256"], code["dbt_project_sha256"]],
    }


@dataclass(frozen=True)
class PortalRestatement:
    """A figure that the portal changed between two of our captures.

    measure: metric or display group; part: numerator, denominator, ratio or score.
    """

    measure: str
    indicator_code: str | None
    procedure_code: str
    part: str
    old_value: Decimal | None
    new_value: Decimal | None
    difference: Decimal | None
    old_captured_at: dt.datetime
    new_captured_at: dt.datetime
    new_capture_id: str


def portal_restatements(
    connection: Connection, unit_code: str, period: PeriodOf, *, procedures: bool = False
) -> list[PortalRestatement]:
    """What the portal restated of a unit's period, capture by capture, oldest first."""
    rows = connection.execute(
        _PORTAL,
        {"unit": unit_code, "grain": period.grain, "start": period.start, "procedures": procedures},
    )
    return [PortalRestatement(*row) for row in rows]


_PORTAL = text("""
    with captures as (
        select metric.metric_code as measure, metric.indicator_code, metric.procedure_code, metric.endpoint,
            part.name as part, part.value, metric.captured_at, metric.capture_id
        from marts.fct_published_indicator as metric
        cross join lateral (values
            ('numerator', metric.numerator), ('denominator', metric.denominator),
            ('ratio', metric.ratio), ('score', metric.score)
        ) as part (name, value)
        where metric.unit_code = :unit and metric.period_grain = :grain and metric.period_start = :start
            and (:procedures or metric.procedure_code = '*')
        union all
        select grp.display_group, null, grp.procedure_code, grp.source_id, 'score', grp.score,
            grp.captured_at, grp.capture_id
        from marts.fct_published_group as grp
        where grp.unit_code = :unit and grp.period_grain = :grain and grp.period_start = :start
            and (:procedures or grp.procedure_code = '*')
    ),
    versions as (
        select *, lag(value) over same as old_value, lag(captured_at) over same as old_captured_at
        from captures
        window same as (
            partition by measure, indicator_code, procedure_code, endpoint, part
            order by captured_at, capture_id
        )
    )
    select measure, indicator_code, procedure_code, part, old_value, value, value - old_value,
        old_captured_at, captured_at, capture_id
    from versions
    where old_captured_at is not null and value is distinct from old_value
    order by captured_at, measure, procedure_code, part
""")
