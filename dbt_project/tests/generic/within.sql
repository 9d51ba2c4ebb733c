{# A column lies within two bounds (both included); null passes. #}
{% test within(model, column_name, lower=none, upper=none) %}
select {{ column_name }}
from {{ model }}
where false
    {% if lower is not none %}or {{ column_name }} < {{ lower }}{% endif %}
    {% if upper is not none %}or {{ column_name }} > {{ upper }}{% endif %}
{% endtest %}
