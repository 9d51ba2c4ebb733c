{#
  The rows of a raw entity that dbt may see: of accepted batches, and not in open quarantine.
  Raw is append-only and quarantine moves nothing: a row is left out here, and comes back once its
  quarantine is replayed or waived. Where several sources hold the same record, the one with the lowest
  origin.precedence speaks: order by it before anything else that chooses among them.
#}
{% macro visible(entity) -%}
    {{ source('raw', entity) }} as record
    inner join {{ source('audit', 'batch') }} as batch
        on record.batch_id = batch.batch_id and batch.status = 'accepted'
    inner join {{ source('audit', 'source') }} as origin on batch.source_id = origin.source_id
    where not exists (
        select 1
        from {{ source('audit', 'quarantine') }} as held
        where held.entity = '{{ entity }}' and held.raw_id = record.raw_id and held.state = 'open'
    )
{%- endmacro %}
