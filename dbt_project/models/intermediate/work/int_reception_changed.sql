-- What the affected dossiers change in int_reception, as differences. Empty in a full refresh.
{{ difference(
    ['unit_code', 'received_month', 'channel', 'filing'], ['dossiers'], ref('int_reception_before'),
    '(' ~ receptions(ref('int_dossier_reception'), ref('int_dossier_affected')) ~ ') as present'
) }}
