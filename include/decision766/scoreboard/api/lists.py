"""The lists of the API: from which mart, which filters, in which order; their SQL is stated here alone."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pydantic import BaseModel

from decision766.scoreboard.api.contracts import row_model
from decision766.scoreboard.api.paging import Listing

UNIT = {"unit": "listed.unit_code = :unit"}
BELOW = {
    "below": "(listed.unit_code = :below or starts_with(listed.unit_code, :below || '.')"
    " or listed.province_code = :below)"
}
PERIOD = {"grain": "listed.period_grain = :grain", "start": "listed.period_start = :start"}
BOUNDARY = {"boundary": "listed.boundary = :boundary"}
INDICATOR = {"indicator": "listed.indicator_code = :indicator"}
UNIT_TYPE = {"unit_type": "listed.unit_type = :unit_type"}
STATUS = {"status": "listed.status = :status"}
UNIT_TYPE_OF = {
    "unit_type": "listed.unit_code = any(array("
    "select unit_code from marts.dim_org_unit where unit_type = :unit_type))"
}
# A reader may see marts whose rows have no rule set: only the portal speaks of the unit.
RULE_SET = "coalesce(listed.rule_set, '')"
PERIOD_KEY = ("listed.period_start", "listed.period_grain")


@dataclass(frozen=True)
class ListOf:
    """A listing and the model of its rows."""

    listing: Listing
    row: type[BaseModel]


def _list(
    name: str,
    mart: str,
    key: tuple[str, ...],
    *,
    filters: dict[str, str],
    relation: str = "",
    columns: tuple[str, ...] = (),
    further: dict[str, Any] | None = None,
) -> ListOf:
    row = row_model(name, mart, columns, further)
    listing = Listing(
        relation=f"{relation or f'marts.{mart}'} as listed",
        columns=[f"listed.{column}" for column in row.model_fields],
        key=key,
        filters=filters,
    )
    return ListOf(listing, row)


UNITS_NOW = """(
    select distinct on (unit_code) * from marts.dim_org_unit order by unit_code, valid_from desc nulls last
)"""
# Figures of another origin rank for themselves: real ones first, the invented ones last.
ORIGIN = "case listed.data_origin when 'live' then 0 when 'recorded' then 1 else 2 end"
RANK = "coalesce(listed.rank_among_peers, 2147483647)"
# The cases of the scope whose figure the unit shows: its own, its province's, or with its predecessors'.
# A case that several units share is one case: the row that counts most speaks for it, as in explanations.
CASES = """(
    select distinct on (cases.case_code) cases.*, reason.name_vi as reason_vi, reason.name_en as reason_en
    from marts.mart_indicator_case as cases
    left join reference.explanation_reasons as reason using (reason_code)
    where cases.indicator_code = :indicator and cases.period_grain = :grain and cases.period_start = :start
        and cases.unit_code = (
            select figure.scope_code from marts.fct_indicator as figure
            where figure.unit_code = :unit and figure.indicator_code = :indicator
                and figure.period_grain = :grain and figure.period_start = :start
                and figure.procedure_code = '*' and figure.boundary = :boundary
            order by figure.rule_set limit 1
        )
    order by cases.case_code, cases.is_in_numerator desc, cases.is_in_denominator desc
)"""
INSIDE = dict.fromkeys(("unit", "indicator", "grain", "start", "boundary"), "true")  # bound in CASES itself


@lru_cache(maxsize=1)
def lists() -> dict[str, ListOf]:
    """Every list of marts by its name."""
    return {
        "units": _list(
            "Unit",
            "dim_org_unit",
            ("listed.unit_code",),
            relation=UNITS_NOW,
            filters={**UNIT_TYPE, "parent": "listed.parent_code = :parent"},
            columns=(
                *("unit_code", "unit_name", "unit_type", "unit_level", "parent_code", "province_code"),
                *("valid_from", "valid_to", "successor_code", "data_origin"),
            ),
        ),
        "periods": _list("Period", "dim_period", PERIOD_KEY, filters={}),
        "indicators": _list("Indicator", "dim_indicator", ("listed.indicator_code",), filters={}),
        "rules": _list(
            "ScoringRule",
            "dim_scoring_rule",
            ("listed.rule_set", "listed.indicator_code"),
            filters=INDICATOR,
        ),
        "scorecards": _list(
            "Scorecard",
            "mart_scorecard",
            ("listed.unit_code", *PERIOD_KEY, RULE_SET),
            filters={**UNIT, **PERIOD, **BOUNDARY, **UNIT_TYPE, "parent": "listed.parent_code = :parent"},
        ),
        "ranking": _list(
            "Ranked",
            "mart_scorecard",
            (ORIGIN, RANK, "listed.unit_code", RULE_SET),
            filters={**PERIOD, **BOUNDARY, **UNIT_TYPE},
            columns=(
                *("unit_code", "unit_name", "unit_type", "rank_among_peers", "peers", "total_score"),
                *("max_score", "band", "band_name_vi", "band_name_en", "published_total_score"),
                *("total_difference", "coverage", "missing_groups", "rule_set", "is_provisional"),
                *("evaluated_at", "data_origin"),
            ),
        ),
        "groups": _list(
            "GroupScore",
            "mart_group_score",
            ("listed.unit_code", *PERIOD_KEY, "listed.display_group", "listed.rule_set"),
            filters={**UNIT, **PERIOD, **BOUNDARY},
        ),
        "values": _list(
            "IndicatorValue",
            "fct_indicator",
            ("listed.unit_code", *PERIOD_KEY, "listed.indicator_code", "listed.procedure_code", RULE_SET),
            filters={
                **UNIT,
                **PERIOD,
                **BOUNDARY,
                **INDICATOR,
                **UNIT_TYPE_OF,
                **STATUS,
                "procedure": "listed.procedure_code = :procedure",
            },
        ),
        "reconciliation": _list(
            "Reconciled",
            "mart_reconciliation",
            ("listed.unit_code", *PERIOD_KEY, "listed.indicator_code", RULE_SET),
            filters={**UNIT, **PERIOD, **BOUNDARY, **INDICATOR, **STATUS},
        ),
        "cases": _list(
            "Case",
            "mart_indicator_case",
            ("listed.case_code",),
            relation=CASES,
            filters=INSIDE,
            further={"reason_vi": (str | None, None), "reason_en": (str | None, None)},
        ),
        "late-dossiers": _list(
            "LateDossier",
            "mart_late_dossier",
            ("listed.dossier_code",),
            filters={**BELOW, "lateness": "listed.lateness = :lateness"},
        ),
        "idle-services": _list(
            "IdleService",
            "mart_idle_service",
            ("listed.unit_code", "listed.service_code", "listed.procedure_code"),
            filters=UNIT,
        ),
        "targets": _list(
            "TargetProgress",
            "mart_target_progress",
            (
                *("listed.target_id", *PERIOD_KEY, "listed.row_kind", "coalesce(listed.unit_code, '')"),
                "coalesce(listed.unit_level, '')",
            ),
            filters={**UNIT, **INDICATOR, **STATUS},
        ),
        "gains": _list(
            "Gain",
            "mart_score_gain",
            ("listed.indicator_code", "listed.rule_set"),
            filters={**UNIT, **PERIOD, **BOUNDARY},
        ),
        "sources": _list(
            "SourceOutcome",
            "mart_source_outcome",
            ("listed.source_id", "listed.entity", "listed.outcome_date"),
            filters={"source": "listed.source_id = :source"},
        ),
    }


class ValidationRun(BaseModel):
    """One suite of rules run over one batch, or over the marts."""

    validation_run_id: str
    suite: str
    suite_version: str
    batch_id: str | None
    source_id: str | None
    entity: str | None
    success: bool
    rows_evaluated: int | None
    rows_quarantined: int | None
    started_at: str
    finished_at: str | None


_STARTED = "to_char(run.started_at, 'YYYY-MM-DD\"T\"HH24:MI:SS.USTZH:TZM')"
VALIDATION_RUNS = ListOf(
    Listing(
        relation=f"""(
            select run.validation_run_id::text as validation_run_id, run.suite, run.suite_version,
                run.batch_id::text as batch_id, batch.source_id, batch.entity, run.success,
                run.rows_evaluated, run.rows_quarantined, run.started_at as started, {_STARTED} as started_at,
                {_STARTED.replace("started_at", "finished_at")} as finished_at
            from audit.validation_run as run left join audit.batch using (batch_id)
        ) as listed""",
        columns=[f"listed.{name}" for name in ValidationRun.model_fields],
        key=("listed.started", "listed.validation_run_id"),
        filters={"suite": "listed.suite = :suite", "success": "listed.success = :success"},
        is_descending=True,
    ),
    ValidationRun,
)
