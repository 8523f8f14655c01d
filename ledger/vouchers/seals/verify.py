"""Whether posted vouchers still are what was sealed, and the chain is whole. Names what is not."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.verify import sentences
from ledger.vouchers.seals.chain import CONTENT, block_hash

_NAME = "v.word || '-' || v.number || ' (' || p.year || '-' || lpad(p.number::text, 2, '0') || ')'"


def seals(company: Company) -> Iterator[str]:
    """Tampered vouchers, missing seals, broken blocks: a sentence each."""
    parameters = {"company": company.pk}
    yield from sentences(
        _("Voucher %(voucher)s is not what was sealed in block %(block)s: its content was changed."),
        f"""WITH now AS MATERIALIZED ({CONTENT.format(seals="ledger_voucherseal", condition="s.block_id IS NOT NULL")})
            SELECT {_NAME} AS voucher, b.number AS block
              FROM now
              JOIN ledger_voucherseal s ON s.company_id = %(company)s AND s.voucher_id = now.id
              JOIN ledger_sealblock b ON b.id = s.block_id
              JOIN ledger_voucher v ON v.id = now.id
              JOIN ledger_period p ON p.id = v.period_id
             WHERE s.content_hash <> now.hash
             ORDER BY p.start, v.word, v.number""",
        parameters,
    )
    yield from sentences(
        _("Voucher with id %(voucher)s was sealed in block %(block)s, but is not there as a posted one with lines."),
        """SELECT s.voucher_id AS voucher, b.number AS block
             FROM ledger_voucherseal s
             LEFT JOIN ledger_sealblock b ON b.id = s.block_id
            WHERE s.company_id = %(company)s
              AND NOT EXISTS (SELECT 1 FROM ledger_voucher v
                               WHERE v.id = s.voucher_id AND v.company_id = s.company_id AND v.status = 'posted'
                                 AND EXISTS (SELECT 1 FROM ledger_voucherline l
                                              WHERE l.company_id = v.company_id AND l.voucher_id = v.id))
            ORDER BY s.voucher_id""",
        parameters,
    )
    yield from sentences(
        _("Voucher %(voucher)s is posted, but has no seal."),
        f"""SELECT {_NAME} AS voucher
              FROM ledger_voucher v
              JOIN ledger_period p ON p.id = v.period_id
              LEFT JOIN ledger_voucherseal s ON s.company_id = v.company_id AND s.voucher_id = v.id
             WHERE v.company_id = %(company)s AND v.status = 'posted' AND s.id IS NULL
             ORDER BY p.start, v.word, v.number""",
        parameters,
    )
    yield from _blocks(parameters)


def _blocks(parameters: dict[str, int]) -> Iterator[str]:
    right = block_hash("b.previous_hash", "b.number", "b.vouchers", "coalesce(s.seals, '')")
    yield from sentences(
        _("Seal block %(block)s is broken: %(found)s seals of %(vouchers)s, or a hash that does not follow."),
        f"""SELECT b.number AS block, coalesce(s.count, 0) AS found, b.vouchers
              FROM (SELECT *, lag(hash, 1, '') OVER (ORDER BY number) AS before,
                           row_number() OVER (ORDER BY number) AS place
                      FROM ledger_sealblock WHERE company_id = %(company)s) b
              LEFT JOIN (SELECT block_id, count(*) AS count,
                                string_agg(voucher_id || ':' || content_hash, ',' ORDER BY voucher_id) AS seals
                           FROM ledger_voucherseal WHERE company_id = %(company)s GROUP BY block_id) s
                ON s.block_id = b.id
             WHERE b.hash <> {right} OR b.previous_hash <> b.before OR b.number <> b.place
                OR b.vouchers <> coalesce(s.count, 0)
             ORDER BY b.number""",
        parameters,
    )
