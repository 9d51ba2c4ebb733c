"""Settings of family `igate`: provincial one-stop systems with Spring-style paging and Keycloak tokens."""

import datetime as dt
from typing import Literal

from pydantic import Field, model_validator

from decision766.sources.base import EntityList, RecordEntity, Strict
from decision766.sources.mapping import FieldMap
from decision766.sources.moments import ZMeans


class IgateWindow(Strict):
    """Span of time of a search, half-open, by the field at `field`, by which the answer is sorted.

    overlap_days: how far a run reads back behind the last one. A search by date of reception shows a
    later change of a dossier only if the overlap reaches back to that date.
    """

    from_parameter: str = "accepted-from"
    to_parameter: str = "accepted-to"
    field: str = "acceptedDate"
    overlap_days: float = Field(default=90.0, ge=0)


class IgateDetail(Strict):
    """A second service, asked for the records of a page by their ids; its rows join their record.

    parameter takes the ids, joined by commas, at most `batch` at once. key: path of the record's id in
    a row. into: name under which the rows stand in the record, for the rules of `fields` to read.
    """

    path: str = Field(pattern=r"^/")
    parameter: str
    key: str
    into: str
    batch: int = Field(default=50, ge=1, le=500)


class IgateTotals(Strict):
    """A statistics service that states, by agency, how many records a window holds."""

    path: str = Field(pattern=r"^/")
    from_parameter: str = "from-date"
    to_parameter: str = "to-date"
    total: str = "totalReceiver"


class IgateEntity(Strict):
    """One entity of docs/records.md, the service that supplies it and what its fields mean.

    personal: paths that may hold personal data; of what lies there only the fields named in `fields`
    are handed on, to the redactor, and nothing else is even counted.
    """

    entity: RecordEntity
    path: str = Field(pattern=r"^/")
    parameters: dict[str, str] = Field(default_factory=dict)
    id: str = Field(default="id", description="Path of the key that tells one record from another.")
    sort: tuple[str, ...] = ()
    window: IgateWindow | None = None
    detail: IgateDetail | None = None
    totals: IgateTotals | None = None
    personal: tuple[str, ...] = ()
    fields: FieldMap = Field(min_length=1)

    @model_validator(mode="after")
    def _windowed(self) -> "IgateEntity":
        if self.totals and not self.window:
            raise ValueError("totals are compared per window; give the entity a window too")
        if self.window and not self.sort:
            raise ValueError("a windowed entity needs `sort`, oldest first, or its pages may move")
        return self


class IgateSource(EntityList):
    """Records of one provincial one-stop system (family igate).

    token_path: of the password grant, below the connection's base URL or its extra `token_url`.
    z_means: `local` for systems that mark local time with Z. page_size: asked for; a shorter page is
    the last. check_boundaries: ask again, one record, for the end of each page once the next has come,
    which shows a list that shrank meanwhile; it costs a small call per page. first_window_start,
    slice: as in family dvcqg_exchange.
    """

    family: Literal["igate"]
    token_path: str = Field(default="/auth/realms/digo/protocol/openid-connect/token", pattern=r"^/")
    z_means: ZMeans = "utc"
    page_size: int = Field(default=100, ge=1, le=2000)
    check_boundaries: bool = True
    first_window_start: dt.date
    slice: Literal["day", "week", "month", "quarter", "year"] = "month"
    entities: tuple[IgateEntity, ...] = Field(min_length=1)
