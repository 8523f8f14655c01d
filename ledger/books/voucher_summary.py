"""Summary of vouchers (凭证汇总表, 科目汇总表): debit and credit of each account over a range of vouchers.

Whole periods are read from turnover; a range of days, a word or numbers need the lines. At the foot: how many
vouchers and attachments, that debit equals credit, and which numbers are missing.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.money import ZERO
from erp.core.reports import Column, Parameter, Report, ReportResult
from erp.core.reports.dates import date_range
from ledger.books import parameters as p
from ledger.books.facts import ACCOUNT_NAME, FACTS, Choice, fetch
from ledger.books.parameters import Params
from ledger.books.ranges import PeriodRange, period_range

SHOWN_GAPS = 30

_CHOSEN = """v.company_id = %(company)s AND v.date BETWEEN %(first_day)s AND %(last_day)s
   AND (v.status = 'posted' OR (%(unposted)s AND v.status IN ('draft', 'reviewed')))
   AND (%(word)s = '' OR v.word = %(word)s)
   AND (%(number_from)s::int IS NULL OR v.number >= %(number_from)s)
   AND (%(number_to)s::int IS NULL OR v.number <= %(number_to)s)"""

_FROM_TURNOVER = f"""
WITH facts AS ({FACTS})
SELECT f.account_id, sum(f.debit) AS debit, sum(f.credit) AS credit
  FROM facts f JOIN ledger_period p ON p.company_id = %(company)s AND p.id = f.period_id
 WHERE p.start BETWEEN %(start)s AND %(end)s GROUP BY 1
"""
_FROM_LINES = f"""
SELECT l.account_id, sum(l.debit) AS debit, sum(l.credit) AS credit
  FROM ledger_voucher v JOIN ledger_voucherline l ON l.company_id = v.company_id AND l.voucher_id = v.id
 WHERE {_CHOSEN} GROUP BY 1
"""
# One row per account of the chosen level; an account above the level that is a leaf stands for itself.
_BY_LEVEL = f"""
WITH sums AS ({{sums}})
SELECT up.code, {ACCOUNT_NAME.format(a="up")}, sum(s.debit), sum(s.credit)
  FROM sums s
  JOIN ledger_account a ON a.id = s.account_id
  JOIN LATERAL (SELECT u.* FROM ledger_account u
                 WHERE u.company_id = %(company)s AND u.level <= %(level)s AND u.code = left(a.code, length(u.code))
                 ORDER BY u.level DESC LIMIT 1) up ON true
 GROUP BY 1, 2 ORDER BY 1
"""
_COUNTS = f"SELECT count(*), coalesce(sum(v.attachments), 0) FROM ledger_voucher v WHERE {_CHOSEN}"

# Missing numbers by period and word: numbers start at 1, void vouchers keep theirs.
_GAPS = """
SELECT year, month, word, before + 1, number - 1 FROM (
    SELECT p.year, p.number AS month, v.word, v.number,
           lag(v.number, 1, 0) OVER (PARTITION BY v.period_id, v.word ORDER BY v.number) AS before
      FROM ledger_voucher v JOIN ledger_period p ON p.id = v.period_id
     WHERE v.company_id = %(company)s AND p.start BETWEEN %(start)s AND %(end)s
       AND (%(word)s = '' OR v.word = %(word)s)) numbers
 WHERE number > before + 1 ORDER BY 1, 2, 3, 4
"""


@dataclass(frozen=True, slots=True)
class VoucherSummary:
    """``gaps``: texts such as ``2025-12 记-7`` or ``2025-12 记-7~9``."""

    rows: list[dict[str, Any]]
    debit: Decimal
    credit: Decimal
    vouchers: int
    attachments: int
    gaps: list[str]


def voucher_summary(company: Company, periods: PeriodRange, params: Params) -> VoucherSummary:
    """Three statements. ``params``: level, days, word, number_from, number_to, unposted."""
    first_day, last_day = date_range(params, "day_from", "day_to")
    named = Choice(unposted=bool(params["unposted"])).parameters(company, periods) | {
        "first_day": max(first_day or periods.start, periods.start),
        "last_day": min(last_day or periods.end, periods.end),
        "word": params["word"] or "",
        "number_from": params["number_from"],
        "number_to": params["number_to"],
        "level": params["level"] or 9,
    }
    some = first_day or last_day or named["word"] or named["number_from"] or named["number_to"]
    sums = _FROM_LINES if some else _FROM_TURNOVER
    rows = [
        {"kind": "line", "code": code, "name": name, "debit": debit, "credit": credit, "drill": {"account": code}}
        for code, name, debit, credit in fetch(_BY_LEVEL.format(sums=sums), named)
    ]
    ((vouchers, attachments),) = fetch(_COUNTS, named)
    gaps = [
        f"{year}-{month:02d} {word}-{first}" + (f"~{last}" if last > first else "")
        for year, month, word, first, last in fetch(_GAPS, named)
    ]
    debit = sum((row["debit"] for row in rows), ZERO)
    credit = sum((row["credit"] for row in rows), ZERO)
    return VoucherSummary(rows, debit, credit, vouchers, attachments, gaps)


def _voucher_summary(company: Company, params: Params) -> ReportResult:
    periods = period_range(company, params["from"], params["to"])
    found = voucher_summary(company, periods, params)
    is_equal = found.debit == found.credit
    notes = [
        f"{gettext('Vouchers')}: {found.vouchers} · {gettext('Attachments')}: {found.attachments}",
        f"✓ {gettext('debit = credit')}" if is_equal else f"✗ {gettext('debit ≠ credit')}",
    ]
    if found.gaps:
        more = " …" if len(found.gaps) > SHOWN_GAPS else ""
        notes.append(f"✗ {gettext('Missing numbers')}: {', '.join(found.gaps[:SHOWN_GAPS])}{more}")
    else:
        notes.append(f"✓ {gettext('No number is missing')}")
    return ReportResult(
        rows=found.rows,
        totals={"debit": found.debit, "credit": found.credit},
        subtitle=p.subtitle(company, periods, params),
        notes=notes,
    )


VOUCHER_SUMMARY = Report(
    name="voucher_summary",
    title=_("Summary of vouchers"),
    permission="ledger.view_report",
    query=_voucher_summary,
    columns=(
        Column("code", _("Account"), width=14),
        Column("name", _("Name"), width=30),
        Column("debit", _("Debit"), "amount"),
        Column("credit", _("Credit"), "amount"),
    ),
    parameters=(
        *p.PERIODS,
        Parameter("day_from", _("From day")),
        Parameter("day_to", _("To day")),
        Parameter("word", _("Word")),
        Parameter("number_from", _("No. from"), "int"),
        Parameter("number_to", _("No. to"), "int"),
        Parameter("level", _("Level"), "int", 1),
        p.UNPOSTED,
    ),
)
