{# A column lies within two bounds (both included); null passes. #}
{% test within(model, column_name, lower=none, upper=none) %}
{% set failures = [] %}
{% if lower is not none %}{% do failures.append(column_name ~ ' < ' ~ lower) %}{% endif %}
{% if upper is not none %}{% do failures.append(column_name ~ ' > ' ~ upper) %}{% endif %}
select {{ column_name }}
from {{ model }}
where {{ failures | join(' or ') }}
{% endtest %}
