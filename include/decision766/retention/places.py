"""Where pseudonyms and undeclared values stand in raw: field of the source, column, key within a list.

One table for rotation, retention and erasure. Copies of such columns in other schemas (intermediate
tables that carry a dossier's lists) are found by the column's name.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from decision766.records.kinds import Treatment


@dataclass(frozen=True)
class Place:
    """One keyed field. scope: what the key covers besides the value. item: key in the column's list."""

    entity: str
    path: str
    column: str
    item: str | None
    treatment: Treatment

    @property
    def scope(self) -> str:
        """Scope of the keyed hash, as the redactor forms it."""
        return f"{self.entity}.{self.path}"

    @property
    def name(self) -> str:
        """The place in raw, `components.component_code`."""
        return f"{self.column}.{self.item}" if self.item else self.column


KEYED = (
    Place("dossier", "TaiLieuNop[].MaThanhPhanHoSo", "components", "component_code", Treatment.PSEUDONYM),
    Place(
        "dossier", "DanhSachHoSoBoSung[].HoSoBoSungId", "supplements", "supplement_id", Treatment.PSEUDONYM
    ),
    Place("dossier_event", "NoiDungXuLy", "content_hash", None, Treatment.IDENTITY),
)
# Entity → field that retention may take out → (column, key within its list).
FIELDS: dict[str, dict[str, tuple[str, str | None]]] = {
    "dossier": {
        **{place.name: (place.column, place.item) for place in KEYED if place.entity == "dossier"},
        "extra": ("extra", None),
    },
    "dossier_event": {"extra": ("extra", None)},
    "petition": {"extra": ("extra", None)},
    "rating": {"extra": ("extra", None)},
}


def without_item(column: str, item: str, condition: str = "true") -> str:
    """SQL of a list column in which `item` is null wherever `condition` (about `element`) holds."""
    return f"""(
        select jsonb_agg(
            case when element ->> '{item}' is not null and {condition}
                then element || '{{"{item}": null}}' else element end
            order by place
        )
        from jsonb_array_elements({column}) with ordinality as list (element, place)
    )"""


def has_item(column: str, item: str, condition: str = "true") -> str:
    """SQL of whether a list column holds a non-null `item` for which `condition` holds."""
    return f"""(jsonb_typeof({column}) = 'array' and exists (
        select from jsonb_array_elements({column}) as element
        where element ->> '{item}' is not null and {condition}
    ))"""


def copies_of(connection: Connection, column: str, pg_type: str, beside: str) -> Sequence[str]:
    """Tables outside raw that carry a column of this name and type, and the column `beside`."""
    return [
        str(name)
        for name in connection.execute(
            text("""
                select format('%I.%I', tables.table_schema, tables.table_name)
                from information_schema.tables as tables
                inner join information_schema.columns as held using (table_schema, table_name)
                inner join information_schema.columns as other using (table_schema, table_name)
                where tables.table_type = 'BASE TABLE' and tables.table_schema not in
                    ('raw', 'audit', 'pg_catalog', 'information_schema')
                    and held.column_name = :column and held.data_type = :type and other.column_name = :beside
                order by 1
            """),
            {"column": column, "type": pg_type, "beside": beside},
        ).scalars()
    ]
