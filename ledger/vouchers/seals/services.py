"""Seal what was posted: hash the vouchers that wait and chain them in one block.

Safe to call at any time and by several at once: an advisory lock lets one sealer at a time into a company's chain.
"""

from django.db import connection, transaction

from ledger.vouchers.seals.chain import CONTENT, block_hash

MANY = 1_000
_WAITING = """
SELECT count(*) FROM (SELECT 1 FROM ledger_voucherseal WHERE company_id = %(company)s AND block_id IS NULL
                       LIMIT %(many)s) w
"""
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('ledger.seal'), %(company)s::int)"

# Returns nothing; writes one block for all that wait, and names it in their seals. No block when nothing waits.
_SEAL = f"""
WITH hashes AS MATERIALIZED ({CONTENT.format(condition="s.block_id IS NULL")}),
last AS (
    SELECT coalesce(max(number), 0) AS number,
           coalesce((SELECT hash FROM ledger_sealblock WHERE company_id = %(company)s
                      ORDER BY number DESC LIMIT 1), '') AS hash
      FROM ledger_sealblock WHERE company_id = %(company)s),
block AS (
    INSERT INTO ledger_sealblock (company_id, number, previous_hash, hash, vouchers, created_at)
    SELECT %(company)s, last.number + 1, last.hash,
           {block_hash("last.hash", "last.number + 1", "h.count", "h.seals")}, h.count, now()
      FROM last, (SELECT count(*) AS count, string_agg(id || ':' || hash, ',' ORDER BY id) AS seals FROM hashes) h
     WHERE h.count > 0
 RETURNING id)
UPDATE ledger_voucherseal s SET content_hash = hashes.hash, block_id = block.id
  FROM hashes, block
 WHERE s.company_id = %(company)s AND s.voucher_id = hashes.id AND s.block_id IS NULL
"""


def seal(company_id: int) -> int:
    """Hash and chain all posted vouchers of the company that wait for it. Returns how many were sealed."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LOCK, {"company": company_id})
        cursor.execute(_WAITING, {"company": company_id, "many": MANY})
        (waiting,) = cursor.fetchone()
        if not waiting:
            return 0
        # Right after a large posting the statistics still say that few wait; loops over the many would take minutes.
        if waiting >= MANY:
            cursor.execute("SELECT set_config('enable_nestloop', 'off', true)")
        cursor.execute(_SEAL, {"company": company_id})
        sealed = cursor.rowcount
        if waiting >= MANY:
            cursor.execute("SELECT set_config('enable_nestloop', 'on', true)")
        return sealed
