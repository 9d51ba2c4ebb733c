"""A campaign of made-up figures in marts.mart_campaign_progress, for tests of the weekly report."""

import datetime as dt

from sqlalchemy import Engine, text

STARTS, DAYS = dt.date(2023, 3, 1), 69
CAMPAIGN_DAY = dt.date(2023, 4, 7)  # a Friday

TABLE = """
    drop table if exists marts.mart_campaign_progress;
    create table marts.mart_campaign_progress (
        target_id text, plan text, measure_code text, target_level text, period_start date, period_end date,
        row_kind text, unit_code text, unit_name text, unit_level text, province_code text, day date,
        day_number int, numerator numeric, denominator numeric, actual_percent numeric,
        target_percent numeric, pace_percent numeric, gap_points numeric, gap_cases numeric,
        is_on_track boolean, actual_basis text, evaluated_at timestamptz, data_origin text
    )
"""

FILL = text("""
    insert into marts.mart_campaign_progress
    select 'CM-69-' || measure || level, '69-day campaign', measure, level, :start, :start + :days, kind,
        unit, unit_name, level, 'H12', :start + day, day, counted, received,
        round(100 * counted / received, 4), target, round(target * day / :days, 4),
        round(100 * counted / received - target, 4),
        counted - ceil(target * received / 100), 100 * counted / received >= target * day / :days, 'records',
        timestamptz '2023-05-12 08:00+07', 'synthetic'
    from unnest(array['3.3', '4.2']) as measure
    cross join (values
        ('level', 'H12', 'Cà Mau', 'province', 80, 40), ('level', 'H12', 'Cà Mau', 'district', 70, 90),
        ('level', 'H12', 'Cà Mau', 'commune', 60, 150), ('unit', 'H12.02', 'Sở Nội vụ', 'province', 80, 11),
        ('unit', 'H12.03', 'Sở Tư pháp', 'province', 80, 7)
    ) as figures (kind, unit, unit_name, level, target, weight)
    cross join generate_series(0, :days) as day
    cross join lateral (
        select (weight * (day + 1))::numeric as received,
            floor(weight * (day + 1) * (0.2 + 0.6 * day / :days + 0.02 * length(measure)))::numeric as counted
    ) as daily
""")


# As the real mart: a target has rows of the levels that it does not bind, without a target of theirs.
UNBOUND = text("""
    insert into marts.mart_campaign_progress
    select 'CM-00-' || other, plan, measure_code, other, period_start, period_end, row_kind, unit_code,
        unit_name, unit_level, province_code, day, day_number, numerator, denominator, actual_percent,
        null, null, null, null, null, actual_basis, evaluated_at, data_origin
    from marts.mart_campaign_progress
    cross join unnest(array['province', 'commune']) as other
    where other <> unit_level
""")


def add_campaign(engine: Engine) -> None:
    """Put the mart in the place of whatever stands there."""
    with engine.begin() as connection:
        connection.execute(text(TABLE))
        connection.execute(FILL, {"start": STARTS, "days": DAYS})
        connection.execute(UNBOUND)
