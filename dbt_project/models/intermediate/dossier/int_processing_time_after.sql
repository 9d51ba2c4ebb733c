-- What the affected dossiers count for 2.2 in this build, in the columns of int_processing_time_count.
{{ processing_times(ref('int_processing_time'), ref('int_dossier_affected')) }}
