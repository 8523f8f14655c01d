"""Take numbers without gaps.

The counter row is locked until the caller's transaction ends, so take numbers as late as possible, for a whole
batch at once, and for several scopes in sorted order.
"""

from django.db import connection, transaction

UPSERT = """
    INSERT INTO core_numbercounter (company_id, scope, key, last) VALUES (%s, %s, %s, %s)
    ON CONFLICT (company_id, scope, key) DO UPDATE SET last = core_numbercounter.last + EXCLUDED.last
    RETURNING last
"""


def take(company_id: int, scope: str, key: str, count: int = 1) -> range:
    """Reserve ``count`` consecutive numbers of (company, scope, key) and return them.

    Must run inside a transaction: if it rolls back, the numbers are free again and no gap arises.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("Numbers are taken inside the transaction that uses them.")
    with connection.cursor() as cursor:
        cursor.execute(UPSERT, [company_id, scope, key, count])
        (last,) = cursor.fetchone()
    return range(last - count + 1, last + 1)


def document_numbers(company_id: int, prefix: str, month: str, count: int) -> list[str]:
    """Numbers of business documents: prefix, month (``YYYYMM``) and a gap-free counter, e.g. ``XS202512-0001``."""
    return [f"{prefix}{month}-{n:04d}" for n in take(company_id, f"doc:{prefix}", month, count)]
