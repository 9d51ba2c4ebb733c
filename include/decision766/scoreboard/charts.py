"""Charts as SVG, drawn on the server by matplotlib: sharp in print, light on a phone, no script.

Text stays text. A chart is drawn once for the same figures: drawing costs far more than asking for them.
"""

import io
from collections.abc import Callable, Sequence
from functools import lru_cache
from threading import Lock
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

INK, COMPUTED, PUBLISHED, LINE = "#1f2933", "#0b5394", "#9c3d00", "#c3ccd5"
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "decision766",
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.edgecolor": LINE,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
MANY = 12
_drawing = Lock()  # matplotlib's settings belong to the process

Series = tuple[str, tuple[float | None, ...]]


@lru_cache(maxsize=512)
def trend(labels: tuple[str, ...], series: tuple[Series, ...], *, decimal_comma: bool) -> bytes:
    """Lines over periods; no figure is a gap, never 0. Each line has its own mark and dash."""
    with _drawing, mpl.rc_context(STYLE):
        figure, axes = _canvas(3.0)
        looks = ((COMPUTED, "o", "-"), (PUBLISHED, "s", "--"), ("#4a5568", "^", ":"))
        for (name, values), (colour, mark, dash) in zip(series, looks, strict=False):
            shown = [float("nan") if value is None else value for value in values]
            axes.plot(labels, shown, color=colour, marker=mark, linestyle=dash, label=name, markersize=5)
        _finish(axes, decimal_comma=decimal_comma)
        if len(labels) > MANY:
            axes.set_xticks(range(0, len(labels), len(labels) // MANY + 1))
        if len(series) > 1:
            axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.2), ncol=3, frameon=False)
        return _svg(figure)


@lru_cache(maxsize=512)
def distribution(
    values: tuple[float, ...],
    top: float,
    *,
    across: str,
    upward: str,
    decimal_comma: bool,
    lines: tuple[tuple[float, str], ...] = (),
) -> bytes:
    """How many units lie where from 0 to the maximum, in ten steps. lines: what is wanted, and its name."""
    with _drawing, mpl.rc_context(STYLE):
        figure, axes = _canvas(2.8)
        counts, _, drawn = axes.hist(values, bins=10, range=(0, top), color=COMPUTED, edgecolor="white")
        bars: Any = drawn
        for place, (at, name) in enumerate(lines):
            dash = ("--", ":", "-.")[place % 3]
            axes.axvline(at, color=PUBLISHED, linewidth=2, linestyle=dash, label=name)
        if lines:
            axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.22), ncol=3, frameon=False)
        axes.bar_label(bars, labels=[str(int(count)) if count else "" for count in counts], padding=2)
        axes.set_xlabel(across)
        axes.set_ylabel(upward)
        _finish(axes, decimal_comma=decimal_comma)
        axes.xaxis.set_major_formatter(_written(decimal_comma=decimal_comma))
        return _svg(figure)


def _canvas(height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(7.2, height), layout="constrained")
    return figure, figure.add_subplot()


def _finish(axes: Axes, *, decimal_comma: bool) -> None:
    axes.grid(axis="y", color=LINE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.margins(y=0.15)

    axes.yaxis.set_major_formatter(_written(decimal_comma=decimal_comma))


def _written(*, decimal_comma: bool) -> Callable[[float, object], str]:
    """How an axis writes its numbers in a language."""

    def written(value: float, _: object) -> str:
        shown = f"{value:.10g}" if value == int(value) else f"{value:.2f}".rstrip("0")
        return shown.replace(".", ",") if decimal_comma else shown

    return written


def _svg(figure: Figure) -> bytes:
    out = io.BytesIO()
    figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue()


def as_floats(values: Sequence[object]) -> tuple[float | None, ...]:
    """Figures as the charts take them; null stays null."""
    return tuple(None if value is None else float(value) for value in values)  # type: ignore[arg-type]
