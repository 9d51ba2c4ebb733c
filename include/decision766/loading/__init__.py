"""From landed objects to typed raw rows: one batch, one transaction, safe to repeat."""

from decision766.loading.load import LoadResult, load_batch
from decision766.loading.prepare import Landed, prepare
from decision766.loading.rows import Prepared

__all__ = ["Landed", "LoadResult", "Prepared", "load_batch", "prepare"]
