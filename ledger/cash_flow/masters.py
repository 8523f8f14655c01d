"""Pages of cash-flow items and of their defaults by account."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from erp.core.web.views import allowed, page
from ledger.cash_flow.forms import DefaultForm, ItemForm
from ledger.cash_flow.models import CashFlowDefault, CashFlowItem


@page("ledger.view_account")
def item_list(request: HttpRequest) -> HttpResponse:
    """The items in the order of the statement."""
    company = request.company  # type: ignore[attr-defined]
    items = CashFlowItem.objects.filter(company=company)
    context = {"items": items, "may_change": allowed(request, "ledger.manage_cash_flow")}
    return render(request, "ledger/cash_flow/items.html", context)


@page("ledger.manage_cash_flow")
def item_edit(request: HttpRequest, item_id: int | None = None) -> HttpResponse:
    """A new item, or an existing one. An item that was used is switched off, not deleted."""
    company = request.company  # type: ignore[attr-defined]
    item = get_object_or_404(CashFlowItem, company=company, pk=item_id) if item_id else CashFlowItem(company=company)
    form = ItemForm(request.POST or None, instance=item)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("%(item)s is saved.") % {"item": item})
        return redirect("cash_flow_items")
    return render(request, "ledger/cash_flow/item_form.html", {"form": form, "item": item if item_id else None})


@page("ledger.view_account")
def default_list(request: HttpRequest) -> HttpResponse:
    """Defaults by account and direction; saving one that exists replaces its item."""
    company = request.company  # type: ignore[attr-defined]
    may_change = allowed(request, "ledger.manage_cash_flow")
    form = DefaultForm(request.POST or None, company=company)
    if request.method == "POST" and may_change and form.is_valid():
        given = form.cleaned_data
        CashFlowDefault.objects.update_or_create(
            company=company,
            account_prefix=given["account_prefix"],
            direction=given["direction"],
            defaults={"item": given["item"]},
        )
        messages.success(request, _("The default of %(account)s is saved.") % {"account": given["account_prefix"]})
        return redirect("cash_flow_defaults")
    rows = CashFlowDefault.objects.filter(company=company).select_related("item")
    context = {"form": form, "rows": rows, "may_change": may_change}
    return render(request, "ledger/cash_flow/defaults.html", context)


@require_POST
@page("ledger.manage_cash_flow")
def default_delete(request: HttpRequest, default_id: int) -> HttpResponse:
    get_object_or_404(CashFlowDefault, company=request.company, pk=default_id).delete()  # type: ignore[attr-defined]
    return redirect("cash_flow_defaults")
