"""The sheets of a workbook as rows of cells, merged cells filled with what they show."""

import warnings
import zipfile
from pathlib import Path
from typing import Any

from decision766.sources.csv_records import BadFileError

_MOST_UNPACKED = 256 * 1024 * 1024


def read_sheets(path: Path) -> list[tuple[str, list[list[Any]]]]:
    """Return (title, rows) of every visible sheet that holds anything; formulas show their last result.

    Raises:
        BadFileError: it is no workbook, a damaged one, or one that unpacks to more than 256 MB.
    """
    from openpyxl import load_workbook  # noqa: PLC0415 - costs half a second
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415

    try:
        with zipfile.ZipFile(path) as archive:
            if sum(item.file_size for item in archive.infolist()) > _MOST_UNPACKED:
                raise BadFileError("the workbook unpacks to more than 256 MB")
            if archive.testzip() is not None:
                raise BadFileError("the workbook is damaged")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl quotes cells in its warnings
            book = load_workbook(path, data_only=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, EOFError) as error:
        raise BadFileError(f"it is no whole workbook ({type(error).__name__}): half-copied?") from None
    found = []
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            continue
        rows = [list(row) for row in sheet.iter_rows(values_only=True)]
        for merged in sheet.merged_cells.ranges:
            shown = rows[merged.min_row - 1][merged.min_col - 1]
            for row in rows[merged.min_row - 1 : merged.max_row]:
                row[merged.min_col - 1 : merged.max_col] = [shown] * len(
                    row[merged.min_col - 1 : merged.max_col]
                )
        if any(cell not in (None, "") for row in rows for cell in row):
            found.append((str(sheet.title), rows))
    book.close()
    return found
