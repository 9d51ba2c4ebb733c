-- The rows of fct_indicator that may differ from those of the last build, in its columns: what is proved and published
-- anew, so they are computed once. Empty in a full refresh, whose figures are all proved and published.
select figures.*
from (
    {{ indicator_figures(ref('int_shown_scope_affected'), of_affected_procedures=true) }}
) as figures
{%- if left_by_last_build('int_dossier_cell') is none %}
where false
{%- endif %}
