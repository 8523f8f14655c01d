"""Input VAT of special invoices that waits for certification (待认证进项税额), and certifying it (勾选确认)."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from erp.core.companies.models import Company
from erp.core.retries import transactional
from inventory.purchasing import events
from inventory.purchasing.models import InvoiceStatus, SupplierInvoice
from inventory.purchasing.refusals import AlreadyCertified
from inventory.suppliers.queries import supplier_facts
from ledger.periods.services import hold_open
from ledger.posting.events import NewEvent, raise_events


@transactional
def certify_invoices(
    company: Company, invoice_ids: Sequence[int], *, by: Any, date: dt.date | None = None
) -> list[int]:
    """Their tax becomes input VAT on ``date``. Raises ``AlreadyCertified``, ``PeriodClosed``, ``NoPeriod``."""
    day = date or timezone.localdate()
    if problem := hold_open(company.pk, [day]).get(day):
        raise problem
    rows = list(SupplierInvoice.objects.select_for_update().filter(company=company, pk__in=invoice_ids).order_by("pk"))
    suppliers = supplier_facts(company.pk, {row.supplier_id for row in rows})
    raised = []
    for row in rows:
        told = events.told(company.pk, events.INVOICE, row.pk)
        pending = [
            {"id": line["id"], "facts": line["facts"], "measures": {"tax": line["measures"]["tax_pending"]}}
            for event in told
            for line in event.payload["lines"]
            if "tax_pending" in line["measures"]
        ]
        if row.status != InvoiceStatus.CONFIRMED or row.reversal_of_id or row.is_certified or not pending:
            raise AlreadyCertified(number=row.number)
        supplier = suppliers[row.supplier_id]
        raised.append(
            NewEvent(
                event_type="input_vat_certified",
                source_type=events.INVOICE,
                source_id=row.pk,
                business_date=max(day, row.date),
                document_no=row.number,
                party=supplier.name,
                facts=supplier.facts,
                lines=pending,
            )
        )
        row.is_certified = True
        row.save(update_fields=["is_certified"])
    raise_events(company.pk, raised)
    return [row.pk for row in rows]
