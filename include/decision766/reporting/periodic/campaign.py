"""What the weekly report reads of a campaign: marts.mart_campaign_progress, and nothing of its own.

One place, so that another mart of campaigns takes one file to follow. Rates are stored in percent.
"""

from sqlalchemy import text

IS_THERE = text("select to_regclass('marts.mart_campaign_progress') is not null")

WINDOWS = text("""
    select period_start, period_end, max(plan) as plan, max(evaluated_at) as evaluated_at,
        max(data_origin) as data_origin, max(day) as last_day
    from marts.mart_campaign_progress
    where province_code = :province
    group by period_start, period_end
    order by period_start
""")

LAST_DAY = text("""
    select max(day) as day, max(day_number) as day_number
    from marts.mart_campaign_progress
    where province_code = :province and period_start = :start and period_end = :end and day <= :until
""")

_NAME = "coalesce(indicator.name_vi, progress.measure_code)"
_FROM = """
    from marts.mart_campaign_progress as progress
    left join marts.dim_indicator as indicator on progress.measure_code = indicator.indicator_code
    where progress.province_code = :province and progress.period_start = :start
        and progress.period_end = :end
"""
_LEVEL_ORDER = (
    "array_position(array['all', 'ministry', 'province', 'district', 'commune'], progress.unit_level)"
)

# Several targets may follow one measure, each with rows of every level: the one that binds a level speaks.
_BINDING = "progress.target_percent is null, progress.target_id"

LEVELS = text(f"""
    select * from (
        select distinct on (progress.measure_code, progress.unit_level)
            progress.measure_code, {_NAME} as measure, progress.unit_level, progress.numerator,
            progress.denominator, progress.actual_percent, progress.target_percent, progress.pace_percent,
            progress.gap_points, progress.gap_cases, progress.is_on_track
        {_FROM} and progress.day = :until and progress.row_kind = 'level'
        order by progress.measure_code, progress.unit_level, {_BINDING}
    ) as progress
    order by progress.measure_code, {_LEVEL_ORDER}
""")

UNITS = text(f"""
    select * from (
        select distinct on (progress.measure_code, progress.unit_code, progress.unit_level)
            progress.unit_code, progress.unit_name, progress.unit_level, {_NAME} as measure,
            progress.numerator, progress.denominator, progress.actual_percent, progress.target_percent,
            progress.pace_percent, progress.gap_points, progress.gap_cases, progress.is_on_track,
            progress.measure_code
        {_FROM} and progress.day = :until and progress.row_kind = 'unit'
            and (progress.unit_code = :unit or progress.unit_code like :below)
        order by progress.measure_code, progress.unit_code, progress.unit_level, {_BINDING}
    ) as progress
    order by progress.measure_code, {_LEVEL_ORDER}, progress.gap_points nulls last, progress.unit_code
""")

DAYS = text(f"""
    select * from (
        select distinct on (progress.measure_code, progress.day, progress.unit_level)
            progress.measure_code, {_NAME} as measure, progress.unit_level, progress.day,
            progress.day_number, progress.actual_percent, progress.pace_percent
        {_FROM} and progress.day <= :until and progress.row_kind = 'level'
        order by progress.measure_code, progress.day, progress.unit_level, {_BINDING}
    ) as progress
    order by progress.measure_code, progress.day, {_LEVEL_ORDER}
""")
