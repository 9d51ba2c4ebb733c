{{ config(indexes=[{'columns': ['day'], 'unique': true}]) }}

-- Each calendar day with the number of working days up to and including it: the difference of two
-- numbers is the count of working days between the days.
-- After what the last build counted is read:
-- depends_on: {{ ref('int_dossier_cell_before') }}, {{ ref('int_processing_time_before') }},
-- depends_on: {{ ref('int_reception_before') }}, {{ ref('int_target_dossier_before') }}
select
    day,
    is_working,
    count(*) filter (where is_working) over (order by day) as working_day_number
from {{ ref('stg_registry__calendar_day') }}
