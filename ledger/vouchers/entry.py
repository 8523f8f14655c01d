"""Pages where a voucher is entered: new, changed, copied, or the right one after a red-letter reversal."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from erp.core.errors import DomainError
from erp.core.web.views import page
from ledger.vouchers import hooks, queries, services
from ledger.vouchers.forms import (
    BLANK_LINES,
    LineForm,
    LineFormSet,
    VoucherForm,
    dimension_cells,
    initial_lines,
    line_inputs,
    place_errors,
)
from ledger.vouchers.models import Voucher, VoucherStatus
from ledger.vouchers.refusals import VoucherRefused

PREFIX = "lines"
ALWAYS_SHOWN = ("summary", "account_text", "debit", "credit")


@page("ledger.enter_voucher")
def voucher_create(request: HttpRequest) -> HttpResponse:
    """A new voucher. ``?copy=ID`` begins with the lines of another, ``?correct=ID`` also with the summary 订正…."""
    company = request.company  # type: ignore[attr-defined]
    source = request.GET.get("copy") or request.GET.get("correct")
    lines = []
    if source and source.isdigit():
        original = get_object_or_404(Voucher, company=company, pk=source)
        lines = initial_lines(company, services.read_lines(original))
        if "correct" in request.GET:
            day = original.date
            for line in lines:
                line["summary"] = f"订正{day.month}月{day.day}日{original.word}-{original.number}号凭证"
    head = {
        "date": queries.default_date(company, request.session.get("voucher_date")),
        "attachments": 0,
        "entry_token": uuid.uuid4().hex,
    }
    return _entry(request, None, head, lines)


@page("ledger.enter_voucher")
def voucher_edit(request: HttpRequest, voucher_id: int) -> HttpResponse:
    """Change a draft that was entered by hand."""
    company = request.company  # type: ignore[attr-defined]
    voucher = get_object_or_404(Voucher.objects.select_related("company"), company=company, pk=voucher_id)
    if voucher.status != VoucherStatus.DRAFT:
        return redirect("voucher_detail", voucher.pk)
    head = {
        "date": voucher.date,
        "word": voucher.word,
        "attachments": voucher.attachments,
        "reference": voucher.reference,
    }
    return _entry(request, voucher, head, initial_lines(company, services.read_lines(voucher)))


def _entry(
    request: HttpRequest, voucher: Voucher | None, head: dict[str, Any], lines: list[dict[str, Any]]
) -> HttpResponse:
    company = request.company  # type: ignore[attr-defined]
    cells = {"dimensions": dimension_cells(company)}
    if request.method == "POST":
        form = VoucherForm(request.POST, company=company)
        formset = LineFormSet(request.POST, prefix=PREFIX, form_kwargs=cells)
        _show_terms(company.pk, formset.forms)
        if form.is_valid() and formset.is_valid():
            used = [row for row in formset.forms if not row.cleaned_data.get("DELETE") and not row.is_blank()]
            token = form.cleaned_data["entry_token"] if voucher is None else ""
            again = services.entered_with(company.pk, token) if token else None
            saved = again or _save(request, voucher, form, used)
            if saved is not None:
                request.session["voucher_date"] = saved.date.isoformat()
                _tell_saved(request, saved, again=again is not None)
                if "another" in request.POST:
                    return redirect("voucher_create")
                return redirect("voucher_detail", saved.pk)
    else:
        form = VoucherForm(initial=head, company=company)
        blank: list[dict[str, Any]] = [{}] * max(BLANK_LINES - len(lines), 0)
        formset = LineFormSet(initial=lines + blank, prefix=PREFIX, form_kwargs=cells)
        _show_terms(company.pk, formset.forms)
    shown = {"form": form, "formset": formset, "voucher": voucher, "always_shown": ALWAYS_SHOWN}
    return render(request, "ledger/vouchers/entry.html", shown)


def _tell_saved(request: HttpRequest, saved: Voucher, *, again: bool) -> None:
    if again:
        messages.info(request, _("This form was saved before as voucher %(voucher)s.") % {"voucher": saved})
    else:
        messages.success(request, _("Voucher %(voucher)s is saved as a draft.") % {"voucher": saved})
        saving = hooks.Saving(saved.company, saved.date, saved.kind, services.read_lines(saved), besides=saved.pk)
        for warning in hooks.warnings(saving):
            messages.warning(request, warning.message)


def _save(request: HttpRequest, voucher: Voucher | None, form: VoucherForm, used: list[LineForm]) -> Voucher | None:
    """The saved voucher, or None with the refusals placed on the form."""
    company = request.company  # type: ignore[attr-defined]
    given = form.cleaned_data
    lines = line_inputs(company, used)
    common = {"by": request.user, "attachments": given["attachments"], "reference": given["reference"]}
    try:
        if voucher is None:
            return services.create_voucher(
                company, given["date"], given["word"] or None, lines, entry_token=given["entry_token"], **common
            )
        return services.update_draft(voucher, date=given["date"], word=given["word"] or None, lines=lines, **common)
    except VoucherRefused as refused:
        place_errors(form, used, refused.errors)
    except DomainError as refusal:
        place_errors(form, used, [refusal])
    return None


def _show_terms(company_id: int, rows: list[LineForm]) -> None:
    """Let the grid know what the accounts already chosen ask for. Two statements."""
    chosen = {row: row["account"].value() for row in rows}
    ids = {int(value) for value in chosen.values() if str(value or "").isdigit()}
    terms = services.account_terms(company_id, ids) if ids else {}
    for row, value in chosen.items():
        if str(value or "").isdigit():
            row.show_terms(terms.get(int(value)))
