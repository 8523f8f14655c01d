"""Read lots: what lies where, what to take first, where a lot came from and went to."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from django.db import connection
from django.db.models import F

from erp.core.money import QUANTITY_STEP
from inventory.lots.models import Lot, LotBalance

NOTHING = Decimal(0).quantize(QUANTITY_STEP)


class LotPart(NamedTuple):
    lot: Lot
    qty: Decimal


class Suggestion(NamedTuple):
    """``parts`` make up what was asked but for ``short``; ``expired`` lies there and may not be taken any more."""

    parts: list[LotPart]
    short: Decimal
    expired: Decimal


class Step(NamedTuple):
    """A move of a lot. ``party`` is the supplier or customer of its document, where it has one."""

    date: dt.date
    document_id: int
    kind: str
    number: str
    warehouse: str
    party: str
    qty: Decimal
    value: Decimal


def suggest_lots(company_id: int, item_id: int, warehouse_id: int, qty: Decimal, on: dt.date) -> Suggestion:
    """Which lots to take, first to expire first (FEFO); lots that have expired before ``on`` are skipped.

    Lots without a date of expiry come last, older ones first. One statement.
    """
    there = LotBalance.objects.filter(company_id=company_id, item_id=item_id, warehouse_id=warehouse_id, qty__gt=0)
    rows = there.select_related("lot").order_by(F("lot__expires_on").asc(nulls_last=True), "lot_id")
    return first_expired([LotPart(row.lot, row.qty) for row in rows], qty, on)


def first_expired(there: Iterable[LotPart], qty: Decimal, on: dt.date) -> Suggestion:
    """Take ``qty`` from what is there, in the order given; a lot is good on its last day. Pure."""
    parts, needed, expired = [], qty, NOTHING
    for lot, available in there:
        if lot.expires_on is not None and lot.expires_on < on:
            expired += available
        elif needed > 0:
            parts.append(LotPart(lot, min(available, needed)))
            needed -= parts[-1].qty
    return Suggestion(parts, max(needed, NOTHING), expired)


# The moves of a lot in the order in which they count, with the document of each.
TRACE = """
SELECT m.date, d.id, d.kind, d.number, w.name, coalesce(p.name, ''), m.qty, m.value
  FROM inventory_stockmove m
  JOIN inventory_stockdocument d ON d.id = m.document_id
  JOIN inventory_warehouse w ON w.id = m.warehouse_id
  LEFT JOIN ledger_dimensionvalue p ON p.id = d.party_id
 WHERE m.company_id = %(company)s AND m.lot_id = %(lot)s AND m.qty <> 0
 ORDER BY m.date, m.sequence, m.id"""


def trace(company_id: int, lot_id: int) -> list[Step]:
    """Where a lot came from and where it went, from the supplier to the customer."""
    with connection.cursor() as cursor:
        cursor.execute(TRACE, {"company": company_id, "lot": lot_id})
        return [Step(*row) for row in cursor.fetchall()]
