"""The steps from a numerator and a denominator to points, in words. The figures are the marts' own."""

from decimal import Decimal

from rich.text import Text

from decision766.reporting.cells import fixed, number
from decision766.reporting.explain import Explanation, Row
from decision766.reporting.wording import Language, Words

ROUNDING: dict[str, Words] = {
    "half_even": ("làm tròn nửa về số chẵn", "half to even"),
    "half_up": ("làm tròn nửa lên", "half up"),
    "down": ("bỏ phần lẻ", "cut off"),
}
ZERO: dict[str | None, Words] = {
    "zero": ("mẫu số 0 được 0 điểm", "a denominator of 0 scores 0"),
    "full": ("mẫu số 0 được điểm tối đa", "a denominator of 0 scores full marks"),
    None: ("mẫu số 0 thì không có điểm", "a denominator of 0 has no score"),
}
TYPES: dict[str, Words] = {
    "linear": ("tỷ lệ thuận đến 100 %", "linear up to 100 %"),
    "constant": ("hằng số của Cổng cho mọi đơn vị", "the portal's constant for every unit"),
    "none": ("không chấm điểm", "not scored"),
}
SHOWN_DECIMALS = 6


def score_steps(explanation: Explanation, language: Language) -> list[Text]:
    """The rule's type and the arithmetic of the score, one line each."""
    rule, value = explanation.arithmetic, explanation.value
    if rule is None or value is None:
        return []
    lines = [_type(rule, language)]
    if rule["scoring_type"] == "none":
        return lines
    steps = _steps(rule, value)
    if steps:
        lines.append(Text(steps))
    result = Text(f"{'score' if language.english else 'điểm'}  ", "bold")
    result.append(f"{fixed(value['score'])} / {number(value['max_score'])}", "bold green")
    if value["score"] is not None and rule["scoring_type"] != "constant":
        words = ROUNDING.get(rule["rounding_mode"], (rule["rounding_mode"],) * 2)
        result.append(f"   ({language.word(words)}, {rule['decimals']} ", "dim")
        result.append("decimals)" if language.english else "chữ số)", "dim")
    lines.append(result)
    return lines


def _type(rule: Row, language: Language) -> Text:
    target = rule["full_marks_at"]
    if rule["scoring_type"] == "cap_at_target":
        words = (f"đạt {number(target)} % được điểm tối đa", f"full marks from {number(target)} %")
    else:
        words = TYPES[rule["scoring_type"]]
    return language.say(*words)


def _steps(rule: Row, value: Row) -> str:
    """The line of arithmetic; empty where there is none to show."""
    numerator, denominator, points = value["numerator"], value["denominator"], rule["points"]
    if rule["scoring_type"] == "constant" or denominator is None or points is None or numerator is None:
        return ""
    if denominator == 0:
        return " · ".join(ZERO.get(rule["zero_denominator"], ("", ""))).strip(" ·")
    maximum = number(rule["max_points"])
    target = rule["full_marks_at"] or Decimal(100)
    divided = "" if target == 100 else f" ÷ {number(target)} %"
    if rule["rounding_stage"] == "percentage_then_score":
        percentage = fixed(rule["percentage"], rule["decimals"])
        return (
            f"100 × {number(numerator)} ÷ {number(denominator)} → {percentage} %;  "
            f"{maximum} × {percentage} %{divided} {_outcome(points, rule)}"
        )
    ratio = f"{number(numerator, decimals=SHOWN_DECIMALS)} ÷ {number(denominator, decimals=SHOWN_DECIMALS)}"
    return f"{maximum} × {ratio}{divided} {_outcome(points, rule)}"


def _outcome(points: Decimal, rule: Row) -> str:
    """`= 16,1914` or, where the maximum cuts it, `≥ 6 → 6`."""
    share = rule["percentage"] / (rule["full_marks_at"] or Decimal(100))
    if share > 1:
        return f"→ tối đa · at most {number(rule['max_points'])}"
    shown = number(points, decimals=SHOWN_DECIMALS)
    return f"= {shown}" if points == round(points, SHOWN_DECIMALS) else f"= {shown}…"
