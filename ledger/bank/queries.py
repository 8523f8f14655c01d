"""What a bank account holds, what is open on each side, and the reconciliation statement (银行存款余额调节表).

As of a day, a line is open unless all lines of its match are of that day or before. Book lines before the month of
the first statement are taken as settled: those that were not are entered as opening items (期初未达账).
"""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection

from erp.core.companies.models import Company
from erp.core.money import ZERO
from ledger.accounts.models import Account, CashKind
from ledger.bank.models import BankLine, OpenSide
from ledger.dimensions.models import DimensionValue

BANK_KINDS = (CashKind.BANK, CashKind.OTHER)


@dataclass(frozen=True, slots=True)
class BankAccount:
    """A leaf account, and the bank-account value where its lines carry one."""

    account: Account
    value: DimensionValue | None = None

    def __str__(self) -> str:
        return f"{self.account} · {self.value}" if self.value else str(self.account)

    @property
    def key(self) -> str:
        return f"{self.account.pk}-{self.value.pk}" if self.value else str(self.account.pk)


@dataclass(frozen=True, slots=True)
class OpenLine:
    """An open line of one side. ``amount``: receipt less payment; ``kind`` bank, book (a voucher's line) or opening
    (a line of ours from before the start)."""

    id: int
    kind: str
    date: dt.date
    summary: str
    reference: str
    counterparty: str
    amount: Decimal
    voucher_id: int | None = None
    voucher: str = ""

    @property
    def receipt(self) -> Decimal:
        return max(self.amount, ZERO)

    @property
    def payment(self) -> Decimal:
        return max(-self.amount, ZERO)


@dataclass(slots=True)
class Reconciliation:
    """Both balances, the four kinds of open items, and both sides after them."""

    as_of: dt.date
    book_balance: Decimal
    bank_balance: Decimal | None
    bank: list[OpenLine] = field(default_factory=list)
    book: list[OpenLine] = field(default_factory=list)

    def of(self, side: str, direction: str) -> list[OpenLine]:
        """``side`` bank or book; ``direction`` receipt or payment."""
        rows = self.bank if side == "bank" else self.book
        return [row for row in rows if (row.amount > 0) == (direction == "receipt")]

    @property
    def adjusted_book(self) -> Decimal:
        return self.book_balance + sum((row.amount for row in self.bank), ZERO)

    @property
    def adjusted_bank(self) -> Decimal | None:
        if self.bank_balance is None:
            return None
        return self.bank_balance + sum((row.amount for row in self.book), ZERO)

    @property
    def difference(self) -> Decimal | None:
        return None if self.adjusted_bank is None else self.adjusted_book - self.adjusted_bank


def bank_accounts(company: Company) -> list[BankAccount]:
    """Bank accounts in order of code. Accounts that carry a bank-account dimension stand once per value."""
    accounts = Account.objects.filter(
        company=company, is_leaf=True, is_active=True, cash_kind__in=BANK_KINDS
    ).prefetch_related("dimensions__dimension_type")
    values = list(DimensionValue.objects.filter(company=company, dimension_type__code="bank_account", is_active=True))
    found = []
    for account in accounts.order_by("code"):
        if any(row.dimension_type.code == "bank_account" for row in account.dimensions.all()) and values:
            found += [BankAccount(account, value) for value in values]
        else:
            found.append(BankAccount(account))
    return found


def book_balance(company: Company, bank: BankAccount, as_of: dt.date) -> Decimal:
    """Opening balance and posted lines up to the day. One statement."""
    ((amount,),) = _rows(
        f"""SELECT coalesce((SELECT sum(o.debit - o.credit) FROM ledger_openingbalance o
                              WHERE o.company_id = %(company)s AND o.account_id = %(account)s
                                AND {_of_value("o")}), 0)
                 + coalesce((SELECT sum(l.debit - l.credit) FROM ledger_voucherline l
                               JOIN ledger_voucher v ON v.id = l.voucher_id AND v.status = 'posted'
                                    AND v.date <= %(as_of)s
                              WHERE l.company_id = %(company)s AND l.account_id = %(account)s
                                AND {_of_value("l")}), 0)""",
        _facts(company, bank, as_of),
    )
    return Decimal(amount)


def bank_balance(company: Company, bank: BankAccount, as_of: dt.date) -> Decimal | None:
    """The balance after the last statement line up to the day, as the bank wrote it."""
    lines = BankLine.objects.filter(company=company, account=bank.account, value=bank.value, balance__isnull=False)
    last = lines.filter(date__lte=as_of).order_by("-date", "-statement_id", "-line_no").first()
    if last is not None:
        return last.balance
    first = lines.order_by("date", "statement_id", "line_no").first()
    return None if first is None or first.balance is None else first.balance - first.receipt + first.payment


def reconciliation(
    company: Company, bank: BankAccount, as_of: dt.date, *, balance: Decimal | None = None
) -> Reconciliation:
    """As of the day. ``balance`` overrides the bank's balance where its files carry none."""
    found = Reconciliation(
        as_of,
        book_balance(company, bank, as_of),
        balance if balance is not None else bank_balance(company, bank, as_of),
    )
    found.bank, found.book = open_lines(company, bank, as_of)
    return found


def open_lines(company: Company, bank: BankAccount, as_of: dt.date) -> tuple[list[OpenLine], list[OpenLine]]:
    """(the bank's, ours) open as of the day, oldest first. Two statements."""
    facts = _facts(company, bank, as_of)
    later = """SELECT i.match_id FROM ledger_bankmatchitem i
                 LEFT JOIN ledger_bankline b ON b.id = i.bank_line_id
                 LEFT JOIN ledger_voucherline w ON w.id = i.voucher_line_id
                 LEFT JOIN ledger_voucher u ON u.id = w.voucher_id
                WHERE i.company_id = %(company)s AND coalesce(b.date, u.date) > %(as_of)s"""
    bank_rows = _rows(
        f"""WITH later AS ({later})
            SELECT b.id, b.side, b.date, b.summary, b.reference, b.counterparty, b.receipt - b.payment
              FROM ledger_bankline b
              LEFT JOIN ledger_bankmatchitem m ON m.company_id = b.company_id AND m.bank_line_id = b.id
             WHERE b.company_id = %(company)s AND b.account_id = %(account)s AND b.date <= %(as_of)s
               AND b.value_id IS NOT DISTINCT FROM %(value)s
               AND (m.id IS NULL OR m.match_id IN (SELECT match_id FROM later))
             ORDER BY b.date, b.id""",
        facts,
    )
    voucher_rows = _rows(
        f"""WITH later AS ({later}),
            begin AS (SELECT date_trunc('month', min(first_date))::date AS day FROM ledger_bankstatement
                       WHERE company_id = %(company)s AND account_id = %(account)s
                         AND value_id IS NOT DISTINCT FROM %(value)s)
            SELECT l.id, 'book', v.date, l.summary, coalesce(nullif(l.settlement_no, ''), l.business_no), '',
                   l.debit - l.credit, v.id, v.word || '-' || v.number
              FROM ledger_voucherline l
              JOIN ledger_voucher v ON v.id = l.voucher_id AND v.status = 'posted' AND v.date <= %(as_of)s
              LEFT JOIN ledger_bankmatchitem m ON m.company_id = l.company_id AND m.voucher_line_id = l.id
             WHERE l.company_id = %(company)s AND l.account_id = %(account)s AND {_of_value("l")}
               AND l.debit <> l.credit AND v.date >= coalesce((SELECT day FROM begin), v.date)
               AND (m.id IS NULL OR m.match_id IN (SELECT match_id FROM later))
             ORDER BY v.date, v.word, v.number, l.line_no""",
        facts,
    )
    bank_lines = [OpenLine(row[0], "bank", *row[2:]) for row in bank_rows if row[1] == OpenSide.BANK]
    opening = [OpenLine(row[0], "opening", *row[2:]) for row in bank_rows if row[1] == OpenSide.BOOK]
    return bank_lines, opening + [OpenLine(*row) for row in voucher_rows]


def _of_value(alias: str) -> str:
    return f"""(%(value)s::bigint IS NULL OR {alias}.dimension_set_id IN (
                SELECT dimension_set_id FROM ledger_dimensionsetitem
                 WHERE company_id = %(company)s AND value_id = %(value)s))"""


def _facts(company: Company, bank: BankAccount, as_of: dt.date) -> dict[str, Any]:
    value = bank.value.pk if bank.value else None
    return {"company": company.pk, "account": bank.account.pk, "value": value, "as_of": as_of}


def _rows(sql: str, facts: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, facts)
        return cursor.fetchall()
