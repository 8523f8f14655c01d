"""What look-ups of the entry grid find: accounts, values, currencies with rates, settlement methods, balances."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from django.db import connection
from django.db.models import Q

from erp.core.companies.models import Company
from erp.core.money import ZERO
from ledger.accounts.models import Account, AccountDimension
from ledger.cash_flow.models import CashFlowItem
from ledger.currencies.models import Currency, ExchangeRate, RateKind
from ledger.dimensions.models import DimensionValue
from ledger.vouchers.models import VoucherLine

# 支付结算办法: what banks and people call the ways to pay.
SETTLEMENT_METHODS = (
    "现金",
    "转账支票",
    "现金支票",
    "电汇",
    "网银转账",
    "银行汇票",
    "银行承兑汇票",
    "商业承兑汇票",
    "托收承付",
    "委托收款",
    "信用证",
    "支付宝",
    "微信",
)


def find_accounts(company: Company, text: str, *, with_control: bool, limit: int = 15) -> list[Account]:
    """Leaf accounts whose code begins with the text, or whose code, name or pinyin contains it. One statement."""
    wanted = text.strip().lower()
    accounts = Account.objects.filter(company=company, is_leaf=True, is_active=True).select_related("parent")
    if not with_control:
        accounts = accounts.filter(is_control=False)
    if wanted.isdigit():
        accounts = accounts.filter(code__startswith=wanted)
    else:
        accounts = accounts.filter(Q(search_key__icontains=wanted) | Q(name_en__icontains=wanted))
    return list(accounts.order_by("code")[:limit])


def find_values(
    company: Company, text: str, *, account_id: int | None = None, type_id: int | None = None, limit: int = 15
) -> list[DimensionValue]:
    """Active values by code, name or pinyin: of one dimension, or of the dimensions of an account. One statement."""
    values = DimensionValue.objects.filter(company=company, is_active=True).select_related("dimension_type")
    if type_id is not None:
        values = values.filter(dimension_type=type_id)
    elif account_id is not None:
        types = AccountDimension.objects.filter(company=company, account=account_id)
        values = values.filter(dimension_type__in=types.values("dimension_type"))
    wanted = text.strip()
    if wanted:
        values = values.filter(Q(search_key__icontains=wanted.lower()) | Q(code__istartswith=wanted))
    return list(values.order_by("dimension_type_id", "code")[:limit])


def find_currencies(company: Company, text: str, limit: int = 15) -> list[Currency]:
    """Foreign currencies in use whose code begins with the text or whose name contains it. One statement."""
    wanted = text.strip()
    found = Currency.objects.filter(company=company, is_active=True)
    if wanted:
        found = found.filter(
            Q(code__istartswith=wanted.split()[0]) | Q(name__icontains=wanted) | Q(name_en__icontains=wanted)
        )
    return list(found.order_by("code")[:limit])


def booking_rates(company: Company, codes: Iterable[str], date: dt.date) -> dict[str, Decimal]:
    """Currency → its latest booking rate on or before the date. One statement."""
    rates = (
        ExchangeRate.objects.filter(
            company=company, currency__code__in=list(codes), kind=RateKind.BOOKING, date__lte=date
        )
        .order_by("currency_id", "-date")
        .distinct("currency_id")
    )
    return dict(rates.values_list("currency__code", "rate"))


def settlement_methods(company: Company, text: str, limit: int = 20) -> list[str]:
    """The usual methods, then others that the company's last lines used."""
    recent = (
        VoucherLine.objects.filter(company=company)
        .exclude(settlement_method="")
        .order_by("-id")
        .values_list("settlement_method", flat=True)[:200]
    )
    wanted = text.strip()
    return [name for name in dict.fromkeys([*SETTLEMENT_METHODS, *recent]) if wanted in name][:limit]


def find_cash_flow_items(company: Company, text: str) -> list[CashFlowItem]:
    """Items in use by code or name. One statement."""
    wanted = text.strip()
    found = CashFlowItem.objects.filter(company=company, is_active=True)
    if wanted:
        found = found.filter(
            Q(code__istartswith=wanted.split()[0]) | Q(name__icontains=wanted) | Q(name_en__icontains=wanted)
        )
    return list(found.order_by("sequence", "code"))


def latest_balance(company: Company, account_id: int) -> tuple[Decimal, Decimal]:
    """The account's balance in base currency, debit less credit: posted, and what drafts and reviewed vouchers add."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT (SELECT COALESCE(SUM(debit - credit), 0) FROM ledger_openingbalance
                        WHERE company_id = %(company)s AND account_id = %(account)s)
                    + (SELECT COALESCE(SUM(debit - credit), 0) FROM ledger_accountbalance
                        WHERE company_id = %(company)s AND account_id = %(account)s),
                      (SELECT COALESCE(SUM(l.debit - l.credit), 0) FROM ledger_voucherline l
                         JOIN ledger_voucher v ON v.id = l.voucher_id AND v.company_id = l.company_id
                        WHERE v.company_id = %(company)s AND v.status IN ('draft', 'reviewed')
                          AND l.account_id = %(account)s)""",
            {"company": company.pk, "account": account_id},
        )
        posted, waiting = cursor.fetchone()
    return posted + ZERO, waiting + ZERO
