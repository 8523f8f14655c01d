"""Books that list lines with a running balance: account lines, lines of a dimension value, cash journal, quantity book.

They are one query (``account_lines``) shown with different columns.
"""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import DomainError, NotFound
from erp.core.reports import Column, Parameter, Report, ReportResult
from ledger.accounts.models import Account, CashKind
from ledger.books import parameters as p
from ledger.books.account_lines import account_lines
from ledger.books.parameters import Params, Part
from ledger.books.ranges import period_range
from ledger.books.rows import book_rows

DAY_TOTALS = Parameter("day_totals", _("Totals of the day"), "bool", False)
CASH_KINDS = (CashKind.CASH, CashKind.BANK, CashKind.OTHER)

_DATE = (
    Column("period", _("Period"), width=9),
    Column("date", _("Date"), "date"),
    Column("voucher", _("Voucher"), width=10),
    Column("summary", _("Summary"), width=36),
)
_ACCOUNT = (
    Column("account", _("Account"), width=24),
    Column("dimensions", _("Dimensions"), width=24),
)
_COUNTER = Column("counter", _("Counter account"), width=24)
_BASE = (
    Column("debit", _("Debit"), "amount"),
    Column("credit", _("Credit"), "amount"),
    Column("side", _("Side"), width=6),
    Column("balance", _("Balance"), "amount"),
)
_POSTED = Column("posted", _("Posting"), width=10)


class NoQuantityAccount(DomainError):
    code = "no_quantity_account"
    template = _("%(account)s has no quantity accounting. Choose an account that has, or switch it on in the chart.")


def amount_columns(params: Params) -> Sequence[Column]:
    """Base currency alone, or original currency beside it when one currency is chosen."""
    if not params.get("currency"):
        return _BASE
    debit, credit, balance = _("Debit"), _("Credit"), _("Balance")
    original, base = _("Original currency"), _("Base currency")
    return (
        Column("rate", _("Rate"), "cost", width=10),
        Column("original_debit", original, "amount", debit),
        Column("debit", base, "amount", debit),
        Column("original_credit", original, "amount", credit),
        Column("credit", base, "amount", credit),
        Column("side", _("Side"), width=6),
        Column("original_balance", original, "amount", balance),
        Column("balance", base, "amount", balance),
    )


def _posted(params: Params) -> Sequence[Column]:
    return (_POSTED,) if params.get("unposted") else ()


def _part(
    company: Company,
    account: Account | None,
    params: Params,
    offset: int,
    limit: int | None,
    *,
    day_totals: bool = False,
    cash_kinds: tuple[str, ...] = (),
) -> Part:
    periods = period_range(company, params["from"], params["to"])
    value, missing = p.value_of(company, params), p.missing_of(company, params)
    book = account_lines(
        company,
        account,
        periods,
        value=value,
        missing=missing,
        currency=str(params.get("currency") or ""),
        unposted=bool(params.get("unposted")),
        cash_kinds=cash_kinds,
        offset=offset,
        limit=limit,
    )
    about = [str(account)] if account else []
    if value:
        about.append(f"{value.dimension_type} {value}")
    if missing:
        about.append(f"{missing}: {gettext('not given')}")
    rows = book_rows(book, with_opening=offset == 0, day_totals=day_totals)
    result = ReportResult(
        rows=rows if limit is None else list(rows),
        subtitle=p.subtitle(company, periods, params, " · ".join(about)),
    )
    return Part(result, book.count)


# --- account lines ----------------------------------------------------------------------------------------------


def account_lines_part(company: Company, params: Params, offset: int = 0, limit: int | None = None) -> Part:
    """明细分类账 of one account."""
    account = p.account_of(company, params)
    return _part(company, account, params, offset, limit, day_totals=params["day_totals"])


ACCOUNT_LINES = Report(
    name="account_lines",
    title=_("Account lines"),
    permission="ledger.view_report",
    query=lambda company, params: account_lines_part(company, params).result,
    columns=lambda params: (*_DATE, *_ACCOUNT, _COUNTER, *amount_columns(params), *_posted(params)),
    parameters=(*p.PERIODS, p.ACCOUNT, p.VALUE, p.CURRENCY, DAY_TOTALS, p.UNPOSTED),
)


# --- lines of a dimension value ---------------------------------------------------------------------------------


def dimension_lines_part(company: Company, params: Params, offset: int = 0, limit: int | None = None) -> Part:
    """核算项目明细账: one value across all accounts, or in one account."""
    if p.value_of(company, params) is None:
        raise NotFound(what=_("Dimension value"), key="–", field="value")
    account = p.account_of(company, params) if params["account"] else None
    return _part(company, account, params, offset, limit)


DIMENSION_LINES = Report(
    name="dimension_lines",
    title=_("Lines of a dimension value"),
    permission="ledger.view_report",
    query=lambda company, params: dimension_lines_part(company, params).result,
    columns=lambda params: (*_DATE, *_ACCOUNT, _COUNTER, *amount_columns(params), *_posted(params)),
    parameters=(*p.PERIODS, p.VALUE, p.ACCOUNT, p.CURRENCY, p.UNPOSTED),
)


# --- cash and bank journal --------------------------------------------------------------------------------------


def cash_journal_part(company: Company, params: Params, offset: int = 0, limit: int | None = None) -> Part:
    """现金日记账, 银行存款日记账: the balance stands under every day (B60(7))."""
    params = {**params, "account": params["account"] or first_cash_account(company)}
    account = p.account_of(company, params)
    return _part(company, account, params, offset, limit, day_totals=True, cash_kinds=CASH_KINDS)


def first_cash_account(company: Company) -> str:
    """Code of the account that the journal opens with: cash on hand, else the first bank account."""
    accounts = Account.objects.filter(company=company, is_leaf=True, cash_kind__in=CASH_KINDS)
    return str(accounts.order_by("code").values_list("code", flat=True).first() or "")


def _cash_columns(params: Params) -> Sequence[Column]:
    words = {"debit": gettext("Received"), "credit": gettext("Paid")}
    amounts = [
        Column(column.key, words.get(column.key, column.label), column.kind, column.group, column.width)
        if not params.get("currency")
        else column
        for column in amount_columns(params)
    ]
    settlement = Column("settlement", _("Settlement"), width=18)
    return (*_DATE[1:], _COUNTER, settlement, *amounts, *_posted(params))


CASH_JOURNAL = Report(
    name="cash_journal",
    title=_("Cash and bank journal"),
    permission="ledger.view_report",
    query=lambda company, params: cash_journal_part(company, params).result,
    columns=_cash_columns,
    parameters=(*p.PERIODS, p.ACCOUNT, p.CURRENCY, p.UNPOSTED),
)


# --- quantity book ----------------------------------------------------------------------------------------------


def quantity_lines_part(company: Company, params: Params, offset: int = 0, limit: int | None = None) -> Part:
    """数量金额明细账: quantity, unit price and amount of what came in, went out and is left."""
    account = p.account_of(company, params)
    below = Account.objects.filter(company=company, code__startswith=account.code, is_leaf=True, tracks_quantity=True)
    if not below.exists():
        raise NoQuantityAccount(account=account, field="account")
    return _part(company, account, params, offset, limit)


def quantity_columns(group: Any, side: str) -> Sequence[Column]:
    """Quantity, price and amount of one side."""
    return (
        Column(f"quantity_{side}", _("Quantity"), "quantity", group),
        Column(f"price_{side}", _("Unit price"), "cost", group),
        Column(side, _("Amount"), "amount", group),
    )


QUANTITY_LINES = Report(
    name="quantity_lines",
    title=_("Quantity and amount lines"),
    permission="ledger.view_report",
    query=lambda company, params: quantity_lines_part(company, params).result,
    columns=lambda params: (
        *_DATE,
        Column("dimensions", _("Dimensions"), width=24),
        *quantity_columns(_("Debit"), "debit"),
        *quantity_columns(_("Credit"), "credit"),
        Column("side", _("Side"), width=6),
        *quantity_columns(_("Balance"), "balance"),
        *_posted(params),
    ),
    parameters=(*p.PERIODS, p.ACCOUNT, p.VALUE, p.UNPOSTED),
)
