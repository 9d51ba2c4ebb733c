"""Numbers as Vietnamese writes them: dots between thousands, a comma before decimals, null as nothing."""

from decimal import ROUND_HALF_UP, Decimal

_SWAPPED = str.maketrans(",.", ".,")
MINUS = "\N{MINUS SIGN}"


def count(value: Decimal | int | None, *, signed: bool = False) -> str:
    """`1.234`; with `signed` `+7` or `−7`. A count with a fraction keeps two decimals."""
    if value is None:
        return ""
    number = Decimal(value)
    return _written(number, 0 if number == number.to_integral_value() else 2, signed)


def percent(value: Decimal | None, decimals: int = 2) -> str:
    """`20,74 %`, rounded half up from the value given; `1.234,50 %` above a thousand."""
    return "" if value is None else f"{_written(value, decimals, signed=False)} %"


def points(value: Decimal | None) -> str:
    """A difference of two percentages: `+0,74` or `−2,50`."""
    return "" if value is None else _written(value, 2, signed=True)


def ratio_percent(numerator: Decimal | None, denominator: Decimal | None) -> Decimal | None:
    """Numerator over denominator in percent, exact to 28 digits; None where there is no ratio."""
    if numerator is None or not denominator:
        return None
    return 100 * Decimal(numerator) / Decimal(denominator)


def _written(value: Decimal, decimals: int, signed: bool) -> str:
    rounded = value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    text = f"{abs(rounded):,.{decimals}f}".translate(_SWAPPED)
    if rounded < 0:
        return MINUS + text
    return f"+{text}" if signed and rounded > 0 else text
