"""Whether a build may follow the last one, that is: rewrite only the dossiers that new batches speak of.

It may where nothing else changed than batches that came and time that passed. Whatever else changed (code,
seeds, calendar, a source's precedence, quarantine of earlier records, an erasure, a procedure's limits,
numbers made anew, evaluated_at set back), and after a build that failed or was killed, every dossier is
computed anew.
"""

from collections.abc import Callable

from sqlalchemy import Connection, Engine, text

# Of records that earlier builds took in; batches that nobody took in yet may come at any moment.
_BASIS = text("""
    with known as (
        select batch_id, entity, covers from audit.batch
        where status = 'accepted' and not exists (
            select 1 from audit.work_ledger as work
            where work.batch_id = batch.batch_id
                and (work.evaluation_id is null or work.evaluation_id = cast(:without as uuid))
        )
    )
    select md5(json_build_array(
        (select json_agg(json_build_array(source_id, precedence, covers, data_origin) order by source_id)
            from audit.source),
        (select md5(string_agg(day::text || is_working, ',' order by day)) from raw.calendar_day),
        (select count(*) from known),
        (select md5(string_agg(distinct held.entity || held.raw_id, ',' order by held.entity || held.raw_id))
            from audit.quarantine as held inner join known on held.batch_id = known.batch_id
            where held.state = 'open'),
        (select count(*) from audit.erasure),
        (select count(*) from audit.tombstone)
    )::text)
""")

_LAST = text("""
    select evaluation_id::text as evaluation_id, status, evaluated_at, code_version, basis
    from audit.evaluation
    where started_at < (select started_at from audit.evaluation where evaluation_id = cast(:id as uuid))
    order by started_at desc limit 1
""")
_PRESENT = text(
    "select evaluated_at, code_version from audit.evaluation where evaluation_id = cast(:id as uuid)"
)
_NEW_CATALOGUE = text("""
    select exists (
        select 1 from audit.batch inner join audit.work_ledger as work using (batch_id)
        where work.evaluation_id = cast(:id as uuid) and batch.entity = 'procedure'
            and (batch.rows_new > 0 or not exists (
                select 1 from audit.batch as earlier
                where earlier.entity = 'procedure' and earlier.status = 'accepted'
                    and earlier.batch_id <> batch.batch_id and earlier.covers @> batch.covers
            ))
    )
""")
_NEW_NUMBERS = text("""
    select exists (
        select 1 from raw.dossier as record inner join audit.work_ledger as work using (batch_id)
        where work.evaluation_id = cast(:id as uuid) and record.former_code is not null
    )
""")
_MARTS_OF = text("select evaluation_id::text from marts.fct_indicator limit 1")


def follow_last_build(engine: Engine, evaluation_id: str) -> bool:
    """Whether the build of this evaluation may follow the last one; the reason why not is kept beside it."""
    with engine.begin() as connection:
        reason = _reason_against(connection, evaluation_id)
        connection.execute(
            text("""
                update audit.evaluation set basis = :basis, rebuilt_because = :reason
                where evaluation_id = cast(:id as uuid)
            """),
            {"basis": _basis(connection, None), "reason": reason, "id": evaluation_id},
        )
    return reason is None


def _reason_against(connection: Connection, evaluation_id: str) -> str | None:
    ids = {"id": evaluation_id}
    last = connection.execute(_LAST, ids).one_or_none()
    if last is None:
        return "first build"
    present = connection.execute(_PRESENT, ids).one()
    reasons: tuple[tuple[str, Callable[[], bool]], ...] = (
        ("the last build was not finished", lambda: last.status != "built" or last.basis is None),
        ("the models or seeds changed", lambda: last.code_version != present.code_version),
        ("evaluated_at was set back", lambda: present.evaluated_at < last.evaluated_at),
        (
            "sources, calendar, quarantine or erasures changed",
            lambda: _basis(connection, evaluation_id) != last.basis,
        ),
        (
            "the catalogue of procedures changed",
            lambda: bool(connection.execute(_NEW_CATALOGUE, ids).scalar_one()),
        ),
        ("numbers were made anew", lambda: bool(connection.execute(_NEW_NUMBERS, ids).scalar_one())),
        (
            "the marts are not those of the last build",
            lambda: _built_by(connection) != last.evaluation_id,
        ),
    )
    return next((reason for reason, holds in reasons if holds()), None)


def _built_by(connection: Connection) -> str | None:
    if not connection.execute(text("select to_regclass('marts.fct_indicator') is not null")).scalar_one():
        return None
    found = connection.execute(_MARTS_OF).scalar_one_or_none()
    return None if found is None else str(found)


def _basis(connection: Connection, without: str | None) -> str:
    return str(connection.execute(_BASIS, {"without": without}).scalar_one())
