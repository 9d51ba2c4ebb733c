"""Weekly campaign and quarterly reports: made, archived, hashed into the ledger, mailed by setting."""

from decision766.reporting.periodic.archive import Issued
from decision766.reporting.periodic.issuing import Outcome, issue_quarterly, issue_weekly, units_due
from decision766.reporting.periodic.mail import NotMailed
from decision766.reporting.periodic.quarterly import NotReportable

__all__ = ["Issued", "NotMailed", "NotReportable", "Outcome", "issue_quarterly", "issue_weekly", "units_due"]
