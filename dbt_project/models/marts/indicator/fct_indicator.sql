{{ config(materialized='view') }}

-- The computed indicators: what the records say, scored by the rule set, with what they rest on.
-- boundary as_was: units as they stood in the period; as_is: restated to today's units. Both show the figures
-- of a scope: a unit that took nobody over has the same one in both. A view: int_scored_indicator holds each figure
-- of all procedures together once, those of single procedures are scored from their counts, int_shown_scope says
-- which unit shows them, and evaluated_at stands in every row.
-- depends_on: {{ ref('int_indicator_affected') }}
{{ indicator_figures(ref('int_shown_scope')) }}
