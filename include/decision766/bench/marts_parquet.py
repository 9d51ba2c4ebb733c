"""Writes what the contenders of the benchmark of the marts begin from: flat Parquet, out of the warehouse.

One row per dossier, its versions already sorted out, its lists read and its processing time computed (which
ours does by itself), instants as seconds since 1970; periods, working days, catalogue and totals beside it.
"""

import os
import threading
from pathlib import Path

import psycopg
import pyarrow as pa
from pyarrow import csv, parquet

_INSTANTS = (
    *("received_at", "promised_at", "done_at", "returned_at", "closed_at", "first_requested_at"),
    *(
        "first_completed_at",
        "first_promised_before",
        "second_requested_at",
        "synced_at",
        "first_complained_at",
    ),
)
_MARKS = (
    *("is_online", "is_paid_online", "has_result_link", "has_component_file", "is_paper_result_required"),
    *(
        "is_reused",
        "has_from_personal_store",
        "has_population_mark",
        "is_filed_on_portal",
        "has_positive_fee",
    ),
    "has_only_zero_fees",
)
_LEVELS = (
    "cross join lateral (select distinct unnest(array[{0}, split_part({0}, '.', 1)]) as unit_code) as level"
)
_FILES = {
    "dossier": f"""
        select unit_code, procedure_code, status, max_time::float8 as max_time, max_time_unit,
            {", ".join(f"extract(epoch from {name})::float8 as {name}" for name in _INSTANTS)},
            {", ".join(f"{name}::int" for name in _MARKS)}, is_procedure_with_fee::int as has_fee,
            case when status in (9, 10) and ended_at is not null then processing_time::float8 end
                as processing_time
        from intermediate.int_dossier_state where not is_excluded
    """,
    "period": """
        select period_grain, period_start::text, extract(epoch from starts_at)::float8 as starts_at,
            extract(epoch from judged_at)::float8 as judged_at
        from intermediate.int_period
    """,
    "workday": """
        select day - date '1970-01-01' as day, working_day_number as number from intermediate.int_working_day
    """,
    "authority": f"""
        select distinct
            level.unit_code, authority.procedure_code, coalesce(offered.is_offered, 0) as is_offered
        from staging.stg_catalogue__authority as authority
        {_LEVELS.format("authority.unit_code")}
        left join (
            select distinct level.unit_code, service.procedure_code, 1 as is_offered
            from staging.stg_catalogue__service as service
            cross join lateral unnest(service.applied_units) as applied (unit)
            {_LEVELS.format("applied.unit")}
            where service.state = 'public' and service.level in ('partial', 'full')
        ) as offered
            on level.unit_code = offered.unit_code and authority.procedure_code = offered.procedure_code
    """,
    "service": f"""
        select distinct level.unit_code, service.service_code, service.procedure_code
        from staging.stg_catalogue__service as service
        cross join lateral unnest(service.applied_units) as applied (unit)
        {_LEVELS.format("applied.unit")}
        where service.state = 'public'
    """,
    "procedure": """
        select procedure.procedure_code, procedure.has_fee::int as has_fee,
            (citizen.procedure_code is not null)::int as is_citizen
        from staging.stg_catalogue__procedure as procedure
        left join intermediate.int_citizen_procedure as citizen using (procedure_code)
    """,
    "total": """
        select unit_code, period_grain, period_start::text, received_total
        from intermediate.int_received_total where total_source = 'national_report'
    """,
}


def write_parquet(url: str, folder: Path) -> None:
    """Write each file of the contenders into `folder`."""
    for name, query in _FILES.items():
        with psycopg.connect(url) as connection:
            _write(connection, query, folder / f"{name}.parquet")


def _write(connection: psycopg.Connection, query: str, path: Path) -> None:
    """COPY through a pipe into Parquet, block by block: memory does not follow the rows."""
    read_end, write_end = os.pipe()

    def copy() -> None:
        command = f"copy ({query}) to stdout (format csv, header)".encode()
        with os.fdopen(write_end, "wb") as pipe, connection.cursor() as cursor, cursor.copy(command) as rows:
            for block in rows:
                pipe.write(block)

    copier = threading.Thread(target=copy, daemon=True)
    copier.start()
    options = csv.ConvertOptions(
        strings_can_be_null=True,
        column_types={
            **dict.fromkeys(
                (*_INSTANTS, "max_time", "processing_time", "starts_at", "judged_at"), pa.float64()
            ),
            **dict.fromkeys((*_MARKS, "has_fee", "is_offered", "is_citizen"), pa.bool_()),
            **dict.fromkeys(("unit_code", "procedure_code", "period_grain", "period_start"), pa.string()),
        },
    )
    with os.fdopen(read_end, "rb") as pipe:
        reader = csv.open_csv(pipe, convert_options=options)
        with parquet.ParquetWriter(path, reader.schema) as writer:
            for batch in reader:
                writer.write_batch(batch)
    copier.join()
