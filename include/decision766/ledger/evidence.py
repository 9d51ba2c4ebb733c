"""What a publication rests on, by hashes: batches, rule sets, calendar, unit tree, quarantine, code."""

import hashlib
import subprocess
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from decision766.ledger.rows import hashed
from decision766.settings import Settings

# The hash of a batch covers whose it is and the landed objects it was loaded from, by their own hashes.
BATCH_SHA256 = hashed("""json_build_array(batch.batch_id, batch.source_id, batch.entity, (
        select json_agg(landed.object_sha256 order by landed.object_id) from audit.landed_object as landed
        where landed.object_id = any(batch.object_ids)
    ))::text""")

_NEW_BATCHES = text(f"""
    select batch.batch_id::text as batch_id, batch.source_id, batch.entity,
        encode({BATCH_SHA256}, 'hex') as sha256
    from audit.batch
    inner join audit.work_ledger as work using (batch_id)
    where work.evaluation_id = cast(:evaluation_id as uuid)
    order by batch.batch_id
""")

_ALL_TOGETHER = hashed("coalesce(string_agg(encode(sha256, 'hex'), ',' order by batch_id), '')")
_ALL_BATCHES = text(f"""
    select count(*) as count, encode({_ALL_TOGETHER}, 'hex') as sha256
    from (
        select batch.batch_id, {BATCH_SHA256} as sha256 from audit.batch where status = 'accepted'
    ) as accepted
""")

# One hash per rule set: its scoring rules, bands and own row.
_RULE_SETS = text(f"""
    select rule_set, encode({hashed("string_agg(line, chr(10) order by line)")}, 'hex') as sha256
    from (
        select rule_set, 'rule ' || to_jsonb(item)::text as line from reference.scoring_rules as item
        union all
        select rule_set, 'band ' || to_jsonb(item)::text from reference.bands as item
        union all
        select rule_set, 'set ' || to_jsonb(item)::text from reference.rule_sets as item
    ) as stated
    group by rule_set order by rule_set
""")


def _relation(sql: str) -> Any:
    return text(f"""
        select count(*) as count,
            encode({hashed("coalesce(string_agg(line, chr(10) order by line), '')")}, 'hex') as sha256
        from (select to_jsonb(item)::text as line from ({sql}) as item) as stated
    """)


_RELATIONS = {
    "calendar": _relation("select * from raw.calendar_day"),
    "units": _relation("select * from marts.dim_org_unit"),
    "quarantine": _relation(
        "select entity, raw_id, rule_id, rule_version from audit.quarantine where state = 'open'"
    ),
}


def inputs_of(connection: Connection, evaluation_id: str) -> dict[str, Any]:
    """Hashes of what an evaluation was computed from; `batches` are those it was the first to take in."""
    new = connection.execute(_NEW_BATCHES, {"evaluation_id": evaluation_id}).mappings()
    rule_sets = connection.execute(_RULE_SETS)
    return {
        "batches": [dict(row) for row in new],
        "accepted_batches": dict(connection.execute(_ALL_BATCHES).mappings().one()),
        "rule_sets": {row.rule_set: row.sha256 for row in rule_sets},
        **{name: dict(connection.execute(sql).mappings().one()) for name, sql in _RELATIONS.items()},
    }


def code_of(settings: Settings) -> dict[str, str | None]:
    """Version, commit where there is one, and content hashes of the package and of the dbt project."""
    return {
        "version": version("decision766"),
        "commit": _commit(settings.project_root),
        "package_sha256": content_sha256(Path(__file__).parents[1], (".py",)),
        "dbt_project_sha256": dbt_project_sha256(settings),
    }


def code_version(settings: Settings) -> str:
    """What an evaluation was built by: the package's version, and the content of the dbt project."""
    return f"{version('decision766')}+dbt.{dbt_project_sha256(settings)[:12]}"


def dbt_project_sha256(settings: Settings) -> str:
    """Hash of the models, macros, tests and seeds: what turns visible rows into scores."""
    return content_sha256(settings.project_root / "dbt_project", (".sql", ".yml", ".csv"))


def content_sha256(folder: Path, suffixes: tuple[str, ...]) -> str:
    """SHA-256 over relative path and SHA-256 of each file, sorted by path."""
    files = (
        path
        for path in folder.rglob("*")
        if path.suffix in suffixes and not {"target", "dbt_packages"} & set(path.relative_to(folder).parts)
    )
    lines = [
        f"{path.relative_to(folder).as_posix()} {hashlib.sha256(path.read_bytes()).hexdigest()}\n"
        for path in sorted(files)
    ]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


@lru_cache
def _commit(root: Path) -> str | None:
    """Commit of the working copy; None where there is no git or no repository of ours."""
    if not (root / ".git").exists():
        return None
    try:
        answer = subprocess.run(  # noqa: S603 - a fixed command, without a shell
            ["git", "-C", str(root), "rev-parse", "HEAD"],  # noqa: S607 - whichever git the machine has
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip() or None if answer.returncode == 0 else None
