"""Stock documents: lists by kind, what one did, entry of other receipts and issues, confirming and reversing."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Case, OuterRef, QuerySet, Subquery, Sum, When
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_tables2 import RequestConfig

from erp.core.errors import DomainError
from erp.core.web.exports import wants_excel, workbook_of_table
from erp.core.web.lines import place
from erp.core.web.views import allowed, page, require
from inventory.documents import forms as entry
from inventory.documents.confirm import confirm, create_confirmed
from inventory.documents.dates import working_date
from inventory.documents.drafts import create_document, delete_draft, update_draft
from inventory.documents.filters import StockDocumentFilter
from inventory.documents.models import DocumentKind, DocumentStatus, StockDocument, StockDocumentLine
from inventory.documents.reverse import reverse as reverse_document
from inventory.documents.story import story
from inventory.documents.tables import StockDocumentTable
from inventory.moves.models import StockMove
from inventory.warehouses.services import main_warehouse
from ledger.posting.links import document_url
from ledger.posting.models import BusinessEvent

# A document that sends goods out shows its cost positive; red is what a reversal takes back.
GOING_OUT = (DocumentKind.DELIVERY, DocumentKind.OTHER_ISSUE)
OUTWARD = Case(When(kind__in=GOING_OUT, then=-1), default=1)


def with_figures(company: Any) -> QuerySet[StockDocument]:
    """Documents with quantity, cost, and what became of their event."""
    lines = StockDocumentLine.objects.filter(company=company, document=OuterRef("pk")).order_by().values("document")
    moves = StockMove.objects.filter(company=company, document=OuterRef("pk")).order_by().values("document")
    event = BusinessEvent.objects.filter(company=company, source_type=OuterRef("kind"), source_id=OuterRef("pk"))
    return (
        StockDocument.objects.filter(company=company)
        .select_related("warehouse", "party")
        .annotate(
            qty=Subquery(lines.annotate(n=Sum("qty")).values("n")),
            value=Subquery(moves.annotate(n=Sum("value")).values("n")) * OUTWARD,
            event_state=Subquery(event.values("state")[:1]),
            voucher_word=Subquery(event.values("voucher__word")[:1]),
            voucher_number=Subquery(event.values("voucher__number")[:1]),
        )
    )


@page("inventory.view_stock")
def stock_document_list(request: Any) -> HttpResponse:
    """Documents of a kind (``?kind=``) or of all."""
    kind = request.GET.get("kind", "")
    documents = with_figures(request.company)
    if kind in DocumentKind.values:
        documents = documents.filter(kind=kind)
    found = StockDocumentFilter(request.GET, documents, company=request.company)
    hidden = [] if allowed(request, "inventory.view_cost") else ["value"]
    if kind in DocumentKind.values:
        hidden.append("kind")
    table = StockDocumentTable(found.qs.order_by("-date", "-id"), exclude=hidden)
    if wants_excel(request):
        return workbook_of_table(request, table, _("Stock documents"), "stock-documents")
    RequestConfig(request, paginate={"per_page": 50}).configure(table)
    context = {
        "filter": found,
        "table": table,
        "kind": kind,
        "kinds": [("", _("All")), *DocumentKind.choices],
        "entered": [(kind.value, kind.label) for kind in entry.ENTERED],
        "may_enter": allowed(request, "inventory.enter_document"),
    }
    return render(request, "inventory/documents/list.html", context)


class ReverseForm(forms.Form):
    date = forms.DateField(widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))


@page("inventory.view_stock")
def stock_document_detail(request: Any, pk: int) -> HttpResponse:
    """Head, lines with their moves, and the document's story up to its voucher."""
    document = get_object_or_404(
        StockDocument.objects.select_related(
            "warehouse", "party", "department", "created_by", "confirmed_by", "reversal_of"
        ),
        company=request.company,
        pk=pk,
    )
    moves = {
        move.document_line_id: move for move in StockMove.objects.filter(company=request.company, document=document)
    }
    sign = -1 if document.kind in GOING_OUT else 1
    lines: list[dict[str, Any]] = [
        {"line": line, "move": (move := moves.get(line.pk)), "cost": sign * move.value if move else None}
        for line in document.lines.select_related("item").order_by("line_no")
    ]
    source = document_url(document.source_type, document.source_id) if document.source_id else None
    is_confirmed = document.status == DocumentStatus.CONFIRMED
    context = {
        "document": document,
        "lines": lines,
        "total_qty": sum(row["line"].qty for row in lines),
        "total_value": sign * sum(move.value for move in moves.values()) if moves else None,
        "has_market_value": any(row["line"].market_net or row["line"].output_tax for row in lines),
        "facts": _facts(document, source if allowed(request, "sales.view_document") else None),
        "steps": [step._asdict() for step in story(document, sees_voucher=allowed(request, "ledger.view_voucher"))],
        "sees_cost": allowed(request, "inventory.view_cost"),
        "may_change": document.status == DocumentStatus.DRAFT
        and document.kind in entry.ENTERED
        and allowed(request, "inventory.enter_document"),
        "may_confirm": document.status == DocumentStatus.DRAFT and allowed(request, "inventory.confirm_document"),
        "may_reverse": is_confirmed
        and document.reversal_of_id is None
        and allowed(request, "inventory.confirm_document"),
        "reverse_form": ReverseForm(
            initial={"date": working_date(request.company, not_before=document.date)}, auto_id="reverse_%s"
        ),
    }
    return render(request, "inventory/documents/detail.html", context)


def _facts(document: StockDocument, source_url: str | None) -> list[dict[str, Any]]:
    facts: list[tuple[str, Any, str | None]] = [
        (_("Date"), f"{document.date:%Y-%m-%d}", None),
        (_("Kind"), document.get_kind_display(), None),
        (_("Warehouse"), document.warehouse, None),
    ]
    if document.reason:
        facts.append((_("Reason"), document.get_reason_display(), None))
    if document.party is not None:
        facts.append((_("Party"), document.party.name, None))
    if document.department is not None:
        facts.append((_("Department"), document.department.name, None))
    if source_url:
        facts.append((_("Made from"), _("Sales order"), source_url))
    if document.external_no:
        facts.append((_("External no."), document.external_no, None))
    if document.note:
        facts.append((_("Note"), document.note, None))
    return [{"label": label, "value": value, "url": url} for label, value, url in facts]


@page("inventory.enter_document")
def stock_document_new(request: Any, kind: str) -> HttpResponse:
    """Enter an other receipt or issue; save it as a draft, or confirm it at once."""
    if kind not in entry.ENTERED:
        raise Http404
    head = {"date": working_date(request.company), "warehouse": main_warehouse(request.company).pk}
    return _entry(request, kind, None, head, [{}] * entry.BLANK_LINES)


@page("inventory.enter_document")
def stock_document_edit(request: Any, pk: int) -> HttpResponse:
    """Change a draft."""
    document = get_object_or_404(StockDocument, company=request.company, pk=pk, kind__in=entry.ENTERED)
    if document.status != DocumentStatus.DRAFT:
        messages.error(
            request,
            _("%(number)s is confirmed and cannot be changed. Reverse it instead.") % {"number": document.number},
        )
        return redirect("stock_document_detail", pk=pk)
    head, lines = entry.initial(request.company, document)
    return _entry(request, document.kind, document, head, lines)


def _entry(
    request: Any, kind: str, document: StockDocument | None, head_initial: Any, lines_initial: Any
) -> HttpResponse:
    company, posted = request.company, request.POST if request.method == "POST" else None
    head = entry.StockDocumentForm(posted, initial=head_initial, company=company, kind=kind)
    sees_cost = allowed(request, "inventory.view_cost")
    formset = entry.StockLineFormSet(
        posted,
        initial=lines_initial,
        prefix="lines",
        form_kwargs={"company": company, "kind": kind, "sees_cost": sees_cost},
    )
    if posted is not None and head.is_valid() and formset.is_valid():
        lines = entry.used_lines(formset)
        try:
            saved = _save(request, entry.new_document(kind, head, lines), document)
        except DomainError as refusal:
            place(refusal, head, lines, entry.CELLS)
        else:
            return redirect("stock_document_detail", pk=saved)
    context = {
        "form": head,
        "formset": formset,
        "document": document,
        "kind": kind,
        "kind_label": DocumentKind(kind).label,
        "sees_cost": sees_cost,
        "may_confirm": allowed(request, "inventory.confirm_document"),
        "back": reverse("stock_document_detail", args=[document.pk])
        if document
        else f"{reverse('stock_document_list')}?kind={kind}",
    }
    return render(request, "inventory/documents/form.html", context)


def _save(request: Any, new: Any, document: StockDocument | None) -> int:
    """Write what was entered, and confirm it if that was asked for. Raises ``DomainError``."""
    if request.POST.get("action") != "confirm":
        saved = (
            update_draft(request.company, document.pk, new, by=request.user)
            if document
            else create_document(request.company, new, by=request.user)
        )
        messages.success(request, _("%(number)s is saved as a draft.") % {"number": saved.number})
        return saved.pk
    require(request, "inventory.confirm_document")
    if document is None:
        # Entered and confirmed in one transaction: a refusal leaves nothing behind.
        (made,) = create_confirmed(request.company, [new], by=request.user)
        assert isinstance(made, int)
        saved = StockDocument.objects.get(company=request.company, pk=made)
    else:
        update_draft(request.company, document.pk, new, by=request.user)
        saved = confirm(request.company, document.pk, by=request.user)
    messages.success(request, _("%(number)s is confirmed.") % {"number": saved.number})
    return saved.pk


@require_POST
@page("inventory.confirm_document")
def stock_document_confirm(request: Any, pk: int) -> HttpResponse:
    """Confirm a draft; the second of two clicks is told that it is done."""
    return _act(request, pk, lambda: confirm(request.company, pk, by=request.user), _("%(number)s is confirmed."))


@require_POST
@page("inventory.confirm_document")
def stock_document_reverse(request: Any, pk: int) -> HttpResponse:
    """Reverse a confirmed document on the day given."""
    form = ReverseForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Enter the date of the reversal."))
        return redirect("stock_document_detail", pk=pk)
    day = form.cleaned_data["date"]
    return _act(
        request,
        pk,
        lambda: reverse_document(request.company, pk, by=request.user, date=day),
        _("Reversed by %(number)s."),
    )


@require_POST
@page("inventory.enter_document")
def stock_document_delete(request: Any, pk: int) -> HttpResponse:
    """Delete a draft."""
    try:
        delete_draft(request.company, pk, by=request.user)
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect("stock_document_detail", pk=pk)
    messages.success(request, _("The draft is deleted."))
    return redirect("stock_document_list")


def _act(request: Any, pk: int, act: Any, done: str) -> HttpResponse:
    """Do it and show what came of it: the document made or changed, or the refusal on the page it came from."""
    try:
        result = act()
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect("stock_document_detail", pk=pk)
    messages.success(request, done % {"number": result.number})
    return redirect("stock_document_detail", pk=result.pk)
