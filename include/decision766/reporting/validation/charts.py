"""Small plots as inline SVG: no script, no font, no picture file; read by a screen reader too."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH, HEIGHT = 720, 150
LEFT, RIGHT, TOP, BOTTOM = 64, 8, 8, 22


@dataclass(frozen=True)
class Point:
    """One observation; value None: nothing was measured, a gap. bad: drawn as a mark that stands out."""

    at: dt.datetime
    value: float | None
    bad: bool = False


def chart(
    points: Sequence[Point],
    *,
    title: str,
    kind: str = "line",
    unit: str = "",
    floor: float = 0.0,
    ceiling: float | None = None,
    size: tuple[int, int] = (WIDTH, HEIGHT),
) -> Markup:
    """Plot observations in their order, evenly spaced, with the days of the first and the last below.

    kind: line or bars. floor, ceiling: ends of the value axis; ceiling None: a round number above the
    largest value.
    """
    if not points:
        return Markup("")
    width, height = size
    top = ceiling if ceiling is not None else _round_up(max((p.value or 0 for p in points), default=0))
    plot = _Plot(points, width, height, floor, top)
    first, last = points[0].at, points[-1].at
    label = f"{title}: {len(points)} × {_number(floor)}–{_number(top)}{unit}"
    parts = [
        f'<svg class="plot" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(label)}">',
        f"<title>{escape(label)}</title>",
        *plot.axes(unit),
        plot.bars() if kind == "bars" else plot.line(),
        plot.marks(),
        f'<text x="{LEFT}" y="{height - 6}">{first:%d/%m/%Y %H:%M}</text>',
        f'<text x="{width - RIGHT}" y="{height - 6}" text-anchor="end">{last:%d/%m/%Y %H:%M}</text>'
        if len(points) > 1
        else "",
        "</svg>",
    ]
    return Markup("".join(parts))  # noqa: S704 - every text in it is escaped above


class _Plot:
    """Scales of one plot."""

    def __init__(self, points: Sequence[Point], width: int, height: int, floor: float, top: float):
        self.points, self.width, self.height, self.floor = points, width, height, floor
        self.top = top if top > floor else floor + 1
        self.step = (width - LEFT - RIGHT) / max(len(points), 1)

    def x(self, place: int) -> float:
        return LEFT + self.step * (place + 0.5)

    def y(self, value: float) -> float:
        share = (min(max(value, self.floor), self.top) - self.floor) / (self.top - self.floor)
        return self.height - BOTTOM - share * (self.height - BOTTOM - TOP)

    def axes(self, unit: str) -> list[str]:
        parts = []
        for value in (self.floor, (self.floor + self.top) / 2, self.top):
            y = _short(self.y(value))
            parts.append(f'<path class="grid" d="M{LEFT} {y}H{self.width - RIGHT}"/>')
            parts.append(
                f'<text x="{LEFT - 6}" y="{float(y) + 4:g}" text-anchor="end">{_number(value)}{unit}</text>'
            )
        return parts

    def line(self) -> str:
        steps, pen = [], "M"
        for place, point in enumerate(self.points):
            if point.value is None:
                pen = "M"
                continue
            steps.append(f"{pen}{_short(self.x(place))} {_short(self.y(point.value))}")
            pen = "L"
        dots = "".join(
            f'<circle cx="{_short(self.x(place))}" cy="{_short(self.y(point.value))}" r="2.5"/>'
            for place, point in enumerate(self.points)
            if point.value is not None and len(self.points) <= 60
        )
        return f'<path class="line" d="{"".join(steps)}"/><g class="dots">{dots}</g>'

    def bars(self) -> str:
        base = _short(self.y(self.floor))
        strokes = "".join(
            f"M{_short(self.x(place))} {base}V{_short(self.y(point.value))}"
            for place, point in enumerate(self.points)
            if point.value
        )
        thick = _short(min(self.step * 0.7, 24))
        return f'<path class="bars" stroke-width="{thick}" d="{strokes}"/>'

    def marks(self) -> str:
        """Failures: a cross at the value, or on the floor where nothing was measured."""
        arms = []
        for place, point in enumerate(self.points):
            if point.bad:
                x, y = self.x(place), self.y(self.floor if point.value is None else point.value)
                arms.append(f"M{_short(x - 3)} {_short(y - 3)}l6 6M{_short(x - 3)} {_short(y + 3)}l6 -6")
        return f'<path class="bad" d="{"".join(arms)}"/>' if arms else ""


def _round_up(value: float) -> float:
    """Return the next of 1, 2, 5 × a power of ten."""
    if value <= 0:
        return 1.0
    power = 10.0 ** (len(f"{int(value)}") - 1) if value >= 1 else 1.0
    while value < power and power > 1e-6:
        power /= 10
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= value)


def _number(value: float) -> str:
    text = f"{value:,.0f}" if value >= 1000 or value == int(value) else f"{value:.3g}"
    return text.translate(str.maketrans(",.", ".,"))


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
