"""Pages of stock counts: the list, a new one, counting by keyboard or scanner, the sheet, the differences."""

import base64
import binascii
import json
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from erp.core.errors import DomainError, SeveralRefusals
from erp.core.web.exports import XLSX
from erp.core.web.views import allowed, page, require
from inventory.counts import services
from inventory.counts.differences import as_json, count_lines, late_documents, progress_of, promised_too_much
from inventory.counts.entry import NOW, CountedRow, enter
from inventory.counts.forms import ConfirmForm, CountFilter, NewCountForm, UploadForm
from inventory.counts.models import CountStatus, StockCount
from inventory.counts.paper import count_pdf
from inventory.counts.resolving import REASONS
from inventory.counts.sheet import sheet_of, upload
from inventory.documents.dates import working_date
from inventory.documents.models import DocumentKind
from inventory.warehouses.services import main_warehouse

SEE, COST = "inventory.view_stock", "inventory.view_cost"
COUNT, CONFIRM = "inventory.count_stock", "inventory.confirm_count"
PER_PAGE = 100


@page(SEE)
def count_list(request: Any) -> HttpResponse:
    """Counts, newest first, with how far they are."""
    counts = StockCount.objects.filter(company=request.company).select_related("warehouse", "category", "created_by")
    found = CountFilter(request.GET, counts, company=request.company)
    page_obj = Paginator(found.qs.order_by("-date", "-id"), 30).get_page(request.GET.get("page"))
    progress = progress_of(list(page_obj))
    context = {
        "filter": found,
        "page_obj": page_obj,
        "rows": [(count, progress[count.pk]) for count in page_obj],
        "is_filtered": any(request.GET.get(name) for name in found.filters),
        "may_count": allowed(request, COUNT),
    }
    return render(request, "inventory/counts/list.html", context)


@page(COUNT)
def count_new(request: Any) -> HttpResponse:
    """Say what is counted; the books are frozen at that moment."""
    initial = {"date": working_date(request.company), "warehouse": main_warehouse(request.company).pk}
    form = NewCountForm(request.POST or None, initial=initial, company=request.company)
    refusal = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            count = services.start_count(
                request.company,
                given["warehouse"].pk,
                date=given["date"],
                category=given["category"].pk if given["category"] else None,
                blind=given["blind"],
                note=given["note"],
                by=request.user,
            )
        except DomainError as error:
            refusal = error
        else:
            return redirect("stock_count", pk=count.pk)
    status = 422 if refusal or (form.is_bound and form.errors) else 200
    return render(request, "inventory/counts/new.html", {"form": form, "refusal": refusal}, status=status)


def _count(request: Any, pk: int) -> StockCount:
    rows = StockCount.objects.select_related("warehouse", "category", "gain", "loss", "created_by", "confirmed_by")
    return get_object_or_404(rows, company=request.company, pk=pk)


@page(SEE)
def count_detail(request: Any, pk: int) -> HttpResponse:
    """Count: a grid that is filled in by keyboard, a scan field above it. A count that is done is only shown."""
    count = _count(request, pk)
    which = request.GET.get("which", "")
    if which not in ("", "counted", "uncounted", "different"):
        which = ""
    is_open = count.status == CountStatus.COUNTING
    hides = count.is_blind and is_open
    if hides and which == "different":
        which = ""
    text = request.GET.get("q", "")
    lines = count_lines(count, which=which, text=text)
    context = {
        "count": count,
        "page_obj": Paginator(lines, PER_PAGE).get_page(request.GET.get("page")),
        "progress": progress_of([count])[count.pk],
        "which": which,
        "q": text,
        "hides": hides,
        "sees_cost": allowed(request, COST),
        "may_count": is_open and allowed(request, COUNT),
        "may_review": allowed(request, CONFIRM) or not is_open,
        "upload_form": UploadForm(),
        "views": [("", _("All")), ("uncounted", _("Not counted")), ("counted", _("Counted"))]
        + ([] if hides else [("different", _("Only differences"))]),
        "reasons": [(reason.value, reason.label) for reason in REASONS],
    }
    return render(request, "inventory/counts/count.html", context)


@require_POST
@page(COUNT)
def count_enter(request: Any, pk: int) -> JsonResponse:
    """One line from the counting page, as JSON: what was typed or scanned; answers the line as it is now."""
    try:
        row = _typed(json.loads(request.body or b"{}"))
        done = enter(request.company, pk, [row], by=request.user)
    except (ValueError, InvalidOperation, TypeError, AttributeError):
        return JsonResponse({"message": _("Enter a number.")}, status=422)
    except DomainError as refusal:
        first = refusal.errors[0] if isinstance(refusal, SeveralRefusals) else refusal
        return JsonResponse({"message": first.message, "code": first.code, "field": first.field}, status=422)
    count = _count(request, pk)
    (line,) = count_lines(count, ids=done.lines)
    progress = progress_of([count])[count.pk]
    shown = as_json(line, blind=count.is_blind, sees_cost=allowed(request, COST))
    return JsonResponse(
        {
            "line": shown,
            "is_new": bool(done.added),
            "counted": progress.counted,
            "lines": progress.lines,
            "different": None if count.is_blind else progress.different,
        }
    )


def _typed(body: dict[str, Any]) -> CountedRow:
    """Raises ``InvalidOperation`` or ``ValueError`` for what is no number."""

    def figure(name: str) -> Decimal | None:
        text = str(body.get(name) or "").replace(",", "").strip()
        return Decimal(text) if text else None

    return CountedRow(
        counted=figure("counted"),
        line_no=int(body["line_no"]) if body.get("line_no") else None,
        item=str(body.get("item") or ""),
        lot=str(body.get("lot") or ""),
        bin=str(body.get("bin") or ""),
        unit_cost=figure("unit_cost"),
        reason=str(body.get("reason") or ""),
        note=str(body.get("note") or "")[:200],
        at=NOW if body.get("now") else None,
        adds=bool(body.get("adds")),
        keeps=bool(body.get("keeps")),
    )


@page(SEE)
def count_sheet(request: Any, pk: int) -> HttpResponse:
    """The sheet as a workbook."""
    count, content = sheet_of(request.company, _count(request, pk).pk, sees_cost=allowed(request, COST))
    return _file(content, XLSX, f"{count.number}.xlsx")


@page(SEE)
def count_print(request: Any, pk: int) -> HttpResponse:
    """The sheet as PDF, to be filled in by pen."""
    count = _count(request, pk)
    return _file(count_pdf(request.company, count), "application/pdf", f"{count.number}.pdf")


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_POST
@page(COUNT)
def count_upload(request: HttpRequest, pk: int) -> HttpResponse:
    """A filled-in sheet: first what it would do, then (``save``) the same file is taken."""
    count = _count(request, pk)
    company = request.company  # type: ignore[attr-defined]
    saving = "save" in request.POST
    content, name = b"", request.POST.get("name", "")
    if saving:
        try:
            content = base64.b64decode(request.POST.get("content", ""), validate=True)
        except (binascii.Error, ValueError):
            content = b""
    elif (file := request.FILES.get("file")) is not None:
        content, name = file.read(), file.name or ""  # type: ignore[union-attr]
    if not content:
        messages.error(request, _("Choose the filled-in sheet."))
        return redirect("stock_count", pk=pk)
    refusal, found = None, None
    try:
        found = upload(
            company, pk, content, name, by=request.user, dry_run=not saving, take_good=saving and "good" in request.POST
        )
    except DomainError as error:
        refusal = error
    if saving and found is not None:
        written = found.entered.changed + found.entered.added
        messages.success(
            request,
            ngettext("%(count)s line is taken over.", "%(count)s lines are taken over.", written) % {"count": written},
        )
        return redirect("stock_count", pk=pk)
    context = {
        "count": count,
        "name": name,
        "content": base64.b64encode(content).decode(),
        "found": found,
        "refusal": refusal,
    }
    return render(request, "inventory/counts/upload.html", context, status=422 if refusal else 200)


@page(SEE)
def count_review(request: Any, pk: int) -> HttpResponse:
    """The differences with their values, what came in late, and the last step."""
    count = _count(request, pk)
    is_open = count.status == CountStatus.COUNTING
    if is_open:
        require(request, CONFIRM)
    lines = count_lines(count, which="different")
    progress = progress_of([count], values=True)[count.pk]
    context = {
        "count": count,
        "lines": lines,
        "progress": progress,
        "uncounted": progress.lines - progress.counted,
        "late": [(row, DocumentKind(row.kind).label) for row in late_documents(count)] if is_open else [],
        "sees_cost": allowed(request, COST),
        "may_confirm": is_open and allowed(request, CONFIRM),
        "may_reverse": count.status == CountStatus.CONFIRMED and allowed(request, CONFIRM),
        "may_dispose": allowed(request, "inventory.dispose_difference"),
        "form": ConfirmForm(),
        "counted_of": f"{progress.counted} / {progress.lines}",
        "differ": ngettext("%(count)s line differs", "%(count)s lines differ", progress.different)
        % {"count": progress.different},
    }
    return render(request, "inventory/counts/review.html", context)


@require_POST
@page(CONFIRM)
def count_confirm(request: Any, pk: int) -> HttpResponse:
    """Book the differences; what stands against it is shown above the lines."""
    count = _count(request, pk)
    form = ConfirmForm(request.POST)
    form.is_valid()
    try:
        services.confirm_count(
            request.company, pk, by=request.user, zero_uncounted=form.cleaned_data.get("zero_uncounted", False)
        )
    except DomainError as refusal:
        for one in (refusal.errors if isinstance(refusal, SeveralRefusals) else [refusal])[:10]:
            messages.error(request, one.message)
        return redirect("stock_count_review", pk=pk)
    messages.success(request, _("%(number)s is confirmed.") % {"number": count.number})
    if short := promised_too_much(count):
        text = _("More is reserved than is left of: %(items)s. Release or receive.")
        messages.warning(request, text % {"items": ", ".join(short[:5]) + ("…" if len(short) > 5 else "")})
    return redirect("stock_count_review", pk=pk)


@require_POST
@page(CONFIRM)
def count_cancel(request: Any, pk: int) -> HttpResponse:
    """Give a count up."""
    return _act(request, pk, services.cancel_count, _("%(number)s is cancelled."))


@require_POST
@page(CONFIRM)
def count_reverse(request: Any, pk: int) -> HttpResponse:
    """Take the documents of a confirmed count back."""
    return _act(request, pk, services.reverse_count, _("The differences of %(number)s are taken back."))


def _act(request: Any, pk: int, act: Any, done: str) -> HttpResponse:
    try:
        count = act(request.company, pk, by=request.user)
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, done % {"number": count.number})
    return redirect("stock_count_review" if act is services.reverse_count else "stock_count", pk=pk)
