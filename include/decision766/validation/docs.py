"""Writes docs/rules.md from the rule files: `python -m decision766.validation.docs`."""

import sys
from collections import Counter
from pathlib import Path

from decision766.settings import get_settings
from decision766.validation.rules import Rule, Suite, load_suites

HEAD = """\
# Quy tắc kiểm tra dữ liệu · Data quality rules

Tệp này được sinh ra từ `expectations/*.yaml`; sửa ở đó rồi chạy `python -m decision766.validation.docs`.
This page is generated from `expectations/*.yaml`: edit there, then run
`python -m decision766.validation.docs`.

Mức độ · severity:

| | nghĩa là | means |
|---|---|---|
| `block` | cả lô bị chặn | the whole batch is blocked, no row of it reaches the marts |
| `quarantine` | dòng sai bị cách ly kèm lý do | the failing row is set aside with its reason |
| `warn` | ghi nhận, không giữ lại dòng nào | recorded; no row is held back |

A rule with a tolerance fails once more than that share of the batch's rows fail its check; one with a least
number of rows is left out for smaller batches.
"""


def render(suites: dict[str, Suite]) -> str:
    """Return the page: how many rules there are, then one table per entity."""
    rules = [rule for suite in suites.values() for rule in suite.rules]
    counts = Counter(rule.severity for rule in rules)
    parts = [
        HEAD,
        f"{len(rules)} quy tắc · rules: {counts['block']} `block`, {counts['quarantine']} `quarantine`, "
        f"{counts['warn']} `warn`.\n",
    ]
    for entity in sorted(suites):
        parts.append(f"## {entity}\n")
        parts.append(
            "| quy tắc · rule | mức độ · severity | lý do · reason | protects | owner | source | since |"
        )
        parts.append("|---|---|---|---|---|---|---|")
        parts += [_row(rule) for rule in suites[entity].rules]
        parts.append("")
    return "\n".join(parts)


def _row(rule: Rule) -> str:
    limits = []
    if rule.tolerate:
        limits.append(f"tolerates {rule.tolerate:.1%}".replace(".0%", "%"))
    if rule.min_rows:
        limits.append(f"from {rule.min_rows} rows")
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


def main() -> None:
    """Write docs/rules.md of the project, or of the folder given as the only argument."""
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else get_settings().project_root
    (root / "docs" / "rules.md").write_text(render(load_suites(root / "expectations")), encoding="utf-8")


if __name__ == "__main__":
    main()
