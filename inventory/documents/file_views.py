"""Paper and files of a stock document: attach, open and take off files, print it, give it out as a workbook."""

import io
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from erp.core.errors import DomainError
from erp.core.reports.render import XLSX
from erp.core.web.views import allowed, page
from inventory.documents import attachments, print, workbook
from inventory.documents.models import StockAttachment, StockDocument
from inventory.preferences import preferences_of

# Shown in the browser; anything else is saved, so that no file runs as a page of ours.
SHOWN = frozenset({"application/pdf", "image/png", "image/jpeg", "image/gif", "image/webp"})
MOST_PRINTED = 200


def _document(request: Any, pk: int) -> StockDocument:
    return get_object_or_404(StockDocument.objects.select_related("company"), company=request.company, pk=pk)


@require_POST
@page("inventory.enter_document")
def stock_document_attach(request: Any, pk: int) -> HttpResponse:
    """Attach the uploaded files; each refusal names its file and does not stop the others."""
    document = _document(request, pk)
    done = 0
    for upload in request.FILES.getlist("files"):
        try:
            attachments.attach(document, upload, by=request.user)
        except DomainError as refusal:
            messages.error(request, f"{upload.name}: {refusal.message}")
        else:
            done += 1
    if done:
        text = ngettext("%(count)d file attached.", "%(count)d files attached.", done)
        messages.success(request, text % {"count": done})
    return redirect("stock_document_detail", pk=pk)


@page("inventory.view_stock")
def stock_document_file(request: Any, pk: int, file_id: int) -> Any:
    """The file itself. Its stored address is never public: this page asks who wants it."""
    document = _document(request, pk)
    row = get_object_or_404(
        StockAttachment, company=request.company, owner_type=document.kind, owner_id=document.pk, pk=file_id
    )
    as_page = row.content_type in SHOWN
    response = FileResponse(
        row.file.open("rb"),
        as_attachment=not as_page,
        filename=row.name,
        content_type=row.content_type if as_page else "application/octet-stream",
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
@page("inventory.enter_document")
def stock_document_file_remove(request: Any, pk: int, file_id: int) -> HttpResponse:
    """Take a file off a draft."""
    document = _document(request, pk)
    try:
        attachments.remove(document, file_id, by=request.user)
    except StockAttachment.DoesNotExist:
        messages.info(request, _("The file is gone already."))
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("The file is taken off."))
    return redirect("stock_document_detail", pk=pk)


@page("inventory.view_stock")
def stock_document_print(request: Any) -> HttpResponse:
    """``?ids=1,2,3`` as one PDF; ``costs=1`` or ``0`` else what the settings say; costs need their permission."""
    ids = [int(part) for text in request.GET.getlist("ids") for part in text.split(",") if part.isdigit()]
    documents = StockDocument.objects.filter(company=request.company, pk__in=ids[:MOST_PRINTED])
    if not documents:
        messages.error(request, _("No document is ticked."))
        return redirect("stock_document_list")
    wanted = request.GET.get("costs", "")
    with_costs = preferences_of(request.company).print_costs if wanted not in ("0", "1") else wanted == "1"
    stream = io.BytesIO()
    print.documents_pdf(
        stream, request.company, documents, with_costs=with_costs and allowed(request, "inventory.view_cost")
    )
    response = HttpResponse(stream.getvalue(), content_type="application/pdf")
    name = documents[0].number if len(ids) == 1 else "stock-documents"
    response["Content-Disposition"] = f'inline; filename="{request.company.code}-{name}.pdf"'
    return response


@page("inventory.view_stock")
def stock_document_excel(request: Any, pk: int) -> HttpResponse:
    """One document as a workbook."""
    document = _document(request, pk)
    content = workbook.document_workbook(document, sees_cost=allowed(request, "inventory.view_cost"))
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{request.company.code}-{document.number}.xlsx"'
    return response
