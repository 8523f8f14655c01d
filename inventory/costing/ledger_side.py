"""Stock against the ledger: what each event does to the stock accounts, and where the two sides differ.

Stock says what its moves are worth. The ledger has that less what its events still wait with (or failed), in the
period of their vouchers. Reversed estimates are the one thing that the ledger has and stock has not: the goods stay.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import connection

from erp.core.companies.models import Company
from inventory.documents.kinds import KINDS
from inventory.purchasing.models import EstimateReversal
from ledger.periods.models import Period
from ledger.posting.queries import accounts_of_key

KEYS = ("stock", "stock_in_transit")
RUN = "cost_run"
RECLASSIFIED = "stock_account_change"
ESTIMATES = "period_opening"
INVOICE = "supplier_invoice"
SOURCES = (*(str(kind) for kind in KINDS), RUN, INVOICE, ESTIMATES)
# Event types whose positive cost means that stock left.
LEAVING = tuple({spec.event_type for spec in KINDS.values() if spec.sign < 0} | {"sales_return_invoiced"})

# What a line of an event's payload does to the stock accounts: l is the line, e the event.
EFFECT = """(
    coalesce((l->'measures'->>'cost_in')::numeric, 0) - coalesce((l->'measures'->>'cost_out')::numeric, 0)
    + coalesce((l->'measures'->>'back')::numeric, 0) + coalesce((l->'measures'->>'variance_stock')::numeric, 0)
    + coalesce((l->'measures'->>'cost')::numeric, 0)
      * CASE WHEN coalesce(e.payload->'facts'->>'posts_as', e.event_type) = ANY(%(leaving)s) THEN -1 ELSE 1 END)"""
BACK = "coalesce((l->'measures'->>'back')::numeric, 0)"

# (item dimension value, warehouse dimension value, period, amount): stock's side as the ledger should have it.
STOCK_SIDE = f"""
events AS (
    SELECT e.id, e.event_type, e.source_type, e.state, e.reason_code, e.payload, p.id AS period_id,
           CASE WHEN e.state = 'posted' THEN v.period_id
                WHEN e.reason_code = 'opening_balance' THEN 0 ELSE p.id END AS booked_in
      FROM ledger_businessevent e
      LEFT JOIN ledger_voucher v ON v.company_id = e.company_id AND v.id = e.voucher_id
      LEFT JOIN ledger_period p ON p.company_id = e.company_id AND e.business_date BETWEEN p.start AND p."end"
     WHERE e.company_id = %(company)s AND e.source_type = ANY(%(sources)s)),
told AS (
    SELECT (l->'facts'->>'item')::bigint AS item_id,
           coalesce(l->'facts'->>'warehouse', e.payload->'facts'->>'warehouse')::bigint AS warehouse_id,
           e.period_id, e.booked_in, e.state, e.source_type, {EFFECT} AS effect, {BACK} AS back
      FROM events e CROSS JOIN LATERAL jsonb_array_elements(e.payload->'lines') AS l
     WHERE e.state IN ('pending', 'failed') OR e.booked_in IS DISTINCT FROM e.period_id
        OR e.source_type = '{ESTIMATES}' OR (%(monthly)s AND e.source_type = '{INVOICE}')),
moves AS (
    SELECT i.dimension_value_id AS item_id, w.dimension_value_id AS warehouse_id, p.id AS period_id, m.value AS moved
      FROM (SELECT m.item_id, m.warehouse_id, m.date, sum(m.value) AS value FROM inventory_stockmove m
             WHERE m.company_id = %(company)s GROUP BY 1, 2, 3) m
      JOIN inventory_item i ON i.id = m.item_id
      JOIN inventory_warehouse w ON w.id = m.warehouse_id
      LEFT JOIN ledger_period p ON p.company_id = %(company)s AND m.date BETWEEN p.start AND p."end"),
stock_side AS (
    SELECT item_id, warehouse_id, period_id, moved AS amount, 'moves' AS part FROM moves
    UNION ALL  -- what waits or failed is not in the ledger; estimates never were in stock
    SELECT item_id, warehouse_id, period_id, -(effect - back), 'waiting' FROM told
     WHERE state IN ('pending', 'failed') AND source_type <> '{ESTIMATES}'
    UNION ALL  -- a voucher of another period: a closed one passed it on, opening stock goes before all
    SELECT item_id, warehouse_id, period_id, -(effect - back), 'shifted' FROM told
     WHERE state NOT IN ('pending', 'failed') AND booked_in IS DISTINCT FROM period_id AND source_type <> '{ESTIMATES}'
    UNION ALL
    SELECT item_id, warehouse_id, booked_in, effect - back, 'shifted' FROM told
     WHERE state NOT IN ('pending', 'failed') AND booked_in IS DISTINCT FROM period_id AND source_type <> '{ESTIMATES}'
    UNION ALL  -- reversed estimates: the ledger alone
    SELECT item_id, warehouse_id, booked_in, CASE WHEN source_type = '{ESTIMATES}' THEN effect ELSE back END,
           'estimates'
      FROM told WHERE state NOT IN ('pending', 'failed') AND (source_type = '{ESTIMATES}' OR back <> 0))"""

# The ledger's side: balances, opening balances, and vouchers that are there but not posted yet.
LEDGER_SIDE = """
booked AS (
    SELECT b.account_id, b.dimension_set_id, b.period_id, b.debit - b.credit AS amount FROM ledger_accountbalance b
     WHERE b.company_id = %(company)s AND b.account_id = ANY(%(accounts)s)
    UNION ALL
    SELECT b.account_id, b.dimension_set_id, 0, b.debit - b.credit FROM ledger_openingbalance b
     WHERE b.company_id = %(company)s AND b.account_id = ANY(%(accounts)s)
    UNION ALL
    SELECT l.account_id, l.dimension_set_id, l.period_id, l.debit - l.credit
      FROM ledger_voucher v
      JOIN ledger_voucherline l ON l.company_id = v.company_id AND l.voucher_id = v.id
     WHERE v.company_id = %(company)s AND v.status IN ('draft', 'reviewed') AND v.kind = 'generated'
       AND l.account_id = ANY(%(accounts)s)),
dimensions AS (
    SELECT s.dimension_set_id, max(s.value_id) FILTER (WHERE t.code = 'item') AS item_id,
           max(s.value_id) FILTER (WHERE t.code = 'warehouse') AS warehouse_id
      FROM ledger_dimensionsetitem s
      JOIN ledger_dimensiontype t ON t.id = s.dimension_type_id AND t.code IN ('item', 'warehouse')
     WHERE s.company_id = %(company)s GROUP BY s.dimension_set_id),
ledger_side AS (
    SELECT b.account_id, d.item_id, d.warehouse_id, b.period_id, b.amount
      FROM booked b LEFT JOIN dimensions d ON d.dimension_set_id = b.dimension_set_id)"""


def parameters(company: Company, **more: Any) -> dict[str, Any]:
    """What both sides are filled with."""
    return {
        "company": company.pk,
        "accounts": stock_accounts(company.pk),
        "sources": list(SOURCES),
        "leaving": list(LEAVING),
        "monthly": EstimateReversal.objects.filter(company=company).exists(),
        **more,
    }


def stock_accounts(company_id: int) -> list[int]:
    """Accounts of stock, and of goods on their way between warehouses. An account that purchases in transit share
    holds more than stock, so it does not count."""
    others = set(accounts_of_key(company_id, "purchase_in_transit"))
    found = set(accounts_of_key(company_id, KEYS[0]))
    found |= set(accounts_of_key(company_id, KEYS[1])) - others
    return sorted(found)


def waiting(company: Company, until: Period | None = None, *, states: Sequence[str] = ("pending", "failed")) -> int:
    """How many events of stock have not reached the ledger. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT count(*) FROM ledger_businessevent e
                WHERE e.company_id = %s AND e.state = ANY(%s) AND e.source_type = ANY(%s)
                  AND (%s::date IS NULL OR e.business_date <= %s)""",
            [company.pk, list(states), list(SOURCES), until.end if until else None, until.end if until else None],
        )
        return int(cursor.fetchone()[0])


def not_in_ledger(company: Company) -> Decimal:
    """By how much stock stands above its accounts though nothing is wrong: events that wait or failed, and estimates
    that were reversed. Reads only those events."""
    values = parameters(company)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT coalesce(sum({EFFECT} - {BACK}), 0)
                  FROM ledger_businessevent e CROSS JOIN LATERAL jsonb_array_elements(e.payload->'lines') AS l
                 WHERE e.company_id = %(company)s AND e.state IN ('pending', 'failed')
                   AND e.source_type = ANY(%(sources)s) AND e.source_type <> '{ESTIMATES}'""",
            values,
        )
        waiting: Decimal = cursor.fetchone()[0]
        if not values["monthly"]:
            return waiting
        cursor.execute(
            f"""SELECT coalesce(sum(CASE WHEN e.source_type = '{ESTIMATES}' THEN {EFFECT} ELSE {BACK} END), 0)
                  FROM ledger_businessevent e CROSS JOIN LATERAL jsonb_array_elements(e.payload->'lines') AS l
                 WHERE e.company_id = %(company)s AND e.state = 'posted'
                   AND e.source_type IN ('{ESTIMATES}', '{INVOICE}')""",
            values,
        )
        estimates: Decimal = cursor.fetchone()[0]
        return waiting - estimates
