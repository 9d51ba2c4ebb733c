"""The record formats of docs/records.md as data: one `EntitySpec` per entity."""

from decision766.records import exchange, own, procedure, published
from decision766.records.spec import ERRORS, EXTRA, AnyField, Column, EntitySpec, Field, ListField

ENTITIES: dict[str, EntitySpec] = {
    spec.name: spec
    for spec in (
        own.ORG_UNIT,
        procedure.PROCEDURE,
        own.AUTHORITY,
        own.SERVICE,
        own.PROCEDURE_PART,
        own.DECISION,
        exchange.DOSSIER,
        exchange.DOSSIER_EVENT,
        own.SYNC_RECEIPT,
        own.NATIONAL_REPORT_TOTAL,
        own.PORTAL_TOTAL,
        exchange.PETITION,
        exchange.RATING_ENTITY,
        own.CERTIFIED_COPY,
        own.STATED_MEASURE,
        published.PUBLISHED_METRIC,
        published.PUBLISHED_GROUP,
    )
}

__all__ = ["ENTITIES", "ERRORS", "EXTRA", "AnyField", "Column", "EntitySpec", "Field", "ListField"]
