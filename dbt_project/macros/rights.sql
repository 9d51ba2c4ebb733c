{#
  Grants and row policies of include/rights.yaml, given in the transaction that swaps a relation: nobody
  reads a new table before it has them. A relation that the file does not name stays closed.
#}
{% macro secure_rights() -%}
    call rights.secure('{{ this.schema }}.{{ this.identifier }}')
{%- endmacro %}

{# The tree of units that the policies ask, with the units themselves; a trial build leaves it alone. #}
{% macro refresh_unit_tree() -%}
    {% if not env_var('DECISION766_DBT_TRIAL', '') %}call rights.refresh_units(){% endif %}
{%- endmacro %}
