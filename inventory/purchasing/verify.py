"""Invariants of purchasing: payable accounts = open items, goods received not invoiced = receipts without invoice."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.verify import register_check, sentences
from ledger.posting.queries import accounts_of_key


def register() -> None:
    """Called once when Django starts."""
    register_check(5, "payable_is_open_items", _("Payable by supplier = invoices less what settled them"), payable)
    register_check(5, "prepayments_are_payments", _("Prepayments by supplier = payments not allocated"), prepayments)
    register_check(5, "grni_is_receipts", _("Goods received, not invoiced, by supplier = receipts less invoices"), grni)
    register_check(10, "supplier_invoices", _("Supplier invoices: totals = lines; nothing settled twice"), documents)


# Documents whose event is not in the ledger yet.
_WAITING = """
    waiting AS (
        SELECT DISTINCT source_type, source_id FROM ledger_businessevent
         WHERE company_id = %(company)s AND state IN ('pending', 'failed')
           AND source_type IN ('supplier_invoice', 'supplier_payment', 'payable_allocation', 'purchase_receipt',
                               'purchase_return', 'landed_cost', 'period_opening'))"""

# Turnover of the accounts by supplier, posted or waiting for review; opening balances have no documents here.
_BOOKED = """
    booked AS (
        SELECT dimension_set_id, debit - credit AS amount FROM ledger_accountbalance
         WHERE company_id = %(company)s AND account_id = ANY(%(accounts)s)
        UNION ALL
        SELECT l.dimension_set_id, l.debit - l.credit
          FROM ledger_voucher v
          JOIN ledger_voucherline l ON l.company_id = v.company_id AND l.voucher_id = v.id
         WHERE v.company_id = %(company)s AND v.status IN ('draft', 'reviewed') AND v.kind = 'generated'
           AND l.account_id = ANY(%(accounts)s)),
    of_supplier AS (
        SELECT s.dimension_set_id, s.value_id
          FROM ledger_dimensionsetitem s
          JOIN ledger_dimensiontype t ON t.id = s.dimension_type_id AND t.code = 'supplier'
         WHERE s.company_id = %(company)s)"""


def _compare(template: object, documents_sql: str, company: Company, key: str, sign: int) -> Iterator[str]:
    """``documents_sql`` gives (supplier's dimension value, amount) as CTE ``stated``; ``sign``: of debit."""
    yield from sentences(
        template,
        f"""WITH {_WAITING}, {documents_sql}, {_BOOKED},
            both_sides AS (
                SELECT value_id, amount AS stated, 0 AS booked FROM stated
                UNION ALL
                SELECT s.value_id, 0, {sign} * b.amount
                  FROM booked b LEFT JOIN of_supplier s ON s.dimension_set_id = b.dimension_set_id)
            SELECT coalesce(n.code || ' ' || n.name, '?') AS supplier, sum(b.stated) AS stated, sum(b.booked) AS booked
              FROM both_sides b LEFT JOIN ledger_dimensionvalue n ON n.id = b.value_id
             GROUP BY b.value_id, n.code, n.name HAVING sum(b.stated) <> sum(b.booked) ORDER BY n.code""",
        {"company": company.pk, "accounts": accounts_of_key(company.pk, key)},
    )


# What a payment settled as it was entered; a reversing payment takes back what still stood.
_AT_ENTRY = """
    entered AS (
        SELECT p.id, p.supplier_id, p.kind, p.amount + p.discount AS whole, coalesce(sum(a.amount), 0) AS settled
          FROM inventory_supplierpayment p
          LEFT JOIN inventory_payableallocation a
            ON a.company_id = p.company_id AND a.payment_id = p.id AND a.at_entry AND a.undoes_id IS NULL
         WHERE p.company_id = %(company)s AND p.status IN ('confirmed', 'reversed') AND p.reversal_of_id IS NULL
           AND ('supplier_payment', p.id) NOT IN (SELECT source_type, source_id FROM waiting)
         GROUP BY p.id
        UNION ALL
        SELECT r.id, p.supplier_id, p.kind, r.amount + r.discount, -coalesce(sum(a.amount), 0)
          FROM inventory_supplierpayment r
          JOIN inventory_supplierpayment p ON p.id = r.reversal_of_id
          LEFT JOIN inventory_payableallocation a
            ON a.company_id = p.company_id AND a.payment_id = p.id AND a.at_entry
         WHERE r.company_id = %(company)s
           AND ('supplier_payment', r.id) NOT IN (SELECT source_type, source_id FROM waiting)
         GROUP BY r.id, p.supplier_id, p.kind),
    later AS (
        SELECT a.supplier_id, a.payment_id, CASE WHEN p.kind = 'refund' THEN -a.amount ELSE a.amount END AS amount
          FROM inventory_payableallocation a
          LEFT JOIN inventory_supplierpayment p ON p.id = a.payment_id
         WHERE a.company_id = %(company)s AND a.credit_id IS NULL AND (NOT a.at_entry OR a.undoes_id IS NOT NULL)
           AND ('payable_allocation', a.id) NOT IN (SELECT source_type, source_id FROM waiting))"""


def payable(company: Company) -> Iterator[str]:
    """Charges of landed cost documents that name a supplier are owed too."""
    yield from _compare(
        _("Supplier %(supplier)s: invoices less payments make %(stated)s, the payable accounts %(booked)s."),
        f"""{_AT_ENTRY},
            stated AS (
                SELECT s.dimension_value_id AS value_id, x.amount
                  FROM (SELECT i.supplier_id, i.gross AS amount FROM inventory_supplierinvoice i
                         WHERE i.company_id = %(company)s AND i.status IN ('confirmed', 'reversed')
                           AND ('supplier_invoice', i.id) NOT IN (SELECT source_type, source_id FROM waiting)
                        UNION ALL
                        SELECT supplier_id, CASE WHEN kind = 'refund' THEN settled ELSE -settled END FROM entered
                        UNION ALL
                        SELECT supplier_id, -amount FROM later) x
                  JOIN inventory_supplier s ON s.id = x.supplier_id
                UNION ALL
                SELECT d.party_id, CASE WHEN d.reversal_of_id IS NULL THEN 1 ELSE -1 END * (d.amount + d.tax)
                  FROM inventory_stockdocument d
                 WHERE d.company_id = %(company)s AND d.kind = 'landed_cost' AND d.party_id IS NOT NULL
                   AND d.status <> 'draft'
                   AND ('landed_cost', d.id) NOT IN (SELECT source_type, source_id FROM waiting))""",
        company,
        "payable",
        -1,
    )


def prepayments(company: Company) -> Iterator[str]:
    yield from _compare(
        _("Supplier %(supplier)s: payments not allocated make %(stated)s, the prepayment accounts %(booked)s."),
        f"""{_AT_ENTRY},
            stated AS (
                SELECT s.dimension_value_id AS value_id, x.amount
                  FROM (SELECT supplier_id, CASE WHEN kind = 'refund' THEN -1 ELSE 1 END * (whole - settled) AS amount
                          FROM entered
                        UNION ALL
                        SELECT supplier_id, -amount FROM later WHERE payment_id IS NOT NULL) x
                  JOIN inventory_supplier s ON s.id = x.supplier_id)""",
        company,
        "prepayments",
        1,
    )


def grni(company: Company) -> Iterator[str]:
    """Prices of receipts, less those of returns, less what invoices settled, less what the monthly reversal holds."""
    yield from _compare(
        _("Supplier %(supplier)s: receipts without invoice make %(stated)s, their accounts %(booked)s."),
        """stated AS (
               SELECT d.party_id AS value_id,
                      CASE WHEN (d.kind = 'purchase_receipt') = (d.reversal_of_id IS NULL) THEN 1 ELSE -1 END
                      * round(coalesce(m.given, abs(m.value)), 2) AS amount
                 FROM inventory_stockdocument d
                 JOIN inventory_stockmove m ON m.company_id = d.company_id AND m.document_id = d.id
                WHERE d.company_id = %(company)s AND d.kind IN ('purchase_receipt', 'purchase_return')
                  AND d.status <> 'draft' AND (d.kind, d.id) NOT IN (SELECT source_type, source_id FROM waiting)
               UNION ALL
               SELECT s.dimension_value_id, -i.estimate
                 FROM inventory_supplierinvoice i
                 JOIN inventory_supplier s ON s.id = i.supplier_id
                WHERE i.company_id = %(company)s AND i.status IN ('confirmed', 'reversed') AND i.estimate <> 0
                  AND ('supplier_invoice', i.id) NOT IN (SELECT source_type, source_id FROM waiting)
               UNION ALL
               SELECT d.party_id, -r.amount
                 FROM inventory_estimatereversal r
                 JOIN inventory_stockdocumentline l ON l.id = r.stock_line_id
                 JOIN inventory_stockdocument d ON d.id = l.document_id
                WHERE r.company_id = %(company)s AND NOT r.renewed
                  AND ('period_opening', d.id) NOT IN (SELECT source_type, source_id FROM waiting))""",
        company,
        "grni",
        -1,
    )


def documents(company: Company) -> Iterator[str]:
    """Totals of invoices and amounts allocated to them."""
    parameters = {"company": company.pk}
    yield from sentences(
        _("Supplier invoice %(document)s: net %(net)s, tax %(tax)s; its lines make %(sum_net)s, %(sum_tax)s."),
        """SELECT i.number AS document, i.net, i.tax, coalesce(s.net, 0) AS sum_net, coalesce(s.tax, 0) AS sum_tax
             FROM inventory_supplierinvoice i
             LEFT JOIN (SELECT invoice_id, sum(net) AS net, sum(tax) AS tax FROM inventory_supplierinvoiceline
                         WHERE company_id = %(company)s GROUP BY invoice_id) s ON s.invoice_id = i.id
            WHERE i.company_id = %(company)s AND (i.net, i.tax) <> (coalesce(s.net, 0), coalesce(s.tax, 0))
            ORDER BY i.date, i.id""",
        parameters,
    )
    yield from sentences(
        _("Supplier invoice %(document)s over %(gross)s: %(settled)s is allocated to it."),
        """SELECT i.number AS document, i.gross, s.amount AS settled
             FROM (SELECT a.invoice_id, sum(a.amount) AS amount FROM inventory_payableallocation a
                     LEFT JOIN inventory_supplierpayment p ON p.id = a.payment_id
                    WHERE a.company_id = %(company)s AND coalesce(p.status, 'confirmed') = 'confirmed'
                    GROUP BY a.invoice_id) s
             JOIN inventory_supplierinvoice i ON i.id = s.invoice_id
            WHERE s.amount > abs(i.gross) OR s.amount < 0 ORDER BY i.date, i.id""",
        parameters,
    )
