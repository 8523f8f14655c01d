"""Pages of vouchers: list, sheet, why, and what can be done with one or many."""

import datetime as dt
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from django_tables2 import RequestConfig

from erp.core.capitals import capitals
from erp.core.errors import DomainError
from erp.core.reports.render import xlsx_response
from erp.core.web.views import allowed, page, require
from ledger.books.reports import VOUCHERS
from ledger.periods.models import Period
from ledger.posting.explain import explain_line
from ledger.vouchers import bulk, queries, services
from ledger.vouchers.attachments import services as attachments
from ledger.vouchers.attachments.models import AttachmentKind
from ledger.vouchers.filters import VoucherFilter
from ledger.vouchers.models import Voucher, VoucherKind, VoucherLine, VoucherStatus
from ledger.vouchers.renumber import gaps
from ledger.vouchers.tables import VoucherTable

PAGE_SIZE = 50
LINES_A_PAGE = 200
GAPS_SHOWN = 20
PRINT = "print"
EDITABLE = (VoucherKind.MANUAL, VoucherKind.CORRECTION)
BULK: dict[str, tuple[str, Callable[..., bulk.BulkOutcome]]] = {
    "review": ("ledger.review_voucher", bulk.review_many),
    "unreview": ("ledger.unreview_voucher", bulk.unreview_many),
    "post": ("ledger.post_voucher", bulk.post_many),
    "sign": ("ledger.sign_voucher", bulk.sign_many),
}


@page("ledger.view_voucher")
def voucher_list(request: HttpRequest) -> HttpResponse:
    """Vouchers with filters, paging and the actions for many at once."""
    company = request.company  # type: ignore[attr-defined]
    shown = VoucherFilter(request.GET, queryset=queries.vouchers(company), company=company)
    period = _shown_period(request)
    table = VoucherTable(shown.qs)
    RequestConfig(request, paginate={"per_page": PAGE_SIZE}).configure(table)
    return render(
        request,
        "ledger/vouchers/list.html",
        {
            "filter": shown,
            "table": table,
            "bulk_actions": [name for name, (permission, _service) in BULK.items() if allowed(request, permission)],
            "waiting": Voucher.objects.filter(
                company=company, status__in=[VoucherStatus.DRAFT, VoucherStatus.REVIEWED]
            ).count(),
            "gap_period": period,
            "gaps": [
                f"{gap.word}-{number}" for gap in gaps(company.pk, period.pk) for number in gap.numbers[:GAPS_SHOWN]
            ]
            if period
            else [],
        },
    )


@require_POST
@page("ledger.view_voucher")
def voucher_bulk(request: HttpRequest) -> HttpResponse:
    """Review, post, sign or print the chosen vouchers; what is refused is named with its reason."""
    company = request.company  # type: ignore[attr-defined]
    action = request.POST.get("action", "")
    if action != PRINT and action not in BULK:
        raise Http404
    ids = [int(text) for text in request.POST.getlist("voucher") if text.isdigit()]
    if action != PRINT:
        require(request, BULK[action][0])
    if not ids:
        messages.info(request, _("Choose vouchers first."))
        return redirect(_back(request))
    if action == PRINT:
        return redirect(f"{reverse('voucher_print')}?{urlencode({'ids': ','.join(map(str, ids))})}")
    service = BULK[action][1]
    outcome = service(company.pk, ids, by=request.user)
    if not outcome.refused:
        _tell(request, outcome)
        return redirect(_back(request))
    shown = {"outcome": outcome, "done": len(outcome.done), "back": _back(request)}
    return render(request, "ledger/vouchers/refused.html", shown)


@page("ledger.view_voucher")
def voucher_detail(request: HttpRequest, voucher_id: int) -> HttpResponse:
    """The voucher as a Chinese voucher, its documents, its history and what the user may do next."""
    company = request.company  # type: ignore[attr-defined]
    voucher = get_object_or_404(
        Voucher.objects.select_related("company", "period", "rule", "reversal_of", "corrects"),
        company=company,
        pk=voucher_id,
    )
    count, debit, credit = queries.line_totals(voucher)
    pages = Paginator(range(count), LINES_A_PAGE)
    shown = pages.get_page(request.GET.get("page"))
    lines = queries.lines_of(voucher, (shown.number - 1) * LINES_A_PAGE, shown.number * LINES_A_PAGE)
    rows = [
        {
            "summary": line.summary,
            "account": line.account,
            "account_url": f"{reverse('account_lines')}?account={line.account.split()[0]}&from={voucher.period}",
            "dimensions": line.dimensions,
            "debit": line.debit,
            "credit": line.credit,
            "quantity": line.quantity,
            "unit_price": line.unit_price,
            "why_url": reverse("line_why", args=[line.id]) if line.is_generated else "",
        }
        for line in lines
    ]
    sources, source_count = queries.sources_of(voucher)
    before, after = queries.neighbours(voucher)
    return render(
        request,
        "ledger/vouchers/detail.html",
        {
            "voucher": voucher,
            "rows": rows,
            "total_debit": debit,
            "total_credit": credit,
            "capitals": capitals(debit),
            "page_obj": shown if pages.num_pages > 1 else None,
            "with_why": voucher.kind == VoucherKind.GENERATED,
            "sources": sources,
            "source_count": source_count,
            "steps": _history(voucher),
            "actions": _actions(request, voucher),
            "files": attachments.files_of(voucher),
            "lacks_originals": attachments.lacks_originals(company, voucher),
            "attachment_kinds": AttachmentKind.choices,
            "corrections": list(Voucher.objects.filter(company=company, corrects=voucher).order_by("id")),
            "before": before,
            "after": after,
            "today": _default_date(request).isoformat(),
        },
    )


@page("ledger.view_voucher")
def line_why(request: HttpRequest, line_id: int) -> HttpResponse:
    """Why a generated line is there: event, document lines, rule version, mapping. Shown in the drawer."""
    company = request.company  # type: ignore[attr-defined]
    line = get_object_or_404(VoucherLine, company=company, pk=line_id)
    return render(request, "ledger/vouchers/why.html", {"why": explain_line(line)})


@require_POST
@page("ledger.view_voucher")
def voucher_action(request: HttpRequest, voucher_id: int, action: str) -> HttpResponse:
    """One action on one voucher; a refusal comes back as a message on its page."""
    company = request.company  # type: ignore[attr-defined]
    voucher = get_object_or_404(Voucher, company=company, pk=voucher_id)
    if action in BULK:
        permission, service = BULK[action]
        require(request, permission)
        _tell(request, service(company.pk, [voucher.pk], by=request.user))
        return redirect("voucher_detail", voucher.pk)
    try:
        if action == "reverse":
            require(request, "ledger.reverse_voucher")
            red = services.reverse(voucher, by=request.user, date=_posted_date(request))
            messages.success(request, _("Red-letter voucher %(voucher)s is made as a draft.") % {"voucher": red})
            return redirect("voucher_detail", red.pk)
        if action == "void":
            require(request, "ledger.void_voucher")
            services.void(voucher, by=request.user)
            messages.success(request, _("Voucher %(voucher)s is void.") % {"voucher": voucher})
        elif action == "delete":
            require(request, "ledger.enter_voucher")
            services.delete_draft(voucher, by=request.user)
            messages.success(request, _("Voucher %(voucher)s is deleted; its number is free.") % {"voucher": voucher})
            return redirect("voucher_list")
    except DomainError as refusal:
        messages.error(request, refusal.message)
    return redirect("voucher_detail", voucher.pk)


def _shown_period(request: HttpRequest) -> Period | None:
    """The one period that the list is about: that of the filter, else that in which people enter now."""
    company = request.company  # type: ignore[attr-defined]
    wanted = request.GET.get("last") or request.GET.get("first") or ""
    year, _dash, month = wanted.partition("-")
    periods = Period.objects.filter(company=company)
    if year.isdigit() and month.isdigit():
        return periods.filter(year=int(year), number=int(month)).first()
    day = _default_date(request)
    return periods.filter(start__lte=day, end__gte=day).first()


def _actions(request: HttpRequest, voucher: Voucher) -> set[str]:
    """What this user may do with the voucher in its state."""
    draft, own_hand = voucher.status == VoucherStatus.DRAFT, voucher.kind != VoucherKind.GENERATED
    reviewed, posted = voucher.status == VoucherStatus.REVIEWED, voucher.status == VoucherStatus.POSTED
    can = {
        "review": draft and voucher.preparer_id != request.user.pk and allowed(request, "ledger.review_voucher"),
        "unreview": reviewed and allowed(request, "ledger.unreview_voucher"),
        "post": reviewed and allowed(request, "ledger.post_voucher"),
        "sign": (draft or reviewed) and not voucher.cashier_name and allowed(request, "ledger.sign_voucher"),
        "edit": draft
        and voucher.kind in (VoucherKind.MANUAL, VoucherKind.CORRECTION)
        and allowed(request, "ledger.enter_voucher"),
        "delete": draft and own_hand and allowed(request, "ledger.enter_voucher"),
        "void": draft and own_hand and allowed(request, "ledger.void_voucher"),
        "reverse": posted
        and (own_hand or allowed(request, services.CONTROL_PERMISSION))
        and allowed(request, "ledger.reverse_voucher")
        and services.live_reversal(voucher) is None,
        "correct": posted and allowed(request, "ledger.reverse_voucher"),
        "attach": draft and allowed(request, "ledger.enter_voucher"),
        "template": allowed(request, "ledger.manage_entry_aid"),
        "copy": own_hand and allowed(request, "ledger.enter_voucher"),
    }
    return {name for name, may in can.items() if may}


def _history(voucher: Voucher) -> list[dict[str, Any]]:
    """The steps of the voucher as a timeline."""
    steps = [_step(_("Prepared"), voucher.preparer_name, voucher.created_at)]
    if voucher.reversal_of:
        steps[0]["text"] = _("Reverses %(voucher)s") % {"voucher": voucher.reversal_of}
        steps[0]["url"] = reverse("voucher_detail", args=[voucher.reversal_of_id])
    if voucher.status == VoucherStatus.VOID:
        return [*steps, {"state": "failed", "title": _("Void"), "text": ""}]
    if voucher.cashier_name:
        steps.append({"state": "done", "title": _("Signed by the cashier"), "text": voucher.cashier_name})
    steps.append(_step(_("Reviewed"), voucher.reviewer_name, voucher.reviewed_at))
    if voucher.rule is not None and voucher.reviewed_at and voucher.reviewer_id is None:
        approver = voucher.rule.approved_by
        steps[-1]["text"] = (
            _("By rule %(rule)s, approved by %(name)s") % {"rule": voucher.rule, "name": approver}
            if approver
            else _("By rule %(rule)s, shipped with the product") % {"rule": voucher.rule}
        )
    steps.append(_step(_("Posted"), voucher.poster_name, voucher.posted_at))
    reversal = services.live_reversal(voucher)
    if reversal:
        steps.append(
            {
                "state": "failed",
                "title": _("Reversed in red by %(voucher)s") % {"voucher": reversal},
                "url": reverse("voucher_detail", args=[reversal.pk]),
                "badge": reversal.status,
                "badge_label": reversal.get_status_display(),
            }
        )
    return steps


def _step(title: str, name: str, when: dt.datetime | None) -> dict[str, Any]:
    if when is None:
        return {"state": "waiting", "title": title, "text": _("not yet")}
    shown = date_format(timezone.localtime(when), "Y-m-d H:i")
    return {"state": "done", "title": title, "text": name, "when": shown}


def _tell(request: HttpRequest, outcome: bulk.BulkOutcome) -> None:
    """Messages for what was done and the first refusals."""
    if outcome.done:
        count = len(outcome.done)
        messages.success(
            request, ngettext("%(count)d voucher done.", "%(count)d vouchers done.", count) % {"count": count}
        )
    for refusal in outcome.refused[:5]:
        messages.error(request, refusal.error.message)
    if len(outcome.refused) > 5:
        messages.error(request, _("%(count)d more were refused.") % {"count": len(outcome.refused) - 5})


def _back(request: HttpRequest) -> str:
    query = request.POST.get("query", "")
    return f"{reverse('voucher_list')}?{query}" if query else reverse("voucher_list")


def _posted_date(request: HttpRequest) -> dt.date:
    try:
        return dt.date.fromisoformat(request.POST.get("date", ""))
    except ValueError:
        return _default_date(request)


def _default_date(request: HttpRequest) -> dt.date:
    return queries.default_date(request.company, request.session.get("voucher_date"))  # type: ignore[attr-defined]


@page("ledger.view_voucher")
def voucher_export(request: HttpRequest) -> HttpResponse:
    """The filtered list as Excel."""
    company = request.company  # type: ignore[attr-defined]
    known = {parameter.name for parameter in VOUCHERS.parameters}
    given = {name: text for name, text in request.GET.items() if name in known and text}
    try:
        return xlsx_response(VOUCHERS, company, VOUCHERS.clean(given))
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect("voucher_list")
