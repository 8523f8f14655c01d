"""Invariants of sales: receivable = invoices, totals = lines, nothing delivered or invoiced beyond the order."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.verify import register_check, sentences
from ledger.posting.queries import accounts_of_key


def register() -> None:
    """Called once when Django starts."""
    register_check(4, "receivable_is_invoices", _("Receivable by customer = confirmed invoices"), receivable)
    register_check(10, "sales_documents", _("Sales orders and invoices: totals = lines, one event each"), documents)
    register_check(10, "nothing_beyond_orders", _("Delivered and invoiced quantities stay within the order"), orders)


def receivable(company: Company) -> Iterator[str]:
    """Turnover of the receivable accounts (posted, or waiting for review) against invoices whose event is in the
    ledger. Opening balances have no invoices here, so neither side counts them."""
    yield from sentences(
        _("Customer %(customer)s: invoices make %(invoiced)s, the receivable accounts %(booked)s."),
        """WITH invoices AS (
               SELECT c.dimension_value_id AS customer_id, i.gross AS invoiced, 0 AS booked
                 FROM sales_salesinvoice i
                 JOIN sales_customer c ON c.id = i.customer_id
                 LEFT JOIN ledger_businessevent e
                   ON e.company_id = i.company_id AND e.source_type = 'sales_invoice' AND e.source_id = i.id
                WHERE i.company_id = %(company)s AND i.status = 'confirmed'
                  AND coalesce(e.state, '') NOT IN ('pending', 'failed')),
           booked AS (
               SELECT dimension_set_id, debit - credit AS booked FROM ledger_accountbalance
                WHERE company_id = %(company)s AND account_id = ANY(%(accounts)s)
               UNION ALL
               SELECT l.dimension_set_id, l.debit - l.credit
                 FROM ledger_voucher v
                 JOIN ledger_voucherline l ON l.company_id = v.company_id AND l.voucher_id = v.id
                WHERE v.company_id = %(company)s AND v.status IN ('draft', 'reviewed') AND v.kind = 'generated'
                  AND l.account_id = ANY(%(accounts)s)),
           both_sides AS (
               SELECT customer_id, invoiced, booked FROM invoices
               UNION ALL
               SELECT s.value_id, 0, b.booked
                 FROM booked b
                 LEFT JOIN (SELECT s.dimension_set_id, s.value_id
                              FROM ledger_dimensionsetitem s
                              JOIN ledger_dimensiontype t ON t.id = s.dimension_type_id AND t.code = 'customer'
                             WHERE s.company_id = %(company)s) s ON s.dimension_set_id = b.dimension_set_id)
           SELECT coalesce(n.code || ' ' || n.name, '?') AS customer, sum(b.invoiced) AS invoiced,
                  sum(b.booked) AS booked
             FROM both_sides b LEFT JOIN ledger_dimensionvalue n ON n.id = b.customer_id
            GROUP BY b.customer_id, n.code, n.name HAVING sum(b.invoiced) <> sum(b.booked)
            ORDER BY n.code""",
        {"company": company.pk, "accounts": accounts_of_key(company.pk, "receivable")},
    )


def documents(company: Company) -> Iterator[str]:
    parameters = {"company": company.pk}
    for template, header, line, owner in (
        (
            _(
                "Order %(document)s: net %(net)s, tax %(tax)s, gross %(gross)s; its lines make %(sum_net)s, "
                "%(sum_tax)s, %(sum_gross)s."
            ),
            "sales_salesorder",
            "sales_salesorderline",
            "order_id",
        ),
        (
            _(
                "Invoice %(document)s: net %(net)s, tax %(tax)s, gross %(gross)s; its lines make %(sum_net)s, "
                "%(sum_tax)s, %(sum_gross)s."
            ),
            "sales_salesinvoice",
            "sales_salesinvoiceline",
            "invoice_id",
        ),
    ):
        yield from sentences(
            template,
            f"""SELECT d.number AS document, d.net, d.tax, d.gross, s.net AS sum_net, s.tax AS sum_tax,
                       s.gross AS sum_gross
                  FROM {header} d
                  LEFT JOIN (SELECT {owner} AS owner, sum(net) AS net, sum(tax) AS tax, sum(gross) AS gross
                               FROM {line} WHERE company_id = %(company)s GROUP BY {owner}) s ON s.owner = d.id
                 WHERE d.company_id = %(company)s
                   AND ((d.net, d.tax, d.gross) <> (coalesce(s.net, 0), coalesce(s.tax, 0), coalesce(s.gross, 0))
                        OR d.gross <> d.net + d.tax)
                 ORDER BY d.date, d.id""",
            parameters,
        )
    yield from sentences(
        _("Invoice %(document)s is %(status)s and has %(events)s events; it needs %(needed)s."),
        """SELECT i.number AS document, i.status, count(e.id) AS events,
                  CASE WHEN i.status = 'confirmed' THEN 1 ELSE 0 END AS needed
             FROM sales_salesinvoice i
             LEFT JOIN ledger_businessevent e
               ON e.company_id = i.company_id AND e.source_type = 'sales_invoice' AND e.source_id = i.id
            WHERE i.company_id = %(company)s
            GROUP BY i.id HAVING count(e.id) <> CASE WHEN i.status = 'confirmed' THEN 1 ELSE 0 END
            ORDER BY i.date, i.id""",
        parameters,
    )


def orders(company: Company) -> Iterator[str]:
    parameters = {"company": company.pk}
    yield from sentences(
        _("Order %(document)s, line %(line)s: %(delivered)s delivered of %(qty)s ordered."),
        """SELECT o.number AS document, l.line_no AS line, s.qty AS delivered, abs(l.qty) AS qty
             FROM (SELECT sl.source_line_id,
                          sum(CASE WHEN d.reversal_of_id IS NULL THEN sl.qty ELSE -sl.qty END) AS qty
                     FROM inventory_stockdocumentline sl
                     JOIN inventory_stockdocument d ON d.id = sl.document_id AND d.company_id = sl.company_id
                    WHERE sl.company_id = %(company)s AND sl.source_line_id IS NOT NULL
                      AND d.source_type = 'sales_order' AND d.status <> 'draft'
                    GROUP BY sl.source_line_id) s
             JOIN sales_salesorderline l ON l.id = s.source_line_id AND l.company_id = %(company)s
             JOIN sales_salesorder o ON o.id = l.order_id
            WHERE s.qty > abs(l.qty) * (1 + o.over_delivery) OR s.qty < 0 ORDER BY o.date, o.id, l.line_no""",
        parameters,
    )
    yield from sentences(
        _("Order %(document)s, line %(line)s: %(invoiced)s invoiced of %(qty)s ordered."),
        """SELECT o.number AS document, l.line_no AS line, s.qty AS invoiced, l.qty
             FROM (SELECT il.order_line_id, sum(il.qty) AS qty
                     FROM sales_salesinvoiceline il
                     JOIN sales_salesinvoice i ON i.id = il.invoice_id AND i.company_id = il.company_id
                    WHERE il.company_id = %(company)s AND il.order_line_id IS NOT NULL AND i.status = 'confirmed'
                    GROUP BY il.order_line_id) s
             JOIN sales_salesorderline l ON l.id = s.order_line_id AND l.company_id = %(company)s
             JOIN sales_salesorder o ON o.id = l.order_id
            WHERE abs(s.qty) > abs(l.qty) OR s.qty * l.qty < 0 ORDER BY o.date, o.id, l.line_no""",
        parameters,
    )
