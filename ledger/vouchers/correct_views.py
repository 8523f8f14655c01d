"""The page that leads through a correction: what was wrong decides which vouchers set it right."""

import datetime as dt
from decimal import Decimal, InvalidOperation

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from erp.core.errors import DomainError
from erp.core.money import cents
from erp.core.pinyin import plain
from erp.core.web.views import page
from ledger.vouchers import corrections, queries, services
from ledger.vouchers.models import Voucher, VoucherKind, VoucherStatus


@page("ledger.reverse_voucher")
def voucher_correct(request: HttpRequest, voucher_id: int) -> HttpResponse:
    """Wrong account: red and blue. Only an amount: the difference. Former year: blue only, red is explained away."""
    company = request.company  # type: ignore[attr-defined]
    found = Voucher.objects.select_related("company", "period")
    voucher = get_object_or_404(found, company=company, pk=voucher_id, status=VoucherStatus.POSTED)
    lines = queries.lines_of(voucher)
    typed = {line.line_no: request.POST.get(f"right-{line.line_no}", "") for line in lines}
    date = _date(request)
    if request.method == "POST":
        try:
            right = {number: _amount(text, number) for number, text in typed.items()}
            made = corrections.correct_amounts(voucher, right, by=request.user, date=date)
        except DomainError as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, _("Correction %(voucher)s is made as a draft.") % {"voucher": made})
            return redirect("voucher_detail", made.pk)
    former = corrections.of_former_year(voucher)
    return render(
        request,
        "ledger/vouchers/correct.html",
        {
            "voucher": voucher,
            "rows": [(line, typed[line.line_no] or str(line.debit or line.credit)) for line in lines],
            "former_year": former,
            "generated": voucher.kind == VoucherKind.GENERATED,
            "reversal": services.live_reversal(voucher),
            "date": date.isoformat(),
            "cancelling": corrections.cancelling(voucher),
            "correcting": corrections.correcting(voucher),
        },
    )


def _amount(text: str, row: int) -> Decimal:
    try:
        return cents(plain(text).replace(",", ""))
    except InvalidOperation:
        raise corrections.WrongLine(field="amount", row=row) from None


def _date(request: HttpRequest) -> dt.date:
    try:
        return dt.date.fromisoformat(request.POST.get("date", ""))
    except ValueError:
        return queries.default_date(request.company, request.session.get("voucher_date"))  # type: ignore[attr-defined]
