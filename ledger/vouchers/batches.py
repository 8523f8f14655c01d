"""Review or post all that waits in a period: set-based, the same number of statements for ten vouchers and 100,000.

Rows are locked in order of id, as everywhere, so two people who press the button at once never wait in a circle, and
each voucher is reviewed or posted once. What cannot be done stays as it is and is told by reason, with examples.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.utils import timezone

from erp.core.errors import DomainError, PeriodClosed
from erp.core.retries import transactional
from erp.core.users.names import name_of
from ledger.periods.models import Period, PeriodStatus
from ledger.vouchers import refusals
from ledger.vouchers.bulk import signature_required
from ledger.vouchers.models import VoucherStatus
from ledger.vouchers.seals.wake import seal_on_commit

EXAMPLES = 5
Refused = tuple[DomainError, Sequence[tuple[int, str]]]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why some vouchers were left: the refusal of the first, how many, and the first of them by name."""

    error: DomainError
    count: int
    examples: tuple[str, ...]


@dataclass(slots=True)
class PeriodOutcome:
    """How many vouchers were done, and the reasons for the others."""

    done: int = 0
    reasons: list[Reason] = field(default_factory=list)

    @property
    def refused(self) -> int:
        return sum(reason.count for reason in self.reasons)


def review_period(company_id: int, period_id: int, *, by: Any) -> PeriodOutcome:
    """Review all drafts of the period except those that the reviewer prepared. Raises ``PeriodClosed``."""
    with refusals.guards_in_words():
        return _review(company_id, period_id, by)


def post_period(company_id: int, period_id: int, *, by: Any) -> PeriodOutcome:
    """Post all reviewed vouchers of the period that may be posted. Raises ``PeriodClosed``."""
    with refusals.guards_in_words():
        return _post(company_id, period_id, by)


@transactional
def _review(company_id: int, period_id: int, by: Any) -> PeriodOutcome:
    place = _hold(company_id, period_id, VoucherStatus.DRAFT)
    outcome = PeriodOutcome()
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE ledger_voucher
                  SET status = 'reviewed', reviewer_id = %(by)s, reviewer_name = %(name)s, reviewed_at = %(now)s
                WHERE company_id = %(company)s AND period_id = %(period)s AND status = 'draft'
                  AND preparer_id IS DISTINCT FROM %(by)s""",
            {**place, "by": by.pk, "name": name_of(by), "now": timezone.now()},
        )
        outcome.done = cursor.rowcount
        cursor.execute(
            """SELECT word || '-' || number, preparer_name, count(*) OVER () FROM ledger_voucher
                WHERE company_id = %(company)s AND period_id = %(period)s AND status = 'draft'
                  AND preparer_id = %(by)s ORDER BY word, number LIMIT 5""",
            {**place, "by": by.pk},
        )
        own = cursor.fetchall()
    if own:
        error = refusals.OwnVoucher(voucher=own[0][0], name=own[0][1])
        outcome.reasons.append(Reason(error, own[0][2], tuple(row[0] for row in own)))
    return outcome


@transactional
def _post(company_id: int, period_id: int, by: Any) -> PeriodOutcome:
    place = _hold(company_id, period_id, VoucherStatus.REVIEWED)
    refused = _not_postable(place)
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE ledger_voucher
                  SET status = 'posted', poster_id = %(by)s, poster_name = %(name)s, posted_at = %(now)s
                WHERE company_id = %(company)s AND period_id = %(period)s AND status = 'reviewed'
                  AND NOT id = ANY(%(refused)s)""",
            {
                **place,
                "by": by.pk,
                "name": name_of(by),
                "now": timezone.now(),
                "refused": [voucher_id for _error, rows in refused for voucher_id, _name in rows],
            },
        )
        done = cursor.rowcount
    if done:
        seal_on_commit(company_id)
    return PeriodOutcome(done, _reasons(refused))


def _reasons(refused: Sequence[Refused]) -> list[Reason]:
    """Each voucher counts under its first reason."""
    seen: set[int] = set()
    reasons = []
    for error, rows in refused:
        names = [name for voucher_id, name in rows if voucher_id not in seen]
        seen.update(voucher_id for voucher_id, _name in rows)
        if names:
            reasons.append(Reason(error, len(names), tuple(names[:EXAMPLES])))
    return reasons


def _hold(company_id: int, period_id: int, status: VoucherStatus) -> dict[str, Any]:
    """Keep the period open and lock its vouchers of this status in order of id. Returns the parameters of the place."""
    period = Period.objects.filter(company_id=company_id).get(pk=period_id)
    place: dict[str, Any] = {"company": company_id, "period": period_id, "status": status.value}
    with connection.cursor() as cursor:
        cursor.execute("SELECT status FROM ledger_period WHERE id = %s FOR SHARE", [period_id])
        if cursor.fetchone()[0] != PeriodStatus.OPEN:
            raise PeriodClosed(period=period)
        cursor.execute(
            """SELECT count(*) FROM (
                   SELECT id FROM ledger_voucher
                    WHERE company_id = %(company)s AND period_id = %(period)s AND status = %(status)s
                    ORDER BY id FOR UPDATE) held""",
            place,
        )
    return place


def _not_postable(place: dict[str, Any]) -> list[Refused]:
    """What the guards would refuse, found before they have to: one refusal with its vouchers per reason."""
    found: list[Refused] = []
    with connection.cursor() as cursor:
        # Pairs of account and dimension set are few; lines are read again only where a pair is wrong.
        cursor.execute(_WRONG_PAIRS, place)
        for rule, account, dimension, accounts, sets in cursor.fetchall():
            cursor.execute(_VOUCHERS_OF_PAIRS, {**place, "accounts": accounts, "sets": sets})
            if rows := cursor.fetchall():
                error: DomainError = (
                    refusals.AccountNotPostable(account=account)
                    if rule == "leaf"
                    else refusals.DimensionMissing(account=account, dimension=dimension)
                )
                found.append((error, rows))
        if signature_required(place["company"]):
            cursor.execute(_UNSIGNED_CASH, place)
            if rows := cursor.fetchall():
                found.append((refusals.SignatureMissing(voucher=rows[0][1]), rows))
    return found


_WRONG_PAIRS = """
WITH pairs AS MATERIALIZED (
    -- Of all lines of the period: a join with what was reviewed a moment ago misleads the planner into loops.
    SELECT DISTINCT account_id, dimension_set_id FROM ledger_voucherline
     WHERE company_id = %(company)s AND period_id = %(period)s)
SELECT 'leaf', a.code || ' ' || a.name, '', array_agg(p.account_id), array_agg(p.dimension_set_id)
  FROM pairs p JOIN ledger_account a ON a.id = p.account_id WHERE NOT a.is_leaf GROUP BY a.id
UNION ALL
SELECT 'dimension', a.code || ' ' || a.name, t.name, array_agg(p.account_id), array_agg(p.dimension_set_id)
  FROM pairs p
  JOIN ledger_accountdimension d ON d.account_id = p.account_id AND d.is_required
  JOIN ledger_account a ON a.id = p.account_id
  JOIN ledger_dimensiontype t ON t.id = d.dimension_type_id
  LEFT JOIN ledger_dimensionsetitem i ON i.company_id = %(company)s
       AND i.dimension_set_id = p.dimension_set_id AND i.dimension_type_id = d.dimension_type_id
 WHERE i.id IS NULL GROUP BY a.id, t.id
"""

_VOUCHERS_OF_PAIRS = """
SELECT v.id, v.word || '-' || v.number
  FROM ledger_voucher v
 WHERE v.company_id = %(company)s AND v.period_id = %(period)s AND v.status = 'reviewed'
   AND v.id IN (SELECT l.voucher_id
                  FROM ledger_voucherline l
                  JOIN unnest(%(accounts)s::bigint[], %(sets)s::bigint[]) AS p (account_id, dimension_set_id)
                 USING (account_id, dimension_set_id)
                 WHERE l.company_id = %(company)s AND l.period_id = %(period)s)
 ORDER BY v.word, v.number
"""

_UNSIGNED_CASH = """
SELECT v.id, v.word || '-' || v.number
  FROM ledger_voucher v
 WHERE v.company_id = %(company)s AND v.period_id = %(period)s AND v.status = 'reviewed' AND v.cashier_name = ''
   AND EXISTS (SELECT 1 FROM ledger_voucherline l JOIN ledger_account a ON a.id = l.account_id AND a.cash_kind <> ''
                WHERE l.company_id = v.company_id AND l.voucher_id = v.id)
 ORDER BY v.word, v.number
"""
