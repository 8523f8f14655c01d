"""Import a statement, match its lines with the books, take matches apart, enter what was open at the start.

Everything that changes matches holds the bank account's row, so that two people never match one line twice; the
database holds the same rule.
"""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import DomainError, InvalidValue, NotFound
from erp.core.money import ZERO, cents
from erp.core.users.names import name_of
from ledger.accounts.models import Account
from ledger.bank import rules
from ledger.bank.models import BankLine, BankMatch, BankMatchItem, BankStatement
from ledger.bank.queries import BankAccount, OpenLine, bank_accounts, open_lines
from ledger.bank.statement_file import StatementFile

FAR = dt.date(9999, 12, 31)


class SameStatement(DomainError):
    code = "same_statement"
    template = _("“%(filename)s” was imported already on %(when)s. The same content is taken once.")


class StatementHasErrors(DomainError):
    code = "statement_has_errors"
    template = _("%(count)s rows of “%(filename)s” are wrong; the first: %(first)s. Correct the file.")


class StatementEmpty(DomainError):
    code = "statement_empty"
    template = _("“%(filename)s” has no lines.")


class StatementInUse(DomainError):
    code = "statement_in_use"
    template = _("%(count)s lines of this statement are matched. Take the matches apart first.")


class MatchUnequal(DomainError):
    code = "match_unequal"
    template = _(
        "The bank's lines add up to %(bank)s, ours to %(book)s: the difference is %(difference)s. "
        "Choose lines that are the same money."
    )


class NothingChosen(DomainError):
    code = "nothing_chosen"
    template = _("Choose at least two lines that are the same money.")


class NotOpen(DomainError):
    code = "line_not_open"
    template = _("One of the chosen lines is not open any more. Look at the page again.")


def find_account(company: Company, key: str) -> BankAccount:
    """The bank account with the key of its address. Raises ``NotFound``."""
    for found in bank_accounts(company):
        if found.key == key:
            return found
    raise NotFound(what=_("Bank account"), key=key)


def import_statement(company: Company, bank: BankAccount, file: StatementFile, *, by: Any) -> BankStatement:
    """Save the lines of a parsed file. Raises ``StatementHasErrors``, ``StatementEmpty``, ``SameStatement``."""
    if file.errors:
        raise StatementHasErrors(count=len(file.errors), filename=file.filename, first=file.errors[0].message)
    if not file.rows:
        raise StatementEmpty(filename=file.filename)
    with transaction.atomic():
        _hold(company, bank)
        if earlier := imported_before(company, bank, file):
            raise SameStatement(filename=file.filename, when=f"{earlier.imported_at:%Y-%m-%d}")
        statement = BankStatement.objects.create(
            company=company,
            account=bank.account,
            value=bank.value,
            file_name=file.filename[:200],
            sha256=file.sha256,
            first_date=file.rows[0].date,
            last_date=file.rows[-1].date,
            opening=file.opening,
            closing=file.closing,
            imported_by=by,
        )
        BankLine.objects.bulk_create(
            [
                BankLine(
                    company=company,
                    account=bank.account,
                    value=bank.value,
                    statement=statement,
                    line_no=number,
                    date=row.date,
                    summary=row.summary,
                    counterparty=row.counterparty,
                    reference=row.reference,
                    receipt=row.receipt,
                    payment=row.payment,
                    balance=row.balance,
                )
                for number, row in enumerate(file.rows, start=1)
            ],
            batch_size=2_000,
        )
    return statement


def imported_before(company: Company, bank: BankAccount, file: StatementFile) -> BankStatement | None:
    """The statement with the same content on this account."""
    return BankStatement.objects.filter(
        company=company, account=bank.account, value=bank.value, sha256=file.sha256
    ).first()


def delete_statement(company: Company, statement_id: int, *, by: Any) -> None:
    """Remove a statement none of whose lines is matched. Raises ``StatementInUse``, ``NotFound``."""
    with transaction.atomic():
        statement = BankStatement.objects.select_for_update().filter(company=company, pk=statement_id).first()
        if statement is None:
            raise NotFound(what=BankStatement._meta.verbose_name, key=statement_id)
        if count := BankMatchItem.objects.filter(company=company, bank_line__statement=statement).count():
            raise StatementInUse(count=count)
        statement.delete()


def auto_match(company: Company, bank: BankAccount, *, by: Any, days: int = rules.DAYS) -> dict[str, int]:
    """Match what the rules find. Returns how many matches each rule made."""
    with transaction.atomic():
        _hold(company, bank)
        theirs, ours = open_lines(company, bank, FAR)
        by_id = {_signed(line): line for line in ours}
        pairs = rules.match(
            [rules.Item(line.id, line.date, line.amount, line.reference) for line in theirs],
            [rules.Item(key, line.date, line.amount, line.reference) for key, line in by_id.items()],
            days=days,
        )
        bank_by_id = {line.id: line for line in theirs}
        matches = BankMatch.objects.bulk_create(
            [
                BankMatch(company=company, account=bank.account, rule=pair.rule, made_by=by, made_by_name=name_of(by))
                for pair in pairs
            ]
        )
        BankMatchItem.objects.bulk_create(
            [
                _item(company, made, line)
                for made, pair in zip(matches, pairs, strict=True)
                for line in [*(bank_by_id[key] for key in pair.bank), *(by_id[key] for key in pair.book)]
            ]
        )
    counts: dict[str, int] = {}
    for pair in pairs:
        counts[pair.rule] = counts.get(pair.rule, 0) + 1
    return counts


def match(
    company: Company,
    bank: BankAccount,
    bank_line_ids: Sequence[int],
    voucher_line_ids: Sequence[int],
    *,
    by: Any,
) -> BankMatch:
    """Match by hand. ``bank_line_ids`` may hold opening items of both sides. A wrong booking and its reversal (ours
    only, sum zero) are a match, too. Raises ``NothingChosen``, ``NotOpen``, ``MatchUnequal``."""
    with transaction.atomic():
        _hold(company, bank)
        theirs, ours = open_lines(company, bank, FAR)
        bank_lines = {line.id: line for line in [*theirs, *ours] if line.kind != "book"}
        vouchers = {line.id: line for line in ours if line.kind == "book"}
        if len(set(bank_line_ids)) + len(set(voucher_line_ids)) < 2:
            raise NothingChosen()
        try:
            chosen = [bank_lines[key] for key in dict.fromkeys(bank_line_ids)]
            chosen += [vouchers[key] for key in dict.fromkeys(voucher_line_ids)]
        except KeyError:
            raise NotOpen() from None
        bank_sum = sum((line.amount for line in chosen if line.kind == "bank"), ZERO)
        book_sum = sum((line.amount for line in chosen if line.kind != "bank"), ZERO)
        if bank_sum != book_sum:
            raise MatchUnequal(
                bank=f"{bank_sum:,.2f}", book=f"{book_sum:,.2f}", difference=f"{bank_sum - book_sum:,.2f}"
            )
        made = BankMatch.objects.create(company=company, account=bank.account, made_by=by, made_by_name=name_of(by))
        BankMatchItem.objects.bulk_create([_item(company, made, line) for line in chosen])
    return made


def unmatch(company: Company, match_id: int, *, by: Any) -> None:
    """Take a match apart: its lines are open again. Raises ``NotFound``."""
    with transaction.atomic():
        made = BankMatch.objects.select_for_update().filter(company=company, pk=match_id).first()
        if made is None:
            raise NotFound(what=_("Match"), key=match_id)
        made.delete()


def add_opening_item(
    company: Company,
    bank: BankAccount,
    *,
    side: str,
    date: dt.date,
    receipt: Decimal = ZERO,
    payment: Decimal = ZERO,
    summary: str = "",
    reference: str = "",
) -> BankLine:
    """An item open when reconciliation began (期初未达账). Raises ``InvalidValue`` unless one amount is given."""
    if bool(receipt) == bool(payment):
        raise InvalidValue(
            field="receipt", field_label=_("Receipt"), value=receipt, cure=_("Give either a receipt or a payment.")
        )
    return BankLine.objects.create(
        company=company,
        account=bank.account,
        value=bank.value,
        side=side,
        date=date,
        receipt=cents(receipt),
        payment=cents(payment),
        summary=summary[:200],
        reference=reference[:60],
    )


def _hold(company: Company, bank: BankAccount) -> None:
    Account.objects.select_for_update(no_key=True).get(company=company, pk=bank.account.pk)


def _signed(line: OpenLine) -> int:
    """One id for both kinds of lines of ours: opening items below zero."""
    return line.id if line.kind == "book" else -line.id


def _item(company: Company, made: BankMatch, line: OpenLine) -> BankMatchItem:
    own = {"voucher_line_id": line.id} if line.kind == "book" else {"bank_line_id": line.id}
    return BankMatchItem(company=company, match=made, **own)
