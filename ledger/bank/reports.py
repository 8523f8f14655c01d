"""The reconciliation statement (银行存款余额调节表) and the overview of bank accounts as reports."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.reports import BadParameter, Column, Parameter, Report, ReportResult
from ledger.bank.models import BankStatement
from ledger.bank.queries import (
    BankAccount,
    OpenLine,
    Reconciliation,
    bank_accounts,
    bank_balance,
    book_balance,
    open_lines,
    reconciliation,
)
from ledger.bank.services import find_account

# (side, direction, label): the four kinds of open items, in the order of the form.
KINDS = (
    ("bank", "receipt", _("Add: received by the bank, not yet in our books")),
    ("bank", "payment", _("Less: paid by the bank, not yet in our books")),
    ("book", "receipt", _("Add: received in our books, not yet by the bank")),
    ("book", "payment", _("Less: paid in our books, not yet by the bank")),
)


def day_of(text: Any, name: str) -> dt.date:
    """A date from a parameter; empty is today. Raises ``BadParameter``."""
    if not text:
        return dt.date.today()
    try:
        return dt.date.fromisoformat(str(text))
    except ValueError:
        raise BadParameter(field=name, name=name, value=text, expected=_("a date like 2025-12-31")) from None


def reconciliation_for(company: Company, params: Any) -> tuple[BankAccount, Reconciliation]:
    """The statement that the parameters ask for."""
    bank = find_account(company, str(params["account"] or ""))
    balance = None
    if given := params["balance"]:
        try:
            balance = Decimal(str(given).replace(",", ""))
        except InvalidOperation:
            raise BadParameter(field="balance", name="balance", value=given, expected=_("an amount")) from None
    return bank, reconciliation(company, bank, day_of(params["as_of"], "as_of"), balance=balance)


def _statement(company: Company, params: Any) -> ReportResult:
    bank, found = reconciliation_for(company, params)
    rows: list[dict[str, Any]] = []

    def add(label: Any, amount: Decimal | None) -> None:
        rows.append({"item": str(label), "date": None, "voucher": "", "summary": "", "amount": amount})

    def add_kinds(kinds: Sequence[tuple[str, str, Any]]) -> None:
        for side, direction, label in kinds:
            lines = found.of(side, direction)
            add(label, sum((abs(line.amount) for line in lines), Decimal("0.00")))
            rows.extend(_line(line) for line in lines)

    add(_("Balance of our books"), found.book_balance)
    add_kinds(KINDS[:2])
    add(_("Our balance after adjustment"), found.adjusted_book)
    add(_("Balance of the bank's statement"), found.bank_balance)
    add_kinds(KINDS[2:])
    add(_("The bank's balance after adjustment"), found.adjusted_bank)
    notes = []
    if found.difference is None:
        notes.append(gettext("✗ The bank's balance of that day is not known: import a statement or give it."))
    else:
        mark = "✓" if not found.difference else "✗"
        notes.append(f"{mark} {gettext('Difference')}: {found.difference:,.2f}")
    return ReportResult(rows=rows, subtitle=[f"{bank} · {found.as_of} · {company.currency}"], notes=notes)


def _line(line: OpenLine) -> dict[str, Any]:
    return {
        "item": "",
        "date": line.date,
        "voucher": line.voucher or line.reference,
        "summary": " ".join(filter(None, [line.summary, line.counterparty])),
        "amount": abs(line.amount),
    }


STATEMENT = Report(
    name="bank_reconciliation",
    title=_("Bank reconciliation statement"),
    permission="ledger.view_report",
    query=_statement,
    columns=(
        Column("item", _("Line item"), width=40),
        Column("date", _("Date"), "date"),
        Column("voucher", _("Voucher or reference"), width=20),
        Column("summary", _("Summary"), width=36),
        Column("amount", _("Amount"), "amount"),
    ),
    parameters=(
        Parameter("account", _("Bank account")),
        Parameter("as_of", _("As of")),
        Parameter("balance", _("Balance of the bank's statement")),
    ),
)


def _overview(company: Company, params: Any) -> ReportResult:
    as_of = day_of(params["as_of"], "as_of")
    rows = []
    for bank in bank_accounts(company):
        theirs, ours = open_lines(company, bank, as_of)
        last = BankStatement.objects.filter(company=company, account=bank.account, value=bank.value).first()
        rows.append(
            {
                "key": bank.key,
                "account": str(bank),
                "book": book_balance(company, bank, as_of),
                "bank": bank_balance(company, bank, as_of),
                "open_bank": len(theirs),
                "open_book": len(ours),
                "last_statement": last.last_date if last else None,
            }
        )
    return ReportResult(rows=rows, subtitle=[f"{as_of} · {company.currency}"])


OVERVIEW = Report(
    name="bank_accounts",
    title=_("Bank accounts"),
    permission="ledger.view_report",
    query=_overview,
    columns=(
        Column("account", _("Bank account"), width=34),
        Column("book", _("Balance of our books"), "amount"),
        Column("bank", _("Balance of the bank's statement"), "amount"),
        Column("open_bank", _("Open at the bank"), "int"),
        Column("open_book", _("Open in our books"), "int"),
        Column("last_statement", _("Last statement"), "date"),
    ),
    parameters=(Parameter("as_of", _("As of")),),
)
REPORTS = (STATEMENT, OVERVIEW)
