"""Verdicts of auditors and contests of agencies: entries of the same chain as the publications.

`by` is the account of an office or role (`thanh-tra.h12`), never a person's name; comments, reasons and
references carry no personal data. Both are refused where they look like such.
"""

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, text

from decision766.ledger.chain import Entry, append_entry, last_entry
from decision766.ledger.errors import NotRecorded
from decision766.ledger.heads import open_heads
from decision766.ledger.history import PeriodOf
from decision766.ledger.publish import alone_with_the_ledger
from decision766.ledger.rows import hashed
from decision766.settings import Settings, get_settings

ALL_UNITS = "*"
DECISIONS = ("accepted", "rejected")
RESOLUTIONS = ("upheld", "corrected")
_ACCOUNT = re.compile(r"[a-z0-9][a-z0-9._-]{1,62}")
_PERSONAL = re.compile(r"\d{9,}|\S+@\S+\.\S+")
_LONGEST = 2000


@dataclass(frozen=True)
class Figure:
    """A published figure: unit × indicator × period × procedure (`*` = all)."""

    unit_code: str
    indicator_code: str
    period: PeriodOf
    procedure_code: str = "*"


def sign_period(
    engine: Engine,
    *,
    unit_code: str,
    period: PeriodOf,
    decision: str,
    by: str,
    comment: str,
    settings: Settings | None = None,
) -> Entry:
    """Accept or reject what the last publication says of a unit (or `*`, all units) and period.

    A later restatement of a figure of that unit and period takes the signature's force away.

    Raises:
        NotRecorded: nothing is published for the unit and period, or the words are not fit for a ledger.
        LedgerBroken: the ledger does not verify.
    """
    facts = _verdict(decision, by, comment)
    settings = settings or get_settings()
    with alone_with_the_ledger(engine, open_heads(settings)) as connection:
        publication = _publication(connection)
        published = connection.execute(
            text("""
                select exists (
                    select 1 from audit.score_ledger
                    where (unit_code = :unit or :unit = '*')
                        and period_grain = :grain and period_start = :start
                )
            """),
            {"unit": unit_code, "grain": period.grain, "start": period.start},
        ).scalar_one()
        if not published:
            raise NotRecorded(
                f"Nothing was published for {unit_code} and {period.code}.",
                "What can be signed: decision766 scorecard --unit … --period … shows it.",
            )
        subject = {
            "type": "period",
            "unit_code": unit_code,
            "period_grain": period.grain,
            "period_start": period.start.isoformat(),
        }
        return append_entry(
            connection,
            "sign_off",
            {**facts, "subject": subject, "publication": publication.entry_no},
        )


def sign_validation_run(
    engine: Engine,
    validation_run_id: str,
    *,
    decision: str,
    by: str,
    comment: str,
    settings: Settings | None = None,
    seen: int | None = None,
) -> Entry:
    """Accept or reject a validation run; its results are bound by their hash.

    seen: number of the last entry that the signer saw (0: none); the verdict is taken only if it still is.

    Raises:
        NotRecorded: there is no such run, the ledger went on since, or the words are not fit for a ledger.
        LedgerBroken: the ledger does not verify.
    """
    facts = _verdict(decision, by, comment)
    settings = settings or get_settings()
    with alone_with_the_ledger(engine, open_heads(settings)) as connection:
        newest = last_entry(connection)
        if seen is not None and seen != (newest.entry_no if newest else 0):
            raise NotRecorded("The ledger went on since the page was shown.", "Look at the run again.")
        sha256 = validation_run_sha256(connection, validation_run_id)
        if sha256 is None:
            raise NotRecorded(
                f"There is no validation run {validation_run_id}.",
                "Their ids: select validation_run_id, suite, success from audit.validation_run.",
            )
        publication = last_entry(connection, "publication")
        subject = {
            "type": "validation_run",
            "validation_run_id": validation_run_id,
            "results_sha256": sha256,
        }
        last_no = None if publication is None else publication.entry_no
        return append_entry(connection, "sign_off", {**facts, "subject": subject, "publication": last_no})


def validation_run_sha256(connection: Connection, validation_run_id: str) -> str | None:
    """Hash of a validation run's row and rule results; None if there is no such run."""
    results = """(
        select json_agg(to_jsonb(rule) order by rule.rule_id)
        from audit.rule_result as rule where rule.validation_run_id = run.validation_run_id
    )"""
    found: str | None = connection.execute(
        text(f"""
            select encode({hashed(f"json_build_array(to_jsonb(run), {results})::text")}, 'hex')
            from audit.validation_run as run where validation_run_id::text = :id
        """),
        {"id": validation_run_id.lower()},
    ).scalar_one_or_none()
    return found


def open_contest(
    engine: Engine,
    figure: Figure,
    *,
    by: str,
    reason: str,
    evidence: str,
    settings: Settings | None = None,
) -> Entry:
    """Contest a published figure; it stays marked until the contest is resolved. Its number is the entry's.

    Raises:
        NotRecorded: the figure was not published, or the words are not fit for a ledger.
        LedgerBroken: the ledger does not verify.
    """
    facts = {"by": account(by), "reason": words("reason", reason), "evidence": words("evidence", evidence)}
    settings = settings or get_settings()
    with alone_with_the_ledger(engine, open_heads(settings)) as connection:
        publication = _publication(connection)
        row = _published_figure(connection, figure)
        if row is None:
            raise NotRecorded(
                f"No figure of indicator {figure.indicator_code} was published for {figure.unit_code}, "
                f"{figure.period.code}, procedure {figure.procedure_code}.",
                "A figure is named by --unit, --indicator, --period and, unless for all, --procedure.",
            )
        stated = {
            "unit_code": figure.unit_code,
            "indicator_code": figure.indicator_code,
            "period_grain": figure.period.grain,
            "period_start": figure.period.start.isoformat(),
            "procedure_code": figure.procedure_code,
            **{
                name: None if row[name] is None else str(row[name])
                for name in ("numerator", "denominator", "score")
            },
            "stated_in": row["entry_no"],
        }
        return append_entry(
            connection, "contest", {**facts, "figure": stated, "publication": publication.entry_no}
        )


def resolve_contest(
    engine: Engine,
    contest_no: int,
    *,
    resolution: str,
    by: str,
    comment: str,
    batch_id: str = "",
    rule: str = "",
    settings: Settings | None = None,
) -> Entry:
    """Resolve a contest: `upheld` (the figure stands) or `corrected` by a batch or a rule.

    Raises:
        NotRecorded: no such open contest; a correction that names neither batch nor rule, or an unknown
            batch, or whose figure was not restated since; words not fit for a ledger.
        LedgerBroken: the ledger does not verify.
    """
    facts = {"by": account(by), "comment": words("comment", comment)}
    if resolution not in RESOLUTIONS:
        raise NotRecorded(f"«{resolution}» is no resolution.", f"It is one of {', '.join(RESOLUTIONS)}.")
    if (resolution == "corrected") != bool(batch_id or rule):
        raise NotRecorded(
            f"A contest is corrected by a batch or a rule, and upheld without one; this says {resolution}.",
            "corrected: --batch ID or --rule NAME; upheld: neither.",
        )
    settings = settings or get_settings()
    with alone_with_the_ledger(engine, open_heads(settings)) as connection:
        contest = (
            connection.execute(text("select * from audit.contest where contest_no = :no"), {"no": contest_no})
            .mappings()
            .one_or_none()
        )
        if contest is None or contest["resolution"] is not None:
            what = "There is no contest" if contest is None else "Already resolved is contest"
            raise NotRecorded(f"{what} {contest_no}.", "Open ones: decision766 contest list")
        if resolution == "corrected":
            _check_correction(connection, contest, batch_id)
        named = {"batch_id": batch_id.lower() or None, "rule": rule or None}
        return append_entry(
            connection,
            "resolution",
            {
                **facts,
                "contest": contest_no,
                "resolution": resolution,
                **{name: value for name, value in named.items() if value},
            },
        )


def _check_correction(connection: Connection, contest: Any, batch_id: str) -> None:
    """A correction shows: the batch is accepted, and the figure was restated after the contest."""
    if batch_id:
        accepted = connection.execute(
            text("select status = 'accepted' from audit.batch where batch_id::text = :id"),
            {"id": batch_id.lower()},
        ).scalar_one_or_none()
        if not accepted:
            raise NotRecorded(
                f"{batch_id} is no accepted batch.", "Load and validate it first: decision766 ingest SOURCE"
            )
    restated = connection.execute(
        text("""
            select exists (
                select 1 from audit.restatement
                where unit_code = :unit_code and indicator_code = :indicator_code
                    and period_grain = :period_grain and period_start = :period_start
                    and procedure_code = :procedure_code and entry_no > :contest_no
            )
        """),
        {
            name: contest[name]
            for name in (
                "unit_code",
                "indicator_code",
                "period_grain",
                "period_start",
                "procedure_code",
                "contest_no",
            )
        },
    ).scalar_one()
    if not restated:
        raise NotRecorded(
            f"The figure of contest {contest['contest_no']} was not restated since it was contested.",
            "Publish the correction first (build the marts), or resolve it as upheld.",
        )


def account(by: str) -> str:
    """An office account, checked.

    Raises:
        NotRecorded: it is none.
    """
    if not _ACCOUNT.fullmatch(by) or _PERSONAL.search(by):
        raise NotRecorded(
            f"«{by}» is no account of an office or role.",
            "Write it in small letters, digits, dots and hyphens, such as thanh-tra.h12; no person's name.",
        )
    return by


def words(name: str, said: str) -> str:
    """A comment, reason or reference, checked.

    Raises:
        NotRecorded: it is empty, very long, or looks like personal data.
    """
    said = said.strip()
    if not said or len(said) > _LONGEST:
        raise NotRecorded(f"The {name} is empty or longer than {_LONGEST} characters.", f"Give --{name}.")
    if _PERSONAL.search(said):
        raise NotRecorded(
            f"The {name} holds what looks like personal data (nine digits in a row, or an e-mail address).",
            "Name documents by their reference; the ledger is never erased.",
        )
    return said


def _verdict(decision: str, by: str, comment: str) -> dict[str, str]:
    if decision not in DECISIONS:
        raise NotRecorded(f"«{decision}» is no verdict.", f"It is one of {', '.join(DECISIONS)}.")
    return {"decision": decision, "by": account(by), "comment": words("comment", comment)}


def _publication(connection: Connection) -> Entry:
    publication = last_entry(connection, "publication")
    if publication is None:
        raise NotRecorded("Nothing has been published yet.", "Publish first: decision766 run")
    return publication


def _published_figure(connection: Connection, figure: Figure) -> Any:
    return (
        connection.execute(
            text("""
                select * from (
                    select distinct on (rule_set, boundary) * from audit.score_ledger
                    where unit_code = :unit and indicator_code = :indicator and period_grain = :grain
                        and period_start = :start and procedure_code = :procedure
                    order by rule_set, boundary, entry_no desc
                ) as latest
                where change = 'stated' order by rule_set desc limit 1
            """),
            {
                "unit": figure.unit_code,
                "indicator": figure.indicator_code,
                "grain": figure.period.grain,
                "start": figure.period.start,
                "procedure": figure.procedure_code,
            },
        )
        .mappings()
        .one_or_none()
    )
