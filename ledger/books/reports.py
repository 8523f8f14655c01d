"""The books as reports: page, Excel, command line and API call the same queries with the same parameters."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.money import ZERO
from erp.core.reports import BadParameter, Column, Parameter, Report, ReportResult
from ledger.books import parameters as p
from ledger.books.dimension_books import DIMENSION_BALANCES
from ledger.books.dimension_table import DIMENSION_TABLE
from ledger.books.general_ledger import GENERAL_LEDGER
from ledger.books.journal import JOURNAL
from ledger.books.line_books import ACCOUNT_LINES, CASH_JOURNAL, DIMENSION_LINES, QUANTITY_LINES
from ledger.books.multicolumn import MULTICOLUMN
from ledger.books.parameters import Params
from ledger.books.quantity_totals import QUANTITY_TOTALS
from ledger.books.ranges import PeriodRange, period_range
from ledger.books.trial_balance import TrialBalance, trial_balance
from ledger.books.voucher_summary import VOUCHER_SUMMARY
from ledger.vouchers.filters import VoucherFilter
from ledger.vouchers.queries import vouchers

# --- trial balance ----------------------------------------------------------------------------------------------


def trial_balance_for(company: Company, params: Params) -> tuple[PeriodRange, TrialBalance]:
    """The trial balance that the parameters ask for. Raises ``BadParameter`` for an unknown dimension."""
    periods = period_range(company, params["from"], params["to"])
    dimension, second = p.dimension_of(company, params), p.dimension_of(company, params, "dimension2")
    table = trial_balance(
        company,
        periods,
        level=params["level"] or 9,
        code_from=params["account_from"] or "",
        code_to=params["account_to"] or "",
        hide_empty=params["hide_empty"],
        both_sides=params["both_sides"],
        dimension=dimension or second,
        dimension2=second if dimension and second != dimension else None,
        currency=params["currency"] or "",
        unposted=params["unposted"],
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


def _trial_balance(company: Company, params: Params) -> ReportResult:
    periods, table = trial_balance_for(company, params)
    mode = gettext("balances on both sides") if params["both_sides"] else gettext("net balances")
    debit, credit = gettext("debit"), gettext("credit")
    notes = [
        f"{'✓' if check.holds else '✗'} {check.label}: {debit} {check.debit:,.2f}, {credit} {check.credit:,.2f}"
        for check in table.checks
    ]
    (text,) = p.subtitle(company, periods, params)
    return ReportResult(
        rows=[_Named(row) for row in table.rows],
        totals=table.totals,
        subtitle=[f"{text} · {mode}"],
        notes=notes,
    )


def two_sides(key: str, group: Any) -> Sequence[Column]:
    """Debit and credit under one heading."""
    debit, credit = (f"{key}_debit", f"{key}_credit") if key else ("debit", "credit")
    return Column(debit, _("Debit"), "amount", group), Column(credit, _("Credit"), "amount", group)


def _trial_balance_columns(params: Params) -> Sequence[Column]:
    """Eight amounts; ten with the year's opening; and four quantities if asked for."""
    columns = [Column("code", _("Account"), width=12), Column("name", _("Name"), width=30)]
    if params["year_opening"]:
        columns += two_sides("year_opening", _("Balance at the start of the year"))
    columns += two_sides("opening", _("Opening balance"))
    columns += two_sides("", _("Turnover"))
    columns += two_sides("year", _("Year to date"))
    columns += two_sides("closing", _("Closing balance"))
    if params["quantities"]:
        group = _("Quantity")
        columns += [
            Column("quantity_opening", _("Opening"), "quantity", group),
            Column("quantity_debit", _("In"), "quantity", group),
            Column("quantity_credit", _("Out"), "quantity", group),
            Column("quantity_closing", _("Closing"), "quantity", group),
        ]
    return columns


TRIAL_BALANCE = Report(
    name="trial_balance",
    title=_("Trial balance"),
    permission="ledger.view_report",
    query=_trial_balance,
    columns=_trial_balance_columns,
    parameters=(
        *p.PERIODS,
        p.LEVEL,
        p.ACCOUNT_FROM,
        p.ACCOUNT_TO,
        p.DIMENSION,
        Parameter("dimension2", _("And by")),
        p.CURRENCY,
        p.HIDE_EMPTY,
        Parameter("both_sides", _("Balances on both sides"), "bool", False),
        Parameter("year_opening", _("Show the year's opening"), "bool", False),
        Parameter("quantities", _("Show quantities"), "bool", False),
        p.UNPOSTED,
    ),
)


# --- vouchers ---------------------------------------------------------------------------------------------------


def _vouchers(company: Company, params: Params) -> ReportResult:
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
        *p.PERIODS,
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

REPORTS = (
    TRIAL_BALANCE,
    GENERAL_LEDGER,
    ACCOUNT_LINES,
    JOURNAL,
    VOUCHER_SUMMARY,
    QUANTITY_TOTALS,
    QUANTITY_LINES,
    MULTICOLUMN,
    DIMENSION_BALANCES,
    DIMENSION_LINES,
    DIMENSION_TABLE,
    CASH_JOURNAL,
    VOUCHERS,
)
