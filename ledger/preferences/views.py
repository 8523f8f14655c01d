"""The page of the ledger settings, with the history of their changes."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from erp.core.errors import DomainError
from erp.core.users.models import User
from erp.core.web.views import allowed, page, require
from ledger.preferences.models import LedgerPreferences
from ledger.preferences.services import change_preferences, preferences_of

FIELDS = (
    "accounting_head", "code_scheme", "profit_transfer", "net_within_party", "vat_debit_in_taxes",
    "cash_flow_required", "cashier_signature_required", "warn_without_attachments",
)  # fmt: skip
SHOWN_CHANGES = 20


class PreferencesForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = LedgerPreferences
        fields = FIELDS


@page("ledger.view_account")
def preferences(request: HttpRequest) -> HttpResponse:
    """See the settings; change them with the permission for it."""
    company = request.company  # type: ignore[attr-defined]
    row = preferences_of(company)
    form, refusal = PreferencesForm(request.POST or None, instance=row), None
    if request.method == "POST":
        require(request, "ledger.manage_preferences")
        if form.is_valid():
            try:
                change_preferences(company, {name: form.cleaned_data[name] for name in FIELDS}, by=request.user)
            except DomainError as error:
                refusal = error
            else:
                messages.success(request, _("The ledger settings are kept."))
                return redirect("preferences_edit")
    context = {
        "form": form,
        "refusal": refusal,
        "history": history(row),
        "may_manage": allowed(request, "ledger.manage_preferences"),
    }
    status = 422 if refusal or (form.is_bound and form.errors) else 200
    return render(request, "ledger/preferences/edit.html", context, status=status)


def history(row: LedgerPreferences) -> list[dict[str, Any]]:
    """The last changes, newest first: when, by whom, what from and to."""
    events: Any = row.events.select_related("pgh_context").order_by("-pgh_id")[: SHOWN_CHANGES + 1]  # type: ignore[attr-defined]
    rows = list(events)
    found = []
    for newer, older in zip(rows, [*rows[1:], None], strict=True):
        if older is None:
            continue
        changes = [
            (_label(name), getattr(older, name), getattr(newer, name))
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
    field: Any = LedgerPreferences._meta.get_field(name)
    return field.verbose_name
