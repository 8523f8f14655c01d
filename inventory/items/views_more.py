"""Pages beside those of items: the tree of categories, and how an item is costed from now on."""

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from erp.core.errors import DomainError
from erp.core.web.lines import place
from erp.core.web.views import allowed, page
from inventory.items.forms import CategoryForm, MethodChangeForm
from inventory.items.method_changes import NoOpenPeriod, change_cost_method, first_open_day
from inventory.items.models import Item, ItemCategory
from inventory.items.services import save_category
from inventory.items.tree import nested


@page("inventory.view_stock")
def item_category_list(request: Any) -> HttpResponse:
    """The tree of categories with how many items are in each."""
    rows = ItemCategory.objects.filter(company=request.company).annotate(count=Count("items")).order_by("code")
    context = {"nodes": nested(rows), "may_edit": allowed(request, "inventory.manage_item")}
    return render(request, "inventory/items/categories.html", context)


@page("inventory.manage_item")
def item_category_edit(request: Any, pk: int | None = None) -> HttpResponse:
    """Enter or change a category; accounts that are chosen for it hold for those below."""
    category = get_object_or_404(ItemCategory, company=request.company, pk=pk) if pk else None
    initial = {"parent": request.GET.get("parent")} if pk is None else None
    form = CategoryForm(request.POST or None, instance=category, initial=initial, company=request.company)
    if request.method == "POST" and form.is_valid():
        try:
            saved = save_category(form.instance, by=request.user)
        except DomainError as refusal:
            place(refusal, form, [], {})
        else:
            messages.success(request, _("%(category)s is saved.") % {"category": saved})
            return redirect("item_category_list")
    status = 422 if form.is_bound else 200
    return render(request, "inventory/items/category_form.html", {"form": form, "category": category}, status=status)


@page("inventory.adjust_cost")
def item_method_change(request: Any, pk: int) -> HttpResponse:
    """Cost the item by another method from the start of a period, with a reason."""
    item = get_object_or_404(Item, company=request.company, pk=pk)
    try:
        first = first_open_day(request.company)
    except NoOpenPeriod:
        first = None
    form = MethodChangeForm(request.POST or None, initial={"date": first})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            change_cost_method(
                request.company,
                item.pk,
                given["method"],
                date=given["date"],
                reason=given["reason"],
                standard_cost=given["standard_cost"],
                by=request.user,
            )
        except DomainError as refusal:
            place(refusal, form, [], {})
        else:
            messages.success(request, _("%(item)s is costed otherwise from %(date)s on.") % {
                "item": item, "date": given["date"].isoformat(),
            })  # fmt: skip
            return redirect("item_detail", pk=item.pk)
    status = 422 if form.is_bound else 200
    return render(request, "inventory/items/method_change.html", {"form": form, "item": item}, status=status)
