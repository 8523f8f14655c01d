"""Pages of what is owed, of receipts not invoiced and of purchases in sum; each leads down to the documents."""

import calendar
import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.money import ZERO
from erp.core.reports import ReportResult
from erp.core.web.exports import wants_excel, workbook_of_report
from erp.core.web.views import allowed, page
from inventory.documents.dates import working_date
from inventory.purchasing.cells import SupplierCellMixin
from inventory.purchasing.forms_orders import day_input
from inventory.purchasing.open_items import open_invoices, open_payments
from inventory.purchasing.payables import balances
from inventory.reports import grni as received
from inventory.reports import payables as owed
from inventory.reports import purchase_summary as summary
from inventory.suppliers.models import Supplier

PER_PAGE = 100
SHOWN_IN_CHART = 12


def _with_day(request: Any) -> Any:
    """What was asked; where no day is named the working date, so that old books are not read as long overdue."""
    given = request.GET.copy()
    if not given.get("day"):
        given["day"] = working_date(request.company).isoformat()
    return given


class PayablesFilter(forms.Form):
    text = forms.CharField(label=_("Supplier"), required=False)
    day = forms.DateField(label=_("On"), required=False, widget=day_input())


@page("ledger.view_report")
def payables(request: Any) -> HttpResponse:
    """What is owed to each supplier, by days overdue, and what was paid in advance."""
    form = PayablesFilter(_with_day(request))
    asked: dict[str, Any] = form.cleaned_data if form.is_valid() else {}
    result = owed.result(request.company, day=asked.get("day"), text=asked.get("text") or "")
    if wants_excel(request):
        return workbook_of_report(request, owed.REPORT, result, owed.COLUMNS, "payables")
    sees_cost = allowed(request, "inventory.view_cost")
    context = {
        "form": form,
        "rows": result.rows,
        "totals": result.totals,
        "buckets": owed.BUCKETS,
        "sees_cost": sees_cost,
        "estimate": received.totals(received.grni(request.company))["open_estimate"] if sees_cost else None,
        "may_pay": allowed(request, "purchasing.enter_payment"),
        "may_allocate": allowed(request, "purchasing.allocate_payment"),
    }
    return render(request, "inventory/purchasing/payables.html", context)


@page("ledger.view_report")
def payables_supplier(request: Any, pk: int) -> HttpResponse:
    """The open items of one supplier."""
    supplier = get_object_or_404(Supplier, company=request.company, pk=pk)
    today = working_date(request.company)
    rows = balances(request.company, on=today, supplier_id=pk)
    context = {
        "supplier": supplier,
        "payable": rows[0] if rows else None,
        "invoices": [
            {"item": item, "late": (today - (item.due_on or item.date)).days if item.open > 0 else 0}
            for item in open_invoices(request.company.pk, supplier_id=pk)
        ],
        "payments": open_payments(request.company.pk, supplier_id=pk),
        "may_pay": allowed(request, "purchasing.enter_payment"),
        "may_allocate": allowed(request, "purchasing.allocate_payment"),
    }
    return render(request, "inventory/purchasing/payables_supplier.html", context)


class GrniFilter(SupplierCellMixin):
    text = forms.CharField(label=_("Item"), required=False)
    day = forms.DateField(label=_("On"), required=False, widget=day_input())
    field_order = ("supplier_text", "text", "day", "supplier")

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, company=company, **kwargs)
        self.fields["supplier_text"].required = False


@page("inventory.view_cost")
def grni(request: Any) -> HttpResponse:
    """Receipt lines whose invoice has not come, at what was estimated for them."""
    form = GrniFilter(_with_day(request), company=request.company)
    asked: dict[str, Any] = form.cleaned_data if form.is_valid() else {}
    supplier_id = asked.get("supplier") if asked.get("supplier_text") else None
    rows = received.grni(request.company, as_of=asked.get("day"), supplier_id=supplier_id, text=asked.get("text") or "")
    totals = received.totals(rows)
    if wants_excel(request):
        result = ReportResult(rows, totals, subtitle=[f"{asked.get('day') or timezone.localdate():%Y-%m-%d}"])
        return workbook_of_report(request, received.REPORT, result, received.COLUMNS, "grni")
    by_supplier: dict[str, Any] = {}
    for row in rows:
        by_supplier[row.supplier] = by_supplier.get(row.supplier, ZERO) + row.open_estimate
    context = {
        "form": form,
        "page_obj": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "totals": totals,
        "series": _series(by_supplier, str(_("Estimate"))),
        "may_invoice": allowed(request, "purchasing.enter_invoice"),
    }
    return render(request, "inventory/purchasing/grni.html", context)


def _series(sums: dict[str, Any], name: str) -> dict[str, Any] | None:
    """The largest of the sums for the chart; nothing where there is nothing to compare."""
    largest = sorted(sums.items(), key=lambda one: -one[1])[:SHOWN_IN_CHART]
    if len(largest) < 2:
        return None
    data = [float(amount) for _label, amount in largest]
    return {"names": [label for label, _amount in largest], "series": [{"name": name, "data": data}]}


class SummaryFilter(forms.Form):
    by = forms.ChoiceField(label=_("Group by"), choices=list(summary.BY.items()), required=False)
    first = forms.DateField(label=_("From"), required=False, widget=day_input())
    last = forms.DateField(label=_("To"), required=False, widget=day_input())
    supplier = forms.CharField(label=_("Supplier code"), required=False)
    item = forms.CharField(label=_("Item code"), required=False)


@page("inventory.view_cost")
def purchase_summary(request: Any) -> HttpResponse:
    """Purchases by supplier, item, category, month or document; the latest month if no days are given."""
    given = request.GET.copy()
    if "first" not in given and "last" not in given and (month := summary.latest_month(request.company)):
        end = month.replace(day=calendar.monthrange(month.year, month.month)[1])
        given["first"], given["last"] = month.isoformat(), end.isoformat()
    given.setdefault("by", "supplier")
    form = SummaryFilter(given)
    asked: dict[str, Any] = form.cleaned_data if form.is_valid() else {}
    by = asked.get("by") or "supplier"
    rows = summary.purchase_summary(
        request.company,
        by,
        asked.get("first") or dt.date.min,
        asked.get("last") or dt.date(9999, 12, 31),
        supplier=(asked.get("supplier") or "").strip(),
        item=(asked.get("item") or "").strip(),
    )
    totals = summary.totals(rows)
    has_name = by != "month"
    if wants_excel(request):
        columns = [column for column in summary.COLUMNS if has_name or column.key != "name"]
        result = ReportResult(rows, totals, subtitle=[f"{given.get('first', '')} – {given.get('last', '')}"])
        return workbook_of_report(request, summary.REPORT, result, columns, f"purchases-by-{by}")
    shown = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "by": by,
        "by_label": summary.BY[by],
        "page_obj": shown,
        "rows": [{"row": row, "url": _drill(by, row, given)} for row in shown],
        "totals": totals,
        "has_name": has_name,
        "series": _summary_series(by, rows),
    }
    return render(request, "inventory/purchasing/purchase_summary.html", context)


def _summary_series(by: str, rows: list[summary.PurchaseRow]) -> dict[str, Any] | None:
    chosen = rows if by == "month" else sorted(rows, key=lambda row: -max(row.received, row.invoiced))[:SHOWN_IN_CHART]
    if len(chosen) < 2 or by == "document":
        return None
    return {
        "names": [row.name or row.code or "–" for row in chosen],
        "series": [
            {"name": str(_("Goods received")), "data": [float(row.received) for row in chosen]},
            {"name": str(_("Invoiced")), "data": [float(row.invoiced) for row in chosen]},
        ],
    }


def _drill(by: str, row: summary.PurchaseRow, given: Any) -> str:
    """Where a row leads: a supplier to its items, an item to its documents, a month to its suppliers, a document to
    itself."""
    if row.key is None:
        return ""
    if by == "document":
        name = "stock_document_detail" if row.key > 0 else "supplier_invoice_detail"
        return reverse(name, args=[abs(row.key)])
    query = {name: given[name] for name in ("first", "last", "supplier", "item") if given.get(name)}
    if by == "supplier":
        query |= {"supplier": row.code, "by": "document" if given.get("item") else "item"}
    elif by == "item":
        query |= {"item": row.code, "by": "document"}
    elif by == "month":
        first = dt.date.fromisoformat(f"{row.code}-01")
        last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
        query |= {"first": first.isoformat(), "last": last.isoformat(), "by": "supplier"}
    else:
        return ""
    return "?" + urlencode(query)
