"""What the ledger itself asks at a period's end, in the order of the steps of closing."""

from decimal import Decimal
from urllib.parse import urlencode

from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erp.core.companies.models import Company
from erp.core.money import ZERO
from ledger.balances.models import OpeningBalance
from ledger.cash_flow.services import unassigned
from ledger.closing import revaluation, transfers, year_end
from ledger.closing.balances import balances, profit_and_loss
from ledger.closing.checks import FINE, Finding, register_check
from ledger.closing.refusals import RateMissing
from ledger.entry_aids.recurring import due as recurring_due
from ledger.periods.models import Period
from ledger.posting.models import BusinessEvent, EventState
from ledger.vouchers.models import Voucher, VoucherStatus

NAMED = 5  # things named in a finding
PENDING_LOSSES = "1901"  # 待处理财产损溢


def register() -> None:
    """Called once when Django starts."""
    register_check("date", gettext_lazy("The period is over"), date_reached, order=5, is_blocking=False)
    register_check("events", gettext_lazy("Every document has reached the ledger"), events, order=10, is_blocking=True)
    register_check("openings", gettext_lazy("Opening balances: debit = credit"), openings, order=15, is_blocking=True)
    register_check(
        "recurring",
        gettext_lazy("Recurring vouchers are made"),
        recurring,
        order=40,
        is_blocking=False,
        step="recurring",
    )
    register_check(
        "revaluation",
        gettext_lazy("Foreign currency stands at the closing rate"),
        revalued,
        order=45,
        is_blocking=False,
        step="revaluation",
    )
    register_check(
        "transfers", gettext_lazy("Transfers are made"), transferred, order=50, is_blocking=False, step="transfers"
    )
    register_check("drafts", gettext_lazy("All vouchers are reviewed"), drafts, order=55, is_blocking=True)
    register_check("unposted", gettext_lazy("All reviewed vouchers are posted"), unposted, order=60, is_blocking=True)
    register_check("cash_flow", gettext_lazy("Cash has its cash-flow items"), cash_flow, order=65, is_blocking=True)
    register_check(
        "negative_cash", gettext_lazy("No cash account is in credit"), negative_cash, order=70, is_blocking=False
    )
    register_check(
        "profit", gettext_lazy("Profit and loss is transferred"), profit, order=75, is_blocking=False, step="profit"
    )
    register_check(
        "pending_losses",
        gettext_lazy("No stock differences wait for approval"),
        pending_losses,
        order=80,
        is_blocking=False,
        applies=_is_year_end,
    )
    register_check(
        "year_end",
        gettext_lazy("Profit of the year is transferred"),
        year_transferred,
        order=85,
        is_blocking=True,
        step="year_end",
        applies=_is_year_end,
    )
    register_check("numbers", gettext_lazy("Voucher numbers have no gap"), number_gaps, order=90, is_blocking=False)


def _is_year_end(company: Company, period: Period) -> bool:
    return period.number == year_end.LAST_MONTH


def date_reached(company: Company, period: Period) -> Finding:
    if timezone.localdate() > period.end:
        return FINE
    return Finding(1, _("The period ends on %(date)s. Business until then could not be booked.") % {"date": period.end})


def events(company: Company, period: Period) -> Finding:
    rows = BusinessEvent.objects.filter(
        company=company, state__in=[EventState.PENDING, EventState.FAILED], business_date__lte=period.end
    )
    if not (count := rows.count()):
        return FINE
    names = ", ".join(rows.order_by("business_date", "id").values_list("document_no", flat=True)[:NAMED])
    return Finding(
        count,
        _("%(count)s events wait or failed: %(names)s") % {"count": count, "names": names},
        reverse("posting_monitor"),
    )


def openings(company: Company, period: Period) -> Finding:
    difference = ZERO
    for debit, credit in OpeningBalance.objects.filter(company=company).values_list("debit", "credit"):
        difference += debit - credit
    if not difference:
        return FINE
    return Finding(
        1, _("Opening balances differ by %(amount)s.") % {"amount": f"{difference:,.2f}"}, reverse("trial_balance")
    )


def recurring(company: Company, period: Period) -> Finding:
    rows = recurring_due(company, period)
    return Finding(len(rows), _named([row.name for row in rows])) if rows else FINE


def revalued(company: Company, period: Period) -> Finding:
    try:
        found = revaluation.differences(company, period, include_unposted=True)
    except RateMissing as missing:
        return Finding(1, missing.message, reverse("currency_list"))
    if not found:
        return FINE
    names = _named(sorted({f"{one.balance.code} {one.balance.currency} {one.amount:,.2f}" for one in found}))
    return Finding(len(found), names)


def transferred(company: Company, period: Period) -> Finding:
    rows = transfers.waiting(company, period)
    return Finding(len(rows), _named([row.name for row in rows]), reverse("closing_transfers")) if rows else FINE


def drafts(company: Company, period: Period) -> Finding:
    return _vouchers(company, period, VoucherStatus.DRAFT)


def unposted(company: Company, period: Period) -> Finding:
    return _vouchers(company, period, VoucherStatus.REVIEWED)


def _vouchers(company: Company, period: Period, status: VoucherStatus) -> Finding:
    rows = Voucher.objects.filter(company=company, period=period, status=status)
    if not (count := rows.count()):
        return FINE
    names = _named([str(row) for row in rows.order_by("word", "number")[: NAMED + 1]])
    query = urlencode({"first": str(period), "last": str(period), "status": str(status)})
    return Finding(count, names, f"{reverse('voucher_list')}?{query}")


def cash_flow(company: Company, period: Period) -> Finding:
    rows = unassigned(company, period)
    if not rows:
        return FINE
    names = _named([f"{row.account} {row.name} {row.amount:,.2f}" for row in rows])
    return Finding(sum(row.lines for row in rows), names)


def negative_cash(company: Company, period: Period) -> Finding:
    rows = balances(period, accounts="a.cash_kind <> ''")
    sums: dict[str, Decimal] = {}
    for row in rows:
        sums[row.code] = sums.get(row.code, ZERO) + row.amount
    negative = [f"{code} {amount:,.2f}" for code, amount in sums.items() if amount < 0]
    return Finding(len(negative), _named(negative), reverse("trial_balance")) if negative else FINE


def profit(company: Company, period: Period) -> Finding:
    rows = [row for row in profit_and_loss(period) if row.amount]
    if not rows:
        return FINE
    names = _named([f"{row.code} {row.amount:,.2f}" for row in rows])
    return Finding(len(rows), names, blocks=_is_year_end(company, period) or None)


def pending_losses(company: Company, period: Period) -> Finding:
    """C21: 财产清查 must be dealt with before the year is closed."""
    rows = balances(period, accounts="a.code LIKE %(code)s", parameters={"code": f"{PENDING_LOSSES}%"})
    rows = [row for row in rows if row.amount]
    if not rows:
        return FINE
    names = _named([f"{row.code} {row.amount:,.2f}" for row in rows])
    return Finding(len(rows), names, f"{reverse('account_lines')}?account={PENDING_LOSSES}", needs_reason=True)


def year_transferred(company: Company, period: Period) -> Finding:
    rows = [*year_end.profit_of_year(company, period), *year_end.appropriations(company, period)]
    return Finding(len(rows), _named([f"{row.code} {row.amount:,.2f}" for row in rows])) if rows else FINE


def number_gaps(company: Company, period: Period) -> Finding:
    """Numbers 1…n of each word that no voucher of the period has."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT word, max(number) - count(*) AS missing FROM ledger_voucher
                WHERE company_id = %s AND period_id = %s GROUP BY word HAVING max(number) > count(*) ORDER BY word""",
            [company.pk, period.pk],
        )
        rows = cursor.fetchall()
    if not rows:
        return FINE
    return Finding(sum(missing for _word, missing in rows), _named([f"{word}: {missing}" for word, missing in rows]))


def _named(names: list[str]) -> str:
    return ", ".join(names[:NAMED]) + ("…" if len(names) > NAMED else "")
