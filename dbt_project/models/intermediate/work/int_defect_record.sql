-- Records whose poor data costs a unit points in a period, one row per record and kind of defect: held ones, and
-- dossiers that count as late for want of a date or by a date that cannot be. Judged by int_dossier_period.
with suspects as (
    -- Few of all dossiers: only these are judged period by period.
    select clock.dossier_code
    from {{ ref('int_dossier_clock') }} as clock
    where
        clock.promised_at < clock.received_at
        or (
            clock.promised_at is null
            and (
                clock.max_time is null or clock.max_time_unit is null
                or clock.first_promised_before < clock.received_at
            )
        )
    union
    select present.dossier_code
    from {{ ref('int_dossier_present') }} as present
    where present.ended_at is null and present.status in (7, 8, 9, 10)
),

late as (
    select
        member.dossier_code,
        member.unit_code,
        member.period_grain,
        member.period_start,
        case
            when member.timeliness = 'no_deadline' then 'no_deadline'
            when member.promised < present.received_at then 'promised_before_received'
            when member.ended_at is null and present.ended_at is null and present.status in (7, 8, 9, 10)
                then 'closed_without_date'
        end as defect
    from {{ ref('int_dossier_period') }} as member
    inner join {{ ref('int_dossier_present') }} as present on member.dossier_code = present.dossier_code
    -- Conditions, not joins: they reach the dossiers read, and each of these views is made for the suspects alone.
    where
        member.timeliness in ('no_deadline', 'after_promised', 'over_maximum')
        and member.dossier_code = any(array(select suspects.dossier_code from suspects))
        and present.dossier_code = any(array(select suspects.dossier_code from suspects))
)

select
    late.unit_code,
    late.period_grain,
    late.period_start,
    'dossier' as entity,
    late.dossier_code as record_key,
    defect.defect,
    array[defect.rule_id] as rule_ids
from late
inner join {{ ref('data_defects') }} as defect on late.defect = defect.defect
union all
select
    held.unit_code,
    period.period_grain,
    period.period_start,
    held.entity,
    held.record_key,
    'quarantined' as defect,
    held.rule_ids
from {{ ref('int_held_record') }} as held
inner join {{ ref('int_period') }} as period on held.received_at between period.starts_at and period.judged_at
