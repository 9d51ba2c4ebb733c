-- What the affected dossiers count otherwise for 2.2 than in the last build, in the columns of
-- int_processing_time_count, as differences. Empty in a full refresh.
{{ difference(
    ['unit_code', 'period_grain', 'period_start', 'procedure_code', 'max_time', 'max_time_unit', 'processing_time'],
    ['dossiers'], ref('int_processing_time_before'), ref('int_processing_time_after')
) }}
