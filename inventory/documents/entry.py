"""Entry pages of stock documents: a new one, one from its original, a copy, changing a draft."""

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from erp.core.errors import DomainError
from erp.core.retries import transactional
from erp.core.web.lines import place
from erp.core.web.views import allowed, page, require
from inventory.documents import entry_lines, forms
from inventory.documents.confirm import confirm, create_confirmed
from inventory.documents.dates import working_date
from inventory.documents.drafts import create_document, update_draft
from inventory.documents.kinds import KINDS
from inventory.documents.models import DocumentKind, DocumentStatus, LineRole, StockDocument
from inventory.documents.originals import candidates, open_lines
from inventory.documents.shapes import SHAPES, original_kind
from inventory.warehouses.services import main_warehouse

Cells = list[dict[str, Any]]
FIRST_ROLE: dict[str, str] = {DocumentKind.ASSEMBLY: LineRole.PRODUCED, DocumentKind.DISASSEMBLY: LineRole.CONSUMED}


@page("inventory.enter_document")
def stock_document_new(request: Any, kind: str) -> HttpResponse:
    """A new document. ``?of=`` its original; ``?date=&warehouse=`` what the one entered before had."""
    _may_enter(request, kind)
    company, wanted = request.company, original_kind(kind)
    original = None
    if wanted and (chosen := request.GET.get("of", request.POST.get("of_document", ""))):
        original = _original(request, wanted, chosen)
    if wanted and original is None and (KINDS[kind].needs_original or "alone" not in request.GET):
        return _choose_original(request, kind)
    head: dict[str, Any] = {"date": working_date(company), "warehouse": main_warehouse(company).pk}
    head |= {name: request.GET[name] for name in ("date", "warehouse", "reason") if request.GET.get(name)}
    lines = _blank(kind)
    if original is not None:
        head |= _head_from(original, kind, working_date(company, not_before=original.date))
        lines = [
            entry_lines.cells_of_original(row.line, row.open)
            for row in open_lines(company, original.pk, kind)
            if row.open > 0
        ]
        if SHAPES[kind].has_lines and not lines:
            messages.error(request, _("Nothing of %(number)s is left to return.") % {"number": original.number})
            return redirect("stock_document_detail", pk=original.pk)
    return entry_page(request, kind, None, head, lines, original)


@page("inventory.enter_document")
def stock_document_edit(request: Any, pk: int) -> HttpResponse:
    """Change a draft."""
    document = get_object_or_404(
        StockDocument.objects.select_related("party", "of_document"), company=request.company, pk=pk, kind__in=SHAPES
    )
    _may_enter(request, document.kind)
    if document.status != DocumentStatus.DRAFT:
        text = _("%(number)s is confirmed and cannot be changed. Reverse it instead.")
        messages.error(request, text % {"number": document.number})
        return redirect("stock_document_detail", pk=pk)
    original = document.of_document
    open_of: dict[int, Decimal] = {}
    if original is not None:
        rows = open_lines(request.company, original.pk, document.kind, but=document.pk)
        open_of = {row.line.pk: row.open for row in rows}
    cells = entry_lines.lines_of(document, open_of) if SHAPES[document.kind].has_lines else []
    return entry_page(request, document.kind, document, entry_lines.head_of(document), cells, original)


@page("inventory.enter_document")
def stock_document_copy(request: Any, pk: int) -> HttpResponse:
    """A new document like another one, dated today. What a return or arrival takes is open anew, so they start from
    their original."""
    document = get_object_or_404(
        StockDocument.objects.select_related("party"), company=request.company, pk=pk, kind__in=SHAPES
    )
    _may_enter(request, document.kind)
    if document.of_document_id is not None:
        return redirect(f"{reverse('stock_document_new', args=[document.kind])}?of={document.of_document_id}")
    head = entry_lines.head_of(document) | {"date": working_date(request.company), "external_no": ""}
    lines = [cells | {"of_line": None, "source_line": None} for cells in entry_lines.lines_of(document)]
    return entry_page(request, document.kind, None, head, lines, None)


def _blank(kind: str) -> Cells:
    """Empty lines; the first of an assembly is the product, that of a disassembly what is taken apart."""
    lines: Cells = [{} for _line in range(forms.BLANK_LINES)]
    if kind in FIRST_ROLE:
        lines[0]["role"] = FIRST_ROLE[kind]
    return lines


def _may_enter(request: Any, kind: str) -> None:
    if kind not in SHAPES:
        raise Http404
    require(request, SHAPES[kind].permission)


def _original(request: Any, wanted: str, pk: str) -> StockDocument | None:
    found = StockDocument.objects.filter(
        company=request.company, kind=wanted, status=DocumentStatus.CONFIRMED, reversal_of__isnull=True
    ).select_related("party", "warehouse", "to_warehouse")
    return found.filter(pk=pk).first() if str(pk).isdigit() else None


def _choose_original(request: Any, kind: str) -> HttpResponse:
    """Which document the new one belongs to: found by number, party or item, newest first."""
    text = request.GET.get("q", "")
    context = {
        "kind": kind,
        "kind_label": DocumentKind(kind).label,
        "of_label": DocumentKind(original_kind(kind)).label,
        "text": text,
        "documents": candidates(request.company, original_kind(kind), kind, text),
        "may_go_alone": not KINDS[kind].needs_original,
    }
    return render(request, "inventory/documents/originals.html", context)


def _head_from(original: StockDocument, kind: str, day: Any) -> dict[str, Any]:
    head = {
        "date": day,
        "of_document": original.pk,
        "warehouse": original.warehouse_id,
        "party": original.party_id,
        "party_text": str(original.party) if original.party else "",
        "department": original.department_id,
    }
    if kind == DocumentKind.TRANSFER_IN:
        head |= {"warehouse": original.to_warehouse_id, "to_warehouse": None}
    if kind == DocumentKind.LANDED_COST:
        head |= {"party": None, "party_text": ""}
    return head


def entry_page(
    request: Any,
    kind: str,
    document: StockDocument | None,
    head_initial: Any,
    cells: Cells,
    original: Any,
    *,
    template: str = "inventory/documents/form.html",
    only: Collection[str] = (),
) -> HttpResponse:
    """The form, and what is done when it comes back. ``only``: columns of the grid; all of the kind's without."""
    company, posted = request.company, request.POST if request.method == "POST" else None
    shape = SHAPES[kind]
    head = forms.StockDocumentForm(posted, initial=head_initial, company=company, kind=kind)
    if original is not None and original.party_id and kind != DocumentKind.LANDED_COST and "party_text" in head.fields:
        head.fields["party_text"].widget.attrs["readonly"] = "readonly"
    formset = _formset(request, kind, posted, cells, only) if shape.has_lines else None
    if posted is not None and head.is_valid() and (formset is None or formset.is_valid()):
        lines = forms.used_lines(formset) if formset is not None else []
        if entry_lines.resolve(company, head, lines, takes=shape.takes):
            _keep_own(head, lines, original, document)
            try:
                saved = _save(request, kind, head, lines, document)
            except DomainError as refusal:
                place(refusal, head, lines, forms.CELLS)
            else:
                return _go_on(request, saved)
    context = {
        "form": head,
        "formset": formset,
        "foot": _foot(formset) if formset is not None else "",
        "document": document,
        "original": original,
        "kind": kind,
        "kind_label": DocumentKind(kind).label,
        "suggests_lots": shape.takes and formset is not None and "lot_text" in formset.empty_form.fields,
        "may_confirm": allowed(request, KINDS[kind].permission),
        "back": reverse("stock_document_detail", args=[document.pk])
        if document
        else f"{reverse('stock_document_list')}?kind={kind}",
    }
    return render(request, template, context)


def _formset(request: Any, kind: str, posted: Any, cells: Cells, only: Collection[str]) -> Any:
    company = request.company
    features = entry_lines.features_of(company)
    columns = forms.columns_for(kind, sees_cost=allowed(request, "inventory.view_cost"), **features._asdict())
    columns = [name for name in columns if not only or name in only]
    ids = {cell["item"] for cell in cells if cell.get("item")}
    if posted is not None:
        ids |= {int(value) for name, value in posted.items() if name.endswith("-item") and value.isdigit()}
    units = entry_lines.units_by_item(company, ids) if "unit" in columns else {}
    kwargs = {"company": company, "kind": kind, "columns": columns, "units": units}
    return forms.StockLineFormSet(posted, initial=cells, prefix="lines", form_kwargs=kwargs)


def _keep_own(head: Any, lines: Sequence[Any], original: StockDocument | None, document: StockDocument | None) -> None:
    """The browser is not believed: a line may name only a line of the document's own original, of the same item, and
    only what the draft was made from already; goods go back to whom they came from."""
    given = head.cleaned_data
    given["of_document"] = original.pk if original is not None else None
    if original is not None and original.party_id and "party" in given and head.kind != DocumentKind.LANDED_COST:
        given["party"] = original.party_id
    known = dict(original.lines.values_list("id", "item_id")) if original is not None else {}
    sources = set(document.lines.values_list("source_line_id", flat=True)) if document is not None else set()
    for line in lines:
        cells = line.cleaned_data
        if known.get(cells.get("of_line")) != cells["item"]:
            cells["of_line"] = None
        if cells.get("source_line") not in sources:
            cells["source_line"] = None


@transactional
def _save(request: Any, kind: str, head: Any, lines: Sequence[Any], document: StockDocument | None) -> StockDocument:
    """Write what was entered, and confirm it if that was asked for: all in one transaction, so that a refusal leaves
    nothing behind. Raises ``DomainError``."""
    company, by = request.company, request.user
    entry_lines.make_lots(company, lines)
    new = entry_lines.new_document(company, kind, head, lines)
    if document is not None:
        new.source_type, new.source_id = document.source_type, document.source_id
        entry_lines.keep_unseen(document, new, sees_cost=allowed(request, "inventory.view_cost"))
    if not request.POST.get("action", "").startswith("confirm"):
        if document is not None:
            return update_draft(company, document.pk, new, by=by)
        return create_document(company, new, by=by)
    require(request, KINDS[kind].permission)
    if document is not None:
        update_draft(company, document.pk, new, by=by)
        return confirm(company, document.pk, by=by)
    (made,) = create_confirmed(company, [new], by=by)
    assert isinstance(made, int)
    return StockDocument.objects.get(company=company, pk=made)


def _go_on(request: Any, saved: StockDocument) -> HttpResponse:
    """To the document, or to the next one of its kind with the same date and warehouse."""
    is_draft = saved.status == DocumentStatus.DRAFT
    text = _("%(number)s is saved as a draft.") if is_draft else _("%(number)s is confirmed.")
    messages.success(request, text % {"number": saved.number})
    if not request.POST.get("action", "").endswith("next"):
        return redirect("stock_document_detail", pk=saved.pk)
    kept: dict[str, Any] = {"date": saved.date.isoformat(), "warehouse": saved.warehouse_id, "reason": saved.reason}
    if saved.kind == DocumentKind.SALES_RETURN:
        kept["alone"] = 1
    return redirect(f"{reverse('stock_document_new', args=[saved.kind])}?{urlencode(kept)}")


def _foot(formset: Any) -> Any:
    """The grid's row of totals: figures of quantity and amount are summed as one types."""
    summed = {"cost_amount", "amount", "market_net", "output_tax", "input_tax_out"}
    names = [field.name for field in formset.empty_form.visible_fields() if field.name != "DELETE"]
    marks = {name: format_html(' class="num" data-total="{}"', name) for name in summed}
    marks["qty"] = mark_safe(' class="num" data-base-total')
    cells = format_html_join("", "<td{}></td>", ((marks.get(name, ""),) for name in names[1:]))
    return format_html("<tr><td></td><td>{}</td>{}<td></td></tr>", _("Total"), cells)
