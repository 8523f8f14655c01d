"""Which cash-flow item a counter line gets: set-based, a constant number of statements for any number of vouchers.

A counter line is a line of another account than cash in a voucher that has cash lines. Its effect is credit less
debit. The first of these names the item: the posting rule's line, a person's choice, the account's own item of that
direction, the longest prefix among the defaults. What nothing names stays unassigned.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection
from psycopg.types.json import Jsonb

# Counter lines of the given vouchers without entries, with what each source would name.
_ASSIGN = """
WITH lines AS MATERIALIZED (
    SELECT l.id, l.voucher_id, l.period_id, l.account_id, l.rule_line_id, l.credit - l.debit AS effect,
           CASE WHEN l.credit > l.debit THEN 'in' ELSE 'out' END AS direction, a.code, a.cash_kind <> '' AS is_cash,
           bool_or(a.cash_kind <> '') OVER (PARTITION BY l.voucher_id) AS with_cash,
           a.cash_flow_in_id, a.cash_flow_out_id
      FROM ledger_voucherline l JOIN ledger_account a ON a.id = l.account_id
     WHERE l.company_id = %(company)s AND l.voucher_id = ANY(%(vouchers)s)),
counter AS MATERIALIZED (
    SELECT c.* FROM lines c
     WHERE NOT c.is_cash AND c.with_cash AND c.effect <> 0
       AND NOT EXISTS (SELECT 1 FROM ledger_cashflowentry e
                        WHERE e.company_id = %(company)s AND e.voucher_id = c.voucher_id AND e.line_id = c.id)),
defaults AS MATERIALIZED (
    SELECT DISTINCT ON (k.account_id, k.direction) k.account_id, k.direction, d.item_id
      FROM (SELECT DISTINCT account_id, code, direction FROM counter) k
      JOIN ledger_cashflowdefault d ON d.company_id = %(company)s AND d.direction = k.direction
           AND starts_with(k.code, d.account_prefix)
      JOIN ledger_cashflowitem i ON i.id = d.item_id AND i.is_active
     ORDER BY k.account_id, k.direction, length(d.account_prefix) DESC),
named AS (
    SELECT c.*, r.cash_flow_item_id AS by_rule, (%(chosen)s ->> c.id::text)::bigint AS by_hand,
           coalesce(CASE WHEN c.direction = 'in' THEN c.cash_flow_in_id ELSE c.cash_flow_out_id END,
                    d.item_id) AS by_default
      FROM counter c
      LEFT JOIN ledger_postingruleline r ON r.id = c.rule_line_id
      LEFT JOIN defaults d ON d.account_id = c.account_id AND d.direction = c.direction)
INSERT INTO ledger_cashflowentry
       (company_id, voucher_id, line_id, period_id, item_id, amount, source, assigned_by_name, assigned_at)
SELECT %(company)s, n.voucher_id, n.id, n.period_id, i.id, n.effect,
       CASE WHEN n.by_rule IS NOT NULL THEN 'rule' WHEN n.by_hand IS NOT NULL THEN 'manual' ELSE 'default' END,
       CASE WHEN n.by_rule IS NULL AND n.by_hand IS NOT NULL THEN %(name)s ELSE '' END, now()
  FROM named n
  JOIN ledger_cashflowitem i ON i.company_id = %(company)s AND i.id = coalesce(n.by_rule, n.by_hand, n.by_default)
"""


def assign(
    company_id: int, voucher_ids: Iterable[int], chosen: Mapping[int, int] | None = None, *, by_name: str = ""
) -> int:
    """Give the counter lines that have no entry yet their item. ``chosen``: line id → item id, from a person.

    Returns how many lines got one. One statement; safe to run again.
    """
    ids = list(voucher_ids)
    if not ids:
        return 0
    facts: dict[str, Any] = {
        "company": company_id,
        "vouchers": ids,
        "chosen": Jsonb({str(line): item for line, item in (chosen or {}).items()}),
        "name": by_name[:60],
    }
    with connection.cursor() as cursor:
        cursor.execute(_ASSIGN, facts)
        return cursor.rowcount


def copy_negated(company_id: int, original_id: int, reversal_id: int) -> None:
    """A red-letter reversal takes money back where its original put it: same items and parts, opposite sign."""
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH gone AS (DELETE FROM ledger_cashflowentry WHERE company_id = %(company)s AND voucher_id = %(new)s)
               INSERT INTO ledger_cashflowentry
                      (company_id, voucher_id, line_id, period_id, item_id, amount, source, assigned_by_name,
                       assigned_at)
               SELECT n.company_id, n.voucher_id, n.id, n.period_id, e.item_id, -e.amount, e.source,
                      e.assigned_by_name, now()
                 FROM ledger_cashflowentry e
                 JOIN ledger_voucherline o ON o.id = e.line_id
                 JOIN ledger_voucherline n ON n.company_id = %(company)s AND n.voucher_id = %(new)s
                      AND n.line_no = o.line_no
                WHERE e.company_id = %(company)s AND e.voucher_id = %(old)s""",
            {"company": company_id, "old": original_id, "new": reversal_id},
        )


def backfill(company_id: int) -> int:
    """Assign what was saved before cash flow existed: vouchers with cash lines that have no entry at all."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT DISTINCT l.voucher_id
                 FROM ledger_voucherline l
                WHERE l.company_id = %(company)s
                  AND l.account_id IN (SELECT id FROM ledger_account
                                        WHERE company_id = %(company)s AND cash_kind <> '')
                  AND NOT EXISTS (SELECT 1 FROM ledger_cashflowentry e
                                   WHERE e.company_id = l.company_id AND e.voucher_id = l.voucher_id)""",
            {"company": company_id},
        )
        ids = [row[0] for row in cursor.fetchall()]
    return assign(company_id, ids)
