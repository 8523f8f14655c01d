"""Pages where a voucher is entered: new, changed, copied, or the right one after a red-letter reversal."""

import uuid
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from erp.core.errors import DomainError
from erp.core.web.views import page, require
from ledger.entry_aids import phrases, templates
from ledger.entry_aids.models import VoucherTemplate
from ledger.vouchers import corrections, hooks, queries, services
from ledger.vouchers.checks import LineInput
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
    """A new voucher. ``?copy=ID`` begins with the lines of another, ``?template=ID`` with those of a template.

    ``?correct=ID`` is the blue voucher for a posted one; with ``&red=1`` the red one is made with it.
    """
    company = request.company  # type: ignore[attr-defined]
    head = {
        "date": queries.default_date(company, request.session.get("voucher_date")),
        "attachments": 0,
        "entry_token": uuid.uuid4().hex,
    }
    wrong = _asked(request, "correct")
    template = request.GET.get("template", "")
    lines: list[LineInput] = []
    if wrong is not None:
        text = corrections.correcting(wrong)
        lines = [replace(line, summary=text) for line in services.read_lines(wrong)]
    elif original := _asked(request, "copy"):
        lines = services.read_lines(original)
    elif template.isdigit():
        chosen = get_object_or_404(VoucherTemplate, company=company, pk=template)
        lines = templates.lines_of(company, chosen)
        head["word"] = chosen.word
    return _entry(request, None, head, initial_lines(company, lines), wrong)


def _asked(request: HttpRequest, name: str) -> Voucher | None:
    """The voucher of this company that the address names."""
    given = request.GET.get(name, "")
    if not given.isdigit():
        return None
    found = Voucher.objects.select_related("company", "period")
    return get_object_or_404(found, company=request.company, pk=given)  # type: ignore[attr-defined]


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
    request: HttpRequest,
    voucher: Voucher | None,
    head: dict[str, Any],
    lines: list[dict[str, Any]],
    wrong: Voucher | None = None,
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
            saved = again or _save(request, voucher, form, used, wrong)
            if saved is not None:
                request.session["voucher_date"] = saved.date.isoformat()
                phrases.count_used(company, {row.cleaned_data["summary"] for row in used})
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


def _save(
    request: HttpRequest, voucher: Voucher | None, form: VoucherForm, used: list[LineForm], wrong: Voucher | None
) -> Voucher | None:
    """The saved voucher, or None with the refusals placed on the form."""
    company = request.company  # type: ignore[attr-defined]
    given = form.cleaned_data
    lines = line_inputs(company, used)
    common = {"by": request.user, "attachments": given["attachments"], "reference": given["reference"]}
    token = given["entry_token"]
    try:
        if wrong is not None:
            return _correct(request, wrong, lines, given, entry_token=token, **common)
        if voucher is None:
            return services.create_voucher(
                company, given["date"], given["word"] or None, lines, entry_token=token, **common
            )
        return services.update_draft(voucher, date=given["date"], word=given["word"] or None, lines=lines, **common)
    except VoucherRefused as refused:
        place_errors(form, used, refused.errors)
    except DomainError as refusal:
        place_errors(form, used, [refusal])
    return None


def _correct(
    request: HttpRequest, wrong: Voucher, lines: list[LineInput], given: dict[str, Any], **head: Any
) -> Voucher:
    """The blue voucher, and the red one where it was asked for."""
    facts = {"date": given["date"], "word": given["word"] or None, **head}
    if "red" not in request.GET:
        return corrections.correct_in_blue(wrong, lines, **facts)
    require(request, "ledger.reverse_voucher")
    red, blue = corrections.correct_account(wrong, lines, **facts)
    messages.success(request, _("Red-letter voucher %(voucher)s is made as a draft.") % {"voucher": red})
    return blue


def _show_terms(company_id: int, rows: list[LineForm]) -> None:
    """Let the grid know what the accounts already chosen ask for. Two statements."""
    chosen = {row: row["account"].value() for row in rows}
    ids = {int(value) for value in chosen.values() if str(value or "").isdigit()}
    terms = services.account_terms(company_id, ids) if ids else {}
    for row, value in chosen.items():
        if str(value or "").isdigit():
            row.show_terms(terms.get(int(value)))
