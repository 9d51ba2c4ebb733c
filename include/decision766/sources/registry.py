"""Which adapter reads which family. A new family is one module and one line here."""

from typing import Protocol

from decision766.sources.config import (
    EvaluationSource,
    ExchangeSource,
    FileDropSource,
    SourceConfig,
)
from decision766.sources.contract import Adapter, Connection
from decision766.sources.database import DatabaseAdapter
from decision766.sources.database_config import DatabaseSource
from decision766.sources.evaluation import EvaluationAdapter
from decision766.sources.exchange import ExchangeAdapter
from decision766.sources.file_drop import FileDropAdapter
from decision766.sources.gateway import GatewayAdapter
from decision766.sources.gateway_config import GatewaySource
from decision766.sources.igate import IgateAdapter
from decision766.sources.igate_config import IgateSource


class SourceAdapter(Adapter, Protocol):
    """An adapter that also says which raw tables an entity fills, and what is worth a note."""

    def raw_entities(self, entity: str) -> list[str]:
        """Raw tables that the answers of `entity` fill."""
        ...

    def notes(self) -> list[str]:
        """What a reader of the run's summary should know though it is no failure; no values of records."""
        ...


def adapter_for(config: SourceConfig, connection: Connection) -> SourceAdapter:
    """Return the adapter of the source's family, bound to its connection."""
    match config:
        case EvaluationSource():
            return EvaluationAdapter(config, connection)
        case ExchangeSource():
            return ExchangeAdapter(config, connection)
        case FileDropSource():
            return FileDropAdapter(config, connection)
        case IgateSource():
            return IgateAdapter(config, connection)
        case GatewaySource():
            return GatewayAdapter(config, connection)
        case DatabaseSource():
            return DatabaseAdapter(config, connection)
