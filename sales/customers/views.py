"""Customers: list with what they owe, one with its documents, form, and the look-up that documents ask."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django_tables2 import RequestConfig

from erp.core.money import ZERO
from erp.core.web.exports import wants_excel, workbook_of_table
from erp.core.web.views import allowed, page
from sales.credit import receivable_accounts, receivables
from sales.customers import lookup
from sales.customers.filters import CustomerFilter
from sales.customers.forms import CustomerForm
from sales.customers.models import Customer
from sales.customers.services import save_customer
from sales.customers.tables import CustomerTable
from sales.invoices.models import SalesInvoice
from sales.orders.models import SalesOrder

RECENT = 10


@page("sales.view_document")
def customer_list(request: Any) -> HttpResponse:
    """Customers with their receivable as the ledger has it."""
    customers = Customer.objects.filter(company=request.company).select_related("group").order_by("code")
    found = CustomerFilter(request.GET, customers, company=request.company)
    table = CustomerTable(found.qs, owed=receivables(request.company))
    if wants_excel(request):
        return workbook_of_table(request, table, _("Customers"), "customers")
    RequestConfig(request, paginate={"per_page": 50}).configure(table)
    context = {"filter": found, "table": table, "may_edit": allowed(request, "sales.manage_customer")}
    return render(request, "sales/customers/list.html", context)


@page("sales.view_document")
def customer_detail(request: Any, pk: int) -> HttpResponse:
    """One customer: what it owes, its latest orders and invoices."""
    customer = get_object_or_404(
        Customer.objects.select_related("group", "dimension_value"), company=request.company, pk=pk
    )
    owed = receivables(request.company, [customer.dimension_value_id]).get(customer.dimension_value_id, ZERO)
    orders = SalesOrder.objects.filter(company=request.company, customer=customer).order_by("-date", "-id")
    invoices = SalesInvoice.objects.filter(company=request.company, customer=customer).order_by("-date", "-id")
    context = {
        "customer": customer,
        "facts": [
            (_("Code"), customer.code),
            (_("Name"), customer.name),
            (_("Group"), customer.group.name),
            (_("Region"), customer.region),
        ],
        "owed": owed,
        "drill": _ledger_drill(request, customer),
        "orders": orders[:RECENT],
        "invoices": invoices[:RECENT],
        "may_edit": allowed(request, "sales.manage_customer"),
        "may_enter": allowed(request, "sales.enter_document"),
    }
    return render(request, "sales/customers/detail.html", context)


def _ledger_drill(request: Any, customer: Customer) -> str:
    """The book of the receivable account for this customer, for those who may read books."""
    accounts = receivable_accounts(request.company) if allowed(request, "ledger.view_report") else []
    if not accounts:
        return ""
    query = urlencode({"account": accounts[0], "value": f"customer:{customer.dimension_value.code}"})
    return f"{reverse('account_lines')}?{query}"


@page("sales.manage_customer")
def customer_edit(request: Any, pk: int | None = None) -> HttpResponse:
    """Enter or change a customer."""
    customer = get_object_or_404(Customer, company=request.company, pk=pk) if pk else None
    form = CustomerForm(request.POST or None, instance=customer, company=request.company)
    if request.method == "POST" and form.is_valid():
        saved = save_customer(form.instance, by=request.user)
        messages.success(request, _("%(customer)s is saved.") % {"customer": saved})
        return redirect("customer_detail", pk=saved.pk)
    return render(request, "sales/customers/form.html", {"form": form, "customer": customer})


@page("sales.view_document")
def customer_lookup(request: HttpRequest) -> HttpResponse:
    """Customers for a look-up cell: ``?q=``."""
    text = request.GET.get("q", "")
    found = lookup.search(request.company.pk, text) if text.strip() else []  # type: ignore[attr-defined]
    return JsonResponse({"results": [lookup.as_json(customer) for customer in found]})
