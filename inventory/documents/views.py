"""Stock documents: the list of all kinds, one with its story, and what is done to it: confirm, reverse, delete."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_tables2 import RequestConfig

from erp.core.errors import DomainError
from erp.core.web.exports import wants_excel, workbook_of_table
from erp.core.web.views import allowed, page, require
from inventory.documents import detail
from inventory.documents.attachments import remove_all
from inventory.documents.bulk import MOST, confirm_each
from inventory.documents.confirm import confirm
from inventory.documents.drafts import delete_draft
from inventory.documents.filters import StockDocumentFilter
from inventory.documents.kinds import KINDS
from inventory.documents.models import DocumentKind, StockDocument
from inventory.documents.queries import with_figures
from inventory.documents.reverse import reverse as reverse_document
from inventory.documents.scan import SCANNED
from inventory.documents.shapes import SHAPES, entry_groups
from inventory.documents.tables import StockDocumentTable


@page("inventory.view_stock")
def stock_document_list(request: Any) -> HttpResponse:
    """Documents of all kinds with filters; the ticked drafts can be confirmed together."""
    kind = request.GET.get("kind", "")
    found = StockDocumentFilter(request.GET, with_figures(request.company), company=request.company)
    may_confirm = allowed(request, "inventory.confirm_document")
    hidden = [] if allowed(request, "inventory.view_cost") else ["value"]
    if not may_confirm:
        hidden.append("chosen")
    table = StockDocumentTable(found.qs.order_by("-date", "-id"), exclude=hidden)
    if wants_excel(request):
        return workbook_of_table(request, table, _("Stock documents"), "stock-documents")
    RequestConfig(request, paginate={"per_page": 50}).configure(table)
    context = {
        "filter": found,
        "table": table,
        "kind": kind if kind in DocumentKind.values else "",
        "kind_label": DocumentKind(kind).label if kind in DocumentKind.values else "",
        "new_kind": kind if kind in SHAPES and allowed(request, SHAPES[kind].permission) else "",
        "groups": _enterable(request),
        "scannable": [(one.value, one.label) for one in SCANNED],
        "may_confirm": may_confirm,
        "may_import": allowed(request, "core.run_import") and allowed(request, "inventory.enter_document"),
    }
    return render(request, "inventory/documents/list.html", context)


def _enterable(request: Any) -> list[tuple[Any, list[tuple[str, Any]]]]:
    groups = [
        (label, [(kind, name) for kind, name in kinds if allowed(request, SHAPES[kind].permission)])
        for label, kinds in entry_groups()
    ]
    return [(label, kinds) for label, kinds in groups if kinds]


class ReverseForm(forms.Form):
    """``date`` counts unless ``when`` is ``own``: then the document's own date is meant."""

    date = forms.DateField(required=False)


@page("inventory.view_stock")
def stock_document_detail(request: Any, pk: int) -> HttpResponse:
    """Head, lines with their moves, what belongs to it, and the document's story up to its vouchers."""
    document = get_object_or_404(StockDocument.objects.select_related(*detail.RELATED), company=request.company, pk=pk)
    return render(request, "inventory/documents/detail.html", detail.context_of(request, document))


@require_POST
@page("inventory.view_stock")
def stock_document_confirm(request: Any, pk: int) -> HttpResponse:
    """Confirm a draft; the second of two clicks is told that it is done."""
    document = get_object_or_404(StockDocument, company=request.company, pk=pk)
    require(request, KINDS[document.kind].permission)
    return _act(request, pk, lambda: confirm(request.company, pk, by=request.user), _("%(number)s is confirmed."))


@require_POST
@page("inventory.reverse_document")
def stock_document_reverse(request: Any, pk: int) -> HttpResponse:
    """Reverse a confirmed document: as if it had never been entered, or on the day given."""
    form = ReverseForm(request.POST)
    is_valid, is_own = form.is_valid(), request.POST.get("when") == "own"
    day = form.cleaned_data.get("date") if is_valid else None
    if not is_own and day is None:
        messages.error(request, _("Enter the date of the reversal."))
        return redirect("stock_document_detail", pk=pk)
    return _act(
        request,
        pk,
        lambda: reverse_document(request.company, pk, by=request.user, date=None if is_own else day),
        _("Reversed by %(number)s."),
    )


@require_POST
@page("inventory.enter_document")
def stock_document_delete(request: Any, pk: int) -> HttpResponse:
    """Delete a draft."""
    document = get_object_or_404(StockDocument, company=request.company, pk=pk)
    try:
        with transaction.atomic():
            remove_all(document)
            delete_draft(request.company, pk, by=request.user)
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect("stock_document_detail", pk=pk)
    messages.success(request, _("The draft is deleted."))
    return redirect(f"{reverse('stock_document_list')}?kind={document.kind}")


@require_POST
@page("inventory.confirm_document")
def stock_document_bulk_confirm(request: Any) -> HttpResponse:
    """Confirm the ticked drafts; the others of them go on when one is refused. The page says what became of each."""
    ids = [int(part) for part in request.POST.getlist("ids") if part.isdigit()]
    if not ids:
        messages.error(request, _("No document is ticked."))
        return redirect(request.POST.get("back") or "stock_document_list")
    if len(ids) > MOST:
        messages.error(request, _("At most %(most)s documents are confirmed at once.") % {"most": MOST})
        return redirect("stock_document_list")
    results = confirm_each(request.company, ids, by=request.user, may=lambda need: allowed(request, need))
    context = {
        "results": results,
        "confirmed": sum(not row.refusal for row in results),
        "refused": sum(bool(row.refusal) for row in results),
        "total": len(results),
    }
    return render(request, "inventory/documents/bulk.html", context)


def _act(request: Any, pk: int, act: Callable[[], StockDocument], done: str) -> HttpResponse:
    """Do it and show what came of it: the document made or changed, or the refusal on the page it came from."""
    try:
        result = act()
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect("stock_document_detail", pk=pk)
    messages.success(request, done % {"number": result.number})
    return redirect("stock_document_detail", pk=result.pk)
