"""What of purchasing hangs on a stock document, so that it cannot be reversed first."""

from django.db import connection

from inventory.documents.dependents import register_dependents


def register() -> None:
    """Called once when Django starts."""
    register_dependents(dependents)


def dependents(company_id: int, document_id: int) -> list[str]:
    """Numbers of invoices that settle lines of the document or placed their variance with it, and periods whose
    monthly reversal took its estimate."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT DISTINCT i.number
                 FROM inventory_stockdocumentline l
                 JOIN inventory_invoicematch m ON m.company_id = l.company_id AND m.stock_line_id = l.id AND m.is_live
                 JOIN inventory_supplierinvoiceline il ON il.id = m.invoice_line_id
                 JOIN inventory_supplierinvoice i ON i.id = il.invoice_id
                WHERE l.company_id = %(company)s AND l.document_id = %(document)s
               UNION
               SELECT i.number
                 FROM inventory_stockdocument d
                 JOIN inventory_supplierinvoice i ON i.company_id = d.company_id AND i.id = d.source_id
                  AND i.status = 'confirmed'
                WHERE d.company_id = %(company)s AND d.id = %(document)s AND d.kind = 'invoice_variance'
                  AND d.source_type = 'supplier_invoice'
               UNION
               SELECT p.year || '-' || lpad(p.number::text, 2, '0')
                 FROM inventory_stockdocumentline l
                 JOIN inventory_estimatereversal r ON r.company_id = l.company_id AND r.stock_line_id = l.id
                 JOIN ledger_period p ON p.id = r.period_id
                WHERE l.company_id = %(company)s AND l.document_id = %(document)s
               ORDER BY 1""",
            {"company": company_id, "document": document_id},
        )
        return [number for (number,) in cursor.fetchall()]
