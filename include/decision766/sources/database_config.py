"""Settings of family `database`: a read replica of a provincial system, through SQLAlchemy."""

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from decision766.sources.base import EntityList, RecordEntity, Strict
from decision766.sources.mapping import FieldMap
from decision766.sources.moments import ZMeans

Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_$]*$")]
TableName = Annotated[str, Field(pattern=r"^([A-Za-z_][A-Za-z0-9_$]*\.)?[A-Za-z_][A-Za-z0-9_$]*$")]


class DatabaseCursor(Strict):
    """The column that says when a row last changed, and how it is written.

    kind: `local` a timestamp without zone in local time, `aware` one with zone, `stamp` text
    yyyyMMddHHmmss. overlap_hours: how far a run reads back behind the last one. Rows without a value
    are read at every run.
    """

    column: Name
    kind: Literal["local", "aware", "stamp"] = "local"
    overlap_hours: float = Field(default=24.0, ge=0)


class DatabaseList(Strict):
    """A table below the main one: its rows with key = the main row's `parent` column become a list."""

    table: TableName
    key: Name
    parent: Name
    order: tuple[Name, ...] = ()
    fields: FieldMap = Field(min_length=1)


class DatabaseEntity(Strict):
    """One entity of docs/records.md and the table or view that holds it.

    fields: name of docs/records.md → column, or a rule as in family igate. lists: the same for nested
    lists. Only columns that are named are asked for. order: columns that break ties of the cursor.
    """

    entity: RecordEntity
    table: TableName
    cursor: DatabaseCursor | None = Field(default=None, description="None: read whole at every run.")
    order: tuple[Name, ...] = Field(min_length=1)
    fields: FieldMap = Field(min_length=1)
    lists: dict[str, DatabaseList] = Field(default_factory=dict)


class DatabaseSource(EntityList):
    """Records of one provincial system, from a database that may be read (family database).

    first_window_start: local date from which the first run reads. part_rows: rows handed over, landed
    and held in memory at a time. statement_seconds: how long one query may take (PostgreSQL, MySQL).
    """

    family: Literal["database"]
    z_means: ZMeans = "utc"
    first_window_start: dt.date
    part_rows: int = Field(default=5_000, ge=1, le=100_000)
    statement_seconds: int = Field(default=3_600, ge=1)
    entities: tuple[DatabaseEntity, ...] = Field(min_length=1)
