"""What sources answered, kept for good: content-addressed, compressed, redacted before it is written."""

from decision766.landing.objects import LandedObject, LandingError, UndeclaredField
from decision766.landing.store import LandingStore, open_landing

__all__ = ["LandedObject", "LandingError", "LandingStore", "UndeclaredField", "open_landing"]
