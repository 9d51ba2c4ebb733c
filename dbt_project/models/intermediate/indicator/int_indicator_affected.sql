-- The rows of fct_indicator that may differ from those of the last build, in its columns: what is proved and published
-- anew. All of them in a full refresh.
{{ indicator_figures(ref('int_shown_scope_affected'), of_affected_procedures=true) }}
