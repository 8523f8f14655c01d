"""Correct a posted voucher as 会计基础工作规范 art. 51(5) asks.

An error of this year: red voucher and blue voucher, or, when only an amount is wrong, one voucher of the difference
(a decrease in red). An error of a former, closed year is never reversed in red: one blue voucher sets it right.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from erp.core.errors import DomainError
from erp.core.money import ZERO, times
from ledger.vouchers import refusals, services
from ledger.vouchers.bulk import wrong_state
from ledger.vouchers.checks import LineInput
from ledger.vouchers.models import Voucher, VoucherKind, VoucherStatus


class NothingDiffers(DomainError):
    code = "nothing_differs"
    template = _("The right amounts are those of the voucher. Change at least two.")


class WrongLine(DomainError):
    code = "unknown_line"
    template = _("Give the right amount of every line of the voucher.")


def of_former_year(voucher: Voucher) -> bool:
    """Whether the voucher's year is over and closed: then red is refused (art. 51(5), last sentence)."""
    return services.is_closed_year(voucher.company_id, voucher.period.year)


def refuse_former_year(voucher: Voucher) -> None:
    """Raises ``FormerYear``."""
    if of_former_year(voucher):
        raise refusals.FormerYear(voucher=voucher, year=voucher.period.year)


def cancelling(voucher: Voucher) -> str:
    """The red voucher's summary."""
    return f"注销{_day_and_number(voucher)}号凭证"


def correcting(voucher: Voucher) -> str:
    """The blue voucher's summary, with the year if it is a former one."""
    year = f"{voucher.date.year}年" if of_former_year(voucher) else ""
    return f"订正{year}{_day_and_number(voucher)}号凭证"


def _day_and_number(voucher: Voucher) -> str:
    return f"{voucher.date.month}月{voucher.date.day}日{voucher.word}-{voucher.number}"


def correct_account(
    voucher: Voucher, lines: Sequence[LineInput], *, by: Any, date: dt.date, word: str | None = None, **head: Any
) -> tuple[Voucher, Voucher]:
    """Red and blue drafts together: the red mirrors the wrong voucher, the blue is ``lines``, linked to it.
    ``head`` goes to the blue one: attachments, reference, entry_token.

    Raises ``FormerYear``, ``AlreadyReversed``, and as ``create_voucher``.
    """
    with transaction.atomic():
        red = services.reverse(voucher, by=by, date=date)
        blue = correct_in_blue(voucher, lines, by=by, date=date, word=word, **head)
    return red, blue


def correct_in_blue(
    voucher: Voucher, lines: Sequence[LineInput], *, by: Any, date: dt.date, word: str | None = None, **head: Any
) -> Voucher:
    """One blue draft that sets a posted voucher right; the only way for one of a former year."""
    if voucher.status != VoucherStatus.POSTED:
        raise wrong_state(voucher, VoucherStatus.POSTED)
    text = correcting(voucher)
    named = [line if line.summary.strip() else replace(line, summary=text) for line in lines]
    return services.create_voucher(
        voucher.company, date, word, named, by=by, kind=VoucherKind.CORRECTION, corrects=voucher, **head
    )


def correct_amounts(voucher: Voucher, right: Mapping[int, Decimal], *, by: Any, date: dt.date) -> Voucher:
    """A draft of the differences: ``right`` is line number (1…n) → the amount that it should have had.

    Accounts and sides stay; what was too much is red. Raises ``NothingDiffers``, ``FormerYear``, ``WrongLine``, and
    as ``create_voucher`` (``NotBalanced`` where the right amounts do not balance).
    """
    if voucher.status != VoucherStatus.POSTED:
        raise wrong_state(voucher, VoucherStatus.POSTED)
    refuse_former_year(voucher)
    text = correcting(voucher)
    lines = []
    for number, line in enumerate(services.read_lines(voucher), start=1):
        if number not in right:
            raise WrongLine(field="amount", row=number)
        difference = right[number] - (line.debit or line.credit)
        if difference:
            lines.append(_of_difference(line, difference, text))
    if not lines:
        raise NothingDiffers()
    return services.create_voucher(
        voucher.company, date, voucher.word, lines, by=by, kind=VoucherKind.CORRECTION, corrects=voucher
    )


def _of_difference(line: LineInput, difference: Decimal, summary: str) -> LineInput:
    """The line with the difference on its side. Quantities stay as they are: only the amount was wrong."""
    original = None
    if line.currency and line.rate:
        original = times(difference, Decimal(1) / line.rate)
    return replace(
        line,
        summary=summary,
        debit=difference if line.debit else ZERO,
        credit=difference if line.credit else ZERO,
        original_amount=original,
        quantity=None,
        unit_price=None,
        cash_flow_item=None,
    )
