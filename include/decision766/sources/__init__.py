"""The adapters: one module per interface family, one YAML per source, one contract behind them."""

from decision766.sources.config import (
    EvaluationSource,
    ExchangeSource,
    FileDropSource,
    SourceConfig,
    SourceConfigError,
    find_source,
    load_source,
    load_sources,
)
from decision766.sources.connections import (
    ConnectionMissingError,
    connection_from_airflow,
    connection_from_environment,
)
from decision766.sources.contract import Connection, SourceAnswer, SourceError, Unparseable, Window
from decision766.sources.registry import SourceAdapter, adapter_for

__all__ = [
    "Connection",
    "ConnectionMissingError",
    "EvaluationSource",
    "ExchangeSource",
    "FileDropSource",
    "SourceAdapter",
    "SourceAnswer",
    "SourceConfig",
    "SourceConfigError",
    "SourceError",
    "Unparseable",
    "Window",
    "adapter_for",
    "connection_from_airflow",
    "connection_from_environment",
    "find_source",
    "load_source",
    "load_sources",
]
