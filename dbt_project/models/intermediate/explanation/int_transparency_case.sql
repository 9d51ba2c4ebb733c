-- Each procedure of 1.1, 1.2 and 1.3 at the province or ministry whose figure it is.
select
    unit_code,
    period_grain,
    period_start,
    '1.1' as indicator_code,
    procedure_code,
    is_public as is_in_denominator,
    is_on_time as is_in_numerator,
    case
        when is_on_time then 'announced_on_time'
        when not is_public then 'not_public'
        when not coalesce(has_local_decision, false) then 'no_local_decision'
        when is_effect_unknown then 'effect_unknown'
        else 'announced_late'
    end as reason_code,
    last_decided_on as acted_on,
    decide_by as due_on,
    case when is_public and not is_on_time and days_late > 0 then days_late end as days_late,
    jsonb_build_object('decisions', decisions) as detail,
    'decision' as entity,
    raw_id
from {{ ref('int_announcement_case') }}
union all
select
    unit_code,
    period_grain,
    period_start,
    '1.2' as indicator_code,
    procedure_code,
    true as is_in_denominator,
    is_on_time as is_in_numerator,
    case
        when is_on_time then 'published_on_time'
        when is_unpublished then 'not_published'
        else 'published_late'
    end as reason_code,
    published_on as acted_on,
    publish_by as due_on,
    case when not is_on_time and days_late > 0 then days_late end as days_late,
    jsonb_build_object('decisions', instances) as detail,
    'decision' as entity,
    raw_id
from {{ ref('int_publication_case') }}
union all
select
    unit_code,
    period_grain,
    period_start,
    '1.3' as indicator_code,
    procedure_code,
    is_public as is_in_denominator,
    is_complete as is_in_numerator,
    case
        when is_complete then 'all_parts'
        when not is_public then 'not_public'
        else 'parts_missing'
    end as reason_code,
    null as acted_on,
    null as due_on,
    null as days_late,
    jsonb_build_object('parts', parts) as detail,
    'unit_procedure_authority' as entity,
    raw_id
from {{ ref('int_content_case') }}
