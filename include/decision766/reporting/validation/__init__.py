"""Validation reports: self-contained pages that auditors open offline, one per run, rule and source."""

from decision766.reporting.validation.write import ReportSummary, write_reports

__all__ = ["ReportSummary", "write_reports"]
