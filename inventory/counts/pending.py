"""Count differences that wait for a decision (待处理财产损溢): by stock document and reason, less what was settled.

They stand in the account of pending differences, which must be zero at the year's end. A document whose event was
posted in one step passed that account and leaves nothing to decide.
"""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from erp.core.companies.models import Company
from inventory.counts.models import DisposalKind
from inventory.documents.models import DocumentKind, Reason


class Pending(NamedTuple):
    """``amount``: cost of the difference with the input VAT that left with it; ``settled`` part of it."""

    document_id: int
    document_kind: str
    number: str
    date: dt.date
    warehouse: str
    department_id: int | None
    reason: str
    kind: str
    amount: Decimal
    settled: Decimal

    @property
    def open(self) -> Decimal:
        return self.amount - self.settled

    @property
    def reason_label(self) -> str:
        return str(Reason(self.reason).label) if self.reason else ""

    @property
    def kind_label(self) -> str:
        return str(DisposalKind(self.kind).label)

    @property
    def document_label(self) -> str:
        return f"{DocumentKind(self.document_kind).label} {self.number}"


# Documents that reach the account of pending differences: what they moved by reason, and what was decided about it.
_PENDING = """
WITH moved AS (
    SELECT d.id, d.kind, d.number, d.date, d.warehouse_id, d.department_id,
           CASE WHEN d.kind IN ('count_gain', 'other_receipt') THEN 'gain' ELSE 'loss' END AS side,
           coalesce(nullif(l.reason, ''), d.reason) AS reason,
           sum(abs(m.value)) + sum(l.input_tax_out) AS amount
      FROM inventory_stockdocument d
      JOIN inventory_stockdocumentline l ON l.company_id = d.company_id AND l.document_id = d.id
      JOIN LATERAL (SELECT sum(m.value) AS value FROM inventory_stockmove m
                     WHERE m.company_id = d.company_id AND m.document_line_id = l.id) m ON true
     WHERE d.company_id = %(company)s AND d.status = 'confirmed' AND d.reversal_of_id IS NULL
       AND (d.kind IN ('count_gain', 'count_loss')
            OR (d.kind = 'other_receipt' AND d.reason = 'found')
            OR (d.kind = 'other_issue' AND d.reason = 'correction'))
       AND (%(documents)s::bigint[] IS NULL OR d.id = ANY(%(documents)s))
       AND NOT EXISTS (SELECT 1 FROM ledger_businessevent e
                        WHERE e.company_id = d.company_id AND e.source_type = d.kind AND e.source_id = d.id
                          AND e.payload -> 'facts' ->> 'one_step' = '1')
     GROUP BY d.id, coalesce(nullif(l.reason, ''), d.reason)),
settled AS (
    SELECT s.document_id, s.reason, sum(s.amount) AS amount
      FROM inventory_countdisposal s
     WHERE s.company_id = %(company)s AND (%(documents)s::bigint[] IS NULL OR s.document_id = ANY(%(documents)s))
     GROUP BY s.document_id, s.reason)
SELECT m.id, m.kind, m.number, m.date, w.name, m.department_id, m.reason, m.side, m.amount, coalesce(s.amount, 0)
  FROM moved m
  JOIN inventory_warehouse w ON w.id = m.warehouse_id
  LEFT JOIN settled s ON s.document_id = m.id AND s.reason = m.reason
 WHERE %(every)s OR m.amount <> coalesce(s.amount, 0)
 ORDER BY m.date, m.id, m.reason
"""


def pending(company: Company, *, document_ids: Sequence[int] | None = None, every: bool = False) -> list[Pending]:
    """What waits for a decision; with ``every`` what is settled too. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            _PENDING,
            {
                "company": company.pk,
                "documents": list(document_ids) if document_ids is not None else None,
                "every": every,
            },
        )
        return [Pending(*row) for row in cursor.fetchall()]
