"""The page of what suppliers still have to deliver."""

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.reports import ReportResult
from erp.core.web.exports import wants_excel, workbook_of_report
from erp.core.web.lines import make_lookup
from erp.core.web.views import allowed, page
from inventory.documents.dates import working_date
from inventory.purchasing.cells import SupplierCellMixin
from inventory.purchasing.permissions import sees_prices
from inventory.reports import open_orders

PER_PAGE = 100


class ComingFilter(SupplierCellMixin):
    item_text = forms.CharField(label=_("Item"), required=False)
    item = forms.IntegerField(required=False, widget=forms.HiddenInput)
    late = forms.ChoiceField(
        label=_("Lateness"), required=False, choices=[("", _("All")), ("1", _("Only what is late"))]
    )
    field_order = ("supplier_text", "item_text", "late", "supplier", "item")

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, company=company, **kwargs)
        self.fields["supplier_text"].required = False
        make_lookup(self, "item_text", "item", reverse("item_lookup"))


@page("purchasing.view_document")
def purchase_orders_to_come(request: Any) -> HttpResponse:
    """Open lines of confirmed orders, those expected first; a keeper sees no prices."""
    form = ComingFilter(request.GET, company=request.company)
    asked: dict[str, Any] = form.cleaned_data if form.is_valid() else {}
    rows = open_orders.coming(
        request.company,
        day=working_date(request.company),
        supplier_id=asked.get("supplier") if asked.get("supplier_text") else None,
        item_id=asked.get("item") if asked.get("item_text") else None,
    )
    if asked.get("late"):
        rows = [row for row in rows if row.late]
    totals, shown = open_orders.totals(rows), sees_prices(request)
    if wants_excel(request):
        columns = [column for column in open_orders.COLUMNS if shown or column.key not in open_orders.PRICED]
        result = ReportResult(rows, totals if shown else None)
        return workbook_of_report(request, open_orders.REPORT, result, columns, "orders-to-come")
    context = {
        "form": form,
        "page_obj": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "totals": totals,
        "sees_prices": shown,
        "may_receive": allowed(request, "inventory.enter_document"),
    }
    return render(request, "inventory/purchasing/coming.html", context)
