"""Invariants of clearing: a clearing sums to zero, and no line is cleared beyond its amount."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.verify import register_check, sentences


def register() -> None:
    """Called once when Django starts."""
    register_check(2, "clearings", _("Clearings sum to zero and stay within their lines"), clearings)


def clearings(company: Company) -> Iterator[str]:
    parameters = {"company": company.pk}
    yield from sentences(
        _("Clearing %(clearing)s of account %(account)s adds up to %(total)s instead of zero."),
        """SELECT c.id AS clearing, a.code AS account, s.total
             FROM (SELECT clearing_id, sum(amount) AS total FROM ledger_clearingitem
                    WHERE company_id = %(company)s GROUP BY clearing_id HAVING sum(amount) <> 0) s
             JOIN ledger_clearing c ON c.id = s.clearing_id
             JOIN ledger_account a ON a.id = c.account_id
            ORDER BY c.id""",
        parameters,
    )
    yield from sentences(
        _("Line %(line)s of voucher %(voucher)s is %(amount)s, but %(cleared)s of it is cleared."),
        """SELECT l.line_no AS line, v.word || '-' || v.number AS voucher, l.debit - l.credit AS amount, s.cleared
             FROM (SELECT voucher_line_id, sum(amount) AS cleared FROM ledger_clearingitem
                    WHERE company_id = %(company)s AND voucher_line_id IS NOT NULL GROUP BY voucher_line_id) s
             JOIN ledger_voucherline l ON l.company_id = %(company)s AND l.id = s.voucher_line_id
             JOIN ledger_voucher v ON v.id = l.voucher_id
            WHERE abs(s.cleared) > abs(l.debit - l.credit) OR sign(s.cleared) = -sign(l.debit - l.credit)
            ORDER BY l.id""",
        parameters,
    )
