"""What is expected to come and to go: upper apps say what they know of it.

Purchase orders are this app's own; sales orders register themselves here, as does whoever else reserves stock.
"""

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from erp.core.companies.models import Company

PURCHASE_ORDER = "purchase_order"


class Expected(NamedTuple):
    """Part of a line of an order that has not come or gone yet. ``qty`` positive, in the item's unit.

    ``warehouse_id`` None: not known yet, any. ``date`` None: not known either, counts as today.
    """

    source_type: str
    source_id: int
    source_line_id: int
    item_id: int
    warehouse_id: int | None
    date: dt.date | None
    qty: Decimal
    document_no: str


# (company, item ids) → what is open of these items.
Provider = Callable[[Company, Collection[int]], Sequence[Expected]]


@dataclass(frozen=True, slots=True)
class ReservingSource:
    """A kind of document that reserves stock. ``open_ids`` gives those of the ids that still need it."""

    label: Any
    open_ids: Callable[[Company, Collection[int]], Collection[int]]


_SUPPLY: dict[str, Provider] = {}
_DEMAND: dict[str, Provider] = {}
_SOURCES: dict[str, ReservingSource] = {}


def register_supply(source_type: str, provider: Provider) -> None:
    """Documents that bring goods."""
    _SUPPLY[source_type] = provider


def register_demand(source_type: str, provider: Provider) -> None:
    """Documents that will take goods."""
    _DEMAND[source_type] = provider


def register_source(source_type: str, source: ReservingSource) -> None:
    """Documents that reserve; reservations of those that are closed are released as orphans."""
    _SOURCES[source_type] = source


def sources() -> dict[str, ReservingSource]:
    return dict(_SOURCES)


def supply(company: Company, item_ids: Collection[int]) -> list[Expected]:
    """All that is expected to come in, of all providers."""
    return [row for provider in _SUPPLY.values() for row in provider(company, item_ids)]


def demand(company: Company, item_ids: Collection[int]) -> list[Expected]:
    """All that is expected to go out, of all providers."""
    return [row for provider in _DEMAND.values() for row in provider(company, item_ids)]


# Lines of confirmed purchase orders less what came of them and did not go back.
_PURCHASE = """
SELECT h.id, l.id, l.item_id, h.warehouse_id, coalesce(h.expected_on, h.date), l.qty - coalesce(r.qty, 0), h.number
  FROM inventory_purchaseorderline l
  JOIN inventory_purchaseorder h ON h.id = l.order_id AND h.company_id = l.company_id AND h.status = 'confirmed'
  LEFT JOIN LATERAL (
       SELECT sum(s.qty - coalesce(b.qty, 0)) AS qty
         FROM inventory_stockdocumentline s
         JOIN inventory_stockdocument d ON d.id = s.document_id AND d.company_id = s.company_id
          AND d.kind = 'purchase_receipt' AND d.source_type = 'purchase_order' AND d.status = 'confirmed'
          AND d.reversal_of_id IS NULL
         LEFT JOIN LATERAL (
              SELECT sum(rl.qty) AS qty
                FROM inventory_stockdocumentline rl
                JOIN inventory_stockdocument rd ON rd.id = rl.document_id AND rd.company_id = rl.company_id
                 AND rd.kind = 'purchase_return' AND rd.status = 'confirmed' AND rd.reversal_of_id IS NULL
               WHERE rl.company_id = s.company_id AND rl.of_line_id = s.id) b ON true
        WHERE s.company_id = l.company_id AND s.source_line_id = l.id) r ON true
 WHERE l.company_id = %s AND l.item_id = ANY(%s) AND l.qty > coalesce(r.qty, 0)
 ORDER BY 5, h.id, l.line_no
"""


def purchase_orders(company: Company, item_ids: Collection[int]) -> list[Expected]:
    """What suppliers still have to deliver. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_PURCHASE, [company.pk, sorted(item_ids)])
        return [Expected(PURCHASE_ORDER, *row) for row in cursor.fetchall()]
