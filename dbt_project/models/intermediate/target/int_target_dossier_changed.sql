-- What the affected dossiers count otherwise for targets than in the last build, in the columns of
-- int_target_dossier_day, as differences. Empty in a full refresh.
{{ difference(
    ['window_key', 'cut_on', 'is_final', 'unit_code', 'entry_day'], dossier_count_names(),
    ref('int_target_dossier_before'),
    '(' ~ target_days(ref('int_target_dossier'), ref('int_dossier_affected')) ~ ') as present'
) }}
