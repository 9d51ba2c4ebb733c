"""From landed objects to typed raw rows: one batch, one transaction, safe to repeat."""

from decision766.loading.load import LoadResult, load_batch

__all__ = ["LoadResult", "load_batch"]
