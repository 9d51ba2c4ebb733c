{# Text as two catalogues may spell it: one Unicode form, one space between words, no capitals. #}
{% macro same_text(value) -%}
    lower(normalize(btrim(regexp_replace({{ value }}, '\s+', ' ', 'g')), nfc))
{%- endmacro %}
