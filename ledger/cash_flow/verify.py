"""Invariants of cash flow: the parts of a counter line are its effect, parts that are not cash sum to zero."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.verify import register_check, sentences


def register() -> None:
    """Called once when Django starts."""
    register_check(2, "cash_flow_is_effect", _("Cash-flow parts of a line = its effect on cash"), parts)


def parts(company: Company) -> Iterator[str]:
    parameters = {"company": company.pk}
    yield from sentences(
        _("Voucher %(voucher)s, line %(line)s: its cash-flow parts add up to %(parts)s, its effect is %(effect)s."),
        """SELECT v.word || '-' || v.number AS voucher, l.line_no AS line, e.parts, l.credit - l.debit AS effect
             FROM (SELECT line_id, sum(amount) AS parts FROM ledger_cashflowentry
                    WHERE company_id = %(company)s GROUP BY line_id) e
             JOIN ledger_voucherline l ON l.company_id = %(company)s AND l.id = e.line_id
             JOIN ledger_voucher v ON v.id = l.voucher_id
            WHERE e.parts <> l.credit - l.debit
            ORDER BY l.id""",
        parameters,
    )
    yield from sentences(
        _("Voucher %(voucher)s: its parts that are not cash add up to %(parts)s instead of zero."),
        """SELECT v.word || '-' || v.number AS voucher, e.parts
             FROM (SELECT voucher_id, sum(amount) AS parts FROM ledger_cashflowentry
                    WHERE company_id = %(company)s AND item_id IS NULL GROUP BY voucher_id HAVING sum(amount) <> 0) e
             JOIN ledger_voucher v ON v.company_id = %(company)s AND v.id = e.voucher_id
            ORDER BY v.id""",
        parameters,
    )
    yield from sentences(
        _("Cash-flow entry %(entry)s names line %(line)s, which is not there."),
        """SELECT e.id AS entry, e.line_id AS line
             FROM ledger_cashflowentry e
             LEFT JOIN ledger_voucherline l ON l.company_id = e.company_id AND l.id = e.line_id
              AND l.voucher_id = e.voucher_id AND l.period_id = e.period_id
            WHERE e.company_id = %(company)s AND l.id IS NULL ORDER BY e.id""",
        parameters,
    )
