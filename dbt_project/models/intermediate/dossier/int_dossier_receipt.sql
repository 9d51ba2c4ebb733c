-- The first receipt of each dossier in the national feed, under whichever of its numbers.
select
    coalesce(number.dossier_code, receipt.dossier_code) as dossier_code,
    min(receipt.synced_at) as synced_at
from {{ ref('stg_onestop__sync_receipt') }} as receipt
left join {{ ref('int_dossier_number') }} as number on receipt.dossier_code = number.former_code
group by coalesce(number.dossier_code, receipt.dossier_code)
