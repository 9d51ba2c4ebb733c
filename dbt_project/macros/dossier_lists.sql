{#
  What the nested lists of a dossier say. `dossier` is the alias of stg_onestop__dossier, whose lists are never
  null and whose items are typed where they are loaded: booleans, numbers, instants as text, or null.
#}

{# One boolean per question that an indicator asks. A component that was deleted has no file. #}
{% macro dossier_marks(dossier) -%}
    {{ dossier }}.components @? '$[*] ? (@.has_file == true && !(@.deleted == true))' as has_component_file,
    {{ dossier }}.components @? '$[*] ? (@.from_personal_store == true)' as has_from_personal_store,
    {{ dossier }}.results @? '$[*] ? (@.has_link == true)' as has_result_link,
    {{ dossier }}.fees @? '$[*] ? (@.amount > 0)' as has_positive_fee,
    {{ dossier }}.fees <> '[]' and not ({{ dossier }}.fees @? '$[*] ? (!(@.amount == 0))') as has_only_zero_fees,
    coalesce({{ dossier }}.payment_flag in (1, 2), false) as is_paid_online,
    {{ dossier }}.channel = 2 as is_online,
    coalesce({{ dossier }}.filed_at_place = 1, false) as is_filed_on_portal,
    case
        when {{ dossier }}.filed_at_place = 1 then {{ dossier }}.components @? '$[*] ? (@.digitised == true)'
        else {{ dossier }}.has_digitised_component
    end as is_reused,
    {{ dossier }}.is_vneid_verified
    or {{ dossier }}.components @? '$[*] ? (@.from_personal_store == true)'
    or '1' = any({{ dossier }}.database_codes) as has_population_mark
{%- endmacro %}

{# Its supplement requests, in order: the clock needs the first two. #}
{% macro supplement_requests(dossier) -%}
    select
        count(*) as request_count,
        min(requested_at) filter (where request_number = 1) as first_requested_at,
        min(completed_at) filter (where request_number = 1) as first_completed_at,
        min(promised_before) filter (where request_number = 1) as first_promised_before,
        min(requested_at) filter (where request_number = 2) as second_requested_at
    from (
        select
            requests.*,
            row_number() over (order by requested_at asc, completed_at asc nulls last) as request_number
        from (
            select
                (request ->> 'requested_at')::timestamptz as requested_at,
                (request ->> 'completed_at')::timestamptz as completed_at,
                (request ->> 'promised_before')::timestamptz as promised_before
            from jsonb_array_elements({{ dossier }}.supplements) as request
            where {{ dossier }}.supplements <> '[]'
        ) as requests
        where requested_at is not null
    ) as numbered
{%- endmacro %}

{# Those marks by name, as one row of int_dossier_record holds them. #}
{% macro dossier_mark_columns(dossier) -%}
    {%- for name in [
        'has_component_file', 'has_from_personal_store', 'has_result_link', 'has_positive_fee', 'has_only_zero_fees',
        'is_paid_online', 'is_online', 'is_filed_on_portal', 'is_reused', 'has_population_mark',
    ] %}
    {{ dossier }}.{{ name }}{{ '' if loop.last else ',' }}
    {%- endfor %}
{%- endmacro %}
