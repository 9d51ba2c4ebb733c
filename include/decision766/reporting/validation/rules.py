"""Rules as the reports describe them: the records in `expectations/`, in the report's own words."""

from dataclasses import dataclass
from pathlib import Path

from decision766.validation.rules import load_suites


@dataclass(frozen=True)
class RuleRecord:
    """One rule: what it protects, who owns it, why it is there."""

    rule_id: str
    suite: str
    version: int
    severity: str
    protects: str
    owner: str
    basis: str
    since: str
    reason_vi: str
    reason_en: str
    on_whole_batch: bool


def rule_records(folder: Path) -> dict[str, RuleRecord]:
    """Every rule of the rule files, by id.

    Raises:
        RuleFileError: a rule file cannot be used.
    """
    return {
        rule.id: RuleRecord(
            rule_id=rule.id,
            suite=suite.entity,
            version=rule.version,
            severity=rule.severity,
            protects=rule.protects,
            owner=rule.owner,
            basis=f"{rule.source.type}: {rule.source.reference}",
            since=rule.since.isoformat(),
            reason_vi=rule.reason_vi,
            reason_en=rule.reason_en,
            on_whole_batch=rule.on_whole_batch,
        )
        for suite in load_suites(folder).values()
        for rule in suite.rules
    }
