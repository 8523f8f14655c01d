"""Read what events of stock documents are made of: warehouses, parties, departments, settings."""

from collections.abc import Collection, Mapping, Sequence

from django.db import connection

from erp.core.companies.models import Company
from erp.core.errors import NotFound
from inventory.documents.models import DocumentKind
from inventory.documents.new import NewStockDocument
from inventory.documents.parties import parties
from inventory.events import Known, WarehouseFacts, default_departments
from inventory.items.facts import ItemFacts
from inventory.preferences import preferences_of
from inventory.warehouses.models import Warehouse

_COUNTS = (DocumentKind.COUNT_GAIN, DocumentKind.COUNT_LOSS)


def warehouse_facts(company_id: int, warehouse_ids: Collection[int]) -> dict[int, WarehouseFacts]:
    """Warehouse id → name, dimension value, kind. Raises ``NotFound``."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT w.id, w.name, w.dimension_value_id, w.kind FROM inventory_warehouse w
                WHERE w.company_id = %s AND w.id = ANY(%s)""",
            [company_id, list(warehouse_ids)],
        )
        found = {row[0]: WarehouseFacts(*row[1:]) for row in cursor.fetchall()}
    if missing := set(warehouse_ids) - found.keys():
        raise NotFound(what=Warehouse._meta.verbose_name, key=min(missing))
    return found


def known_of(
    company: Company,
    documents: Sequence[NewStockDocument],
    items: Mapping[int, ItemFacts],
    warehouses: Mapping[int, WarehouseFacts],
) -> Known:
    """For the documents of one batch, a constant number of statements."""
    return Known(
        items,
        parties(company.pk, {document.party_id for document in documents if document.party_id is not None}),
        warehouses,
        default_departments(company.pk),
        any(document.kind in _COUNTS for document in documents) and preferences_of(company).count_in_one_step,
    )
