"""What people and the voucher service do with cash-flow items: assign, split, assign in bulk.

An entry is an annotation: it may change on posted vouchers until their period is closed. What it was before is kept
in the history of the entries (``CashFlowEntryEvent``), with who changed it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import DomainError, NotFound, PeriodClosed
from erp.core.money import ZERO, cents
from erp.core.users.names import name_of
from ledger.cash_flow import assignment
from ledger.cash_flow.assignment import copy_negated
from ledger.cash_flow.models import CashFlowEntry, CashFlowItem, EntrySource
from ledger.cash_flow.queries import Unassigned, chosen_items, counter_lines, unassigned
from ledger.periods.models import Period, PeriodStatus
from ledger.preferences.services import preferences_of
from ledger.vouchers import refusals
from ledger.vouchers.models import Voucher, VoucherLine, VoucherStatus

__all__ = [
    "Part", "Unassigned", "assign", "assign_group", "assign_saved", "chosen_items", "copy_negated", "set_items",
    "unassigned",
]  # fmt: skip


class CashFlowMissing(DomainError):
    code = "cash_flow_missing"
    template = _("This line needs a cash-flow item: the settings of the ledger ask for one. Choose it on the line.")


class PartsDoNotAddUp(DomainError):
    code = "cash_flow_parts"
    template = _("The parts of line %(line)s add up to %(total)s, its effect on cash is %(effect)s. Correct the parts.")


class NonCashNotZero(DomainError):
    code = "non_cash_not_zero"
    template = _("The parts of %(voucher)s that are not cash add up to %(total)s. They must add up to 0.00.")


class NoCashEffect(DomainError):
    code = "no_cash_effect"
    template = _("This line has no effect on cash: its voucher has no cash line, or the line itself is cash.")


@dataclass(frozen=True, slots=True)
class Part:
    """Part of a line's effect. ``item_id`` None: not cash."""

    item_id: int | None
    amount: Decimal


def assign(company: Company, voucher_ids: Iterable[int], chosen: Mapping[int, int] | None = None) -> int:
    """Give counter lines without entries their item (see ``assignment``). Returns how many lines got one."""
    return assignment.assign(company.pk, voucher_ids, chosen)


def assign_saved(company: Company, voucher_id: int, chosen: Mapping[int, int], *, by: Any) -> None:
    """Called for a voucher with cash lines that was just saved. Raises ``VoucherRefused`` with the lines that stay
    without an item if the company's settings ask for one of every voucher that a person enters."""
    assignment.assign(company.pk, [voucher_id], chosen, by_name=name_of(by))
    if by is None or not preferences_of(company).cash_flow_required:
        return
    missing = [line for line in counter_lines(company.pk, voucher_id) if line.rest]
    if missing:
        raise refusals.VoucherRefused([CashFlowMissing(field="cash_flow_item", row=line.line_no) for line in missing])


def set_items(company: Company, line_id: int, parts: Sequence[Part], *, by: Any) -> None:
    """Replace what one line's effect is assigned to. Raises as ``set_voucher_items``."""
    entry = _line_voucher(company, line_id)
    set_voucher_items(company, entry, {line_id: parts}, by=by)


def set_voucher_items(company: Company, voucher_id: int, parts: Mapping[int, Sequence[Part]], *, by: Any) -> None:
    """Replace what lines of one voucher are assigned to; an empty sequence leaves the line unassigned.

    Raises ``PeriodClosed``, ``NoCashEffect``, ``PartsDoNotAddUp``, ``NonCashNotZero``, ``NotFound``.
    """
    with transaction.atomic():
        voucher = _locked(company, voucher_id)
        lines = {line.line_id: line for line in counter_lines(company.pk, voucher.pk)}
        _check_items(company, (part.item_id for rows in parts.values() for part in rows))
        for line_id, rows in parts.items():
            line = lines.get(line_id)
            if line is None:
                raise NoCashEffect(field="line")
            total = sum((part.amount for part in rows), ZERO)
            if rows and total != line.effect:
                raise PartsDoNotAddUp(
                    field="parts",
                    row=line.line_no,
                    line=line.line_no,
                    total=f"{total:,.2f}",
                    effect=f"{line.effect:,.2f}",
                )
        CashFlowEntry.objects.filter(company=company, voucher=voucher, line__in=list(parts)).delete()
        CashFlowEntry.objects.bulk_create(
            [
                CashFlowEntry(
                    company=company,
                    voucher=voucher,
                    line_id=line_id,
                    period_id=voucher.period_id,
                    item_id=part.item_id,
                    amount=cents(part.amount),
                    source=EntrySource.MANUAL,
                    assigned_by_name=name_of(by),
                )
                for line_id, rows in parts.items()
                for part in rows
                if part.amount
            ]
        )
        non_cash = CashFlowEntry.objects.filter(company=company, voucher=voucher, item=None)
        total = sum(non_cash.values_list("amount", flat=True), ZERO)
        if total:
            raise NonCashNotZero(field="parts", voucher=voucher, total=f"{total:,.2f}")


def assign_group(
    company: Company, period: Period, account_id: int, direction: str, item_id: int, *, was: int | None, by: Any
) -> int:
    """Assign all lines of a counter account and direction in the period that have the item ``was`` (None: none yet)
    to ``item_id``. Split lines keep their split. Two statements. Raises ``PeriodClosed``, ``NotFound``."""
    with transaction.atomic():
        _hold_open(company, period.pk)
        _check_items(company, [item_id])
        facts = {
            "company": company.pk,
            "period": period.pk,
            "account": account_id,
            "sign": 1 if direction == "in" else -1,
            "item": item_id,
            "was": was,
            "name": name_of(by),
        }
        with connection.cursor() as cursor:
            cursor.execute(_REASSIGN if was is not None else _ASSIGN_GROUP, facts)
            return cursor.rowcount


_REASSIGN = """
UPDATE ledger_cashflowentry e
   SET item_id = %(item)s, source = 'manual', assigned_by_name = %(name)s, assigned_at = now()
  FROM ledger_voucherline l
 WHERE e.company_id = %(company)s AND e.period_id = %(period)s AND e.item_id = %(was)s
   AND l.id = e.line_id AND l.account_id = %(account)s AND sign(l.credit - l.debit) = %(sign)s
   AND e.amount = l.credit - l.debit
"""

_ASSIGN_GROUP = """
INSERT INTO ledger_cashflowentry
       (company_id, voucher_id, line_id, period_id, item_id, amount, source, assigned_by_name, assigned_at)
SELECT l.company_id, l.voucher_id, l.id, l.period_id, %(item)s, l.credit - l.debit, 'manual', %(name)s, now()
  FROM ledger_voucherline l
  JOIN ledger_voucher v ON v.company_id = l.company_id AND v.id = l.voucher_id AND v.status <> 'void'
  JOIN ledger_account own ON own.id = l.account_id AND own.cash_kind = ''
 WHERE l.company_id = %(company)s AND l.period_id = %(period)s AND l.account_id = %(account)s
   AND sign(l.credit - l.debit) = %(sign)s
   AND EXISTS (SELECT 1 FROM ledger_voucherline c JOIN ledger_account a ON a.id = c.account_id AND a.cash_kind <> ''
                WHERE c.company_id = l.company_id AND c.voucher_id = l.voucher_id)
   AND NOT EXISTS (SELECT 1 FROM ledger_cashflowentry e
                    WHERE e.company_id = l.company_id AND e.voucher_id = l.voucher_id AND e.line_id = l.id)
"""


def _check_items(company: Company, ids: Iterable[int | None]) -> None:
    wanted = {item_id for item_id in ids if item_id is not None}
    known = set(CashFlowItem.objects.filter(company=company, pk__in=wanted).values_list("id", flat=True))
    if missing := wanted - known:
        raise NotFound(what=CashFlowItem._meta.verbose_name, key=min(missing), field="item")


def _line_voucher(company: Company, line_id: int) -> int:
    line = VoucherLine.objects.filter(company=company, pk=line_id).values_list("voucher_id", flat=True).first()
    if line is None:
        raise NotFound(what=VoucherLine._meta.verbose_name, key=line_id, field="line")
    return line


def _locked(company: Company, voucher_id: int) -> Voucher:
    voucher = Voucher.objects.select_for_update().filter(company=company, pk=voucher_id).first()
    if voucher is None or voucher.status == VoucherStatus.VOID:
        raise NotFound(what=Voucher._meta.verbose_name, key=voucher_id)
    _hold_open(company, voucher.period_id)
    return voucher


def _hold_open(company: Company, period_id: int) -> None:
    """A period that is being closed at this moment waits for us, or we for it."""
    period = Period.objects.select_for_update(no_key=True).get(company=company, pk=period_id)
    if period.status != PeriodStatus.OPEN:
        raise PeriodClosed(period=period)
