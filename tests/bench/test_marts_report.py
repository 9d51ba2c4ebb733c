"""The page of the benchmark of the marts holds each figure against its floor."""

from pathlib import Path

from decision766.bench.marts import Built, World, _report


def world(rows: int, change: float) -> World:
    full = Built(dossiers=30.0, marts=40.0, tests=20.0, follows=False, slowest=(("fct_indicator", 9.0),))
    return World(
        rows=rows,
        copy_floor=10.0,
        aggregate_floor=4.0,
        full=full,
        change=Built(dossiers=5.0 + change, marts=6.0, follows=True, slowest=(("int_dossier_cell", 1.0),)),
        empty=Built(dossiers=5.0, marts=6.0, follows=True, slowest=()),
        peak_mb=300.0,
    )


def test_each_figure_stands_beside_its_floor(tmp_path: Path) -> None:
    _report([world(1_000_000, 2.0), world(10_000_000, 3.0)], 4, tmp_path)
    page = (tmp_path / "marts.md").read_text(encoding="utf-8")
    assert "| 1 M: raw to fct_dossier | 30.00 | 3.0 | 4 copy |" in page
    assert "| 10 M: all other models | 40.00 | 10.0 | 20 aggregate |" in page
    assert "| 10 M: a day's change less an empty one | 3.00 | 0.8 | 1 aggregate |" in page
    assert "A day's change on 10,000,000 takes 1.50 times that on 1,000,000" in page
    assert "all anew), slowest in seconds: fct_indicator 9.0" in page
