"""Two counts of the main warehouse: one confirmed, its gain and a loss decided on, one still going on; and goods set
aside for customers."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from erp.core.access.permissions import Role
from erp.core.companies.models import Company
from erp.core.users.models import User
from inventory.availability.services import reserve_by_hand
from inventory.counts.disposals import NewDisposal, dispose
from inventory.counts.entry import CountedRow, enter
from inventory.counts.models import StockCount
from inventory.counts.services import confirm_count, start_count
from inventory.documents.models import Reason
from inventory.moves.models import StockBalance
from inventory.warehouses.services import main_warehouse
from ledger.dimensions.services import ValueRow, ensure_values

DONE, GOING_ON, COUNTED = 24, 60, 38
# Position among the items counted → difference and its reason; the rest is what the books say.
DIFFERENCES: dict[int, tuple[int, Reason]] = {
    2: (3, Reason.NONE),
    7: (-2, Reason.NATURAL_LOSS),
    11: (-5, Reason.MISMANAGEMENT),
    18: (1, Reason.NONE),
}
IN_PROGRESS: dict[int, int] = {4: -1, 9: 2, 21: -3, 30: 1}
SET_ASIDE = (("张女士上门自提", 4), ("展会预留", 6))


def add(company: Company, users: Mapping[str, User], last_day: dt.date) -> None:
    """Once: nothing happens where something was counted already, or where there is too little to count."""
    if StockCount.objects.filter(company=company).exists():
        return
    warehouse = main_warehouse(company)
    found = StockBalance.objects.filter(company=company, warehouse=warehouse, qty__gte=20, item__tracking="")
    balances = list(found.select_related("item").order_by("-value", "item__code")[: DONE + GOING_ON])
    if len(balances) < DONE + COUNTED:
        return
    _confirmed(company, users, balances[:DONE], last_day)
    _going_on(company, users, balances[DONE:], last_day)
    for balance, (purpose, qty) in zip(balances, SET_ASIDE, strict=False):
        reserve_by_hand(company, balance.item_id, warehouse.pk, Decimal(qty), by=users[Role.WAREHOUSE], purpose=purpose)


def _confirmed(company: Company, users: Mapping[str, User], balances: list[StockBalance], day: dt.date) -> None:
    keeper, accountant = users[Role.WAREHOUSE], users[Role.ACCOUNTANT]
    count = start_count(
        company,
        balances[0].warehouse_id,
        date=day,
        items=[one.item_id for one in balances],
        note="高价值商品月末抽盘",
        by=keeper,
    )
    rows = []
    for place, one in enumerate(balances):
        difference, reason = DIFFERENCES.get(place, (0, Reason.NONE))
        rows.append(CountedRow(one.qty + difference, item=one.item.code, reason=str(reason)))
    enter(company, count.pk, rows, by=keeper)
    count = confirm_count(company, count.pk, by=keeper)
    employee = ensure_values(company.pk, "employee", [ValueRow("CK001", "赵卫东")])["CK001"]
    if count.gain_id is not None:
        dispose(company, NewDisposal(count.gain_id, date=day, note="经批准转营业外收入"), by=accountant)
    if count.loss_id is not None:
        # The reasonable shrinkage is left to be decided on.
        dispose(
            company,
            NewDisposal(
                count.loss_id,
                str(Reason.MISMANAGEMENT),
                claim=Decimal("5.00"),
                employee_id=employee,
                date=day,
                note="保管不善,责任人赔偿5元",
            ),
            by=accountant,
        )


def _going_on(company: Company, users: Mapping[str, User], balances: list[StockBalance], day: dt.date) -> None:
    clerk = users[Role.WAREHOUSE]
    count = start_count(
        company,
        balances[0].warehouse_id,
        date=day,
        items=[one.item_id for one in balances],
        note="A区货架循环盘点",
        by=clerk,
    )
    rows = [
        CountedRow(one.qty + IN_PROGRESS.get(place, 0), item=one.item.code)
        for place, one in enumerate(balances[:COUNTED])
    ]
    enter(company, count.pk, rows, by=clerk)
