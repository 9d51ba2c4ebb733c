"""What goes wrong with a ledger, in words, with the next step."""


class LedgerError(Exception):
    """The ledger cannot do what was asked.

    Attributes:
        message: what is wrong, naming the entry.
        next_step: what to do about it.
    """

    def __init__(self, message: str, next_step: str = "") -> None:
        self.message, self.next_step = message, next_step
        super().__init__(f"{message}\n{next_step}".rstrip())


class LedgerBroken(LedgerError):
    """The ledger does not verify: nothing may be published until it does."""


class NotInLedger(LedgerError):
    """No such entry, unit, period or instant in the ledger."""


class NotRecorded(LedgerError):
    """A verdict, contest or publication that was refused; nothing was written."""
