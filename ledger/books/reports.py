"""The books as reports: page, Excel, command line and API call the same queries with the same parameters."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import NotFound
from erp.core.money import ZERO
from erp.core.reports import BadParameter, Column, Parameter, Report, ReportResult
from ledger.accounts.models import Account
from ledger.books.account_lines import PAGE_LIMIT, AccountBook, AccountLine, account_lines
from ledger.books.ranges import PeriodRange, period_range
from ledger.books.trial_balance import TrialBalance, trial_balance
from ledger.dimensions.models import DimensionType, DimensionValue
from ledger.vouchers.filters import VoucherFilter
from ledger.vouchers.queries import vouchers

Params = dict[str, Any]
ALL_LINES = 1_000_000

PERIODS = (
    Parameter("from", _("From period"), "period"),
    Parameter("to", _("To period"), "period"),
)


# --- trial balance ----------------------------------------------------------------------------------------------


def trial_balance_for(company: Company, params: Any) -> tuple[PeriodRange, TrialBalance]:
    """The trial balance that the parameters ask for. Raises ``BadParameter`` for an unknown dimension."""
    periods = period_range(company, params["from"], params["to"])
    dimension = None
    if code := params["dimension"]:
        dimension = DimensionType.objects.filter(company=company, code=code).first()
        if dimension is None:
            known = ", ".join(DimensionType.objects.filter(company=company).values_list("code", flat=True))
            raise BadParameter(field="dimension", name="dimension", value=code, expected=known)
    table = trial_balance(
        company,
        periods,
        level=params["level"] or 9,
        code_from=params["account_from"] or "",
        code_to=params["account_to"] or "",
        hide_empty=params["hide_empty"],
        both_sides=params["both_sides"],
        dimension=dimension,
    )
    return periods, table


@dataclass(frozen=True, slots=True)
class _Named:
    """A row as the report shows it: values of a dimension stand below their account, indented."""

    row: Any

    @property
    def code(self) -> str:
        return self.row.code

    @property
    def name(self) -> str:
        if not self.row.is_value:
            return "  " * (self.row.level - 1) + self.row.name
        return "  " * self.row.level + (self.row.value or gettext("not given"))

    def __getattr__(self, key: str) -> Any:
        return getattr(self.row, key)


def _trial_balance(company: Company, params: Any) -> ReportResult:
    periods, table = trial_balance_for(company, params)
    mode = gettext("balances on both sides") if params["both_sides"] else gettext("net balances")
    debit, credit = gettext("debit"), gettext("credit")
    notes = [
        f"{'✓' if check.holds else '✗'} {check.label}: {debit} {check.debit:,.2f}, {credit} {check.credit:,.2f}"
        for check in table.checks
    ]
    return ReportResult(
        rows=[_Named(row) for row in table.rows],
        totals=table.totals,
        subtitle=[f"{gettext('Period')} {periods} · {company.currency} · {mode}"],
        notes=notes,
    )


TRIAL_BALANCE = Report(
    name="trial_balance",
    title=_("Trial balance"),
    permission="ledger.view_report",
    query=_trial_balance,
    columns=(
        Column("code", _("Account"), width=12),
        Column("name", _("Name"), width=30),
        Column("opening_debit", _("Debit"), "amount", _("Opening balance")),
        Column("opening_credit", _("Credit"), "amount", _("Opening balance")),
        Column("debit", _("Debit"), "amount", _("Turnover")),
        Column("credit", _("Credit"), "amount", _("Turnover")),
        Column("year_debit", _("Debit"), "amount", _("Year to date")),
        Column("year_credit", _("Credit"), "amount", _("Year to date")),
        Column("closing_debit", _("Debit"), "amount", _("Closing balance")),
        Column("closing_credit", _("Credit"), "amount", _("Closing balance")),
    ),
    parameters=(
        *PERIODS,
        Parameter("level", _("Level"), "int"),
        Parameter("account_from", _("From account")),
        Parameter("account_to", _("To account")),
        Parameter("dimension", _("Unfold by")),
        Parameter("hide_empty", _("Hide rows without figures"), "bool", True),
        Parameter("both_sides", _("Balances on both sides"), "bool", False),
    ),
)


# --- account lines ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BookRow:
    """A row of the book as it is printed. ``kind``: opening, line, period or year. ``side``: 借, 贷 or 平."""

    kind: str
    period: str
    date: Any
    voucher: str
    voucher_id: int | None
    summary: str
    account: str
    dimensions: str
    counter: str
    debit: Decimal | None
    credit: Decimal | None
    side: str
    balance: Decimal


def side_of(balance: Decimal) -> str:
    """On which side a balance stands (B60(7)): debit, credit or level."""
    return gettext("Dr.") if balance > 0 else gettext("Cr.") if balance < 0 else gettext("Nil")


def book_rows(book: AccountBook, *, with_opening: bool = True) -> Iterator[BookRow]:
    """Opening, lines, and 本期合计 and 本年累计 after the last line of each period."""
    if with_opening:
        yield _sum_row("opening", "", gettext("Opening balance"), None, None, book.opening)
    for line in book.lines:
        yield _line_row(line)
        if line.is_last_of_period and (total := book.totals.get(line.period_id)):
            yield _sum_row(
                "period", total.period, gettext("Total of the period"), total.debit, total.credit, total.balance
            )
            yield _sum_row(
                "year", total.period, gettext("Total of the year"), total.year_debit, total.year_credit, total.balance
            )


def _line_row(line: AccountLine) -> BookRow:
    more = gettext(" and others") if line.has_more_counters else ""
    return BookRow(
        kind="line",
        period=line.period,
        date=line.date,
        voucher=line.voucher,
        voucher_id=line.voucher_id,
        summary=line.summary,
        account=line.account,
        dimensions=line.dimensions,
        counter=line.counter + more,
        debit=line.debit,
        credit=line.credit,
        side=side_of(line.balance),
        balance=abs(line.balance),
    )


def _sum_row(
    kind: str, period: str, summary: str, debit: Decimal | None, credit: Decimal | None, balance: Decimal
) -> BookRow:
    return BookRow(
        kind, period, None, "", None, summary, "", "", "", debit, credit, side_of(balance), abs(balance) or ZERO
    )


def book_subject(company: Company, params: Any) -> tuple[Account, DimensionValue | None]:
    """Account (by code or id) and dimension value (by ``type:code`` or id) that the parameters name."""
    text = str(params["account"] or "").split(" ")[0]
    accounts = Account.objects.filter(company=company)
    account = accounts.filter(code=text).first()
    if account is None:
        raise NotFound(what=_("Account"), key=text or "–", field="account")
    value = None
    if given := params["value"]:
        type_code, _colon, code = str(given).partition(":")
        values = DimensionValue.objects.filter(company=company).select_related("dimension_type")
        value = values.filter(dimension_type__code=type_code, code=code).first()
        if value is None:
            raise NotFound(what=_("Dimension value"), key=given, field="value")
    return account, value


def _account_lines(company: Company, params: Any) -> ReportResult:
    periods = period_range(company, params["from"], params["to"])
    account, value = book_subject(company, params)
    # Counter accounts cost a look-up a line, so only books of ordinary length have them.
    book = account_lines(company, account, periods, value=value, limit=PAGE_LIMIT)
    if book.count > PAGE_LIMIT:
        book = account_lines(company, account, periods, value=value, limit=ALL_LINES)
    about = f"{account}" + (f" · {value.dimension_type} {value}" if value else "")
    return ReportResult(
        rows=list(book_rows(book)), subtitle=[about, f"{gettext('Period')} {periods} · {company.currency}"]
    )


ACCOUNT_LINES = Report(
    name="account_lines",
    title=_("Account lines"),
    permission="ledger.view_report",
    query=_account_lines,
    columns=(
        Column("period", _("Period"), width=9),
        Column("date", _("Date"), "date"),
        Column("voucher", _("Voucher"), width=10),
        Column("summary", _("Summary"), width=36),
        Column("account", _("Account"), width=24),
        Column("dimensions", _("Dimensions"), width=24),
        Column("counter", _("Counter account"), width=24),
        Column("debit", _("Debit"), "amount"),
        Column("credit", _("Credit"), "amount"),
        Column("side", _("Side"), width=6),
        Column("balance", _("Balance"), "amount"),
    ),
    parameters=(
        *PERIODS,
        Parameter("account", _("Account")),
        Parameter("value", _("Dimension value")),
    ),
)


# --- vouchers ---------------------------------------------------------------------------------------------------


def _vouchers(company: Company, params: Any) -> ReportResult:
    given = {name: value for name, value in params.items() if value not in (None, "")}
    for name, field in (("from", "first"), ("to", "last")):
        if name in given:
            given[field] = given.pop(name)
    chosen = VoucherFilter(given, queryset=vouchers(company), company=company)
    if not chosen.is_valid():
        for name, errors in chosen.form.errors.items():
            raise BadParameter(field=name, name=name, value=given.get(name), expected=" ".join(map(str, errors)))
    rows = [
        {
            "date": voucher.date,
            "period": str(voucher.period),
            "voucher": str(voucher),
            "summary": voucher.summary,
            "total": voucher.total,
            "kind": voucher.get_kind_display(),
            "status": voucher.get_status_display(),
            "attachments": voucher.attachments,
            "preparer": voucher.preparer_name,
            "reviewer": voucher.reviewer_name,
            "poster": voucher.poster_name,
        }
        for voucher in chosen.qs.order_by("date", "word", "number").iterator(chunk_size=2_000)
    ]
    return ReportResult(rows=rows, totals={"total": sum((row["total"] for row in rows), ZERO)})


VOUCHERS = Report(
    name="vouchers",
    title=_("Vouchers"),
    permission="ledger.view_voucher",
    query=_vouchers,
    columns=(
        Column("date", _("Date"), "date"),
        Column("period", _("Period"), width=9),
        Column("voucher", _("Voucher"), width=10),
        Column("summary", _("Summary"), width=40),
        Column("total", _("Amount"), "amount"),
        Column("kind", _("Kind"), width=14),
        Column("status", _("Status"), width=10),
        Column("attachments", _("Attachments"), "int"),
        Column("preparer", _("Prepared by"), width=12),
        Column("reviewer", _("Reviewed by"), width=18),
        Column("poster", _("Posted by"), width=12),
    ),
    parameters=(
        *PERIODS,
        *(
            Parameter(name, name)
            for name in (
                "first",
                "last",
                "text",
                "word",
                "number_from",
                "number_to",
                "status",
                "kind",
                "account",
                "amount",
                "preparer",
            )
        ),
    ),
)

REPORTS = (TRIAL_BALANCE, ACCOUNT_LINES, VOUCHERS)
