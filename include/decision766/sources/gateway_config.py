"""Settings of family `dvcqg_gateway`: the old public gateway `rest.jsp`, kept for history."""

from typing import Literal

from pydantic import Field, field_validator

from decision766.sources.base import Circuit, PeriodRange, RecordEntity, Source, Strict
from decision766.sources.mapping import FieldMap
from decision766.sources.moments import ZMeans

PUBLIC_LISTS = ("procedure", "org_unit")


class GatewayReport(Strict):
    """A report of published scores, asked for period by period.

    year, quarter, month: parameters that name the period; those that do not apply are sent as 0.
    """

    service: str = "report_tinh_766_service"
    parameters: dict[str, str | int] = Field(default_factory=dict)
    year: str = "p_nam"
    quarter: str = "p_quy"
    month: str = "p_thang"
    periods: tuple[PeriodRange, ...] = Field(min_length=1)


class GatewayList(Strict):
    """A public catalogue, read whole; `fields` as in family igate."""

    entity: RecordEntity
    service: str
    parameters: dict[str, str | int] = Field(default_factory=dict)
    fields: FieldMap = Field(min_length=1)

    @field_validator("entity")
    @classmethod
    def _is_public(cls, value: str) -> str:
        if value not in PUBLIC_LISTS:
            raise ValueError(f"the public gateway supplies {' or '.join(PUBLIC_LISTS)} only")
        return value


class GatewaySource(Source):
    """Published group scores and the catalogue from the old public gateway (family dvcqg_gateway).

    page_key, size_key: parameters of paging; page numbers begin at 1.
    """

    family: Literal["dvcqg_gateway"]
    path: str = Field(default="/jsp/rest.jsp", pattern=r"^/")
    provider: str = "dvcquocgia"
    type: str = "ref"
    page_key: str = "pageIndex"
    size_key: str = "recordPerPage"
    page_size: int = Field(default=100, ge=1, le=10_000)
    z_means: ZMeans = "utc"
    circuit: Circuit | None = Circuit()
    lists: tuple[GatewayList, ...] = ()
    reports: tuple[GatewayReport, ...] = ()

    @field_validator("reports")
    @classmethod
    def _once(cls, value: tuple[GatewayReport, ...]) -> tuple[GatewayReport, ...]:
        names = [item.service for item in value]
        if len(names) != len(set(names)):
            raise ValueError("a report stands twice; give it all its periods in one place")
        return value
