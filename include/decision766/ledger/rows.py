"""Rows of a publication: what changed against what was last published, set by set in PostgreSQL.

A row's content is a JSON array of its columns in the order of `KEY` and `FIGURES` (documents: their key
and the document); its content hash is the SHA-256 of that text in UTF-8. A leaf of the publication's
Merkle tree binds number and kind of change to it: `entry_no:row_no:change:content hash in hex`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
from sqlalchemy import Connection, text

from decision766.ledger.merkle import MerkleTree, leaf_hash

KEY = (
    "unit_code",
    "indicator_code",
    "period_grain",
    "period_start",
    "procedure_code",
    "rule_set",
    "boundary",
)
FIGURES = (
    *("numerator", "denominator", "ratio", "score", "max_score", "status", "status_reason"),
    *("observed_numerator", "observed_denominator", "observed_ratio"),
    *("coverage", "missing_inputs", "stale_inputs", "is_provisional", "data_origin"),
)
DOCUMENT_KEY = ("relation", "unit_code", "period_grain", "period_start", "rule_set", "boundary")
FETCHED_ROWS = 20_000


@dataclass(frozen=True)
class RowTable:
    """A table of ledger rows: its columns in the order of the hash, and the order of its rows."""

    name: str
    stated_as: str  # name of its count and root in the entry
    key: tuple[str, ...]
    values: tuple[str, ...]
    order: tuple[str, ...]

    def content(self, alias: str) -> str:
        """SQL of the row's content: the text that is hashed."""
        return json_array(alias, (*self.key, *self.values))

    def sorted_by(self, alias: str) -> str:
        """SQL of the order in which rows are numbered, whatever the database's collation."""
        return ", ".join(
            f"{alias}.{name}" if name == "period_start" else f'{alias}.{name} collate "C"'
            for name in self.order
        )


SCORES = RowTable(
    "score_ledger",
    "scores",
    KEY,
    FIGURES,
    (
        *("unit_code", "period_start", "period_grain", "procedure_code", "indicator_code"),
        *("rule_set", "boundary"),
    ),
)
SCORECARDS = RowTable(
    "scorecard_ledger",
    "scorecards",
    DOCUMENT_KEY,
    ("document",),
    ("relation", "unit_code", "period_start", "period_grain", "rule_set", "boundary"),
)
ROW_TABLES = (SCORES, SCORECARDS)


def json_array(alias: str, columns: tuple[str, ...]) -> str:
    """SQL of a JSON array of columns, numbers digit for digit."""
    return f"json_build_array({', '.join(f'{alias}.{name}' for name in columns)})::text"


def hashed(sql: str) -> str:
    """SQL of the SHA-256 of a text."""
    return f"sha256(convert_to({sql}, 'UTF8'))"


def append_scores(connection: Connection, entry_no: int, *, of_affected: bool = False) -> int:
    """Append the rows of `marts.fct_indicator` that differ from what was last published; return how many.

    of_affected: the build followed the one that was last published, so that only what it may have changed
    is compared (`int_indicator_affected`); the other figures are what they were.
    """
    _refill_current(connection)
    figures, current = "marts.fct_indicator", "audit.score_current"
    if of_affected:
        figures, current = "intermediate.int_indicator_affected", f"({_CURRENT_OF_AFFECTED})"
    columns = ", ".join((*KEY, *FIGURES))
    key_parts = ", ".join(
        f"coalesce(stated.{name}, (current.key::json ->> {number}){cast}) as {name}"
        for number, name in enumerate(KEY)
        for cast in ["::date" if name == "period_start" else ""]
    )
    appended = connection.execute(
        text(f"""
            insert into audit.score_ledger (entry_no, row_no, change, {columns}, content_hash)
            select :entry_no, row_number() over (order by {SCORES.sorted_by("differing")}), change, {columns},
                coalesce(content_hash, {hashed(SCORES.content("differing"))})
            from (
                select
                    case when stated.key is null then 'removed' else 'stated' end as change,
                    {key_parts},
                    {", ".join(f"stated.{name}" for name in FIGURES)},
                    stated.content_hash
                from (
                    select indicator.*, {json_array("indicator", KEY)} as key,
                        {hashed(SCORES.content("indicator"))} as content_hash
                    from {figures} as indicator
                    where indicator.boundary = 'as_was'
                ) as stated
                full join {current} as current on stated.key = current.key
                where stated.content_hash is distinct from current.content_hash
            ) as differing
        """),
        {"entry_no": entry_no},
    ).rowcount
    if appended:
        _follow_in_current(connection, entry_no)
    return int(appended)


def _follow_in_current(connection: Connection, entry_no: int) -> None:
    """Bring the working copy to what was just appended."""
    key = json_array("ledger", KEY)
    connection.execute(
        text(f"""
            delete from audit.score_current as current using audit.score_ledger as ledger
            where ledger.entry_no = :entry_no and {key} = current.key
        """),
        {"entry_no": entry_no},
    )
    connection.execute(
        text(f"""
            insert into audit.score_current (
                key, content_hash, unit_code, period_grain, period_start, procedure_code
            )
            select {key}, content_hash, unit_code, period_grain, period_start, procedure_code
            from audit.score_ledger as ledger
            where entry_no = :entry_no and change = 'stated'
        """),
        {"entry_no": entry_no},
    )
    connection.execute(text("analyze audit.score_current"))


def _refill_current(connection: Connection) -> None:
    """Fill an emptied working copy from the ledger."""
    connection.execute(
        text(f"""
            insert into audit.score_current (
                key, content_hash, unit_code, period_grain, period_start, procedure_code
            )
            select key, content_hash,
                key::json ->> 0, key::json ->> 2, (key::json ->> 3)::date, key::json ->> 4
            from ({LATEST_STATED}) as latest
            where not exists (select 1 from audit.score_current)
        """)
    )


_CURRENT_OF_AFFECTED = """
    select known.* from audit.score_current as known
    inner join intermediate.int_shown_scope_affected as shown using (unit_code, period_start, period_grain)
    where shown.boundary = 'as_was' and not shown.is_provincial and (
        shown.is_whole or known.procedure_code = '*'
        or (shown.scope_key, known.procedure_code) in (
            select scope_key, procedure_code from intermediate.int_procedure_affected
        )
    )
"""

LATEST_STATED = f"""
    select key, content_hash from (
        select distinct on (key) key, change, content_hash
        from (select {json_array("ledger", KEY)} as key, entry_no, change, content_hash
              from audit.score_ledger as ledger) as keyed
        order by key, entry_no desc
    ) as last where change = 'stated'
"""


def append_scorecards(connection: Connection, entry_no: int) -> int:
    """Append the scorecards, and the catalogue behind them, that differ from those last published."""
    key = ", ".join(DOCUMENT_KEY)
    return connection.execute(
        text(f"""
            with stated as materialized (
                select document.*, {hashed(SCORECARDS.content("document"))} as content_hash
                from ({_DOCUMENTS}) as document
            ),
            latest as (
                select distinct on ({key}) {key}, change, content_hash
                from audit.scorecard_ledger order by {key}, entry_no desc
            ),
            differing as (
                select {key}, stated.document, stated.content_hash
                from stated
                full join (select * from latest where change = 'stated') as known using ({key})
                where stated.content_hash is distinct from known.content_hash
            )
            insert into audit.scorecard_ledger (entry_no, row_no, change, {key}, document, content_hash)
            select :entry_no, row_number() over (order by {SCORECARDS.sorted_by("differing")}),
                case when content_hash is null then 'removed' else 'stated' end,
                {key}, document, coalesce(content_hash, {hashed(SCORECARDS.content("differing"))})
            from differing
        """),
        {"entry_no": entry_no},
    ).rowcount


def stored_root(connection: Connection, table: RowTable, entry_no: int) -> str:
    """Merkle root, in hex, over the content hashes that the rows of an entry carry."""
    tree = MerkleTree()
    prefix = f"{entry_no}:".encode()
    statement = (
        f"select row_no, change, content_hash from audit.{table.name} where entry_no = %s order by row_no"
    )
    for rows in stream(connection, statement, (entry_no,)):
        tree.extend(
            leaf_hash(prefix + f"{row_no}:{change}:{content_hash.hex()}".encode())
            for row_no, change, content_hash in rows
        )
    return tree.root().hex()


def stream(
    connection: Connection, statement: str, values: tuple[object, ...]
) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the rows of a query a few thousand at a time; a million rows take no more memory than these."""
    raw = connection.connection.driver_connection
    if not isinstance(raw, psycopg.Connection):
        raise TypeError("the ledger is read through psycopg 3")
    with raw.cursor(name="ledger_rows") as server_side:
        cursor: psycopg.ServerCursor = server_side
        cursor.execute(statement, values, binary=True)
        while rows := cursor.fetchmany(FETCHED_ROWS):
            yield rows


# A scorecard as shown, but for the computed figures (they are rows of the score ledger) and the instant of
# judgement (it is the publication's). The queries of reporting/scorecard.py, for all units at once.
_DOCUMENTS = """
    select 'scorecard' as relation, card.unit_code, card.period_grain, card.period_start,
        coalesce(card.rule_set, '') as rule_set, card.boundary,
        jsonb_build_object(
            'card', to_jsonb(card) - 'evaluated_at',
            'period_code', period.period_code,
            'groups', coalesce(groups.lines, '{}'),
            'published', coalesce(compared.lines, '{}')
        )::text as document
    from marts.mart_scorecard as card
    inner join marts.dim_period as period using (period_grain, period_start)
    left join (
        select unit_code, period_grain, period_start, jsonb_object_agg(display_group, line) as lines
        from (
            select unit_code, period_grain, period_start, display_group,
                jsonb_strip_nulls(jsonb_build_object('score', max(score), 'published_score',
                    max(published_score), 'likely_cause', max(likely_cause))) as line
            from (
                select unit_code, period_grain, period_start, display_group, score,
                    null::numeric as published_score, null::text as likely_cause
                from marts.mart_group_score where boundary = 'as_was'
                union all
                (select distinct on (unit_code, period_grain, period_start, display_group)
                    unit_code, period_grain, period_start, display_group, null, score, null
                from marts.fct_published_group
                where procedure_code = '*' and source_id <> 'published_group_scores'
                order by unit_code, period_grain, period_start, display_group, captured_at desc)
                union all
                select unit_code, period_grain, period_start, display_group, null, null, likely_cause
                from marts.mart_group_reconciliation
            ) as part
            group by unit_code, period_grain, period_start, display_group
        ) as grouped
        group by unit_code, period_grain, period_start
    ) as groups using (unit_code, period_grain, period_start)
    left join (
        select unit_code, period_grain, period_start,
            jsonb_object_agg(indicator_code, jsonb_strip_nulls(jsonb_build_object(
                'published_numerator', published_numerator, 'published_denominator', published_denominator,
                'published_score', published_score, 'reconciliation', status, 'likely_cause', likely_cause
            ))) as lines
        from marts.mart_reconciliation
        group by unit_code, period_grain, period_start
    ) as compared using (unit_code, period_grain, period_start)
    where card.boundary = 'as_was'
    union all
    select 'catalogue', '*', '*', '0001-01-01'::date, '*', '*',
        jsonb_build_object(
            'indicators', (
                select jsonb_agg(to_jsonb(item) order by indicator_code) from marts.dim_indicator as item
            ),
            'display_groups', (
                select jsonb_agg(to_jsonb(item) order by group_no, display_group)
                from reference.display_groups as item
            ),
            'rules', (
                select jsonb_agg(to_jsonb(item) order by rule_set, indicator_code)
                from marts.dim_scoring_rule as item
            ),
            'rule_sets', (
                select jsonb_agg(to_jsonb(item) order by rule_set) from reference.rule_sets as item
            ),
            'entities', (
                select jsonb_agg(to_jsonb(item) order by entity) from reference.entities as item
            ),
            'bands', (
                select jsonb_agg(to_jsonb(item) order by rule_set, lower_bound) from reference.bands as item
            )
        )::text
"""
