"""What the ledger says of a scorecard: which entry holds its figures, who signed them, what is contested."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from decision766.ledger.chain import Entry, last_entry
from decision766.ledger.marks import Contest, SignOff, contests, sign_off_of
from decision766.reporting.lookup import PeriodKey


@dataclass(frozen=True)
class PublicationNote:
    """The publication behind a scorecard.

    is_current: the figures shown are those of this entry; False after a build that was not published.
    sign_state: accepted, rejected, restated (a verdict that a restatement overtook) or unsigned.
    contests: those not resolved.
    """

    entry_no: int
    entry_hash: str
    published_at: dt.datetime
    is_current: bool
    sign_state: str
    sign_off: SignOff | None
    contests: list[Contest]

    @property
    def head(self) -> str:
        """The head as printed: number and the beginning of the hash, for `ledger verify --head`."""
        return f"{self.entry_no}:{self.entry_hash[:16]}"

    def contests_of(self, indicator_code: str) -> Sequence[Contest]:
        """Open contests of one indicator."""
        return [contest for contest in self.contests if contest.indicator_code == indicator_code]


def publication_note(connection: Connection, unit_code: str, key: PeriodKey) -> PublicationNote | None:
    """The note of the scorecard as it stands in the marts; None where nothing was published."""
    if connection.execute(text("select to_regclass('audit.publication')")).scalar_one() is None:
        return None  # a warehouse of an earlier version, before its next run
    entry = last_entry(connection, "publication")
    if entry is None:
        return None
    built = connection.execute(
        text("select evaluation_id::text from marts.fct_indicator limit 1")  # one build made them all
    ).scalar_one_or_none()
    is_current = built in (None, entry.stated["evaluation_id"])
    return note_of(connection, unit_code, key, entry, is_current=is_current)


def note_of(
    connection: Connection,
    unit_code: str,
    key: PeriodKey,
    entry: Entry,
    *,
    is_current: bool = True,
    until: int | None = None,
) -> PublicationNote:
    """The note of a unit's period at a publication, with the marks that stood at entry `until`."""
    sign_off = sign_off_of(connection, unit_code, key.grain, key.start, until=until)
    return PublicationNote(
        entry_no=entry.entry_no,
        entry_hash=entry.hash_hex,
        published_at=entry.recorded_at,
        is_current=is_current,
        sign_state="unsigned" if sign_off is None else sign_off.state,
        sign_off=sign_off,
        contests=list(
            contests(
                connection, unit_code=unit_code, grain=key.grain, start=key.start, only_open=True, until=until
            )
        ),
    )
