"""Invariants of inventory: stock = ledger, documents = moves and events, reserved = promised, invoices ≤ receipts.

What balances must be of moves stands in ``verify_balances``.
"""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.verify import register_check, sentences
from inventory import verify_balances
from inventory.costing.ledger_side import LEDGER_SIDE, STOCK_SIDE, parameters
from inventory.documents.kinds import KINDS
from inventory.purchasing import verify as purchasing_verify
from ledger.periods.models import Period


def register() -> None:
    """Called once when Django starts."""
    register_check(3, "stock_is_ledger", _("Stock accounts of the ledger = value of stock, by item and period"), stock)
    register_check(
        7,
        "balances_are_moves",
        _("Stock on hand = sum of moves; nothing negative; no quantity, no value"),
        verify_balances.balances,
    )
    register_check(
        7,
        "pools_are_moves",
        _("Pools, lots and layers = sum of moves; value only with quantity"),
        verify_balances.pools,
    )
    register_check(
        7, "stock_over_time", _("Stock is never below zero on the way, by warehouse and lot"), verify_balances.over_time
    )
    register_check(7, "closed_stock", _("Closed stock stays what it was when it was closed"), verify_balances.closed)
    register_check(10, "stock_documents", _("Confirmed stock documents: lines = moves, one event each"), documents)
    register_check(10, "reservations", _("Reserved stock = sum of reservations"), reservations)
    register_check(10, "invoice_matches", _("Invoices settle at most what was received"), matches)
    purchasing_verify.register()


def stock(company: Company) -> Iterator[str]:
    """By item and period, all periods."""
    yield from stock_differences(company)


def stock_differences(company: Company, until: Period | None = None) -> list[str]:
    """Moves count in the period of their voucher (a closed period passes its documents on to the next), opening
    stock before all periods, and not at all while their event waits. On the ledger's side a voucher that waits for
    review counts too: it is there, only not posted."""
    return sentences(
        _("Item %(item)s, %(period)s: stock moved %(moved)s, the stock accounts %(booked)s."),
        f"""WITH {STOCK_SIDE}, {LEDGER_SIDE},
            both_sides AS (
                SELECT item_id, period_id, amount AS moved, 0 AS booked FROM stock_side
                UNION ALL
                SELECT item_id, period_id, 0, amount FROM ledger_side)
            SELECT coalesce(n.code || ' ' || n.name, '?') AS item,
                   coalesce(p.year || '-' || lpad(p.number::text, 2, '0'), 'opening') AS period,
                   sum(b.moved) AS moved, sum(b.booked) AS booked
              FROM both_sides b
              LEFT JOIN ledger_dimensionvalue n ON n.id = b.item_id
              LEFT JOIN ledger_period p ON p.id = b.period_id
             WHERE %(until)s::date IS NULL OR p.start IS NULL OR p.start <= %(until)s
             GROUP BY b.item_id, n.code, n.name, p.id
            HAVING sum(b.moved) <> sum(b.booked)
             ORDER BY p.start NULLS FIRST, n.code""",
        parameters(company, until=until.start if until is not None else None),
    )


def documents(company: Company) -> Iterator[str]:
    """Every confirmed document moved what its lines say and told the ledger (a price variance of an invoice tells it
    with the invoice); a draft did neither; nothing came back that was not given."""
    values = {
        "company": company.pk,
        "kinds": [str(kind) for kind in KINDS],
        "silent": [str(kind) for kind, spec in KINDS.items() if not spec.by_hand],
    }
    yield from sentences(
        _("Document %(document)s (%(status)s), line %(line)s: quantity %(qty)s, its move %(moved)s."),
        """SELECT d.number AS document, d.status, l.line_no AS line, l.qty, max(abs(m.qty)) AS moved
             FROM inventory_stockdocument d
             JOIN inventory_stockdocumentline l ON l.company_id = d.company_id AND l.document_id = d.id
             LEFT JOIN inventory_stockmove m ON m.company_id = l.company_id AND m.document_line_id = l.id
              AND m.document_id = d.id AND m.item_id = l.item_id
            WHERE d.company_id = %(company)s AND d.kind <> 'price_change'
            GROUP BY d.id, l.id
           HAVING CASE WHEN d.status = 'draft' THEN count(m.id) > 0
                       ELSE count(m.id) = 0 OR max(abs(m.qty)) <> l.qty
                            OR min(abs(m.qty)) FILTER (WHERE m.qty <> 0) <> l.qty END
            ORDER BY d.date, d.id, l.line_no""",
        values,
    )
    yield from sentences(
        _("Document %(document)s moved stock worth %(value)s and has no event."),
        """SELECT d.number AS document, v.value
             FROM inventory_stockdocument d
             JOIN (SELECT document_id, sum(abs(value)) AS value FROM inventory_stockmove
                    WHERE company_id = %(company)s AND value <> 0 GROUP BY document_id) v ON v.document_id = d.id
            WHERE d.company_id = %(company)s AND d.status <> 'draft' AND NOT (d.kind = ANY(%(silent)s))
              AND NOT EXISTS (SELECT 1 FROM ledger_businessevent e
                               WHERE e.company_id = %(company)s AND e.source_type = d.kind AND e.source_id = d.id)
            ORDER BY d.date, d.id""",
        values,
    )
    yield from sentences(
        _("Event %(event)s names %(source_type)s %(source_id)s, which is no confirmed document."),
        """SELECT e.id AS event, e.source_type, e.source_id FROM ledger_businessevent e
             LEFT JOIN inventory_stockdocument d ON d.company_id = e.company_id AND d.id = e.source_id
              AND d.kind = e.source_type
            WHERE e.company_id = %(company)s AND e.source_type = ANY(%(kinds)s)
              AND (d.id IS NULL OR d.status = 'draft')
            ORDER BY e.id""",
        values,
    )
    yield from sentences(
        _("Line %(line)s of %(document)s: %(returned)s came back of %(qty)s."),
        """SELECT o.line_no AS line, d.number AS document, r.qty AS returned, o.qty
             FROM (SELECT l.of_line_id, sum(l.qty) AS qty
                     FROM inventory_stockdocumentline l
                     JOIN inventory_stockdocument d ON d.id = l.document_id AND d.company_id = l.company_id
                      AND d.kind IN ('purchase_return', 'sales_return', 'production_return', 'transfer_in')
                      AND d.status = 'confirmed' AND d.reversal_of_id IS NULL
                    WHERE l.company_id = %(company)s AND l.of_line_id IS NOT NULL
                    GROUP BY l.of_line_id) r
             JOIN inventory_stockdocumentline o ON o.id = r.of_line_id AND o.company_id = %(company)s
             JOIN inventory_stockdocument d ON d.id = o.document_id
            WHERE r.qty > o.qty ORDER BY d.date, d.id""",
        values,
    )


def reservations(company: Company) -> Iterator[str]:
    yield from sentences(
        _("Item %(item)s in %(warehouse)s: reserved %(reserved)s, its reservations make %(promised)s."),
        """WITH promised AS (SELECT item_id, warehouse_id, sum(qty) AS qty FROM inventory_reservation
                              WHERE company_id = %(company)s GROUP BY item_id, warehouse_id),
           kept AS (SELECT item_id, warehouse_id, reserved FROM inventory_stockbalance
                     WHERE company_id = %(company)s)
           SELECT i.code AS item, w.name AS warehouse, k.reserved, p.qty AS promised
             FROM kept k FULL JOIN promised p USING (item_id, warehouse_id)
             LEFT JOIN inventory_item i ON i.id = item_id
             LEFT JOIN inventory_warehouse w ON w.id = warehouse_id
            WHERE coalesce(k.reserved, 0) <> coalesce(p.qty, 0)
            ORDER BY i.code, w.name""",
        {"company": company.pk},
    )


def matches(company: Company) -> Iterator[str]:
    """Blue invoices settle at most what their receipt brought, red ones at most what their return took back."""
    yield from sentences(
        _("Stock document %(number)s, line %(line)s: received %(qty)s, invoices settle %(settled)s."),
        """SELECT d.number, l.line_no AS line, l.qty, s.qty AS settled
             FROM (SELECT m.stock_line_id, sum(m.qty) AS qty FROM inventory_invoicematch m
                    WHERE m.company_id = %(company)s AND m.is_live GROUP BY m.stock_line_id) s
             JOIN inventory_stockdocumentline l ON l.id = s.stock_line_id
             JOIN inventory_stockdocument d ON d.id = l.document_id
            WHERE s.qty > l.qty OR d.status <> 'confirmed'
            ORDER BY d.number, l.line_no""",
        {"company": company.pk},
    )
