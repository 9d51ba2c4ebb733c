-- What the affected dossiers count otherwise than in the last build, in the columns of int_dossier_cell, as
-- differences: a dossier that counts as it did changes nothing. Empty in a full refresh.
{{ difference(
    ['unit_code', 'period_grain', 'period_start', 'procedure_code', 'is_received', 'is_ever_synced'],
    dossier_count_names(), ref('int_dossier_cell_before'), ref('int_dossier_cell_after')
) }}
