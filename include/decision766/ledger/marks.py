"""Marks on published figures: verdicts of auditors and whether they still hold, contests of agencies."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text


@dataclass(frozen=True)
class SignOff:
    """The last verdict on a period that covers a unit, and whether it still holds.

    restated_in: the first publication that restated a figure of the unit's period after it; None if it holds.
    """

    entry_no: int
    decision: str
    signed_by: str
    signed_at: dt.datetime
    comment: str
    restated_in: int | None

    @property
    def state(self) -> str:
        """accepted or rejected while it holds, else restated: the period counts as unsigned again."""
        return self.decision if self.restated_in is None else "restated"


@dataclass(frozen=True)
class Contest:
    """A contested figure; open while resolution is None."""

    contest_no: int
    unit_code: str
    indicator_code: str
    period_grain: str
    period_start: dt.date
    procedure_code: str
    opened_by: str
    opened_at: dt.datetime
    reason: str
    evidence: str
    resolution: str | None
    resolved_by: str | None
    resolved_at: dt.datetime | None
    resolution_comment: str | None
    correcting_batch_id: str | None
    correcting_rule: str | None


def sign_off_of(
    connection: Connection, unit_code: str, grain: str, start: dt.date, *, until: int | None = None
) -> SignOff | None:
    """The last verdict on a unit's period (its own or one on all units) up to entry `until`."""
    row = connection.execute(
        text("""
            select entry_no, decision, signed_by, signed_at, comment, publication_no
            from audit.sign_off
            where subject = 'period' and unit_code in (:unit, '*') and period_grain = :grain
                and period_start = :start and entry_no <= coalesce(:until, entry_no)
            order by entry_no desc limit 1
        """),
        {"unit": unit_code, "grain": grain, "start": start, "until": until},
    ).one_or_none()
    if row is None:
        return None
    restated_in = connection.execute(
        text("""
            select min(entry_no) from (
                select entry_no from audit.restatement
                where unit_code = :unit and period_grain = :grain and period_start = :start
                union all
                select min(entry_no) from audit.score_ledger
                where unit_code = :unit and period_grain = :grain and period_start = :start
                group by indicator_code, procedure_code, rule_set, boundary
            ) as changed_or_new
            where entry_no > :signed and entry_no <= coalesce(:until, entry_no)
        """),
        {"unit": unit_code, "grain": grain, "start": start, "signed": row.entry_no, "until": until},
    ).scalar_one()
    return SignOff(row.entry_no, row.decision, row.signed_by, row.signed_at, row.comment, restated_in)


def contests(
    connection: Connection,
    *,
    unit_code: str | None = None,
    grain: str | None = None,
    start: dt.date | None = None,
    only_open: bool = False,
    until: int | None = None,
) -> Sequence[Contest]:
    """Contests, oldest first: all, or those of a unit's period; as they stood at entry `until`."""
    rows = connection.execute(
        text("""
            select contest_no, unit_code, indicator_code, period_grain, period_start, procedure_code,
                opened_by, opened_at, reason, evidence,
                case when is_resolved then resolution end as resolution,
                case when is_resolved then resolved_by end as resolved_by,
                case when is_resolved then resolved_at end as resolved_at,
                case when is_resolved then resolution_comment end as resolution_comment,
                case when is_resolved then correcting_batch_id::text end as correcting_batch_id,
                case when is_resolved then correcting_rule end as correcting_rule
            from (
                select *, resolution_no is not null and resolution_no <= coalesce(:until, resolution_no)
                    as is_resolved
                from audit.contest
            ) as told
            where contest_no <= coalesce(:until, contest_no)
                and (cast(:unit as text) is null or unit_code = :unit)
                and (cast(:grain as text) is null or period_grain = :grain)
                and (cast(:start as date) is null or period_start = :start)
                and not (:only_open and is_resolved)
            order by contest_no
        """),
        {"unit": unit_code, "grain": grain, "start": start, "only_open": only_open, "until": until},
    )
    return [Contest(*row) for row in rows]
