"""What the audit pages ask: validation runs, quarantine by rule, entries of the ledger, restatements."""

from sqlalchemy import text

RUNS = text("""
    select run.validation_run_id::text as run_id, run.suite, run.success, run.rows_evaluated,
        run.rows_quarantined, run.finished_at, to_char(run.finished_at, 'YYYY-MM') as month,
        coalesce(batch.source_id, '') as source_id,
        coalesce(source.data_origin, 'synthetic') as data_origin
    from audit.validation_run as run
    left join audit.batch as batch using (batch_id)
    left join audit.source as source on source.source_id = batch.source_id
    where cast(:run as text) is null or run.validation_run_id::text = :run
    order by run.finished_at desc, run.validation_run_id limit :limit offset :offset
""")
RUN_COUNT = text("""
    select count(*) as runs, count(*) filter (where not success) as failed from audit.validation_run
""")
RUN_RULES = text("""
    select rule_id, rule_version, severity, success, evaluated_count, unexpected_count, quarantined_count
    from audit.rule_result where validation_run_id = cast(:run as uuid)
    order by success, rule_id
""")
SIGNED = text("""
    select entry_no, validation_run_id::text as run_id, decision, signed_by, signed_at, comment
    from audit.sign_off where validation_run_id::text = any(:runs) order by entry_no desc
""")
HELD_BY_RULE = text("""
    select rule_id, entity, max(reason_vi) as reason_vi, max(reason_en) as reason_en,
        count(*) filter (where state = 'open') as open,
        count(*) filter (where state = 'replayed') as replayed,
        count(*) filter (where state = 'waived') as waived, max(last_seen_at) as last_seen_at
    from audit.quarantine group by rule_id, entity order by 5 desc, rule_id
""")
ENTRIES = text("""
    select entry_no, kind, encode(entry_hash, 'hex') as entry_hash, body::jsonb as stated,
        (body::jsonb ->> 'recorded_at')::timestamptz as recorded_at
    from audit.ledger_entry order by entry_no desc limit :limit
""")
# Of the newest publications first. The first publication restates nothing, and single procedures are for
# `ledger restatements --procedures`. A figure's former version is found by the index on unit and period.
RESTATED = text("""
    select new.entry_no, old.entry_no as old_entry_no, new.change, new.unit_code, new.indicator_code,
        new.period_grain, period.period_code, new.boundary, old.numerator as old_numerator,
        old.denominator as old_denominator, old.score as old_score, new.numerator, new.denominator, new.score,
        new.score - old.score as score_difference, new.data_origin
    from audit.score_ledger as new
    cross join lateral (
        select former.* from audit.score_ledger as former
        where former.unit_code = new.unit_code and former.period_start = new.period_start
            and former.period_grain = new.period_grain and former.indicator_code = new.indicator_code
            and former.procedure_code = new.procedure_code and former.rule_set = new.rule_set
            and former.boundary = new.boundary and former.entry_no < new.entry_no
        order by former.entry_no desc limit 1
    ) as old
    left join marts.dim_period as period
        on period.period_grain = new.period_grain and period.period_start = new.period_start
    where new.procedure_code = '*'
        and new.entry_no > (select min(entry_no) from audit.ledger_entry where kind = 'publication')
        and (cast(:unit as text) is null or new.unit_code = :unit)
        and (new.change, new.numerator, new.denominator, new.ratio, new.score, new.max_score, new.status)
            is distinct from
            (old.change, old.numerator, old.denominator, old.ratio, old.score, old.max_score, old.status)
    order by new.entry_no desc, new.row_no desc limit :limit
""")
