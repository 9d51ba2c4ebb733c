"""Charts of a report's page as SVG: no script, no font, no picture file."""

from collections.abc import Sequence
from decimal import Decimal

from markupsafe import Markup, escape

from decision766.reporting.periodic.model import Table
from decision766.reporting.periodic.words import shown

WIDTH, NAMES, ROW, GAP = 720, 250, 15, 7
COLOURS = ("#1f4e79", "#d97706", "#14683a", "#7c3aed")
LINE_HEIGHT = 210


def plot(table: Table) -> Markup:
    """The chart of a table; nothing where it has none, or nothing to draw."""
    chart = table.chart
    if chart is None or not table.rows:
        return Markup("")
    rows = table.rows[: chart.last_row]
    names = [str(row[chart.names]) for row in rows]
    series = [
        (table.columns[place].label[0], table.columns[place].kind, [_float(row[place]) for row in rows])
        for place in chart.series
    ]
    top = max((value for _, _, values in series for value in values if value is not None), default=0.0)
    if top <= 0:
        return Markup("")
    legend = _legend([label for label, _, _ in series])
    drawn = _lines(names, series, top) if chart.kind == "line" else _bars(names, series, top)
    body, height = drawn
    return Markup(
        '<figure><figcaption>{}<small> {}</small></figcaption><svg viewBox="0 0 {} {}" role="img" '
        'aria-label="{}">{}{}</svg></figure>'
    ).format(
        *chart.title,
        WIDTH,
        height,
        chart.title[0],
        Markup(legend),  # noqa: S704 - its text is escaped
        Markup(body),  # noqa: S704
    )


def _bars(
    names: Sequence[str], series: Sequence[tuple[str, str, list[float | None]]], top: float
) -> tuple[str, int]:
    parts, y = [], 24
    for place, name in enumerate(names):
        parts.append(f'<text x="{NAMES - 8}" y="{y + 11}" text-anchor="end">{escape(_short(name))}</text>')
        for colour, (_, kind, values) in zip(COLOURS, series, strict=False):
            value = values[place]
            width = 0 if value is None else round((WIDTH - NAMES - 60) * value / top, 1)
            parts.append(f'<rect x="{NAMES}" y="{y}" width="{width}" height="{ROW - 3}" fill="{colour}"/>')
            said = escape(shown(None if value is None else Decimal(str(value)), kind))
            parts.append(f'<text x="{NAMES + width + 5}" y="{y + 11}">{said}</text>')
            y += ROW
        y += GAP
    return "".join(parts), y


def _lines(
    names: Sequence[str], series: Sequence[tuple[str, str, list[float | None]]], top: float
) -> tuple[str, int]:
    left, floor = 50, LINE_HEIGHT
    step = (WIDTH - left - 60) / max(1, len(names) - 1)
    parts = [
        f'<line x1="{left}" x2="{WIDTH - 20}" y1="{y}" y2="{y}" stroke="#c9d1db"/>'
        f'<text x="{left - 6}" y="{y + 4}" text-anchor="end">{round(top * (floor - y) / (floor - 34))}</text>'
        for y in (floor, (floor + 34) // 2, 34)
    ]
    every = max(1, len(names) // 12)
    for place, name in enumerate(names):
        if place % every == 0 or place == len(names) - 1:
            x = round(left + place * step, 1)
            parts.append(f'<text x="{x}" y="{floor + 16}" text-anchor="middle">{escape(name)}</text>')
    for colour, (_, _, values) in zip(COLOURS, series, strict=False):
        points = [
            (round(left + place * step, 1), round(floor - (floor - 34) * value / top, 1))
            for place, value in enumerate(values)
            if value is not None
        ]
        path = " ".join(f"{x},{y}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
        if len(points) <= 14:
            parts += [f'<circle cx="{x}" cy="{y}" r="3.5" fill="{colour}"/>' for x, y in points]
    return "".join(parts), floor + 26


def _legend(labels: Sequence[str]) -> str:
    parts, x = [], 0
    for colour, label in zip(COLOURS, labels, strict=False):
        parts.append(f'<rect x="{x}" y="4" width="11" height="11" fill="{colour}"/>')
        parts.append(f'<text x="{x + 16}" y="14">{escape(label)}</text>')
        x += 34 + 7 * len(label)
    return "".join(parts)


def _short(name: str) -> str:
    return name if len(name) <= 40 else f"{name[:39]}…"


def _float(value: object) -> float | None:
    return float(value) if isinstance(value, int | float | Decimal) else None
