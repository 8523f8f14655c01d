"""Read customers in bulk."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from erp.core.errors import NotFound
from inventory.documents.parties import Party
from sales.customers.models import Customer


class CustomerFacts(NamedTuple):
    """``value_id`` and ``group_value_id`` are the customer's and its group's values in the ledger's dimensions."""

    code: str
    name: str
    region: str
    value_id: int
    group_value_id: int

    @property
    def facts(self) -> dict[str, int | str]:
        return {"customer": self.value_id, "customer_group": self.group_value_id}


_FIELDS = ("code", "name", "region", "dimension_value_id", "group__dimension_value_id")


def customer_facts(company_id: int, customer_ids: Iterable[int]) -> dict[int, CustomerFacts]:
    """Customer id → facts, one statement. Raises ``NotFound`` for an id that is not this company's."""
    wanted = set(customer_ids)
    rows = Customer.objects.filter(company_id=company_id, pk__in=wanted).order_by()
    found = {pk: CustomerFacts(*rest) for pk, *rest in rows.values_list("id", *_FIELDS)}
    if missing := wanted - found.keys():
        raise NotFound(what=Customer._meta.verbose_name, key=min(missing))
    return found


def parties(company_id: int, value_ids: Collection[int]) -> dict[int, Party]:
    """What a customer on a stock document means to posting rules, by its dimension value."""
    rows = Customer.objects.filter(company_id=company_id, dimension_value_id__in=value_ids).order_by()
    found = (CustomerFacts(*row) for row in rows.values_list(*_FIELDS))
    return {facts.value_id: Party(facts.name, facts.facts) for facts in found}
