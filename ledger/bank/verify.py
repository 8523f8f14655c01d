"""Invariant of bank reconciliation: both sides of a match are the same money."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.verify import register_check, sentences


def register() -> None:
    """Called once when Django starts."""
    register_check(2, "bank_matches", _("Matched bank lines = matched lines of the books"), matches)


def matches(company: Company) -> Iterator[str]:
    yield from sentences(
        _("Match %(match)s of account %(account)s: the bank says %(bank)s, the books say %(book)s."),
        """SELECT m.id AS match, a.code AS account, s.bank, s.book
             FROM (SELECT i.match_id,
                          coalesce(sum(b.receipt - b.payment) FILTER (WHERE b.side = 'bank'), 0) AS bank,
                          coalesce(sum(l.debit - l.credit), 0)
                          + coalesce(sum(b.receipt - b.payment) FILTER (WHERE b.side = 'book'), 0) AS book
                     FROM ledger_bankmatchitem i
                     LEFT JOIN ledger_bankline b ON b.company_id = i.company_id AND b.id = i.bank_line_id
                     LEFT JOIN ledger_voucherline l ON l.company_id = i.company_id AND l.id = i.voucher_line_id
                    WHERE i.company_id = %(company)s GROUP BY i.match_id) s
             JOIN ledger_bankmatch m ON m.id = s.match_id
             JOIN ledger_account a ON a.id = m.account_id
            WHERE s.bank <> s.book AND a.currency = '' ORDER BY m.id""",
        {"company": company.pk},
    )
