"""Writes what a benchmark measured: a table in Markdown and a plot in SVG, in docs/benchmarks."""

import datetime as dt
import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from decision766.settings import get_settings


def write_report(
    name: str,
    title: str,
    rows: Sequence[Mapping[str, str | float]],
    notes: Sequence[str] = (),
    *,
    folder: Path | None = None,
) -> Path:
    """Write docs/benchmarks/NAME.md and NAME.svg, and return the path of the page.

    rows: one per thing measured, with the same keys: the first names it, the second is the figure plotted,
    with its unit in the key (`seconds`), the rest are told in the table. notes: paragraphs below it.
    """
    folder = folder or get_settings().project_root / "docs" / "benchmarks"
    folder.mkdir(parents=True, exist_ok=True)
    columns = list(rows[0])
    table = [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
    table += [f"| {' | '.join(_cell(row[column]) for column in columns)} |" for row in rows]
    page = [f"# {title}", "", f"![{title}]({name}.svg)", "", *table, ""]
    for note in [*notes, _machine()]:
        page += [note, ""]
    path = folder / f"{name}.md"
    path.write_text("\n".join(page), encoding="utf-8")
    _plot(folder / f"{name}.svg", title, rows, columns)
    return path


def _cell(value: str | float) -> str:
    return f"{value:,.2f}" if isinstance(value, float) else str(value).replace("|", "\\|")


def _machine() -> str:
    today = dt.datetime.now(dt.UTC).date().isoformat()
    memory = psutil.virtual_memory().total / 2**30
    python = platform.python_version()
    return f"Measured on {today}: {os.cpu_count()} processors, {memory:.0f} GB, Python {python}."


def _plot(path: Path, title: str, rows: Sequence[Mapping[str, str | float]], columns: Sequence[str]) -> None:
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "decision766"
    from matplotlib import pyplot

    label, figure = columns[:2]
    names, values = [str(row[label]) for row in rows], [float(row[figure]) for row in rows]
    drawing, axes = pyplot.subplots(figsize=(8, 0.6 + 0.45 * len(rows)), layout="constrained")
    bars = axes.barh(names, values, color="#33638d")
    axes.bar_label(bars, fmt="%.2f", padding=3)
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.set_xlabel(figure)
    axes.set_title(title, loc="left", fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)
    drawing.savefig(path, metadata={"Date": None})
    pyplot.close(drawing)
