"""The company in which scenarios run: made once for all of them, then each scenario fills it and is rolled back.

Accounts that the files tell apart must be apart in the books: the contra of cost adjustments and goods on the way
lead to accounts of their own here.
"""

import datetime as dt
import uuid
from collections.abc import Sequence

from erp.core.companies.models import Company
from erp.core.companies.setup import create_company
from inventory.items.models import Item, ItemCategory, Tracking
from inventory.items.services import save_item
from inventory.preferences import preferences_of
from inventory.scenarios.files import Scenario
from inventory.scenarios.steps import World
from inventory.suppliers.models import Supplier
from inventory.suppliers.services import save_supplier
from inventory.warehouses.models import Warehouse, WarehouseKind
from inventory.warehouses.services import save_warehouse
from ledger.accounts.models import Account
from ledger.periods.services import ensure_year
from ledger.posting.mappings import save_mapping
from ledger.posting.models import AccountMapping

OWN_ACCOUNTS = {"stock_in_transit": "140202", "cost_adjustment_contra": "540201"}


def make_company(scenarios: Sequence[Scenario]) -> Company:
    """A company whose periods hold every date of the scenarios."""
    days = [step.on for scenario in scenarios for step in scenario.steps] or [dt.date.today()]
    company = create_company(
        f"scenario-{uuid.uuid4().hex[:8]}", "情景测试公司", first_period=min(days).replace(month=1, day=1)
    )
    ensure_year(company, max(days).year)
    preferences = preferences_of(company)
    preferences.count_in_one_step = True
    preferences.save()
    for key, account in OWN_ACCOUNTS.items():
        _map(company, key, account)
    return company


def _map(company: Company, key: str, code: str) -> None:
    account = Account.objects.get(company=company, code=code)
    for mapping in AccountMapping.objects.filter(company=company, key__code=key, is_active=True):
        save_mapping(company.pk, mapping.key_id, account.pk, [], replaces=mapping)


def furnish(company: Company, scenario: Scenario) -> World:
    """Give the company the masters of one scenario."""
    Company.objects.filter(pk=company.pk).update(cost_pool=scenario.cost_pool)
    company.refresh_from_db()
    category = ItemCategory.objects.get(company=company, code="GOODS")
    with_lots = {line.item for step in scenario.steps for line in step.lines if line.lot}
    return World(
        company=company,
        scenario=scenario,
        items={
            row.code: save_item(
                Item(
                    company=company,
                    category=category,
                    code=row.code,
                    name=row.code,
                    cost_method=row.method,
                    standard_cost=row.standard_cost,
                    tracking=Tracking.LOT if row.method == "specific" or row.code in with_lots else Tracking.NONE,
                    may_go_negative=scenario.allow_negative,
                ),
                by=None,
            )
            for row in scenario.items
        },
        warehouses={
            code: save_warehouse(
                Warehouse(
                    company=company,
                    code=code,
                    name=code,
                    kind=WarehouseKind.TRANSIT if code in scenario.transit else WarehouseKind.STOCK,
                ),
                by=None,
            )
            for code in dict.fromkeys([*scenario.warehouses, *scenario.transit])
        },
        supplier=save_supplier(Supplier(company=company, code="S", name="供应商"), by=None),
    )
