"""Quantity and amount ledger (数量金额总账): opening, in, out, year to date and closing of each quantity account.

The trial balance's sums with their quantities; a unit price stands only at the opening and the closing.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.reports import Column, Report, ReportResult
from ledger.books import parameters as p
from ledger.books.facts import ACCOUNT_NAME, FACTS, Choice, fetch, price, side_of
from ledger.books.parameters import Params
from ledger.books.ranges import PeriodRange, period_range

# One row per leaf with quantity accounting (and value, if a dimension unfolds it).
_SQL = f"""
WITH facts AS ({FACTS}),
begun AS (SELECT min(year) = extract(year FROM %(year_start)s::date) AS this_year
            FROM ledger_period WHERE company_id = %(company)s),
parts AS (
    SELECT f.account_id, f.dimension_set_id,
           CASE WHEN p.start < %(start)s THEN f.debit - f.credit ELSE 0 END AS opening,
           CASE WHEN p.start < %(start)s THEN f.quantity_debit - f.quantity_credit ELSE 0 END AS q_opening,
           CASE WHEN p.start >= %(start)s THEN f.debit ELSE 0 END AS debit,
           CASE WHEN p.start >= %(start)s THEN f.credit ELSE 0 END AS credit,
           CASE WHEN p.start >= %(start)s THEN f.quantity_debit ELSE 0 END AS q_debit,
           CASE WHEN p.start >= %(start)s THEN f.quantity_credit ELSE 0 END AS q_credit,
           CASE WHEN p.start >= %(year_start)s THEN f.debit ELSE 0 END AS y_debit,
           CASE WHEN p.start >= %(year_start)s THEN f.credit ELSE 0 END AS y_credit,
           CASE WHEN p.start >= %(year_start)s THEN f.quantity_debit ELSE 0 END AS yq_debit,
           CASE WHEN p.start >= %(year_start)s THEN f.quantity_credit ELSE 0 END AS yq_credit
      FROM facts f JOIN ledger_period p ON p.company_id = %(company)s AND p.id = f.period_id
     WHERE p.start <= %(end)s
    UNION ALL
    SELECT o.account_id, o.dimension_set_id, o.debit - o.credit,
           o.quantity * CASE WHEN o.credit <> 0 THEN -1 ELSE 1 END, 0, 0, 0, 0,
           CASE WHEN b.this_year THEN o.year_debit ELSE 0 END, CASE WHEN b.this_year THEN o.year_credit ELSE 0 END,
           CASE WHEN b.this_year THEN o.year_quantity_debit ELSE 0 END,
           CASE WHEN b.this_year THEN o.year_quantity_credit ELSE 0 END
      FROM ledger_openingbalance o CROSS JOIN begun b WHERE o.company_id = %(company)s)
SELECT a.code, {ACCOUNT_NAME.format(a="a")}, a.unit, t.code, v.code, v.name, sum(opening), sum(q_opening), sum(debit),
       sum(credit), sum(q_debit), sum(q_credit), sum(y_debit), sum(y_credit), sum(yq_debit), sum(yq_credit)
  FROM parts x
  JOIN ledger_account a ON a.id = x.account_id AND a.tracks_quantity
  LEFT JOIN ledger_dimensionsetitem i ON i.company_id = %(company)s
       AND i.dimension_set_id = x.dimension_set_id AND i.dimension_type_id = %(dimension)s
  LEFT JOIN ledger_dimensionvalue v ON v.id = i.value_id
  LEFT JOIN ledger_dimensiontype t ON t.id = v.dimension_type_id
 WHERE a.code >= %(code_from)s AND left(a.code, length(%(code_to)s)) <= %(code_to)s
 GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 5 NULLS LAST
"""


def quantity_totals(company: Company, periods: PeriodRange, params: Params) -> list[dict[str, Any]]:
    """Rows of the ledger; one statement. ``params``: account_from, account_to, dimension, unposted, hide_empty."""
    dimension = p.dimension_of(company, params)
    choice = Choice(
        code_from=params["account_from"] or "", code_to=params["account_to"] or "", unposted=bool(params["unposted"])
    )
    named = choice.parameters(company, periods) | {"dimension": dimension.pk if dimension else None}
    rows = [_row(*row) for row in fetch(_SQL, named)]
    figures = ("opening", "quantity_opening", "debit", "credit", "quantity_debit", "quantity_credit")
    return [row for row in rows if not params["hide_empty"] or any(row[name] for name in figures)]


def _row(code: str, name: str, unit: str, kind: Any, value: Any, value_name: Any, *sums: Any) -> dict[str, Any]:
    opening, q_opening, debit, credit, q_debit, q_credit, y_debit, y_credit, yq_debit, yq_credit = sums
    closing, q_closing = opening + debit - credit, q_opening + q_debit - q_credit
    drill = {"account": code} | ({"value": f"{kind}:{value}"} if value else {})
    return {
        "kind": "line",
        "drill": drill,
        "code": code,
        "name": name,
        "value": f"{value} {value_name}" if value else "",
        "unit": unit,
        "opening_side": side_of(opening),
        "quantity_opening": -q_opening if opening < 0 else q_opening,
        "price_opening": price(opening, q_opening),
        "opening": abs(opening),
        "quantity_debit": q_debit,
        "debit": debit,
        "quantity_credit": q_credit,
        "credit": credit,
        "year_quantity_debit": yq_debit,
        "year_debit": y_debit,
        "year_quantity_credit": yq_credit,
        "year_credit": y_credit,
        "closing_side": side_of(closing),
        "quantity_closing": -q_closing if closing < 0 else q_closing,
        "price_closing": price(closing, q_closing),
        "closing": abs(closing),
    }


def _quantity_totals(company: Company, params: Params) -> ReportResult:
    periods = period_range(company, params["from"], params["to"])
    return ReportResult(rows=quantity_totals(company, periods, params), subtitle=p.subtitle(company, periods, params))


def _balance(key: str, group: Any) -> tuple[Column, ...]:
    return (
        Column(f"{key}_side", _("Side"), group=group, width=6),
        Column(f"quantity_{key}", _("Quantity"), "quantity", group),
        Column(f"price_{key}", _("Unit price"), "cost", group),
        Column(key, _("Amount"), "amount", group),
    )


def _moved(prefix: str, side: str, group: Any) -> tuple[Column, ...]:
    return (
        Column(f"{prefix}quantity_{side}", _("Quantity"), "quantity", group),
        Column(f"{prefix}{side}", _("Amount"), "amount", group),
    )


QUANTITY_TOTALS = Report(
    name="quantity_totals",
    title=_("Quantity and amount ledger"),
    permission="ledger.view_report",
    query=_quantity_totals,
    columns=(
        Column("code", _("Account"), width=12),
        Column("name", _("Name"), width=20),
        Column("value", _("Dimension value"), width=22),
        Column("unit", _("Unit"), width=6),
        *_balance("opening", _("Opening balance")),
        *_moved("", "debit", _("Debit")),
        *_moved("", "credit", _("Credit")),
        *_moved("year_", "debit", _("Debit, year to date")),
        *_moved("year_", "credit", _("Credit, year to date")),
        *_balance("closing", _("Closing balance")),
    ),
    parameters=(*p.PERIODS, p.ACCOUNT_FROM, p.ACCOUNT_TO, p.DIMENSION, p.UNPOSTED, p.HIDE_EMPTY),
)
