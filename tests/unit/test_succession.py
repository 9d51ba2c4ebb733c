"""Rows of the seed unit_succession that cannot be are refused, each by its own words."""

import shutil
from pathlib import Path

import pytest

from decision766.warehouse.succession import SuccessionRefused, check_succession

SEEDS = Path(__file__).parents[2] / "dbt_project" / "seeds"
HEADING = "predecessor_code,successor_code,share,valid_from,basis\n"


def check(folder: Path, *rows: str, heading: str = HEADING) -> int:
    shutil.copy(SEEDS / "province_succession.csv", folder)
    (folder / "unit_succession.csv").write_text(
        heading + "".join(f"{row}\n" for row in rows), encoding="utf-8"
    )
    return check_succession(folder)


def test_the_shipped_seed_holds():
    assert check_succession(SEEDS) == 0


def test_mergers_and_splits_are_taken(tmp_path: Path):
    rows = (
        "H47.18.5,H17.123,1,2025-07-01,NQ 1",
        "H47.18.6,H17.123,0.4,2025-07-01,NQ 1",
        "H47.18.6,H17.124,0.6,2025-07-01,NQ 1",
    )
    assert check(tmp_path, *rows) == 3


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (["H47.18.5,H17.123,0.9,2025-07-01,x"], "lines 2, share: the shares of H47.18.5 add up to 0.9,"),
        (["H47.18.5,H17.123,1.5,2025-07-01,x"], "line 2, share: '1.5' is not above 0 to 1"),
        (["H47.18.5,H17.123,half,2025-07-01,x"], "line 2, share: 'half'"),
        (["H47.18.5,H17.123,1,1/7/2025,x"], "line 2, valid_from: '1/7/2025' is no date"),
        (["H47.18.5,H17.123,1,2025-08-01,x"], "line 2, valid_from: H47.18.5 ended with H47 on 2025-06-30"),
        (["H46.1.5,H47.123,1,2025-07-01,x"], "line 2, valid_from: H47 ended on 2025-06-30"),
        (["H47.18.5,H99.123,1,2025-07-01,x"], "line 2: H99 is no known province"),
        (["H47.18.5,H12.123,1,2025-07-01,x"], "line 2, successor_code: H12.123 lies neither in H47"),
        (["H47,H17.123,1,2025-07-01,x"], "line 2, predecessor_code: 'H47' is no code below a province"),
        (["H17.1,H17.1,1,2025-07-01,x"], "line 2, successor_code: a unit does not succeed itself"),
        (["H17.1,H17.2,1,2025-07-01,"], "line 2, basis: it is empty"),
        (["H17.1,H17.2,1,2025-07-01,x", "H17.2,H17.1,1,2025-07-01,x"], "it succeeds itself by way of"),
        (["H17.1,H17.2,0.5,2025-07-01,x", "H17.1,H17.3,0.5,2024-07-01,x"], "H17.1 is split on several days"),
        (["H17.1,H17.2,0.5,2025-07-01,x", "H17.1,H17.2,0.5,2025-07-01,x"], "names a successor twice"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_is_refused(tmp_path: Path, rows: list[str], words: str):
    with pytest.raises(SuccessionRefused) as refused:
        check(tmp_path, *rows)
    assert words in str(refused.value)
    assert str(refused.value).startswith("unit_succession.csv, ")


def test_another_heading_is_refused(tmp_path: Path):
    with pytest.raises(SuccessionRefused, match="line 1: the columns must be predecessor_code"):
        check(tmp_path, heading="from,to\n")
