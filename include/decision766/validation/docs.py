"""Writes docs/rules.md from the rule files: `python -m decision766.validation.docs`."""

import sys
from collections import Counter
from pathlib import Path

from decision766.settings import get_settings
from decision766.validation.checks import Fresh, NoEmptyDay, StableMix, Volume
from decision766.validation.rules import Rule, Suite, load_mart_suites, load_suites

HEAD = """\
# Quy tắc kiểm tra dữ liệu · Data quality rules

Tệp này được sinh ra từ `expectations/`; sửa ở đó rồi chạy `python -m decision766.validation.docs`.
This page is generated from `expectations/`: edit there, then run `python -m decision766.validation.docs`.

Mức độ · severity:

| | nghĩa là | means |
|---|---|---|
| `block` | cả lô bị chặn | the whole batch is blocked, no row of it reaches the marts |
| `quarantine` | dòng sai bị cách ly kèm lý do | the failing row is set aside with its reason |
| `warn` | ghi nhận, không giữ lại dòng nào | recorded; no row is held back |

Với kho dữ liệu kết quả (`marts`), `block` nghĩa là không công bố. On marts, `block` means: nothing of the
build is published. A rule whose own query fails has failed.

A rule with a tolerance fails once more than that share of the batch's rows fail its check; one with a least
number of rows is left out for smaller batches. What looks back compares with the source's accepted batches
before: median, median absolute deviation, population stability index; its thresholds stand with the severity.
"""


def render(suites: dict[str, Suite], marts: dict[str, Suite]) -> str:
    """Return the page: how many rules there are, then one table per entity and one per mart."""
    every = [*suites.values(), *marts.values()]
    counts = Counter(rule.severity for suite in every for rule in suite.rules)
    parts = [
        HEAD,
        f"{counts.total()} quy tắc · rules: {counts['block']} `block`, {counts['quarantine']} `quarantine`, "
        f"{counts['warn']} `warn`.\n",
    ]
    for suite in sorted(every, key=lambda suite: (suite.is_mart, suite.entity)):
        parts.append(f"## {suite.relation if suite.is_mart else suite.entity}\n")
        parts.append(
            "| quy tắc · rule | mức độ · severity | lý do · reason | protects | owner | source | since |"
        )
        parts.append("|---|---|---|---|---|---|---|")
        parts += [_row(rule) for rule in suite.rules]
        parts.append("")
    return "\n".join(parts)


def _row(rule: Rule) -> str:
    limits = []
    if rule.tolerate:
        limits.append(f"tolerates {rule.tolerate:.1%}".replace(".0%", "%"))
    if rule.min_rows:
        limits.append(f"from {rule.min_rows} rows")
    limits += _against_history(rule)
    severity = f"`{rule.severity}`" + (f" ({', '.join(limits)})" if limits else "")
    cells = (
        f"`{rule.id}` v{rule.version}",
        severity,
        f"{rule.reason_vi} · {rule.reason_en}",
        rule.protects,
        rule.owner,
        f"{rule.source.type}: {rule.source.reference}",
        rule.since.isoformat(),
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _against_history(rule: Rule) -> list[str]:
    match rule.check:
        case Volume() as check:
            most = f" or above {check.max_share:g} times" if check.max_share else ""
            return [
                f"below {check.min_share:.0%}{most} of the median of {check.batches} batches",
                f"beyond {check.deviations:g} deviations",
            ]
        case Fresh() as check:
            return [
                f"older than {check.max_days:g} days",
                f"beyond {check.deviations:g} deviations of {check.batches} batches",
            ]
        case NoEmptyDay() as check:
            return [f"sources of {check.min_per_day:g} a day and more"]
        case StableMix() as check:
            return [f"index above {check.limit:g} against {check.batches} batches"]
    return []


def main() -> None:
    """Write docs/rules.md of the project, or of the folder given as the only argument."""
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else get_settings().project_root
    (root / "docs" / "rules.md").write_text(
        render(load_suites(root / "expectations"), load_mart_suites(root / "expectations")), encoding="utf-8"
    )


if __name__ == "__main__":
    main()
