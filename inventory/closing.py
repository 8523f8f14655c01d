"""What inventory asks at a period's end: its documents are confirmed, and stock is what the ledger says."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from inventory.documents.models import DocumentStatus, StockDocument
from inventory.verify import stock_differences
from ledger.closing.checks import FINE, Finding, register_check
from ledger.periods.models import Period

NAMED = 5


def register() -> None:
    """Called once when Django starts."""
    register_check("stock_documents", _("Stock documents are confirmed"), drafts, order=30, is_blocking=False)
    register_check("stock_is_ledger", _("Stock = stock accounts of the ledger"), stock, order=35, is_blocking=True)


def drafts(company: Company, period: Period) -> Finding:
    """Documents dated in the period that have not moved stock yet."""
    rows = StockDocument.objects.filter(
        company=company, status=DocumentStatus.DRAFT, date__gte=period.start, date__lte=period.end
    )
    if not (count := rows.count()):
        return FINE
    names = list(rows.order_by("date", "number").values_list("number", flat=True)[:NAMED])
    return Finding(count, ", ".join(names) + ("…" if count > NAMED else ""), reverse("stock_document_list"))


def stock(company: Company, period: Period) -> Finding:
    """Items whose stock and stock accounts moved differently up to the period's end."""
    found = stock_differences(company, until=period)
    if not found:
        return FINE
    return Finding(len(found), " ".join(found[:NAMED]), reverse("posting_monitor"))
