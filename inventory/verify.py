"""Invariants of inventory: balances = moves, stock = ledger, documents = moves and events."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.verify import register_check, sentences
from ledger.periods.models import Period
from ledger.posting.queries import accounts_of_key


def register() -> None:
    """Called once when Django starts."""
    register_check(3, "stock_is_ledger", _("Stock accounts of the ledger = value of stock, by item and period"), stock)
    register_check(
        7, "balances_are_moves", _("Stock on hand = sum of moves; nothing negative; no quantity, no value"), balances
    )
    register_check(10, "stock_documents", _("Confirmed stock documents: lines = moves, one event each"), documents)


# The events of stock documents, one per document; those that wait or failed are not in the ledger yet.
_EVENTS = """
    SELECT e.source_type, e.source_id, e.state, e.reason_code, v.period_id
      FROM ledger_businessevent e
      LEFT JOIN ledger_voucher v ON v.id = e.voucher_id AND v.company_id = e.company_id
     WHERE e.company_id = %(company)s
       AND e.source_type IN ('other_receipt', 'delivery', 'sales_return', 'other_issue')"""


def stock(company: Company) -> Iterator[str]:
    """By item and period, all periods."""
    yield from stock_differences(company)


def stock_differences(company: Company, until: Period | None = None) -> list[str]:
    """Moves count in the period of their voucher (a closed period passes its documents on to the next), opening
    stock before all periods, and not at all while their event waits. On the ledger's side a voucher that waits for
    review counts too: it is there, only not posted."""
    return sentences(
        _("Item %(item)s, %(period)s: stock moved %(moved)s, the stock accounts %(booked)s."),
        f"""WITH events AS ({_EVENTS}),
            moves AS (
                SELECT i.dimension_value_id AS item_id,
                       CASE WHEN e.state = 'posted' THEN e.period_id
                            WHEN e.reason_code = 'opening_balance' THEN 0 ELSE p.id END AS period_id,
                       m.value AS moved, 0 AS booked
                  FROM inventory_stockmove m
                  JOIN inventory_item i ON i.id = m.item_id
                  JOIN inventory_stockdocument d ON d.id = m.document_id AND d.company_id = m.company_id
                  LEFT JOIN events e ON e.source_type = d.kind AND e.source_id = d.id
                  LEFT JOIN ledger_period p ON p.company_id = m.company_id AND m.date BETWEEN p.start AND p."end"
                 WHERE m.company_id = %(company)s AND coalesce(e.state, '') NOT IN ('pending', 'failed')),
            booked AS (
                SELECT dimension_set_id, period_id, debit - credit AS booked FROM ledger_accountbalance
                 WHERE company_id = %(company)s AND account_id = ANY(%(accounts)s)
                UNION ALL
                SELECT dimension_set_id, 0, debit - credit FROM ledger_openingbalance
                 WHERE company_id = %(company)s AND account_id = ANY(%(accounts)s)
                UNION ALL
                SELECT l.dimension_set_id, l.period_id, l.debit - l.credit
                  FROM ledger_voucher v
                  JOIN ledger_voucherline l ON l.company_id = v.company_id AND l.voucher_id = v.id
                 WHERE v.company_id = %(company)s AND v.status IN ('draft', 'reviewed') AND v.kind = 'generated'
                   AND l.account_id = ANY(%(accounts)s)),
            both_sides AS (
                SELECT item_id, period_id, moved, booked FROM moves
                UNION ALL
                SELECT s.value_id, b.period_id, 0, b.booked
                  FROM booked b
                  LEFT JOIN (SELECT s.dimension_set_id, s.value_id
                               FROM ledger_dimensionsetitem s
                               JOIN ledger_dimensiontype t ON t.id = s.dimension_type_id AND t.code = 'item'
                              WHERE s.company_id = %(company)s) s ON s.dimension_set_id = b.dimension_set_id)
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
        {
            "company": company.pk,
            "accounts": accounts_of_key(company.pk, "stock"),
            "until": until.start if until is not None else None,
        },
    )


def balances(company: Company) -> Iterator[str]:
    parameters = {"company": company.pk}
    yield from sentences(
        _(
            "Item %(item)s in %(warehouse)s: on hand %(qty)s worth %(value)s; its moves make %(moved_qty)s worth "
            "%(moved_value)s."
        ),
        """WITH moves AS (SELECT item_id, warehouse_id, sum(qty) AS qty, sum(value) AS value
                            FROM inventory_stockmove WHERE company_id = %(company)s GROUP BY item_id, warehouse_id),
           kept AS (SELECT * FROM inventory_stockbalance WHERE company_id = %(company)s)
           SELECT i.code AS item, w.name AS warehouse, k.qty, k.value, m.qty AS moved_qty, m.value AS moved_value
             FROM moves m
             FULL JOIN kept k USING (item_id, warehouse_id)
             LEFT JOIN inventory_item i ON i.id = item_id
             LEFT JOIN inventory_warehouse w ON w.id = warehouse_id
            WHERE (coalesce(m.qty, 0), coalesce(m.value, 0)) <> (coalesce(k.qty, 0), coalesce(k.value, 0))
               OR k.qty < 0 OR k.value < 0 OR (k.qty = 0 AND k.value <> 0)
            ORDER BY i.code, w.name""",
        parameters,
    )
    yield from sentences(
        _("Item %(item)s in %(warehouse)s was at %(qty)s at the end of %(date)s."),
        """SELECT DISTINCT ON (i.code, w.name) i.code AS item, w.name AS warehouse, r.date, r.qty
             FROM (SELECT item_id, warehouse_id, date,
                          sum(sum(qty)) OVER (PARTITION BY item_id, warehouse_id ORDER BY date) AS qty
                     FROM inventory_stockmove WHERE company_id = %(company)s
                    GROUP BY item_id, warehouse_id, date) r
             JOIN inventory_item i ON i.id = r.item_id
             JOIN inventory_warehouse w ON w.id = r.warehouse_id
            WHERE r.qty < 0 ORDER BY i.code, w.name, r.date""",
        parameters,
    )


def documents(company: Company) -> Iterator[str]:
    parameters = {"company": company.pk}
    yield from sentences(
        _("Document %(document)s (%(status)s), line %(line)s: quantity %(qty)s, its move %(moved)s."),
        """SELECT d.number AS document, d.status, l.line_no AS line, l.qty, m.qty AS moved
             FROM inventory_stockdocument d
             JOIN inventory_stockdocumentline l ON l.company_id = d.company_id AND l.document_id = d.id
             LEFT JOIN inventory_stockmove m ON m.company_id = l.company_id AND m.document_line_id = l.id
              AND m.document_id = d.id AND m.item_id = l.item_id
            WHERE d.company_id = %(company)s
              AND CASE WHEN d.status = 'draft' THEN m.id IS NOT NULL
                       ELSE m.id IS NULL OR m.qty <> l.qty * (CASE WHEN d.kind IN ('other_receipt', 'sales_return')
                            THEN 1 ELSE -1 END) * (CASE WHEN d.reversal_of_id IS NULL THEN 1 ELSE -1 END) END
            ORDER BY d.date, d.id, l.line_no""",
        parameters,
    )
    yield from sentences(
        _("Document %(document)s is %(status)s and has %(events)s events; it needs %(needed)s."),
        f"""WITH events AS ({_EVENTS})
            SELECT d.number AS document, d.status, count(e.source_id) AS events,
                   CASE WHEN d.status = 'draft' THEN 0 ELSE 1 END AS needed
              FROM inventory_stockdocument d
              LEFT JOIN events e ON e.source_type = d.kind AND e.source_id = d.id
             WHERE d.company_id = %(company)s
             GROUP BY d.id HAVING count(e.source_id) <> CASE WHEN d.status = 'draft' THEN 0 ELSE 1 END
             ORDER BY d.date, d.id""",
        parameters,
    )
    yield from sentences(
        _("Line %(line)s of delivery %(document)s: %(returned)s came back of %(qty)s delivered."),
        """SELECT o.line_no AS line, d.number AS document, r.qty AS returned, o.qty
             FROM (SELECT l.of_line_id, sum(CASE WHEN d.reversal_of_id IS NULL THEN l.qty ELSE -l.qty END) AS qty
                     FROM inventory_stockdocumentline l
                     JOIN inventory_stockdocument d ON d.id = l.document_id AND d.company_id = l.company_id
                    WHERE l.company_id = %(company)s AND l.of_line_id IS NOT NULL AND d.status <> 'draft'
                    GROUP BY l.of_line_id) r
             JOIN inventory_stockdocumentline o ON o.id = r.of_line_id AND o.company_id = %(company)s
             JOIN inventory_stockdocument d ON d.id = o.document_id
            WHERE r.qty > o.qty ORDER BY d.date, d.id""",
        parameters,
    )
