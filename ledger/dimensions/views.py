"""Pages of dimensions: the kinds, the tree of values of one kind, and the look-up."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erp.core.errors import DomainError
from erp.core.web.views import allowed, page
from ledger.dimensions import own, queries
from ledger.dimensions.models import DimensionType, DimensionValue

FOUND = 20


class TypeForm(forms.Form):
    code = forms.CharField(label=gettext_lazy("Code"), max_length=30)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)
    name_en = forms.CharField(label=gettext_lazy("English name"), max_length=60, required=False)
    is_hierarchical = forms.BooleanField(label=gettext_lazy("Values form a tree"), required=False)
    is_active = forms.BooleanField(label=gettext_lazy("In use"), required=False, initial=True)


class ValueForm(forms.Form):
    code = forms.CharField(label=gettext_lazy("Code"), max_length=60)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    parent = forms.CharField(label=gettext_lazy("Parent (code)"), max_length=60, required=False)
    is_active = forms.BooleanField(label=gettext_lazy("In use"), required=False, initial=True)


@page("ledger.view_account")
def types(request: HttpRequest) -> HttpResponse:
    """Kinds of dimensions."""
    company = request.company  # type: ignore[attr-defined]
    rows = DimensionType.objects.filter(company=company).order_by("id")
    may_manage = allowed(request, "ledger.manage_dimension")
    return render(request, "ledger/dimensions/types.html", {"rows": rows, "may_manage": may_manage})


@page("ledger.manage_dimension")
def type_edit(request: HttpRequest, type_id: int | None = None) -> HttpResponse:
    """Add or change a kind (in the drawer)."""
    company = request.company  # type: ignore[attr-defined]
    kind = get_object_or_404(DimensionType, company=company, pk=type_id) if type_id else None
    initial = {name: getattr(kind, name) for name in TypeForm.base_fields} if kind else {}
    form, refusal = TypeForm(request.POST or None, initial=initial), None
    if kind:
        del form.fields["code"], form.fields["is_hierarchical"]
    else:
        del form.fields["is_active"]
    if request.method == "POST" and form.is_valid():
        try:
            if kind:
                own.change_type(kind, **form.cleaned_data)
            else:
                own.add_type(company, **form.cleaned_data)
        except DomainError as error:
            refusal = error
        else:
            messages.success(request, _("The dimension is kept."))
            return redirect("dimensions_types")
    context = {"form": form, "refusal": refusal, "title": kind or _("New dimension"), "action": request.path}
    return render(request, "ledger/dimensions/form.html", context)


@page("ledger.view_account")
def values(request: HttpRequest, type_id: int) -> HttpResponse:
    """The values of one kind as a tree."""
    company = request.company  # type: ignore[attr-defined]
    kind = get_object_or_404(DimensionType, company=company, pk=type_id)
    text = request.GET.get("text", "")
    nodes = queries.tree(kind, text=text)
    may_manage = allowed(request, "ledger.manage_dimension") and kind.code not in own.OF_MASTERS
    return render(
        request,
        "ledger/dimensions/values.html",
        {
            "kind": kind,
            "nodes": nodes,
            "text": text,
            "is_cut": len(nodes) == queries.LIMIT,
            "may_manage": may_manage,
        },
    )


@page("ledger.manage_dimension")
def value_edit(request: HttpRequest, type_id: int, value_id: int | None = None) -> HttpResponse:
    """Add or change a value (in the drawer)."""
    company = request.company  # type: ignore[attr-defined]
    kind = get_object_or_404(DimensionType, company=company, pk=type_id)
    values_of = DimensionValue.objects.filter(company=company, dimension_type=kind)
    value = get_object_or_404(values_of.select_related("parent"), pk=value_id) if value_id else None
    initial: dict[str, Any] = {}
    if value:
        initial = {
            "name": value.name,
            "is_active": value.is_active,
            "parent": value.parent.code if value.parent else "",
        }
    form, refusal = ValueForm(request.POST or None, initial=initial), None
    del form.fields["code" if value else "is_active"]
    if not kind.is_hierarchical:
        del form.fields["parent"]
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        code = given.pop("parent", "")
        try:
            parent = values_of.filter(code=code).first() if code else None
            if code and parent is None:
                problem = _("“%(code)s” does not exist.") % {"code": code}
                raise own.DimensionRefused(dimension=kind, problem=problem, field="parent")
            if value:
                own.change_value(value, parent=parent, **given)
            else:
                own.add_value(kind, parent=parent, **given)
        except DomainError as error:
            refusal = error
        else:
            messages.success(request, _("The value is kept."))
            return redirect("dimensions_values", type_id=kind.pk)
    context = {"form": form, "refusal": refusal, "title": value or kind, "action": request.path}
    return render(request, "ledger/dimensions/form.html", context)


@page("ledger.view_account")
def value_lookup(request: HttpRequest, type_id: int) -> JsonResponse:
    """Active values of one kind that match ``q``, for look-up cells."""
    company = request.company  # type: ignore[attr-defined]
    kind = get_object_or_404(DimensionType, company=company, pk=type_id)
    nodes = queries.tree(kind, text=request.GET.get("q", ""), only_active=True)[:FOUND]
    found = [{"id": one.value.pk, "code": one.value.code, "name": one.value.name, "hint": ""} for one in nodes]
    return JsonResponse({"results": found})
