"""A statement of the bank for the demo company's last month, matched in part, and some clearings of customers.

The statement is made from the posted lines of the busiest bank account: the bank sees them up to a day later, has not
seen the last ones yet, and knows its fee and its interest before the books do.
"""

import csv
import datetime as dt
import io
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Count

from erp.core.access.permissions import Role
from erp.core.companies.models import Company
from erp.core.users.models import User
from ledger.accounts.models import Account
from ledger.bank import services as bank_services
from ledger.bank.models import BankStatement
from ledger.bank.queries import BANK_KINDS, BankAccount, OpenLine, book_balance, open_lines
from ledger.bank.statement_file import parse
from ledger.clearing import services as clearing_services
from ledger.clearing.models import Clearing
from ledger.clearing.queries import open_lines as open_items
from ledger.vouchers.models import VoucherLine, VoucherStatus

HEADINGS = ["交易日期", "流水号", "摘要", "对方户名", "收入", "支出", "余额"]
NOT_SEEN_YET = 2
FEE, INTEREST = Decimal("35.00"), Decimal("126.48")
CLEARED_PARTIES = 8


def add(company: Company, users: Mapping[str, User], last_day: dt.date) -> None:
    """Once: nothing happens where a statement is already imported."""
    if not BankStatement.objects.filter(company=company).exists():
        _statement(company, users[Role.CASHIER], last_day)
    if not Clearing.objects.filter(company=company).exists():
        _clearings(company, users[Role.ACCOUNTANT], last_day)


def _statement(company: Company, by: User, last_day: dt.date) -> None:
    busiest = (
        VoucherLine.objects.filter(
            company=company, account__cash_kind__in=BANK_KINDS, voucher__status=VoucherStatus.POSTED
        )
        .order_by()
        .values("account")
        .annotate(lines=Count("id"))
        .order_by("-lines")
        .first()
    )
    if busiest is None:
        return
    bank = BankAccount(Account.objects.get(company=company, pk=busiest["account"]))
    first_day = last_day.replace(day=1)
    lines = [line for line in open_lines(company, bank, last_day)[1] if line.date >= first_day]
    content = _file(lines[: max(len(lines) - NOT_SEEN_YET, 0)], first_day, last_day, _before(company, bank, first_day))
    file = parse(content, f"{bank.account.name}对账单{last_day:%Y年%m月}.csv")
    bank_services.import_statement(company, bank, file, by=by)
    bank_services.auto_match(company, bank, by=by)


def _before(company: Company, bank: BankAccount, day: dt.date) -> Decimal:
    return book_balance(company, bank, day - dt.timedelta(days=1))


def _file(lines: list[OpenLine], first_day: dt.date, last_day: dt.date, balance: Decimal) -> bytes:
    """The bank's file: our lines in its words, its fee in the middle of the month and its interest at the end."""
    rows: list[tuple[dt.date, str, str, Decimal]] = []
    for place, line in enumerate(lines):
        seen = min(line.date + dt.timedelta(days=place % 2), last_day)
        text = "网银收款" if line.amount > 0 else "网银付款"
        rows.append((seen, f"{text} {line.voucher}", line.reference, line.amount))
    rows.append((first_day + dt.timedelta(days=14), "账户管理费", "", -FEE))
    rows.append((last_day, "结息", "", INTEREST))
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADINGS)
    for number, (date, summary, reference, amount) in enumerate(sorted(rows, key=lambda row: row[0]), start=1):
        balance += amount
        receipt, payment = (amount, "") if amount > 0 else ("", -amount)
        serial = reference or f"{date:%Y%m%d}{number:05d}"
        writer.writerow([date.isoformat(), serial, summary, "", receipt, payment, balance])
    return out.getvalue().encode()


def _clearings(company: Company, by: User, last_day: dt.date) -> None:
    """Clear the customers that have most to clear."""
    account = Account.objects.filter(company=company, code="1122").first()
    if account is None:
        return
    sides: dict[Any, list[int]] = {}
    for line in open_items(company, account, last_day, every=True):
        if line.party_id is not None:
            sides.setdefault(line.party_id, [0, 0])[line.open < 0] += 1
    busiest = sorted((party for party, counts in sides.items() if all(counts)), key=lambda party: -min(sides[party]))
    for party_id in busiest[:CLEARED_PARTIES]:
        clearing_services.auto_clear(company, account, party_id=party_id, every=False, by=by)
