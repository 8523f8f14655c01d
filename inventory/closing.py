"""What inventory asks at a period's end: documents are confirmed, stock is what the ledger says, stock is closed."""

from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from inventory.costing.stock_periods import has_documents, is_closed
from inventory.documents.models import DocumentStatus, StockDocument
from inventory.reports.room import link
from inventory.verify import stock_differences
from ledger.closing.checks import FINE, Finding, register_check
from ledger.periods.models import Period

NAMED = 5


def register() -> None:
    """Called once when Django starts."""
    register_check("stock_documents", _("Stock documents are confirmed"), drafts, order=30, is_blocking=False)
    register_check("stock_is_ledger", _("Stock = stock accounts of the ledger"), stock, order=35, is_blocking=True)
    register_check("stock_closed", _("The stock of the period is closed"), closed, order=38, is_blocking=True)


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
    return Finding(len(found), " ".join(found[:NAMED]), link("stock_reconciliation", to=period))


def closed(company: Company, period: Period) -> Finding:
    """The ledger closes after its stock: a period in which no goods moved needs no closing of stock."""
    if is_closed(company, period) or not has_documents(company, period):
        return FINE
    text = _now("Close the stock of period %(period)s first.") % {"period": period}
    return Finding(1, text, reverse("costing_period", args=[period.pk]))
