"""General ledger (总账): per account the opening, and for each period its total and the year to date.

Read from turnover only, so it costs accounts × periods, whatever was posted. The voucher column says which numbers the
period's summary covers, as a ledger that is written from summaries does (科目汇总表登记).
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.reports import Column, Report, ReportResult
from ledger.books import parameters as p
from ledger.books.facts import ACCOUNT_NAME, FACTS, Choice, Figures, fetch, side_of
from ledger.books.parameters import Params
from ledger.books.ranges import PeriodRange, period_range

# Turnover of each account (parents by the codes of their leaves) and period up to the end of the range.
_TURNOVER = f"""
WITH facts AS ({FACTS}),
summed AS (
    SELECT f.account_id, p.id AS period_id, p.year, p.number, p.start, sum(f.debit) AS debit, sum(f.credit) AS credit
      FROM facts f JOIN ledger_period p ON p.company_id = %(company)s AND p.id = f.period_id
     WHERE p.start <= %(end)s
     GROUP BY 1, 2)
SELECT up.code, s.year, s.number, s.start, sum(s.debit), sum(s.credit)
  FROM summed s
  JOIN ledger_account a ON a.id = s.account_id
  JOIN LATERAL generate_series(4, length(a.code)) n ON true
  JOIN ledger_account up ON up.company_id = %(company)s AND up.code = left(a.code, n) AND up.level <= %(level)s
 WHERE up.code >= %(code_from)s AND left(up.code, length(%(code_to)s)) <= %(code_to)s
 GROUP BY 1, 2, 3, 4 ORDER BY 1, 4
"""

# Opening balance and turnover of the start year's earlier months, by account.
_OPENINGS = """
SELECT up.code, sum(o.debit), sum(o.credit), sum(o.year_debit), sum(o.year_credit)
  FROM ledger_openingbalance o
  JOIN ledger_account a ON a.id = o.account_id
  JOIN LATERAL generate_series(4, length(a.code)) n ON true
  JOIN ledger_account up ON up.company_id = %(company)s AND up.code = left(a.code, n) AND up.level <= %(level)s
 WHERE o.company_id = %(company)s
   AND up.code >= %(code_from)s AND left(up.code, length(%(code_to)s)) <= %(code_to)s
 GROUP BY 1
"""

_ACCOUNTS = f"""
SELECT a.code, {ACCOUNT_NAME.format(a="a")} FROM ledger_account a
 WHERE a.company_id = %(company)s AND a.level <= %(level)s
   AND a.code >= %(code_from)s AND left(a.code, length(%(code_to)s)) <= %(code_to)s
 ORDER BY a.code
"""

# First and last number of each word in each period of the range, from the index of numbers.
_NUMBERS = """
SELECT p.year, p.number, string_agg(w.word || range.first || '~' || range.last, ' ' ORDER BY w.word)
  FROM ledger_period p
  CROSS JOIN (VALUES ('记'), ('收'), ('付'), ('转')) w(word)
  JOIN LATERAL (
       SELECT min(v.number) AS first, max(v.number) AS last FROM ledger_voucher v
        WHERE v.company_id = %(company)s AND v.period_id = p.id AND v.word = w.word) range ON range.first IS NOT NULL
 WHERE p.company_id = %(company)s AND p.start BETWEEN %(start)s AND %(end)s
 GROUP BY 1, 2
"""

_PERIODS = """
SELECT year, number, start FROM ledger_period
 WHERE company_id = %(company)s AND start <= %(end)s ORDER BY start
"""


@dataclass(slots=True)
class _Sources:
    """What the statements returned, by account."""

    accounts: list[tuple[str, str]]
    turnover: dict[str, dict[tuple[int, int], Figures]]
    openings: dict[str, tuple[Figures, Figures]]
    numbers: dict[tuple[int, int], str]
    periods: list[tuple[int, int, Any]]


def general_ledger(
    company: Company,
    periods: PeriodRange,
    *,
    level: int = 1,
    code_from: str = "",
    code_to: str = "",
    unposted: bool = False,
    hide_empty: bool = True,
) -> list[dict[str, Any]]:
    """The rows of all blocks; five statements. ``kind``: opening, carried, period, year, forward."""
    choice = Choice(code_from=code_from, code_to=code_to, unposted=unposted)
    named = choice.parameters(company, periods) | {"level": level}
    turnover: dict[str, dict[tuple[int, int], Figures]] = defaultdict(dict)
    for code, year, number, _start, debit, credit in fetch(_TURNOVER, named):
        turnover[code][year, number] = Figures(debit, credit)
    sources = _Sources(
        accounts=fetch(_ACCOUNTS, named),  # type: ignore[arg-type]
        turnover=turnover,
        openings={row[0]: (Figures(*row[1:3]), Figures(*row[3:5])) for row in fetch(_OPENINGS, named)},
        numbers={(year, number): text for year, number, text in fetch(_NUMBERS, named)},
        periods=fetch(_PERIODS, named),  # type: ignore[arg-type]
    )
    rows: list[dict[str, Any]] = []
    for code, name in sources.accounts:
        block = list(_block(code, name, sources, periods))
        if not hide_empty or any(row["balance"] or row["debit"] or row["credit"] for row in block):
            rows += block
    return rows


def _block(code: str, name: str, sources: _Sources, periods: PeriodRange) -> Any:
    """Opening, and per period its total, the year to date, and what goes over the year's end."""
    balance, cumulative = sources.openings.get(code, (Figures(), Figures()))
    start_year = sources.periods[0][0] if sources.periods else 0
    year = start_year
    turnover = sources.turnover.get(code, {})
    about = {"account": f"{code} {name}", "code": code}
    drill = {"account": code}
    is_open = False
    for period_year, number, start in sources.periods:
        if period_year != year:
            year, cumulative = period_year, Figures()
        if start >= periods.start and (not is_open or number == 1):
            carried = number == 1 and year != start_year
            words = gettext("Brought forward from last year") if carried else gettext("Opening balance")
            if number == 1 and year == start_year:
                words = gettext("Balance at the start of the year")
            yield about | _row("carried" if carried else "opening", f"{year}-{number:02d}", words, balance, None, drill)
            is_open = True
        moved = turnover.get((year, number), Figures())
        balance, cumulative = balance + moved, cumulative + moved
        if start < periods.start:
            continue
        text = f"{year}-{number:02d}"
        own = drill | {"from": text, "to": text}
        row = _row("period", text, gettext("Total of the period"), balance, moved, own)
        yield about | row | {"vouchers": sources.numbers.get((year, number), "")}
        since = drill | {"from": f"{year}-01" if year != start_year else _first(sources), "to": text}
        yield about | _row("year", text, gettext("Total of the year"), balance, cumulative, since)
        if number == 12:
            yield about | _row("forward", text, gettext("Carried to next year"), balance, None, own)


def _first(sources: _Sources) -> str:
    year, number, _start = sources.periods[0]
    return f"{year}-{number:02d}"


def _row(
    kind: str, period: str, summary: str, balance: Figures, sums: Figures | None, drill: dict[str, str]
) -> dict[str, Any]:
    return {
        "kind": kind,
        "period": period,
        "vouchers": "",
        "summary": summary,
        "debit": sums.debit if sums else None,
        "credit": sums.credit if sums else None,
        "side": side_of(balance.net),
        "balance": abs(balance.net),
        "drill": drill,
    }


def _general_ledger(company: Company, params: Params) -> ReportResult:
    periods = period_range(company, params["from"], params["to"])
    rows = general_ledger(
        company,
        periods,
        level=params["level"] or 1,
        code_from=params["account_from"] or "",
        code_to=params["account_to"] or "",
        unposted=params["unposted"],
        hide_empty=params["hide_empty"],
    )
    return ReportResult(rows=rows, subtitle=p.subtitle(company, periods, params))


GENERAL_LEDGER = Report(
    name="general_ledger",
    title=_("General ledger"),
    permission="ledger.view_report",
    query=_general_ledger,
    columns=(
        Column("account", _("Account"), width=26),
        Column("period", _("Period"), width=9),
        Column("vouchers", _("Vouchers"), width=14),
        Column("summary", _("Summary"), width=24),
        Column("debit", _("Debit"), "amount"),
        Column("credit", _("Credit"), "amount"),
        Column("side", _("Side"), width=6),
        Column("balance", _("Balance"), "amount"),
    ),
    parameters=(*p.PERIODS, p.LEVEL, p.ACCOUNT_FROM, p.ACCOUNT_TO, p.UNPOSTED, p.HIDE_EMPTY),
)
