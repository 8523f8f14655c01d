"""Write what the engine decided: numbers, vouchers, lines, turnover and event states, set-based in one transaction.

The number of statements does not depend on the size of the batch. Order of locks, the same for every writer:
dimension sets, number counters, turnover (by the posting trigger), each sorted.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone
from psycopg.types.json import Jsonb

from erp.core.bulk import copy_rows, next_ids
from ledger.accounts.models import Account, CashKind
from ledger.cash_flow.assignment import assign
from ledger.dimensions.services import intern_sets
from ledger.posting.engine import Draft, Outcome, Standing
from ledger.vouchers.numbers import take_numbers

SYSTEM_NAME = "系统"  # printed on vouchers, which are kept in the language of the books

_VOUCHER_COLUMNS = (
    "id", "company_id", "period_id", "word", "number", "date", "status", "kind", "attachments", "total", "rule_id",
    "preparer_name", "reviewer_name", "poster_name", "cashier_name", "created_at", "reviewed_at",
)  # fmt: skip
_LINE_COLUMNS = (
    "company_id", "voucher_id", "period_id", "line_no", "summary", "account_id", "dimension_set_id", "debit", "credit",
    "currency", "quantity", "unit_price", "business_date", "rule_line_id", "mapping_id", "source_lines",
)  # fmt: skip


def write(company_id: int, currency: str, outcome: Outcome) -> None:
    """Make the outcome true. Must run inside the transaction that claimed the events."""
    drafts = [*outcome.drafts, *outcome.openings]
    sets = intern_sets(company_id, {line.dimensions for draft in drafts for line in draft.lines})
    _write_openings(company_id, currency, outcome.openings, sets)
    ids = _write_vouchers(company_id, currency, outcome.drafts, sets)
    posted = [
        (event_id, voucher_id, draft.rule.id)
        for draft, voucher_id in zip(outcome.drafts, ids, strict=True)
        for event_id in draft.event_ids
    ]
    opened = [
        Standing(event_id, "opening_balance", {}, draft.rule.id)
        for draft in outcome.openings
        for event_id in draft.event_ids
    ]
    _mark_posted(company_id, posted)
    mark_standing(company_id, "settled", [*outcome.settled, *opened])
    mark_standing(company_id, "failed", outcome.failed)


def _write_vouchers(
    company_id: int, currency: str, drafts: Sequence[Draft], sets: dict[tuple[Any, ...], int]
) -> list[int]:
    """Insert vouchers with their lines and post those whose rule reviews automatically. Returns their ids."""
    if not drafts:
        return []
    numbers = _numbers(company_id, drafts)
    now = timezone.now()
    ids = next_ids("ledger_voucher", len(drafts))
    copy_rows(
        "ledger_voucher",
        _VOUCHER_COLUMNS,
        (
            _voucher_row(company_id, voucher_id, number, draft, now)
            for voucher_id, number, draft in zip(ids, numbers, drafts, strict=True)
        ),
    )
    copy_rows("ledger_voucherline", _LINE_COLUMNS, _line_rows(company_id, currency, ids, drafts, sets))
    _assign_cash_flow(company_id, ids, drafts)
    reviewed_ids = [i for i, draft in zip(ids, drafts, strict=True) if draft.rule.is_auto_reviewed]
    if reviewed_ids:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE ledger_voucher SET status = 'posted', posted_at = %s WHERE company_id = %s AND id = ANY(%s)",
                [now, company_id, reviewed_ids],
            )
    return ids


def _assign_cash_flow(company_id: int, ids: Sequence[int], drafts: Sequence[Draft]) -> None:
    """Only vouchers that touch cash are looked at: deliveries and invoices cost nothing here."""
    cash = set(
        Account.objects.filter(company_id=company_id).exclude(cash_kind=CashKind.NONE).values_list("id", flat=True)
    )
    with_cash = [
        voucher_id
        for voucher_id, draft in zip(ids, drafts, strict=True)
        if any(line.account_id in cash for line in draft.lines)
    ]
    assign(company_id, with_cash)


def _voucher_row(company_id: int, voucher_id: int, number: int, draft: Draft, now: datetime) -> tuple[Any, ...]:
    rule = draft.rule
    reviewed = rule.is_auto_reviewed
    return (
        voucher_id,
        company_id,
        draft.period.id,
        draft.word,
        number,
        draft.date,
        "reviewed" if reviewed else "draft",
        "generated",
        len(draft.event_ids),
        sum((line.debit for line in draft.lines), Decimal(0)),
        rule.id,
        SYSTEM_NAME,
        rule.label[:60] if reviewed else "",
        SYSTEM_NAME if reviewed else "",
        "",
        now,
        now if reviewed else None,
    )


def _line_rows(
    company_id: int, currency: str, ids: Sequence[int], drafts: Sequence[Draft], sets: dict[tuple[Any, ...], int]
) -> Iterator[tuple[Any, ...]]:
    for voucher_id, draft in zip(ids, drafts, strict=True):
        period_id = draft.period.id
        for line_no, line in enumerate(draft.lines, start=1):
            yield (
                company_id,
                voucher_id,
                period_id,
                line_no,
                line.summary,
                line.account_id,
                sets[line.dimensions],
                line.debit,
                line.credit,
                currency,
                line.quantity,
                line.unit_price,
                line.business_date,
                line.rule_line_id,
                line.mapping_id,
                "{" + ",".join(map(str, line.source_lines)) + "}",
            )


def _numbers(company_id: int, drafts: Sequence[Draft]) -> list[int]:
    """A gap-free number for each draft: one counter update per (period, word), in sorted order."""
    places: dict[tuple[int, str], list[int]] = defaultdict(list)
    for index, draft in enumerate(drafts):
        places[draft.period.id, draft.word].append(index)
    numbers = [0] * len(drafts)
    for (period_id, word), indexes in sorted(places.items()):
        for index, number in zip(indexes, take_numbers(company_id, period_id, word, len(indexes)), strict=True):
            numbers[index] = number
    return numbers


def _write_openings(company_id: int, currency: str, drafts: Sequence[Draft], sets: dict[tuple[Any, ...], int]) -> None:
    """Add the lines of opening documents to the opening balances, one upsert for all."""
    sums: dict[tuple[int, int], list[Decimal]] = {}
    for draft in drafts:
        for line in draft.lines:
            row = sums.setdefault((line.account_id, sets[line.dimensions]), [Decimal(0)] * 3)
            row[0] += line.debit
            row[1] += line.credit
            row[2] += line.quantity or Decimal(0)
    if not sums:
        return
    rows = [(account, dims, *amounts) for (account, dims), amounts in sorted(sums.items())]
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO ledger_openingbalance AS o
                      (company_id, account_id, dimension_set_id, currency, debit, credit, quantity, original_debit,
                       original_credit)
               SELECT %s, a, d, %s, dr, cr, q, dr, cr
                 FROM unnest(%s::bigint[], %s::bigint[], %s::numeric[], %s::numeric[], %s::numeric[])
                      AS t(a, d, dr, cr, q)
               ON CONFLICT (company_id, account_id, dimension_set_id, currency) DO UPDATE
                  SET debit = o.debit + EXCLUDED.debit, credit = o.credit + EXCLUDED.credit,
                      quantity = o.quantity + EXCLUDED.quantity,
                      original_debit = o.original_debit + EXCLUDED.original_debit,
                      original_credit = o.original_credit + EXCLUDED.original_credit""",
            [company_id, currency, *(list(column) for column in zip(*rows, strict=True))],
        )


def _mark_posted(company_id: int, rows: Sequence[tuple[int, int, int]]) -> None:
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE ledger_businessevent e
                  SET state = 'posted', voucher_id = t.voucher_id, rule_id = t.rule_id, settled_at = now(),
                      reason_code = '', reason_facts = '{}', attempts = e.attempts + 1
                 FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS t(id, voucher_id, rule_id)
                WHERE e.id = t.id AND e.company_id = %s""",
            [*(list(column) for column in zip(*rows, strict=True)), company_id],
        )


def mark_standing(company_id: int, state: str, rows: Sequence[Standing]) -> None:
    """Set events to ``settled`` or ``failed`` with their reasons."""
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE ledger_businessevent e
                  SET state = %s, reason_code = t.code, reason_facts = t.facts, rule_id = t.rule_id,
                      attempts = e.attempts + 1, settled_at = CASE WHEN %s = 'settled' THEN now() END
                 FROM unnest(%s::bigint[], %s::text[], %s::jsonb[], %s::bigint[]) AS t(id, code, facts, rule_id)
                WHERE e.id = t.id AND e.company_id = %s""",
            [
                state,
                state,
                [row.event_id for row in rows],
                [row.code for row in rows],
                [Jsonb(dict(row.facts)) for row in rows],
                [row.rule_id for row in rows],
                company_id,
            ],
        )
