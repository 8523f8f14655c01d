"""Seal what was posted: hash the vouchers that wait and chain them in blocks.

Safe to call at any time and by several at once: an advisory lock lets one sealer at a time into a company's chain.
Ids and hashes go through temporary tables with statistics of their own: right after a large posting those of the
real tables still say that few vouchers wait, and a plan of loops over the many would take minutes.
"""

from django.db import connection, transaction

from ledger.vouchers.seals.chain import CONTENT, block_hash

BLOCK = 20_000  # vouchers of one block at most, so that its text stays small in memory
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('ledger.seal'), %(company)s::int)"

_WAITING = """
DROP TABLE IF EXISTS seal_waiting, seal_hashes;
CREATE TEMP TABLE seal_waiting ON COMMIT DROP AS
SELECT voucher_id FROM ledger_voucherseal WHERE company_id = %(company)s AND block_id IS NULL
 ORDER BY voucher_id LIMIT %(most)s;
ANALYZE seal_waiting
"""
_HASHES = f"""
CREATE TEMP TABLE seal_hashes ON COMMIT DROP AS
{CONTENT.format(seals="(SELECT %(company)s::bigint AS company_id, voucher_id FROM seal_waiting)", condition="true")};
ANALYZE seal_hashes
"""
_BLOCK = f"""
WITH last AS (
    SELECT coalesce(max(number), 0) AS number,
           coalesce((SELECT hash FROM ledger_sealblock WHERE company_id = %(company)s
                      ORDER BY number DESC LIMIT 1), '') AS hash
      FROM ledger_sealblock WHERE company_id = %(company)s)
INSERT INTO ledger_sealblock (company_id, number, previous_hash, hash, vouchers, created_at)
SELECT %(company)s, last.number + 1, last.hash,
       {block_hash("last.hash", "last.number + 1", "h.count", "h.seals")}, h.count, now()
  FROM last, (SELECT count(*) AS count, string_agg(id || ':' || hash, ',' ORDER BY id) AS seals FROM seal_hashes) h
 WHERE h.count > 0
RETURNING id
"""
_MARK = """
UPDATE ledger_voucherseal s SET content_hash = h.hash, block_id = %(block)s
  FROM seal_hashes h
 WHERE s.company_id = %(company)s AND s.voucher_id = h.id AND s.block_id IS NULL
"""


def seal(company_id: int) -> int:
    """Hash and chain all posted vouchers of the company that wait for it. Returns how many were sealed."""
    total = 0
    while sealed := _seal_block(company_id):
        total += sealed
    return total


def _seal_block(company_id: int) -> int:
    parameters = {"company": company_id, "most": BLOCK}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LOCK, parameters)
        cursor.execute(
            "SELECT 1 FROM ledger_voucherseal WHERE company_id = %(company)s AND block_id IS NULL LIMIT 1", parameters
        )
        if cursor.fetchone() is None:
            return 0
        for statements in (_WAITING, _HASHES):
            for statement in statements.split(";"):
                cursor.execute(statement, parameters)
        cursor.execute(_BLOCK, parameters)
        block = cursor.fetchone()
        if block is None:
            return 0
        cursor.execute(_MARK, {**parameters, "block": block[0]})
        return cursor.rowcount
