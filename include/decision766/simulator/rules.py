"""From numerator and denominator to points, as the portal scores in 2026 (docs/readings.md, «Score»).

Exact fractions throughout; half-even to two decimals at the end. Payment rounds its percentage first
and, at each of its two roundings, ties up: three recorded units score 0.63 for an exact 0.625.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

Number = int | Fraction


@dataclass(frozen=True, slots=True)
class Rule:
    """How an indicator scores: maximum, percentage that earns it, what a denominator of 0 gives."""

    maximum: int
    full_marks_at: int = 100
    zero: str = "null"
    percentage_first: bool = False


RULES: dict[str, Rule] = {
    "1.1": Rule(6),
    "1.2": Rule(4),
    "1.3": Rule(2),
    "1.4": Rule(6),
    "2.1": Rule(20, zero="zero"),
    "3.1": Rule(2, full_marks_at=80, zero="zero"),
    "3.2": Rule(4, zero="zero"),
    "3.3": Rule(6, full_marks_at=50, zero="zero"),
    "3.4": Rule(2, full_marks_at=80, zero="zero", percentage_first=True),
    "3.5": Rule(2, full_marks_at=80, zero="zero", percentage_first=True),
    "3.6": Rule(6, zero="zero", percentage_first=True),
    "4.1": Rule(6),
    "4.2": Rule(4),
    "4.3": Rule(2, full_marks_at=80),
    "4.4": Rule(4),
    "4.5": Rule(2),
    "4.6": Rule(2),
    "4.7": Rule(2, zero="constant"),
    "5.1": Rule(6, zero="full"),
    "5.2": Rule(6, zero="full"),
    "5.3": Rule(6, full_marks_at=90, zero="zero"),
}
GROUPS: dict[str, tuple[str, ...]] = {
    "CKMB": ("1.1", "1.2", "1.3", "1.4"),
    "TDGQ": ("2.1",),
    "CLGQ": ("3.1", "3.2", "3.3"),
    "TTTT": ("3.4", "3.5", "3.6"),
    "MDSH": ("4.1", "4.2", "4.3", "4.4", "4.5", "4.6", "4.7"),
    "MDHL": ("5.1", "5.2", "5.3"),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """An indicator of a unit in a period. ratio in percent and score in points, two decimals each."""

    numerator: Number | None
    denominator: Number | None
    ratio: Decimal | None
    score: Decimal | None


def half_even(value: Fraction) -> Decimal:
    """Round to two decimals, ties to even."""
    return Decimal(round(value * 100)).scaleb(-2)


def half_up(value: Fraction) -> Decimal:
    """Round to two decimals, ties away from zero; the value is not negative."""
    return Decimal((value * 100 + Fraction(1, 2)) // 1).scaleb(-2)


def round_down(value: Fraction) -> Decimal:
    """Cut after two decimals."""
    return Decimal(value * 100 // 1).scaleb(-2)


def points(code: str, numerator: Number, denominator: Number, full_marks_at: int | None = None) -> Fraction:
    """Return the unrounded points of an indicator; the denominator is not 0."""
    rule = RULES[code]
    percentage = Fraction(100 * numerator) / Fraction(denominator)
    if rule.percentage_first:
        percentage = Fraction(half_up(percentage))
    return min(Fraction(rule.maximum), rule.maximum * percentage / (full_marks_at or rule.full_marks_at))


def figure(code: str, numerator: Number | None, denominator: Number | None) -> Figure:
    """Score an indicator; what a denominator of 0 gives is the rule's."""
    rule = RULES[code]
    if rule.zero == "constant":
        return Figure(None, None, Decimal(100), Decimal(rule.maximum))
    if denominator is None or numerator is None:
        return Figure(numerator, denominator, None, None)
    if denominator == 0:
        empty = {"zero": Decimal(0), "full": Decimal(rule.maximum)}.get(rule.zero)
        return Figure(numerator, denominator, None if empty is None else Decimal(0), empty)
    rounded = half_up if rule.percentage_first else half_even
    ratio = rounded(Fraction(100 * numerator) / Fraction(denominator))
    return Figure(numerator, denominator, ratio, rounded(points(code, numerator, denominator)))


def plain(value: Decimal | Number | None) -> int | float | None:
    """Return a number as JSON carries it: whole numbers without decimals."""
    if value is None:
        return None
    return int(value) if value == int(value) else float(value)
