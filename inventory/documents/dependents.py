"""What hangs on a confirmed document, so that it cannot be reversed: returns, landed costs, arrivals, invoices.

Stock documents are known here; subjects above (invoices, sales) register what they know.
"""

from collections.abc import Callable, Iterable

from django.db import connection

Provider = Callable[[int, int], Iterable[str]]
_PROVIDERS: list[Provider] = []


def register_dependents(provider: Provider) -> None:
    """``provider(company_id, stock document id)`` gives the numbers of live documents that need it."""
    if provider not in _PROVIDERS:
        _PROVIDERS.append(provider)


def dependents_of(company_id: int, document_id: int) -> list[str]:
    """Numbers of the live documents that refer to this one."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT DISTINCT d.number
                 FROM inventory_stockdocumentline o
                 JOIN inventory_stockdocumentline l ON l.company_id = o.company_id AND l.of_line_id = o.id
                 JOIN inventory_stockdocument d ON d.id = l.document_id AND d.company_id = l.company_id
                  AND d.status = 'confirmed' AND d.reversal_of_id IS NULL AND d.kind <> 'invoice_variance'
                WHERE o.company_id = %s AND o.document_id = %s AND d.id <> o.document_id
                ORDER BY d.number""",
            [company_id, document_id],
        )
        found = [row[0] for row in cursor.fetchall()]
    for provider in _PROVIDERS:
        found.extend(number for number in provider(company_id, document_id) if number not in found)
    return found
