"""Which units' dossiers do not reach the totals that outside systems state, line by line."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, text


@dataclass(frozen=True)
class Shortfall:
    """One unit and closed month, quarter or year that lacks dossiers against one statement."""

    unit_code: str
    period_grain: str
    period_start: dt.date
    statement: str
    stated_by: str
    stated_total: int
    landed_dossiers: int

    def line(self) -> str:
        """The shortfall in one line."""
        return (
            f"{self.unit_code}, {self.period_grain} from {self.period_start}: "
            f"{self.landed_dossiers} dossiers came of {self.stated_total} "
            f"that {self.statement} states ({self.stated_by})"
        )


def shortfalls(engine: Engine) -> Sequence[Shortfall]:
    """Return closed periods that are `incomplete` in marts.mart_completeness, the largest lack first.

    An empty list before the first build.
    """
    with engine.connect() as connection:
        if connection.execute(text("select to_regclass('marts.mart_completeness')")).scalar_one() is None:
            return []
        return [Shortfall(*row) for row in connection.execute(_SHORTFALLS)]


_SHORTFALLS = text("""
    select unit_code, period_grain, period_start, statement, stated_by, stated_total, landed_dossiers
    from marts.mart_completeness
    where completeness = 'incomplete' and not is_provisional
    order by missing_dossiers desc, unit_code, period_grain, period_start, statement, stated_by
""")
