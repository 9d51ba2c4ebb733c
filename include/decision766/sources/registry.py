"""Which adapter reads which family. A new family is one module and one line here."""

from typing import Protocol

from decision766.sources.config import (
    EvaluationSource,
    ExchangeSource,
    FileDropSource,
    SourceConfig,
)
from decision766.sources.contract import Adapter, Connection
from decision766.sources.database_config import DatabaseSource
from decision766.sources.gateway_config import GatewaySource
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
    """Return the adapter of the source's family, bound to its connection.

    Only that family's module is imported: whoever needs the contract alone stays small and quick.
    """
    match config:
        case EvaluationSource():
            from decision766.sources.evaluation import EvaluationAdapter

            return EvaluationAdapter(config, connection)
        case ExchangeSource():
            from decision766.sources.exchange import ExchangeAdapter

            return ExchangeAdapter(config, connection)
        case FileDropSource():
            from decision766.sources.file_drop import FileDropAdapter

            return FileDropAdapter(config, connection)
        case IgateSource():
            from decision766.sources.igate import IgateAdapter

            return IgateAdapter(config, connection)
        case GatewaySource():
            from decision766.sources.gateway import GatewayAdapter

            return GatewayAdapter(config, connection)
        case DatabaseSource():
            from decision766.sources.database import DatabaseAdapter

            return DatabaseAdapter(config, connection)
