"""Summaries that are typed often, a voucher template with its amounts, and a rent that recurs every month."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from erp.core.access.permissions import Role
from erp.core.companies.models import Company
from erp.core.users.models import User
from ledger.accounts.models import Account, AccountDimension
from ledger.dimensions.models import DimensionValue
from ledger.entry_aids import phrases, recurring, templates
from ledger.entry_aids.models import RecurringVoucher, SummaryPhrase, VoucherTemplate
from ledger.vouchers.checks import LineInput

PHRASES = {
    "01": "提取备用金",
    "02": "支付办公室房租",
    "03": "支付快递运费",
    "04": "支付平台服务费",
    "05": "计提本月工资",
    "06": "发放上月工资",
    "07": "报销差旅费",
    "08": "支付银行手续费",
    "09": "缴纳增值税及附加",
    "10": "购买办公用品",
}
RENT = Decimal("8000.00")


def add(company: Company, users: Mapping[str, User], last_day: dt.date) -> None:
    """Safe to repeat."""
    known = set(SummaryPhrase.objects.filter(company=company).values_list("text", flat=True))
    for code, text in PHRASES.items():
        if text not in known:
            phrases.save(company, text, code)
    template = VoucherTemplate.objects.filter(company=company, code="M01").first()
    if template is None:
        template = templates.save(
            company, "每月房租", _rent(company), by=users[Role.ACCOUNTANT], code="M01", category="月末"
        )
    if not RecurringVoucher.objects.filter(company=company, name="办公室房租").exists():
        month = last_day.replace(day=1)
        recurring.save(company, template_id=template.pk, name="办公室房租", first_month=month, day=25)


def _rent(company: Company) -> list[LineInput]:
    """Rent of the selling department, paid from the bank."""
    rent = Account.objects.filter(company=company, name="租赁费", is_leaf=True).order_by("code").first()
    bank = Account.objects.filter(company=company, cash_kind="bank", is_leaf=True).order_by("code")[0]
    expense = rent or Account.objects.filter(company=company, name="办公费", is_leaf=True).order_by("code")[0]
    needed = AccountDimension.objects.filter(company=company, account=expense, is_required=True)
    pairs = []
    for row in needed.order_by("dimension_type_id"):
        value = DimensionValue.objects.filter(company=company, dimension_type=row.dimension_type_id).order_by("code")[0]
        pairs.append((row.dimension_type_id, value.pk))
    return [
        LineInput("支付办公室房租", expense.pk, debit=RENT, dimensions=tuple(pairs)),
        LineInput("支付办公室房租", bank.pk, credit=RENT),
    ]
