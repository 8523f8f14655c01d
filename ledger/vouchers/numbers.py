"""Voucher numbers: 1…n per company, period and word, without gaps, under concurrency and in batches."""

from django.db import connection

from erp.core.numbering.services import take

SCOPE = "voucher"


def take_numbers(company_id: int, period_id: int, word: str, count: int = 1) -> list[int]:
    """``count`` numbers in ascending order: freed numbers of deleted drafts first, then new ones.

    Must run inside the transaction that writes the vouchers; several (period, word) in sorted order. The counter is
    held from here to the end, also when freed numbers are enough: renumbering waits for whoever holds it.
    """
    key = f"{period_id}:{word}"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT last FROM core_numbercounter WHERE company_id = %s AND scope = %s AND key = %s FOR UPDATE",
            [company_id, SCOPE, key],
        )
        cursor.execute(
            """DELETE FROM ledger_freevouchernumber WHERE id IN (
                   SELECT id FROM ledger_freevouchernumber
                    WHERE company_id = %s AND period_id = %s AND word = %s
                    ORDER BY number LIMIT %s FOR UPDATE SKIP LOCKED)
               RETURNING number""",
            [company_id, period_id, word, count],
        )
        freed = sorted(row[0] for row in cursor.fetchall())
    missing = count - len(freed)
    return [*freed, *(take(company_id, SCOPE, key, missing) if missing else ())]
