"""Work in hand for the demo company: vouchers that wait for review or posting, a draft order, a draft issue; and
what each part of the ledger shows (``demo.parts``).

Nothing here is posted: the books hold exactly what the sales file makes.
"""

import datetime as dt
import pkgutil
from collections.abc import Mapping
from decimal import Decimal
from importlib import import_module

from django.db import transaction

from demo import parts
from erp.core.access.permissions import Role
from erp.core.companies.models import Company
from erp.core.users.models import User
from inventory.documents.drafts import NewStockDocument, NewStockLine, create_document
from inventory.documents.models import DocumentKind, Reason
from inventory.moves.models import StockBalance
from inventory.warehouses.services import main_warehouse
from ledger.accounts.models import Account
from ledger.dimensions.models import DimensionValue
from ledger.vouchers.checks import LineInput
from ledger.vouchers.models import Voucher, VoucherKind
from ledger.vouchers.services import create_voucher, review_many
from sales.customers.models import Customer
from sales.orders.services import NewOrder, NewOrderLine, create_order

# (summary, debit account, department, credit account, amount); those with True are reviewed already
VOUCHERS = [
    ("支付仓库租金", "560111", "SALES", "100201", Decimal("12800.00"), True),
    ("提取备用金", "1001", None, "100201", Decimal("5000.00"), True),
    ("报销差旅费", "560107", "SALES", "1001", Decimal("1386.50"), False),
    ("支付展会宣传费", "560104", "SALES", "100201", Decimal("6200.00"), False),
]


@transaction.atomic
def add_extras(company: Company, users: Mapping[str, User], date: dt.date) -> None:
    """Add the work in hand unless it is there already."""
    if Voucher.objects.filter(company=company, kind=VoucherKind.MANUAL).exists():
        return
    _work_in_hand(company, users, date)
    for module in sorted(module.name for module in pkgutil.iter_modules(parts.__path__)):
        import_module(f"{parts.__name__}.{module}").add(company, users, date)


def _work_in_hand(company: Company, users: Mapping[str, User], date: dt.date) -> None:
    _vouchers(company, users, date)
    balances = list(
        StockBalance.objects.filter(company=company, qty__gte=6).select_related("item").order_by("-value")[:4]
    )
    customer = Customer.objects.filter(company=company, is_cash=False).order_by("code").first()
    if not balances or customer is None:
        return
    create_order(
        company,
        NewOrder(
            customer_id=customer.pk,
            date=date,
            lines=[
                NewOrderLine(one.item_id, Decimal(3), (one.value / one.qty * 2).quantize(Decimal("0.01")))
                for one in balances
            ],
            note="客户电话订货,待确认",
        ),
        by=users[Role.SALES],
    )
    create_document(
        company,
        NewStockDocument(
            kind=DocumentKind.OTHER_ISSUE,
            date=date,
            warehouse_id=main_warehouse(company).pk,
            lines=[NewStockLine(one.item_id, Decimal(2)) for one in balances[:2]],
            reason=Reason.SAMPLE,
            note="展会样品",
        ),
        by=users[Role.WAREHOUSE],
    )


def _vouchers(company: Company, users: Mapping[str, User], date: dt.date) -> None:
    accounts = dict(Account.objects.filter(company=company).values_list("code", "id"))
    departments = {
        code: (type_id, value_id)
        for code, type_id, value_id in DimensionValue.objects.filter(
            company=company, dimension_type__code="department"
        ).values_list("code", "dimension_type_id", "id")
    }
    reviewed = []
    for summary, debit, department, credit, amount, is_reviewed in VOUCHERS:
        voucher = create_voucher(
            company,
            date,
            None,
            [
                LineInput(
                    summary,
                    accounts[debit],
                    debit=amount,
                    dimensions=(departments[department],) if department else (),
                ),
                LineInput(summary, accounts[credit], credit=amount),
            ],
            by=users[Role.ACCOUNTANT],
            attachments=1,
        )
        if is_reviewed:
            reviewed.append(voucher.pk)
    review_many(company.pk, reviewed, by=users[Role.REVIEWER])
