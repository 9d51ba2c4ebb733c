"""Every place where a run may leave text: databases, landing, logs, temporary files."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import zstandard

from decision766.platform.postgres_files import resolve_files
from decision766.settings import Settings
from decision766.warehouse.connect import database_url, libpq_url

_CHUNK = 400


def tables(settings: Settings, database: str) -> Iterator[tuple[str, str]]:
    """Every row of every table of every schema of a database, as text in chunks: (table, text)."""
    with psycopg.connect(libpq_url(database_url(database, settings))) as connection:
        names = connection.execute("""
            select format('%I.%I', table_schema, table_name) from information_schema.tables
            where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')
            order by 1
        """).fetchall()
        for (name,) in names:
            cursor = connection.execute(f"select t::text from {name} as t")
            while rows := cursor.fetchmany(_CHUNK):
                yield f"{database}: {name}", "\n".join(row[0] for row in rows)
        comments = connection.execute("select coalesce(string_agg(description, ' '), '') from pg_description")
        yield f"{database}: comments", comments.fetchone()[0]


def files(folder: Path, *, without: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Names and contents of all files below a folder, unpacked; `without`: names of folders left out."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and not set(parts) & set(without):
            content = path.read_bytes()
            if path.suffix == ".zst":
                content = zstandard.ZstdDecompressor().decompressobj().decompress(content)
            yield (
                str(path.relative_to(folder)),
                f"{' / '.join(parts)}\n{content.decode('utf-8', errors='replace')}",
            )


def server_log(settings: Settings) -> str:
    """What PostgreSQL's own log says."""
    return resolve_files(settings.home).log.read_text(encoding="utf-8", errors="replace")
