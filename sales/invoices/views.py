"""Sales invoices: list, and one with its voucher."""

from typing import Any

from django.db.models import OuterRef, Subquery
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django_tables2 import RequestConfig

from erp.core.web.exports import wants_excel, workbook_of_table
from erp.core.web.views import allowed, page
from inventory.documents.story import Step, day_and_time, event_step, events_of
from ledger.posting.models import BusinessEvent
from sales.events import SALES_INVOICE
from sales.invoices.filters import SalesInvoiceFilter
from sales.invoices.models import InvoiceKind, SalesInvoice
from sales.invoices.tables import SalesInvoiceTable


@page("sales.view_document")
def sales_invoice_list(request: Any) -> HttpResponse:
    """Invoices, blue and red, each with its voucher."""
    event = BusinessEvent.objects.filter(company=request.company, source_type=SALES_INVOICE, source_id=OuterRef("pk"))
    invoices = SalesInvoice.objects.filter(company=request.company).select_related("customer", "order")
    invoices = invoices.annotate(
        event_state=Subquery(event.values("state")[:1]),
        voucher_word=Subquery(event.values("voucher__word")[:1]),
        voucher_number=Subquery(event.values("voucher__number")[:1]),
    )
    found = SalesInvoiceFilter(request.GET, invoices)
    table = SalesInvoiceTable(found.qs.order_by("-date", "-id"))
    if wants_excel(request):
        return workbook_of_table(request, table, _("Sales invoices"), "sales-invoices")
    RequestConfig(request, paginate={"per_page": 50}).configure(table)
    return render(request, "sales/invoices/list.html", {"filter": found, "table": table})


@page("sales.view_document")
def sales_invoice_detail(request: Any, pk: int) -> HttpResponse:
    """Head, lines, and what became of it in the ledger."""
    related = ("customer", "order", "created_by", "confirmed_by")
    invoice = get_object_or_404(SalesInvoice.objects.select_related(*related), company=request.company, pk=pk)
    sees_voucher = allowed(request, "ledger.view_voucher")
    steps = [
        Step("done", _("Issued"), text=invoice.confirmed_by or _("System"), when=day_and_time(invoice.confirmed_at))
    ]
    steps += [
        event_step(event, sees_voucher=sees_voucher)
        for event in events_of(request.company.pk, SALES_INVOICE, invoice.pk)
    ]
    facts: list[dict[str, Any]] = [
        {
            "label": _("Customer"),
            "value": invoice.customer,
            "url": reverse("customer_detail", args=[invoice.customer_id]),
        },
        {"label": _("Date"), "value": f"{invoice.date:%Y-%m-%d}"},
    ]
    if invoice.order is not None:
        url = reverse("sales_order_detail", args=[invoice.order_id])
        facts.append({"label": _("Order"), "value": invoice.order, "url": url})
    if invoice.external_no:
        facts.append({"label": _("External no."), "value": invoice.external_no})
    context = {
        "invoice": invoice,
        "is_red": invoice.kind == InvoiceKind.RED,
        "lines": invoice.lines.select_related("item").order_by("line_no"),
        "facts": facts,
        "steps": [step._asdict() for step in steps],
    }
    return render(request, "sales/invoices/detail.html", context)
