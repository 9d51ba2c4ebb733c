"""Family `file_drop`: what one synthetic province sends as files, for a folder that people drop them into.

Dossiers of the last closed months, one month as newline-delimited JSON, one as CSV with semicolons, as
the exchange sends them, their misbehaviour included; the names of the units; and the forms II.06a
(received, resolved, in process) of each closed month and II.07a (overdue, by cause) of the last one.
The same world writes the same bytes, and a file that is there already is not touched.
"""

import csv
import datetime as dt
import gzip
import io
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from decision766.simulator.exchange_dossiers import DossierRecords, Window
from decision766.simulator.forms import form_06a, form_07a
from decision766.simulator.periods import Period
from decision766.simulator.world import World

PROVINCE = "H17"
_NESTED = (list, dict)


def fill_inbox(folder: Path, world: World, province: str = PROVINCE) -> list[Path]:
    """Write the files into `folder`, which is made if need be; returns all of them, changed or not."""
    folder.mkdir(parents=True, exist_ok=True)
    files = dict(_files(world, province))
    for name, content in files.items():
        path = folder / name
        if not path.exists() or path.read_bytes() != content:
            half = folder / f"{name}.part"
            half.write_bytes(content)
            half.replace(path)
    return [folder / name for name in files]


def _files(world: World, province: str) -> Iterator[tuple[str, bytes]]:
    yield "units.csv", _units(world, province)
    months = [
        period for period in world.periods if period.grain == "month" and period.last_moment < world.present
    ]
    records = DossierRecords(world, province)
    for place, month in enumerate(months[-2:]):
        sent = list(records.dossiers(Window(month.first_moment, month.last_moment + dt.timedelta(seconds=1))))
        if place:
            yield f"dossiers-{_label(month)}.csv", _csv(sent)
        else:
            lines = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in sent)
            yield f"dossiers-{_label(month)}.ndjson.gz", gzip.compress(lines.encode(), mtime=0)
    names = {unit.code: unit.name for unit in world.units[province]}
    for month in months:
        received = {
            row.unit_code: row.received_total
            for row in world.national_totals
            if (row.period_grain, row.period_start) == ("month", month.start) and row.unit_code in names
        }
        rows = [(names[code], total) for code, total in sorted(received.items())]
        yield f"II.06a-{_label(month)}.xlsx", form_06a(names[province], month.start, rows)
    if months:
        overdue = [(names[code], _overdue(world, code, months[-1])) for code in sorted(names) if "." in code]
        yield (
            f"II.07a-{_label(months[-1])}.xlsx",
            form_07a(names[province], months[-1].start, [row for row in overdue if row[1]]),
        )


def _units(world: World, province: str) -> bytes:
    rows = [
        {"code": unit.code, "name": unit.name, "type": unit.type, "parent_code": unit.parent_code or ""}
        for unit in world.units[province]
    ]
    return _csv(rows)


def _csv(records: list[dict[str, Any]]) -> bytes:
    """Write records as a spreadsheet program saves them: a mark of UTF-8, semicolons, CRLF."""
    columns = list(dict.fromkeys(key for record in records for key in record))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, delimiter=";", restval="")
    writer.writeheader()
    writer.writerows(_cells(record) for record in records)
    return text.getvalue().encode("utf-8-sig")


def _cells(record: dict[str, Any]) -> dict[str, Any]:
    return {
        key: json.dumps(value, ensure_ascii=False) if isinstance(value, _NESTED) else value
        for key, value in record.items()
    }


def _overdue(world: World, unit: str, month: Period) -> int:
    """Dossiers of the unit that were promised in the month and were not finished in time."""
    promised: Iterable[Any] = (d for d in world.dossiers[unit] if d.promised_at is not None)
    return sum(
        month.first_moment <= dossier.promised_at <= month.last_moment
        and (dossier.finished_at or world.present) > dossier.promised_at
        for dossier in promised
    )


def _label(month: Period) -> str:
    return f"{month.start:%Y-%m}"
