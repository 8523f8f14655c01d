"""What purchasing asks at a period's end: its invoices and payments are confirmed, its estimates are made again."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company, GrniPolicy
from inventory.purchasing.models import EstimateReversal, InvoiceStatus, SupplierInvoice, SupplierPayment
from ledger.closing.checks import FINE, Finding, register_check
from ledger.periods.models import Period

NAMED = 5


def register() -> None:
    """Called once when Django starts."""
    register_check(
        "purchasing_documents", _("Supplier invoices and payments are confirmed"), drafts, order=31, is_blocking=False
    )
    register_check("estimates_renewed", _("Reversed estimates are made again"), estimates, order=34, is_blocking=False)


def drafts(company: Company, period: Period) -> Finding:
    """Invoices and payments dated in the period that are still drafts."""
    names: list[str] = []
    count, page = 0, ""
    for model, url in ((SupplierInvoice, "supplier_invoice_list"), (SupplierPayment, "supplier_payment_list")):
        rows = model._default_manager.filter(
            company=company, status=InvoiceStatus.DRAFT, date__gte=period.start, date__lte=period.end
        ).order_by("date", "number")
        if found := rows.count():
            count, page = count + found, page or reverse(url)
            names += list(rows.values_list("number", flat=True)[:NAMED])
    if not count:
        return FINE
    return Finding(count, ", ".join(names[:NAMED]) + ("…" if count > NAMED else ""), page)


def estimates(company: Company, period: Period) -> Finding:
    """Receipts whose estimate was taken back in the period, or before, and whose invoice has still not come."""
    if company.grni_policy != GrniPolicy.MONTHLY_REVERSAL:
        return FINE
    rows = EstimateReversal.objects.filter(company=company, period__start__lte=period.start, renewed=False)
    held = rows.exclude(amount=0).select_related("stock_line__document").order_by("pk")
    if not (count := held.count()):
        return FINE
    names = [row.stock_line.document.number for row in held[:NAMED]]
    return Finding(
        count, ", ".join(dict.fromkeys(names)) + ("…" if count > NAMED else ""), reverse("estimate_reversals")
    )
