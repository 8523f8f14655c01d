"""What a difference between stock and ledger is made of: each event, voucher and line that stands on one side only."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.money import ZERO
from erp.core.reports import Column, Parameter, Report, ReportResult, register
from inventory.costing.ledger_side import EFFECT, ESTIMATES, parameters
from inventory.costing.reconciliation import BY, namer
from inventory.reports.room import StockReport
from inventory.reports.scope import TO, Params
from ledger.books.ranges import period_range
from ledger.posting.links import document_label, document_url

CAUSES = {
    "pending": _("Event waits for its voucher"),
    "failed": _("Event failed: no voucher"),
    "shifted": _("Voucher of a later period"),
    "estimates": _("Reversed estimate: only in the ledger"),
    "manual": _("Voucher by hand on a stock account"),
    "settled": _("Event without a voucher"),
}

_CAUSES = f"""
WITH events AS (
    SELECT e.*, v.period_id AS booked_in, vp.start AS booked_from
      FROM ledger_businessevent e
      LEFT JOIN ledger_voucher v ON v.company_id = e.company_id AND v.id = e.voucher_id
      LEFT JOIN ledger_period vp ON vp.id = v.period_id
     WHERE e.company_id = %(company)s AND e.source_type = ANY(%(sources)s) AND e.business_date <= %(last)s)
SELECT CASE WHEN e.source_type = '{ESTIMATES}' THEN 'estimates' WHEN e.state = 'posted' THEN 'shifted' ELSE e.state END,
       e.business_date, e.id, e.source_type, e.source_id, e.document_no, e.voucher_id, '',
       (l->'facts'->>'item')::bigint,
       coalesce(l->'facts'->>'warehouse', e.payload->'facts'->>'warehouse')::bigint, NULL::bigint, {EFFECT}
  FROM events e CROSS JOIN LATERAL jsonb_array_elements(e.payload->'lines') AS l
 WHERE (e.state IN ('pending', 'failed') OR (e.state = 'posted' AND e.booked_from > %(last)s)
        OR (e.source_type = '{ESTIMATES}' AND e.state = 'posted')
        OR (e.state = 'settled' AND e.reason_code <> 'opening_balance'))
   AND {EFFECT} <> 0
UNION ALL
SELECT 'manual', v.date, NULL, '', NULL, '', v.id, v.word || '-' || v.number, d.item_id, d.warehouse_id, l.account_id,
       l.debit - l.credit
  FROM ledger_voucherline l
  JOIN ledger_voucher v ON v.company_id = l.company_id AND v.id = l.voucher_id
  LEFT JOIN LATERAL (
       SELECT max(s.value_id) FILTER (WHERE t.code = 'item') AS item_id,
              max(s.value_id) FILTER (WHERE t.code = 'warehouse') AS warehouse_id
         FROM ledger_dimensionsetitem s JOIN ledger_dimensiontype t ON t.id = s.dimension_type_id
        WHERE s.company_id = l.company_id AND s.dimension_set_id = l.dimension_set_id) d ON true
 WHERE l.company_id = %(company)s AND l.account_id = ANY(%(accounts)s) AND v.kind <> 'generated'
   AND v.status = 'posted' AND v.date <= %(last)s
 ORDER BY 2, 3"""

COLUMNS = (
    Column("cause", _("Cause")),
    Column("date", _("Date"), "date"),
    Column("document", _("Document"), width=28),
    Column("code", _("Code")),
    Column("name", _("Name"), width=32),
    Column("amount", _("Amount"), "amount"),
)


def _query(company: Company, params: Params) -> ReportResult:
    until = period_range(company, params["to"], params["to"]).last
    by = params["by"] if params["by"] in dict(BY) else "item"
    group, item = namer(company, by), namer(company, "item")
    with connection.cursor() as cursor:
        cursor.execute(_CAUSES, parameters(company, last=until.end))
        found = cursor.fetchall()
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for cause, date, event, source, source_id, number, voucher, voucher_no, value, place, account, amount in found:
        if params["code"] and group(value, place, account)[0] != params["code"]:
            continue
        code, name = item(value, place, account)
        key = (cause, event or voucher, code)
        row = rows.setdefault(
            key,
            {
                "cause": str(CAUSES[cause]),
                "date": date,
                "document": f"{document_label(source)} {number}" if source else voucher_no,
                "event_id": event,
                "source": source,
                "source_id": source_id,
                "voucher_id": voucher,
                "code": code,
                "name": name,
                "amount": ZERO,
            },
        )
        row["amount"] += amount
    shown = [row for row in rows.values() if row["amount"]]
    return ReportResult(shown, {"amount": sum((row["amount"] for row in shown), Decimal(0))})


def _drill(row: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, str]:
    voucher = reverse("voucher_detail", args=[row["voucher_id"]]) if row["voucher_id"] else ""
    if not row["event_id"]:
        return {"document": voucher, "amount": voucher}
    event = reverse("event_detail", args=[row["event_id"]])
    document = document_url(row["source"], row["source_id"]) or event
    return {"document": document, "cause": event, "amount": voucher or event}


REPORT = register(
    Report(
        "stock_differences",
        _("Differences of stock and ledger"),
        "inventory.view_cost",
        _query,
        COLUMNS,
        (TO, Parameter("by", _("Of the groups by")), Parameter("code", _("Code"))),
    )
)
PAGE = StockReport(
    REPORT,
    _("Stock costs"),
    drill=_drill,
    choices={"by": BY},
    empty=_("No event waits, and no voucher stands on a stock account by hand."),
    shows_amounts=True,
)
