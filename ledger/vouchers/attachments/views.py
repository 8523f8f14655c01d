"""Pages of a voucher's files: attach several, open one, take one off."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from erp.core.errors import DomainError
from erp.core.web.views import page
from ledger.vouchers.attachments import services
from ledger.vouchers.attachments.models import AttachmentKind, VoucherAttachment
from ledger.vouchers.models import Voucher

# Shown in the browser; anything else is saved, so that no file runs as a page of ours.
SHOWN = frozenset({"application/pdf", "image/png", "image/jpeg", "image/gif", "image/webp"})


@require_POST
@page("ledger.enter_voucher")
def voucher_attach(request: HttpRequest, voucher_id: int) -> HttpResponse:
    """Attach the uploaded files; each refusal names its file and does not stop the others."""
    company = request.company  # type: ignore[attr-defined]
    voucher = get_object_or_404(Voucher, company=company, pk=voucher_id)
    kind = request.POST.get("kind", "")
    if kind not in AttachmentKind.values:
        kind = ""
    done = 0
    for upload in request.FILES.getlist("files"):
        try:
            made = services.attach(voucher, upload, by=request.user, kind=kind, invoice=request.POST.get("invoice", ""))
        except DomainError as refusal:
            messages.error(request, f"{upload.name}: {refusal.message}")
            continue
        done += 1
        for text in made.warnings:
            messages.warning(request, text)
    if done:
        messages.success(
            request, ngettext("%(count)d file attached.", "%(count)d files attached.", done) % {"count": done}
        )
    return redirect("voucher_detail", voucher.pk)


@page("ledger.view_voucher")
def voucher_file(request: HttpRequest, file_id: int) -> Any:
    """The file itself. Its stored address is never public: this page asks who wants it."""
    row = get_object_or_404(VoucherAttachment, company=request.company, pk=file_id)  # type: ignore[attr-defined]
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
@page("ledger.enter_voucher")
def voucher_file_remove(request: HttpRequest, file_id: int) -> HttpResponse:
    """Take a file off a draft."""
    company = request.company  # type: ignore[attr-defined]
    row = get_object_or_404(VoucherAttachment.objects.select_related("voucher"), company=company, pk=file_id)
    try:
        services.remove(row, by=request.user)
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("%(name)s is taken off.") % {"name": row.name})
    return redirect("voucher_detail", row.voucher_id)
