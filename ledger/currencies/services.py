"""Foreign currencies and their rates: enter, change, and which rate counts on a day.

A booking rate counts from its date on. A closing rate counts only in the month it is dated in: last month's rate
must not revalue this month's balances.
"""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import DomainError, InvalidValue, NotFound
from erp.core.money import rounded
from ledger.balances.models import AccountBalance, OpeningBalance
from ledger.currencies.models import Currency, ExchangeRate, RateKind
from ledger.periods.models import Period, PeriodStatus

# Code, name, English name of the currencies that most companies need.
USUAL = [
    ("USD", "美元", "US dollar"),
    ("EUR", "欧元", "Euro"),
    ("HKD", "港币", "Hong Kong dollar"),
    ("JPY", "日元", "Japanese yen"),
    ("GBP", "英镑", "Pound sterling"),
]
RATE_STEP = Decimal("0.00000001")


class BaseCurrency(DomainError):
    code = "base_currency"
    template = _("%(currency)s is the base currency of this company; only others are kept here.")


class CurrencyInUse(DomainError):
    code = "currency_in_use"
    template = _("%(currency)s has rates or balances. Disable it instead of deleting it.")


class RateIsFixed(DomainError):
    code = "rate_of_closed_period"
    template = _("The closing rate of %(date)s revalued a closed period. Reopen period %(period)s to change it.")


def install_usual(company: Company) -> int:
    """Add the usual currencies that are missing. Returns how many."""
    known = set(Currency.objects.filter(company=company).values_list("code", flat=True)) | {company.currency}
    missing = [
        Currency(company=company, code=code, name=name, name_en=name_en)
        for code, name, name_en in USUAL
        if code not in known
    ]
    Currency.objects.bulk_create(missing, ignore_conflicts=True)
    return len(missing)


def save_currency(
    company: Company, code: str, name: str, *, name_en: str = "", is_active: bool = True, currency: Any = None
) -> Currency:
    """Add a currency, or change ``currency`` (its code stays). Raises ``BaseCurrency``, ``InvalidValue``."""
    code = code.strip().upper()
    if code == company.currency:
        raise BaseCurrency(field="code", currency=code)
    if currency is None:
        if Currency.objects.filter(company=company, code=code).exists():
            raise InvalidValue(
                field="code", field_label=_("code"), value=code, cure=_("This currency is there already.")
            )
        currency = Currency(company=company, code=code)
        if not (len(code) == 3 and code.isascii() and code.isalpha()):
            raise InvalidValue(field="code", field_label=_("code"), value=code, cure=_("Give three letters, e.g. USD."))
    currency.name, currency.name_en, currency.is_active = name.strip(), name_en.strip(), is_active
    currency.save()
    return currency  # type: ignore[no-any-return]


def delete_currency(currency: Currency) -> None:
    """Delete a currency that nothing names. Raises ``CurrencyInUse``."""
    company_id, code = currency.company_id, currency.code
    used = (
        ExchangeRate.objects.filter(company_id=company_id, currency=currency).exists()
        or AccountBalance.objects.filter(company_id=company_id, currency=code).exists()
        or OpeningBalance.objects.filter(company_id=company_id, currency=code).exists()
    )
    if used:
        raise CurrencyInUse(currency=currency)
    currency.delete()


def set_rate(company: Company, code: str, kind: str, date: dt.date, rate: Decimal | str) -> ExchangeRate:
    """Enter the rate of a day, or change it. Raises ``NotFound``, ``InvalidValue``, ``RateIsFixed``."""
    try:
        value = Decimal(rate)
        value = rounded(value, RATE_STEP) if value.is_finite() else Decimal(0)
    except InvalidOperation:
        value = Decimal(0)
    if not value > 0:
        raise InvalidValue(
            field="rate", field_label=_("exchange rate"), value=rate, cure=_("Give a number above zero.")
        )
    if kind not in RateKind.values:
        raise InvalidValue(field="kind", field_label=_("kind"), value=kind, cure=", ".join(RateKind.values))
    with transaction.atomic():
        currency = Currency.objects.filter(company=company, code=code.upper()).first()
        if currency is None:
            raise NotFound(field="currency", what=_("Currency"), key=code)
        _refuse_closed(company, kind, date)
        row, _created = ExchangeRate.objects.update_or_create(
            company=company, currency=currency, kind=kind, date=date, defaults={"rate": value}
        )
    return row


def delete_rate(row: ExchangeRate) -> None:
    """Take a rate away. Raises ``RateIsFixed``."""
    with transaction.atomic():
        _refuse_closed(row.company, row.kind, row.date)
        row.delete()


def _refuse_closed(company: Company, kind: str, date: dt.date) -> None:
    if kind != RateKind.CLOSING:
        return
    closed = Period.objects.filter(company=company, start__lte=date, end__gte=date, status=PeriodStatus.CLOSED).first()
    if closed is not None:
        raise RateIsFixed(field="date", date=date, period=closed)


def rate_on(company: Company, code: str, date: dt.date, kind: str = RateKind.BOOKING) -> Decimal | None:
    """The rate of the currency on the day: the last row until then. None without one; 1 for the base currency."""
    if code in ("", company.currency):
        return Decimal(1)
    rows = ExchangeRate.objects.filter(company=company, currency__code=code, kind=kind, date__lte=date)
    return rows.order_by("-date").values_list("rate", flat=True).first()


def closing_rates(company: Company, codes: Iterable[str], period: Period) -> dict[str, Decimal]:
    """Closing rates of the currencies dated in the period (its last ones); currencies without one are left out."""
    rows = (
        ExchangeRate.objects.filter(
            company=company,
            kind=RateKind.CLOSING,
            currency__code__in=list(codes),
            date__gte=period.start,
            date__lte=period.end,
        )
        .order_by("date")
        .values_list("currency__code", "rate")
    )
    return dict(rows)
