"""Quarantine as a record with a life: what stands in it, what lets it out, what that does to the scores."""

from decision766.quarantine.change import Change, ChangedMeanwhile, carry_out
from decision766.quarantine.moves import Moves, QuarantineError, replay, unwaive, waive
from decision766.quarantine.records import NoSuchEntry, Page, list_entries, show_entry
from decision766.quarantine.selection import Selection
from decision766.quarantine.trial import Effect, EffectRow

__all__ = [
    "Change",
    "ChangedMeanwhile",
    "Effect",
    "EffectRow",
    "Moves",
    "NoSuchEntry",
    "Page",
    "QuarantineError",
    "Selection",
    "carry_out",
    "list_entries",
    "replay",
    "show_entry",
    "unwaive",
    "waive",
]
