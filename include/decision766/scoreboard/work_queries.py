"""What the work list asks: late and soon-late dossiers, idle services, rows in quarantine; page by page."""

from sqlalchemy import text

_LATE = """
    from marts.mart_late_dossier as late
    where late.unit_code = any(:units)
        and (cast(:procedure as text) is null or late.procedure_code = :procedure)
"""
_OF_KIND = """
    and (cast(:lateness as text) is null or late.lateness = :lateness)
    and (cast(:within as int) is null or late.within_working_days <= :within)
"""

_URGENT = """
    array_position(array['late', 'due_soon', 'waiting'], late.lateness), late.due_at, late.dossier_code
"""
_NAMED = """
    left join (
        select procedure_code, max(procedure_name) as procedure_name
        from marts.dim_procedure group by procedure_code
    ) as procedure
"""

LATE = text(f"""
    select late.*, procedure.procedure_name
    from (
        select late.* {_LATE} {_OF_KIND}
        order by {_URGENT} limit :limit offset :offset
    ) as late
    {_NAMED} on procedure.procedure_code = late.procedure_code
    order by {_URGENT}
""")
LATE_KINDS = text(f"""
    select late.lateness, late.within_working_days, count(*) as rows {_LATE}
    group by late.lateness, late.within_working_days
""")
LATE_PROCEDURES = text(f"""
    select counted.procedure_code, procedure.procedure_name, counted.rows
    from (
        select late.procedure_code, count(*) as rows {_LATE} {_OF_KIND}
        group by late.procedure_code order by count(*) desc, late.procedure_code limit :limit
    ) as counted
    {_NAMED} on procedure.procedure_code = counted.procedure_code
    order by counted.rows desc, counted.procedure_code
""")

# The mart counts each unit with all below it: a unit's own rows are the whole answer.
_IDLE = """
    from marts.mart_idle_service as idle
    where idle.unit_code = :unit and (cast(:procedure as text) is null or idle.procedure_code = :procedure)
"""
_FOR_MONTHS = """
    and (cast(:months as int) is null or idle.idle_months >= :months)
    and (not :untold or idle.idle_months is null)
"""

IDLE = text(f"""
    select idle.*, procedure.procedure_name
    from (
        select idle.* {_IDLE} {_FOR_MONTHS}
        order by idle.idle_months desc nulls last, idle.service_code, idle.procedure_code
        limit :limit offset :offset
    ) as idle
    {_NAMED} on procedure.procedure_code = idle.procedure_code
    order by idle.idle_months desc nulls last, idle.service_code, idle.procedure_code
""")
IDLE_KINDS = text(f"select idle.idle_months, count(*) as rows {_IDLE} group by idle.idle_months")
IDLE_PROCEDURES = text(f"""
    select idle.procedure_code, procedure.procedure_name, count(*) as rows
    from (select idle.procedure_code {_IDLE} {_FOR_MONTHS}) as idle
    {_NAMED} on procedure.procedure_code = idle.procedure_code
    group by idle.procedure_code, procedure.procedure_name
    order by count(*) desc, idle.procedure_code limit :limit
""")

# A row whose unit could not be read stands with the province or ministry that its source speaks for.
_HELD = """
    from audit.quarantine as held
    left join audit.batch as batch using (batch_id)
    where held.state = 'open' and (
        held.unit_code = any(:units) or (held.unit_code is null and :unit = any(batch.covers))
    )
"""
HELD = text(f"""
    select held.quarantine_id, held.entity, held.raw_id, held.record_key, held.unit_code, held.source_id,
        held.rule_id, held.field, held.reason_vi, held.reason_en, held.source_line, held.first_seen_at,
        held.last_seen_at,
        (select source.data_origin from audit.source where source.source_id = held.source_id) as data_origin
    {_HELD} and (cast(:rule as text) is null or held.rule_id = :rule)
    order by held.first_seen_at desc, held.quarantine_id desc limit :limit offset :offset
""")
HELD_KINDS = text(f"""
    select held.rule_id, max(held.reason_vi) as reason_vi, max(held.reason_en) as reason_en, count(*) as rows
    {_HELD} group by held.rule_id order by count(*) desc, held.rule_id
""")

GAINS = text("""
    select gain.*, indicator.name_vi, indicator.name_en
    from marts.mart_score_gain as gain
    inner join marts.dim_indicator as indicator using (indicator_code)
    where gain.unit_code = :unit and gain.period_grain = :grain and gain.period_start = :start
        and gain.boundary = :boundary and gain.rule_set is not distinct from :rule_set
""")
# `followed` measures have no target: docs/targets.md.
PROGRESS = text("""
    select progress.* from marts.mart_target_progress as progress
    inner join marts.dim_period as period
        on period.period_grain = :grain and period.period_start = :start
    where progress.unit_code = :unit and progress.target_kind <> 'followed'
        and progress.period_start <= period.period_end
        and coalesce(progress.period_end, period.period_end) >= period.period_start
    order by progress.measure_code, progress.period_start desc, progress.unit_level, progress.target_id
""")
