"""What cash was for: entries by item, by counter account and by line; what is unassigned; whether it agrees.

Vouchers that are void never count. Figures are of posted vouchers unless ``include_unposted``.
"""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from erp.core.companies.models import Company
from ledger.periods.models import Period

# Lines of other accounts in vouchers with cash lines: {where} narrows the vouchers. Each voucher's lines are read once
# and looked at together: right after a large month was posted, a join with its cash lines would be a loop of loops.
_COUNTER = """
counter AS MATERIALIZED (
    SELECT * FROM (
        SELECT l.id, l.voucher_id, l.line_no, l.summary, l.account_id, l.credit - l.debit AS effect, v.status, v.word,
               v.number, v.date, v.period_id, a.cash_kind <> '' AS is_cash,
               bool_or(a.cash_kind <> '') OVER (PARTITION BY l.voucher_id) AS with_cash
          FROM ledger_voucher v
          JOIN ledger_voucherline l ON l.company_id = v.company_id AND l.voucher_id = v.id
          JOIN ledger_account a ON a.id = l.account_id
         WHERE v.company_id = %(company)s AND v.status <> 'void' AND {where}) lines
     WHERE with_cash AND NOT is_cash AND effect <> 0)"""


@dataclass(frozen=True, slots=True)
class Unassigned:
    """Counter lines of one account and direction that still lack an item: how many, and the sum of their rests."""

    account_id: int
    account: str
    name: str
    direction: str
    lines: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Group:
    """Counter lines of one account, direction and item (None: unassigned; ``is_non_cash``: marked as no cash)."""

    account_id: int
    account: str
    name: str
    direction: str
    item_id: int | None
    item: str
    is_non_cash: bool
    lines: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class CounterLine:
    """One counter line with what is assigned of its effect."""

    line_id: int
    line_no: int
    summary: str
    account_id: int
    account: str
    name: str
    effect: Decimal
    assigned: Decimal
    parts: Sequence[Any]

    @property
    def rest(self) -> Decimal:
        return self.effect - self.assigned


@dataclass(frozen=True, slots=True)
class Check:
    """Whether the items explain the cash: Σ entries + unassigned = net turnover of the cash accounts (L20)."""

    assigned: Decimal
    unassigned: Decimal
    net_cash: Decimal

    @property
    def difference(self) -> Decimal:
        return self.assigned - self.net_cash

    @property
    def holds(self) -> bool:
        return not self.difference and not self.unassigned


def unassigned(company: Company, period: Period, *, include_unposted: bool = True) -> list[Unassigned]:
    """Counter lines whose effect is not wholly assigned, grouped by account and direction. One statement."""
    rows = _rows(
        f"""WITH {_COUNTER.format(where="v.period_id = %(period)s")},
            rests AS (
                SELECT max(account_id) AS account_id, CASE WHEN sum(effect) > 0 THEN 'in' ELSE 'out' END AS flow,
                       sum(effect) - sum(assigned) AS rest
                  FROM (SELECT id, account_id, effect, 0 AS assigned FROM counter
                         WHERE %(unposted)s OR status = 'posted'
                        UNION ALL
                        SELECT line_id, NULL, 0, amount FROM ledger_cashflowentry
                         WHERE company_id = %(company)s AND period_id = %(period)s) parts
                 GROUP BY id HAVING max(account_id) IS NOT NULL)
            SELECT a.id, a.code, a.name, r.flow, count(*), sum(rest)
              FROM rests r JOIN ledger_account a ON a.id = r.account_id
             WHERE rest <> 0 GROUP BY a.id, a.code, a.name, r.flow ORDER BY a.code, r.flow""",
        {"company": company.pk, "period": period.pk, "unposted": include_unposted},
    )
    return [Unassigned(*row) for row in rows]


def groups(company: Company, period: Period, *, include_unposted: bool = True) -> list[Group]:
    """All counter lines of the period by account, direction and item; unassigned ones first. One statement."""
    rows = _rows(
        f"""WITH {_COUNTER.format(where="v.period_id = %(period)s")},
            parts AS (
                SELECT c.account_id, CASE WHEN c.effect > 0 THEN 'in' ELSE 'out' END AS direction, e.item_id,
                       e.id IS NOT NULL AND e.item_id IS NULL AS non_cash, coalesce(e.amount, c.effect) AS amount
                  FROM counter c
                  LEFT JOIN ledger_cashflowentry e ON e.company_id = %(company)s AND e.voucher_id = c.voucher_id
                        AND e.line_id = c.id
                 WHERE (%(unposted)s OR c.status = 'posted'))
            SELECT a.id, a.code, a.name, p.direction, p.item_id, coalesce(i.code || ' ' || i.name, ''), p.non_cash,
                   count(*), sum(p.amount)
              FROM parts p JOIN ledger_account a ON a.id = p.account_id
              LEFT JOIN ledger_cashflowitem i ON i.id = p.item_id
             GROUP BY a.id, a.code, a.name, p.direction, p.item_id, i.sequence, i.code, i.name, p.non_cash
             ORDER BY p.item_id IS NOT NULL OR p.non_cash, a.code, p.direction, i.sequence""",
        {"company": company.pk, "period": period.pk, "unposted": include_unposted},
    )
    return [Group(*row) for row in rows]


def counter_lines(company_id: int, voucher_id: int) -> list[CounterLine]:
    """The counter lines of one voucher with their parts ``{"item", "amount", "source", "by"}``. One statement."""
    rows = _rows(
        f"""WITH {_COUNTER.format(where="v.id = %(voucher)s")}
            SELECT c.id, c.line_no, c.summary, a.id, a.code, a.name, c.effect, coalesce(e.amount, 0),
                   coalesce(e.parts, '[]')
              FROM counter c JOIN ledger_account a ON a.id = c.account_id
              LEFT JOIN (SELECT line_id, sum(amount) AS amount,
                                json_agg(json_build_object('item', item_id, 'amount', amount::text,
                                         'source', source, 'by', assigned_by_name) ORDER BY id)::text AS parts
                           FROM ledger_cashflowentry WHERE company_id = %(company)s AND voucher_id = %(voucher)s
                          GROUP BY line_id) e ON e.line_id = c.id
             ORDER BY c.line_no""",
        {"company": company_id, "voucher": voucher_id},
    )
    return [CounterLine(*(*row[:8], json.loads(row[8]))) for row in rows]


def check(company: Company, first: Period, last: Period) -> Check:
    """Posted vouchers of the periods ``first`` to ``last``. Two statements."""
    facts = {"company": company.pk, "start": first.start, "end": last.end}
    ((assigned, net),) = _rows(
        """SELECT coalesce((SELECT sum(e.amount) FROM ledger_cashflowentry e
                              JOIN ledger_period p ON p.id = e.period_id AND p.start BETWEEN %(start)s AND %(end)s
                              JOIN ledger_voucher v ON v.id = e.voucher_id AND v.status = 'posted'
                             WHERE e.company_id = %(company)s), 0),
                  coalesce((SELECT sum(b.debit - b.credit) FROM ledger_accountbalance b
                              JOIN ledger_period p ON p.id = b.period_id AND p.start BETWEEN %(start)s AND %(end)s
                              JOIN ledger_account a ON a.id = b.account_id AND a.cash_kind <> ''
                             WHERE b.company_id = %(company)s), 0)""",
        facts,
    )
    return Check(assigned, net - assigned, net)


def amounts_by_item(
    company: Company, first: dt.date, last: dt.date, *, include_unposted: bool = False
) -> dict[int, Decimal]:
    """Item id → Σ effects in the periods that begin from ``first`` to ``last`` (inflows +, outflows −).

    The statement shows an outflow item with the opposite sign. One statement.
    """
    rows = _rows(
        """SELECT e.item_id, sum(e.amount)
             FROM ledger_cashflowentry e
             JOIN ledger_period p ON p.id = e.period_id AND p.start BETWEEN %(start)s AND %(end)s
             JOIN ledger_voucher v ON v.id = e.voucher_id
                  AND (v.status = 'posted' OR (%(unposted)s AND v.status <> 'void'))
            WHERE e.company_id = %(company)s AND e.item_id IS NOT NULL GROUP BY e.item_id""",
        {"company": company.pk, "start": first, "end": last, "unposted": include_unposted},
    )
    return dict(rows)


@dataclass(frozen=True, slots=True)
class ItemLine:
    """A part of a line with its voucher: the drill of an item."""

    date: dt.date
    voucher: str
    voucher_id: int
    summary: str
    account: str
    item: str
    amount: Decimal
    source: str
    by: str


def item_lines(company: Company, first: Period, last: Period, item_id: int | None = None) -> list[ItemLine]:
    """Entries of posted vouchers in time order; of one item or of all. One statement."""
    rows = _rows(
        """SELECT v.date, v.word || '-' || v.number, v.id, l.summary, a.code || ' ' || a.name,
                  coalesce(i.code || ' ' || i.name, ''), e.amount, e.source, e.assigned_by_name
             FROM ledger_cashflowentry e
             JOIN ledger_period p ON p.id = e.period_id AND p.start BETWEEN %(start)s AND %(end)s
             JOIN ledger_voucher v ON v.id = e.voucher_id AND v.status = 'posted'
             JOIN ledger_voucherline l ON l.id = e.line_id
             JOIN ledger_account a ON a.id = l.account_id
             LEFT JOIN ledger_cashflowitem i ON i.id = e.item_id
            WHERE e.company_id = %(company)s AND (%(item)s::bigint IS NULL OR e.item_id = %(item)s)
            ORDER BY v.date, v.word, v.number, l.line_no, e.id""",
        {"company": company.pk, "start": first.start, "end": last.end, "item": item_id},
    )
    return [ItemLine(*row) for row in rows]


def _rows(sql: str, facts: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, facts)
        return cursor.fetchall()


def chosen_items(company_id: int, voucher_id: int) -> dict[int, int]:
    """Line id → item that a person chose for the whole line, to be offered again when the voucher is changed."""
    rows = _rows(
        """SELECT line_id, min(item_id) FROM ledger_cashflowentry
            WHERE company_id = %(company)s AND voucher_id = %(voucher)s
            GROUP BY line_id HAVING count(*) = 1 AND min(source) = 'manual' AND min(item_id) IS NOT NULL""",
        {"company": company_id, "voucher": voucher_id},
    )
    return dict(rows)
