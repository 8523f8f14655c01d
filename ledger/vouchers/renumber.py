"""Close gaps in voucher numbers (断号整理): what is not posted is numbered again in order of date.

Posted and void vouchers keep their numbers for ever; the others of the period and word take the lowest numbers that
these leave, so free numbers and gaps are filled. Where nothing can move into a gap below a posted voucher, the number
stays free and the next voucher takes it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from django.db import connection
from django.utils.translation import gettext_lazy as _

from erp.core.errors import DomainError, PeriodClosed
from erp.core.retries import transactional
from ledger.periods.models import Period, PeriodStatus
from ledger.vouchers import refusals
from ledger.vouchers.models import FreeVoucherNumber, Word
from ledger.vouchers.numbers import SCOPE

SHIFT = 1_000_000_000  # out of the way of all numbers while they change places

log = structlog.get_logger(__name__)


class PostedKeepTheirNumbers(DomainError):
    code = "posted_keep_their_numbers"
    template = _(
        "Numbers %(numbers)s of word %(word)s cannot be closed: the vouchers after them are posted or void and keep "
        "their numbers. The next new vouchers take the free ones."
    )


@dataclass(frozen=True, slots=True)
class Gap:
    """Numbers of one word that no voucher of the period has, ascending."""

    word: str
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Renumbered:
    """How many vouchers have another number now, and what is still missing."""

    changed: int
    gaps: Sequence[Gap]


def gaps(company_id: int, period_id: int) -> list[Gap]:
    """The gaps of a period by word: numbers up to the last one given that no voucher has."""
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH given AS (
                   SELECT word, number, true AS used FROM ledger_voucher
                    WHERE company_id = %(company)s AND period_id = %(period)s
                   UNION ALL
                   SELECT word, number, false FROM ledger_freevouchernumber
                    WHERE company_id = %(company)s AND period_id = %(period)s),
               tops AS (SELECT word, max(number) AS top FROM given GROUP BY word)
               SELECT t.word, array_agg(n ORDER BY n)
                 FROM tops t
                CROSS JOIN LATERAL generate_series(1, t.top) AS n
                 LEFT JOIN given g ON g.used AND g.word = t.word AND g.number = n
                WHERE g.number IS NULL
                GROUP BY t.word ORDER BY t.word""",
            {"company": company_id, "period": period_id},
        )
        return [Gap(word, tuple(numbers)) for word, numbers in cursor.fetchall()]


def renumber(company_id: int, period_id: int, words: Iterable[str] = tuple(Word.values), *, by: Any) -> Renumbered:
    """Number the unposted vouchers of the period again, word by word, in order of date and then of their numbers.

    Raises ``PeriodClosed``, and ``PostedKeepTheirNumbers`` when only moving posted vouchers would close a gap.
    """
    with refusals.guards_in_words():
        return _renumber(company_id, period_id, sorted(words), by)


@transactional
def _renumber(company_id: int, period_id: int, words: Sequence[str], by: Any) -> Renumbered:
    period = Period.objects.filter(company_id=company_id).get(pk=period_id)
    with connection.cursor() as cursor:
        cursor.execute("SELECT status FROM ledger_period WHERE id = %s FOR SHARE", [period_id])
        if cursor.fetchone()[0] != PeriodStatus.OPEN:
            raise PeriodClosed(period=period)
    before = {gap.word: gap for gap in gaps(company_id, period_id)}
    changed = sum(_renumber_word(company_id, period_id, word) for word in words)
    left = [gap for gap in gaps(company_id, period_id) if gap.word in words]
    if not changed and left and left == [before.get(gap.word) for gap in left]:
        shown = ", ".join(map(str, left[0].numbers[:20]))
        raise PostedKeepTheirNumbers(word=left[0].word, numbers=shown)
    log.info("vouchers_renumbered", company_id=company_id, period=str(period), changed=changed, user_id=by and by.pk)
    return Renumbered(changed, left)


def _renumber_word(company_id: int, period_id: int, word: str) -> int:
    """Order of locks: vouchers by id, then the counter, at which everybody waits who takes a number."""
    place: dict[str, Any] = {
        "company": company_id,
        "period": period_id,
        "word": word,
        "scope": SCOPE,
        "key": f"{period_id}:{word}",
    }
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT count(*) FROM (
                   SELECT id FROM ledger_voucher
                    WHERE company_id = %(company)s AND period_id = %(period)s AND word = %(word)s
                      AND status IN ('draft', 'reviewed') ORDER BY id FOR UPDATE) held""",
            place,
        )
        cursor.execute(
            """SELECT last FROM core_numbercounter
                WHERE company_id = %(company)s AND scope = %(scope)s AND key = %(key)s FOR UPDATE""",
            place,
        )
        if cursor.fetchone() is None:
            return 0
        cursor.execute(_PLAN, place)
        ids, numbers = cursor.fetchone()
        if ids:
            moved = {"company": company_id, "ids": ids, "numbers": numbers}
            cursor.execute(
                """UPDATE ledger_voucher SET number = number + %(shift)s
                    WHERE company_id = %(company)s AND id = ANY(%(ids)s)""",
                {**moved, "shift": SHIFT},
            )
            cursor.execute(
                """UPDATE ledger_voucher v SET number = p.number
                     FROM unnest(%(ids)s::bigint[], %(numbers)s::int[]) AS p (id, number)
                    WHERE v.company_id = %(company)s AND v.id = p.id""",
                moved,
            )
        cursor.execute(
            """UPDATE core_numbercounter SET last = coalesce((
                   SELECT max(number) FROM ledger_voucher
                    WHERE company_id = %(company)s AND period_id = %(period)s AND word = %(word)s), 0)
                WHERE company_id = %(company)s AND scope = %(scope)s AND key = %(key)s""",
            place,
        )
    # A draft that somebody deleted meanwhile may have freed a number that has another voucher now.
    FreeVoucherNumber.objects.filter(company_id=company_id, period_id=period_id, word=word).delete()
    FreeVoucherNumber.objects.bulk_create(
        [
            FreeVoucherNumber(company_id=company_id, period_id=period_id, word=word, number=number)
            for gap in gaps(company_id, period_id)
            if gap.word == word
            for number in gap.numbers
        ]
    )
    return len(ids or ())


# Ids whose number changes, and their new numbers: movable vouchers by date take what posted and void ones leave.
_PLAN = """
WITH here AS (
    SELECT id, date, number, status IN ('draft', 'reviewed') AS moves FROM ledger_voucher
     WHERE company_id = %(company)s AND period_id = %(period)s AND word = %(word)s),
moving AS (SELECT id, number, row_number() OVER (ORDER BY date, number) AS place FROM here WHERE moves),
open AS (
    SELECT n AS number, row_number() OVER (ORDER BY n) AS place
      FROM generate_series(1, (SELECT count(*) FROM here)) AS n
     WHERE NOT EXISTS (SELECT 1 FROM here WHERE here.number = n AND NOT here.moves))
SELECT array_agg(m.id), array_agg(o.number) FROM moving m JOIN open o USING (place) WHERE m.number <> o.number
"""
