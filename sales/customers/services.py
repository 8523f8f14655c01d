"""Keep customers and their groups, each with its value in the ledger's dimensions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from erp.core.companies.models import Company
from erp.core.errors import NotFound
from erp.core.pinyin import search_key
from inventory.items.services import follow_value, refuse_circle
from ledger.dimensions.models import DimensionValue
from ledger.dimensions.services import ValueRow, ensure_values
from ledger.dimensions.trees import ensure_tree
from sales.customers.models import Customer, CustomerGroup

CASH = "CASH"
GENERAL = "GENERAL"
_BATCH = 2_000


@dataclass(frozen=True, slots=True)
class NewGroup:
    code: str
    name: str
    parent_code: str | None = None


@dataclass(frozen=True, slots=True)
class NewCustomer:
    code: str
    name: str
    group_code: str = GENERAL
    region: str = ""
    is_cash: bool = False


def ensure_groups(company: Company, rows: Iterable[NewGroup]) -> dict[str, int]:
    """Make the groups that are missing (parents first); code → id for all given."""
    return ensure_tree(company, CustomerGroup, "customer_group", rows)


@transaction.atomic
def ensure_customers(company: Company, rows: Iterable[NewCustomer]) -> dict[str, int]:
    """Make the customers that are missing, in bulk; code → id for all given. Raises ``NotFound`` for a group."""
    wanted = list({row.code: row for row in rows}.values())
    codes = [row.code for row in wanted]
    known = _known(company, codes)
    missing = sorted((row for row in wanted if row.code not in known), key=lambda row: row.code)
    if missing:
        groups = dict(CustomerGroup.objects.filter(company=company).values_list("code", "id"))
        if unknown := next((row for row in missing if row.group_code not in groups), None):
            raise NotFound(what=CustomerGroup._meta.verbose_name, key=unknown.group_code)
        values = ensure_values(company.pk, "customer", [ValueRow(row.code, row.name) for row in missing])
        Customer.objects.bulk_create(
            [
                Customer(
                    company=company,
                    code=row.code,
                    name=row.name,
                    group_id=groups[row.group_code],
                    region=row.region,
                    is_cash=row.is_cash,
                    search_key=search_key(row.code, row.name)[:400],
                    dimension_value_id=values[row.code],
                )
                for row in missing
            ],
            batch_size=_BATCH,
            ignore_conflicts=True,
        )
        known |= _known(company, [row.code for row in missing])
    return {code: known[code] for code in codes}


def _known(company: Company, codes: Sequence[str]) -> dict[str, int]:
    return dict(Customer.objects.filter(company=company, code__in=codes).values_list("code", "id"))


def cash_customer(company: Company) -> Customer:
    """The collective customer of sales without a name."""
    return Customer.objects.get(company=company, code=CASH)


@transaction.atomic
def save_customer(customer: Customer, *, by: Any) -> Customer:
    """Save one customer from a form or the admin; its dimension value follows its code and name."""
    customer.search_key = search_key(customer.code, customer.name)[:400]
    customer.dimension_value_id = follow_value(
        customer.company_id, "customer", customer.dimension_value_id, customer.code, customer.name
    )
    customer.save()
    return customer


@transaction.atomic
def save_group(group: CustomerGroup, *, by: Any) -> CustomerGroup:
    """Save one group; its dimension value follows, below its parent's. Raises ``BelowItself``."""
    refuse_circle(group)
    group.dimension_value_id = follow_value(
        group.company_id, "customer_group", group.dimension_value_id, group.code, group.name
    )
    parent = group.parent.dimension_value_id if group.parent is not None else None
    DimensionValue.objects.filter(pk=group.dimension_value_id).exclude(parent_id=parent).update(parent_id=parent)
    group.save()
    return group
