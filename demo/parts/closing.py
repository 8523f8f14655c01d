"""Currencies with a year of month-end rates, and a transfer template of the company's own.

No period is closed here: the parts that follow may still enter opening balances, which end with the first closing.
"""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from erp.core.companies.models import Company, Standard
from erp.core.users.models import User
from ledger.accounts.models import Account
from ledger.closing.models import TransferSource, TransferTemplate
from ledger.closing.templates import TemplateHead, TemplateLine, save_template
from ledger.currencies.models import RateKind
from ledger.currencies.services import install_usual, set_rate
from ledger.periods.models import Period

# Invented rates near those of the years: base, and how far it wanders up and down over the months.
RATES = {
    "USD": (Decimal("7.0800"), Decimal("0.0125")),
    "EUR": (Decimal("7.6900"), Decimal("0.0210")),
    "HKD": (Decimal("0.9080"), Decimal("0.0016")),
    "JPY": (Decimal("0.0482"), Decimal("0.0003")),
    "GBP": (Decimal("8.9400"), Decimal("0.0240")),
}
WANDER = (0, 1, 3, 2, 0, -2, -1, 1, 2, 4, 3, 1)
STAMP_DUTY = "0.0003"  # purchase and sales contracts


def add(company: Company, users: Mapping[str, User], last_day: dt.date) -> None:
    """Safe to repeat."""
    install_usual(company)
    for period in Period.objects.filter(company=company, start__lte=last_day).order_by("start"):
        for code, (base, step) in RATES.items():
            set_rate(company, code, RateKind.BOOKING, period.start, base + step * WANDER[period.number - 1])
            set_rate(company, code, RateKind.CLOSING, period.end, base + step * WANDER[period.number % 12])
    _stamp_duty(company)


def _stamp_duty(company: Company) -> None:
    if TransferTemplate.objects.filter(company=company, code="stamp-duty").exists():
        return
    small = company.standard == Standard.SMALL
    expense, revenue = ("540308", "5001") if small else ("640308", "6001")
    accounts = dict(Account.objects.filter(company=company, code__in=(expense, "222121")).values_list("code", "id"))
    save_template(
        company,
        TemplateHead(code="stamp-duty", name="计提印花税", summary="计提购销合同印花税", sequence=25),
        [
            TemplateLine(accounts[expense], "debit", TransferSource.FORMULA, f"POS(TURN_C({revenue})) * {STAMP_DUTY}"),
            TemplateLine(accounts["222121"], "credit", TransferSource.REST),
        ],
    )
