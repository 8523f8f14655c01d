"""The page of the stock settings, with the history of their changes."""

from itertools import pairwise
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erp.core.users.models import User
from erp.core.web.views import allowed, page, require
from inventory.preferences import StockPreferences, preferences_of

FIELDS = ("count_in_one_step", "over_receipt", "recost_at_once", "reserve_orders", "print_costs")
MANAGE = "inventory.manage_preferences"
SHOWN_CHANGES = 20


class PreferencesForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = StockPreferences
        fields = FIELDS
        help_texts = {"over_receipt": gettext_lazy("0.05 lets 5% more come in than was ordered.")}


@page("inventory.view_stock")
def stock_preferences(request: Any) -> HttpResponse:
    """See the settings; change them with the permission for it."""
    may_manage = allowed(request, MANAGE)
    form = PreferencesForm(request.POST or None, instance=preferences_of(request.company))
    if not may_manage:
        for field in form.fields.values():
            field.disabled = True
    if request.method == "POST":
        require(request, MANAGE)
        if form.is_valid():
            with transaction.atomic():
                form.save()
            messages.success(request, _("The stock settings are kept."))
            return redirect("stock_preferences")
    context = {"form": form, "history": history(preferences_of(request.company)), "may_manage": may_manage}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "inventory/preferences.html", context, status=status)


def history(row: StockPreferences) -> list[dict[str, Any]]:
    """The last changes, newest first: when, by whom, what from and to."""
    rows: list[Any] = list(row.events.select_related("pgh_context").order_by("-pgh_id")[: SHOWN_CHANGES + 1])  # type: ignore[attr-defined]
    found = []
    for newer, older in pairwise(rows):
        changes = [
            (_label(name), _shown(getattr(older, name)), _shown(getattr(newer, name)))
            for name in FIELDS
            if getattr(older, name) != getattr(newer, name)
        ]
        if changes:
            context = newer.pgh_context.metadata if newer.pgh_context else {}
            found.append({"at": newer.pgh_created_at, "by": context.get("user"), "changes": changes})
    users = User.objects.in_bulk([one["by"] for one in found if one["by"]])
    for one in found:
        one["by"] = users.get(one["by"], "")
    return found


def _label(name: str) -> Any:
    field: Any = StockPreferences._meta.get_field(name)
    return field.verbose_name


def _shown(value: Any) -> Any:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return value
