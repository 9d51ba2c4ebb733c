"""Quiet hours as the YAML states them: local time, over midnight, and in quotes."""

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from decision766.settings import get_settings
from decision766.sources import SourceConfigError, load_source
from decision766.sources.base import QuietHours

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
NIGHT = QuietHours.model_validate({"from": "22:00", "to": "05:00"})
NOON = QuietHours.model_validate({"from": "11:30", "to": "13:30"})


def at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2026, 9, day, hour, minute, tzinfo=LOCAL)


@pytest.mark.parametrize(
    ("hours", "instant", "end"),
    [
        (NIGHT, at(28, 21, 59), None),
        (NIGHT, at(28, 22), at(29, 5)),
        (NIGHT, at(28, 23, 30), at(29, 5)),
        (NIGHT, at(29, 0), at(29, 5)),
        (NIGHT, at(29, 4, 59), at(29, 5)),
        (NIGHT, at(29, 5), None),
        (NOON, at(28, 11, 29), None),
        (NOON, at(28, 11, 30), at(28, 13, 30)),
        (NOON, at(28, 13, 30), None),
        # 23:30 in Viet Nam, asked by a machine that runs in UTC
        (NIGHT, dt.datetime(2026, 9, 28, 16, 30, tzinfo=dt.UTC), at(29, 5)),
    ],
)
def test_they_end_when_they_say(hours: QuietHours, instant: dt.datetime, end: dt.datetime | None) -> None:
    assert hours.ends(instant) == end


@pytest.mark.parametrize("bad", [{"from": "22:00", "to": "22:00"}, {"from": "24:00", "to": "05:00"}])
def test_no_hours_and_no_time_are_errors(bad: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        QuietHours.model_validate(bad)


def test_a_time_without_quotes_is_named_by_file_line_and_key(tmp_path: Path) -> None:
    shipped = (get_settings().sources_folder / "province_h12.yaml").read_text(encoding="utf-8")
    file = tmp_path / "province_h12.yaml"
    file.write_text(f'{shipped}\nquiet_hours: {{from: 22:00, to: "05:00"}}\n', encoding="utf-8")
    with pytest.raises(
        SourceConfigError, match=r"province_h12\.yaml, line \d+, key quiet_hours\.from.*quotes"
    ):
        load_source(file)
