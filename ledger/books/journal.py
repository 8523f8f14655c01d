"""Journal in time order (序时账): every line of every voucher, by date, word, number and line.

Pages are cut by vouchers along the index ``vouchers_in_time_order``; what lies beyond the middle is reached from the
end, so no page walks more than half of the book.
"""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.money import ZERO
from erp.core.reports import Column, Parameter, Report, ReportResult
from erp.core.reports.stream import stream
from ledger.books import parameters as p
from ledger.books.facts import ACCOUNT_NAME, DIMENSIONS, Choice, fetch
from ledger.books.parameters import Params, Part
from ledger.books.ranges import period_range

# Vouchers of the range. Void ones are never shown; drafts and reviewed ones only if asked for.
_CHOSEN = """v.company_id = %(company)s AND v.date BETWEEN %(start)s AND %(last_day)s
   AND (v.status = 'posted' OR (%(unposted)s AND v.status IN ('draft', 'reviewed')))
   AND (%(word)s = '' OR v.word = %(word)s)"""

_COUNT = f"SELECT count(*), coalesce(sum(v.total), 0) FROM ledger_voucher v WHERE {_CHOSEN}"

# Ids of the vouchers of one page, walking from the nearer end.
_PAGE = f"""
SELECT array(SELECT v.id FROM ledger_voucher v WHERE {_CHOSEN}
              ORDER BY v.company_id {{way}}, v.date {{way}}, v.word {{way}}, v.number {{way}}
             OFFSET %(offset)s LIMIT %(limit)s)
"""

_COLUMNS = f"""
SELECT v.date, to_char(p.start, 'YYYY-MM') AS period, v.word || '-' || v.number AS voucher, v.id AS voucher_id,
       l.line_no, l.summary, a.code AS account, {ACCOUNT_NAME.format(a="a")} AS account_name,
       {DIMENSIONS} AS dimensions, CASE WHEN l.currency <> %(base)s THEN l.currency ELSE '' END AS currency, l.rate,
       CASE WHEN l.currency <> %(base)s THEN l.original_amount END AS original_amount, l.quantity, l.unit_price,
       l.debit, l.credit, v.preparer_name AS preparer, v.reviewer_name AS reviewer, v.poster_name AS poster,
       v.attachments, coalesce(source.documents, '') AS source, v.status, v.total
"""
_SOURCE = """
  LEFT JOIN LATERAL (
       SELECT string_agg(DISTINCT e.document_no, ' ') AS documents FROM ledger_businessevent e
        WHERE e.company_id = %(company)s AND e.voucher_id = v.id) source ON true
"""
_LINES = f"""
{_COLUMNS}
  FROM ledger_voucher v
  JOIN ledger_period p ON p.id = v.period_id
  JOIN ledger_voucherline l ON l.company_id = %(company)s AND l.voucher_id = v.id
  JOIN ledger_account a ON a.id = l.account_id
{_SOURCE}
 WHERE {{which}}
 ORDER BY v.date, v.word, v.number, l.line_no
"""
_OF_PAGE = _LINES.format(which="v.company_id = %(company)s AND v.id = ANY(%(ids)s)")
_ALL = _LINES.format(which=_CHOSEN)
_NAMES = (
    "date", "period", "voucher", "voucher_id", "line_no", "summary", "account", "account_name", "dimensions",
    "currency", "rate", "original_amount", "quantity", "unit_price", "debit", "credit", "preparer", "reviewer",
    "poster", "attachments", "source", "status", "total",
)  # fmt: skip


def journal_part(company: Company, params: Params, offset: int = 0, limit: int | None = None) -> Part:
    """Some vouchers with all their lines; ``offset`` and ``limit`` count vouchers. Without limit: a stream of all."""
    periods = period_range(company, params["from"], params["to"])
    named = Choice(unposted=bool(params["unposted"])).parameters(company, periods) | {
        "last_day": periods.end,
        "word": params["word"] or "",
        "base": company.currency,
    }
    ((count, total),) = fetch(_COUNT, named)
    rows: Any
    if limit is None:
        rows = _rows(stream(_ALL, named))
    else:
        rows = list(_rows(fetch(_OF_PAGE, named | {"ids": _page_ids(named, count, offset, limit)})))
    result = ReportResult(
        rows=rows,
        totals={"debit": total or ZERO, "credit": total or ZERO},
        subtitle=p.subtitle(company, periods, params),
    )
    return Part(result, count)


def _page_ids(named: dict[str, Any], count: int, offset: int, limit: int) -> list[int]:
    limit = max(min(limit, count - offset), 0)
    from_end = offset > count // 2
    place = {"offset": count - offset - limit if from_end else offset, "limit": limit}
    ((ids,),) = fetch(_PAGE.format(way="DESC" if from_end else "ASC"), named | place)
    return list(ids)


def _rows(lines: Any) -> Iterator[dict[str, Any]]:
    """Lines as rows; what belongs to the whole voucher stands in its first line."""
    last = None
    for line in lines:
        row = dict(zip(_NAMES, line, strict=True))
        if row["voucher_id"] == last:
            row |= {"attachments": None, "preparer": "", "reviewer": "", "poster": "", "source": ""}
        row["kind"] = "line" if row["voucher_id"] == last else "line first"
        last = row["voucher_id"]
        yield row


JOURNAL = Report(
    name="journal",
    title=_("Journal in time order"),
    permission="ledger.view_report",
    query=lambda company, params: journal_part(company, params).result,
    columns=(
        Column("date", _("Date"), "date"),
        Column("period", _("Period"), width=9),
        Column("voucher", _("Voucher"), width=10),
        Column("line_no", _("Line"), "int", width=6),
        Column("summary", _("Summary"), width=30),
        Column("account", _("Account"), width=12),
        Column("account_name", _("Name"), width=20),
        Column("dimensions", _("Dimensions"), width=24),
        Column("currency", _("Currency"), width=8),
        Column("rate", _("Rate"), "cost", width=10),
        Column("original_amount", _("Original amount"), "amount"),
        Column("quantity", _("Quantity"), "quantity"),
        Column("unit_price", _("Unit price"), "cost"),
        Column("debit", _("Debit"), "amount"),
        Column("credit", _("Credit"), "amount"),
        Column("preparer", _("Prepared by"), width=12),
        Column("reviewer", _("Reviewed by"), width=12),
        Column("poster", _("Posted by"), width=12),
        Column("attachments", _("Attachments"), "int"),
        Column("source", _("Source document"), width=20),
    ),
    parameters=(*p.PERIODS, Parameter("word", _("Word")), p.UNPOSTED),
)
