-- What the affected dossiers count in this build, in the columns of int_dossier_cell. Empty in a full refresh.
{{ dossier_cells(ref('int_dossier_member'), ref('int_dossier_affected')) }}
