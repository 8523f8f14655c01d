"""Cash flow as reports: the lines of an item, and what came from and went to which counter account (T-account)."""

from typing import Any

from django.db import connection
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import NotFound
from erp.core.money import ZERO
from erp.core.reports import Column, Parameter, Report, ReportResult
from ledger.books.ranges import period_range
from ledger.cash_flow.models import CashFlowItem, EntrySource
from ledger.cash_flow.queries import check, item_lines

PERIODS = (Parameter("from", _("From period"), "period"), Parameter("to", _("To period"), "period"))


def _lines(company: Company, params: Any) -> ReportResult:
    periods = period_range(company, params["from"], params["to"])
    item = None
    if code := params["item"]:
        item = CashFlowItem.objects.filter(company=company, code=code).first()
        if item is None:
            raise NotFound(what=_("Cash-flow item"), key=code, field="item")
    labels = dict(EntrySource.choices)
    rows: list[dict[str, Any]] = [
        {
            "date": row.date,
            "voucher": row.voucher,
            "voucher_id": row.voucher_id,
            "summary": row.summary,
            "account": row.account,
            "item": row.item or gettext("not cash"),
            "amount": row.amount,
            "source": f"{labels[row.source]} {row.by}".strip(),
        }
        for row in item_lines(company, periods.first, periods.last, item.pk if item else None)
    ]
    total = sum((row["amount"] for row in rows), ZERO)
    subtitle = [f"{gettext('Period')} {periods} · {company.currency}" + (f" · {item}" if item else "")]
    notes = []
    if item is None:
        found = check(company, periods.first, periods.last)
        mark = "✓" if found.holds else "✗"
        notes = [f"{mark} {gettext('Net turnover of the cash accounts')}: {found.net_cash:,.2f}"]
    return ReportResult(rows=rows, totals={"amount": total}, subtitle=subtitle, notes=notes)


LINES = Report(
    name="cash_flow_lines",
    title=_("Cash-flow query"),
    permission="ledger.view_report",
    query=_lines,
    columns=(
        Column("date", _("Date"), "date"),
        Column("voucher", _("Voucher")),
        Column("summary", _("Summary"), width=36),
        Column("account", _("Counter account"), width=30),
        Column("item", _("Cash-flow item"), width=40),
        Column("amount", _("Amount"), "amount"),
        Column("source", _("Assigned by"), width=20),
    ),
    parameters=(*PERIODS, Parameter("item", _("Cash-flow item"))),
)


def _t_account(company: Company, params: Any) -> ReportResult:
    """Counter accounts of posted cash vouchers with what they brought and took. One statement."""
    periods = period_range(company, params["from"], params["to"])
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT a.code, a.name, sum(greatest(l.credit - l.debit, 0)), -sum(least(l.credit - l.debit, 0))
                 FROM ledger_voucher v
                 JOIN ledger_period p ON p.id = v.period_id AND p.start BETWEEN %(start)s AND %(end)s
                 JOIN ledger_voucherline l ON l.company_id = v.company_id AND l.voucher_id = v.id
                 JOIN ledger_account a ON a.id = l.account_id AND a.cash_kind = ''
                WHERE v.company_id = %(company)s AND v.status = 'posted'
                  AND EXISTS (SELECT 1 FROM ledger_voucherline c
                                JOIN ledger_account k ON k.id = c.account_id AND k.cash_kind <> ''
                               WHERE c.company_id = v.company_id AND c.voucher_id = v.id)
                GROUP BY a.code, a.name ORDER BY a.code""",
            {"company": company.pk, "start": periods.start, "end": periods.last.end},
        )
        found = cursor.fetchall()
    rows = [
        {"account": code, "name": name, "received": into, "paid": out, "net": into - out}
        for code, name, into, out in found
    ]
    totals = {key: sum((row[key] for row in rows), ZERO) for key in ("received", "paid", "net")}
    net = check(company, periods.first, periods.last).net_cash
    mark = "✓" if net == totals["net"] else "✗"
    return ReportResult(
        rows=rows,
        totals=totals,
        subtitle=[f"{gettext('Period')} {periods} · {company.currency}"],
        notes=[f"{mark} {gettext('Net turnover of the cash accounts')}: {net:,.2f}"],
    )


T_ACCOUNT = Report(
    name="cash_flow_t_account",
    title=_("T-account of cash"),
    permission="ledger.view_report",
    query=_t_account,
    columns=(
        Column("account", _("Counter account"), width=14),
        Column("name", _("Name"), width=30),
        Column("received", _("Received"), "amount"),
        Column("paid", _("Paid"), "amount"),
        Column("net", _("Net"), "amount"),
    ),
    parameters=PERIODS,
)
REPORTS = (LINES, T_ACCOUNT)
