"""The worked-out sample inbox as two provinces of 2023: what H44 answers there, H17 must answer as_is here.

Every day moves 161 weeks back, so that August 2026 is July 2023 with the same weekdays. What H44
is in the sample becomes H17 and H47: one commune and some of the province's own records
(a decision, half of the parts, shares of the stated totals) are Quảng Nam's.

Two things do not move with the weekdays: 31 August to 2 September 2026 are days off, 31 July to
2 August 2023 are worked; and a month from July has 31 days, one from June 30. The four records whose
answers hang on that are shifted by as much (`_SHIFTED`), so that their answers stay those of the sample.
"""

import datetime as dt
import json
import re
from pathlib import Path

MOVED = dt.timedelta(weeks=161)
MONTH = dt.date(2023, 7, 1)
_DAY = re.compile(r"\b(202[3-7])-(\d\d)-(\d\d)")
_STAMP = re.compile(r'"(202[3-7])(0[1-9]|1[0-2])(\d\d)(\d{6})?"')
# Record: what the sample writes, and what it would have to write under the calendar of 2023.
_SHIFTED = {
    "H44.07-260731-00016": {"20260831090000": "20260830090000"},  # the month ends a day earlier
    "H44.07-260715-00017": {"20260821120000": "20260820120000"},  # likewise
    "H44.100-260827-00028": {"20260827": "20260828", "2026-08-27": "2026-08-28"},  # Monday is worked
    "102/QĐ-UBND": {'legal_effect_on": "2026-09-07': 'legal_effect_on": "2026-09-02'},  # 5 worked days
}
_STARTS = {
    "2026-08-01": "2023-07-01",
    "2026-07-01": "2023-07-01",
    "2026-01-01": "2023-01-01",
    "2025-01-01": "2022-01-01",
}


def divide(sample: Path, folder: Path) -> None:
    """Write the sample's records into `folder` as those of H17 and H47 in 2023."""
    folder.mkdir()
    for path in sorted(sample.glob("*.ndjson")):
        lines = path.read_text(encoding="utf-8").splitlines()
        written = [text for place, line in enumerate(lines) for text in _recoded(path.stem, place, line)]
        (folder / path.name).write_text("".join(f"{text}\n" for text in written), encoding="utf-8")


def _recoded(entity: str, place: int, line: str) -> list[str]:
    if entity in ("national_totals", "portal_totals"):
        return _total(json.loads(line))
    for record, values in _SHIFTED.items():
        if f'"{record}"' in line:
            for written, instead in values.items():
                line = line.replace(written, instead)
    moved = _STAMP.sub(_stamp, _DAY.sub(_day, line)).replace("H44.101", "H47.101").replace("H44.", "H17.")
    if entity == "units" and '"code": "H44"' in moved:
        return [moved.replace("H44", code) for code in ("H17", "H47")]
    if entity == "units":
        code = json.loads(moved)["code"].partition(".")[0]
        return [moved.replace('"H44"', f'"{code}"')]
    is_quang_nam = (entity == "procedure_parts" and place % 2) or '"decision_no": "102' in moved
    return [moved.replace('"H44"', '"H47"' if is_quang_nam else '"H17"')]


def _total(row: dict) -> list[str]:
    row["period_start"] = _STARTS[row["period_start"]]
    code = row["unit_code"]
    if code != "H44":
        return [json.dumps(row | {"unit_code": code.replace("H44.101", "H47.101").replace("H44", "H17")})]
    lesser = row["received_total"] // 3
    return [
        json.dumps(row | {"unit_code": "H47", "received_total": lesser}),
        json.dumps(row | {"unit_code": "H17", "received_total": row["received_total"] - lesser}),
    ]


def _day(found: re.Match[str]) -> str:
    return str(dt.date(*map(int, found.groups())) - MOVED)


def _stamp(found: re.Match[str]) -> str:
    year, month, day, time = found.groups()
    return f'"{dt.date(int(year), int(month), int(day)) - MOVED:%Y%m%d}{time or ""}"'
