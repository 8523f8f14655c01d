"""The smallest valid things, made through the services that make them in the product."""

import datetime as dt
from decimal import Decimal
from typing import Any

import factory

from erp.core.companies.models import Company
from erp.core.companies.setup import create_company
from erp.core.users.models import User
from inventory.documents.drafts import NewStockDocument, NewStockLine, create_document
from inventory.documents.models import DocumentKind, Reason, StockDocument
from inventory.items.models import Item, ItemCategory
from inventory.items.services import save_item
from inventory.warehouses.models import Warehouse
from inventory.warehouses.services import main_warehouse, save_warehouse
from sales.customers.models import Customer, CustomerGroup
from sales.customers.services import GENERAL, save_customer

FIRST = dt.date(2025, 1, 1)


class CompanyFactory(factory.django.DjangoModelFactory):
    """A company with everything that new companies get; its books begin in January 2025."""

    class Meta:
        model = Company

    code = factory.Sequence(lambda n: f"company{n}")
    name = "杭州礼遇贸易有限公司"
    first_period = FIRST

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Company:
        return create_company(**kwargs)


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"clerk{n}")


class ItemFactory(factory.django.DjangoModelFactory):
    """Goods, unless ``kind`` and ``category_code`` say otherwise."""

    class Meta:
        model = Item

    company = factory.SubFactory(CompanyFactory)
    code = factory.Sequence(lambda n: f"8512{n}A")
    name = "白色烛台"

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Item:
        category = ItemCategory.objects.get(company=kwargs["company"], code=kwargs.pop("category_code", "GOODS"))
        return save_item(Item(category=category, **kwargs), by=None)


class WarehouseFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Warehouse

    company = factory.SubFactory(CompanyFactory)
    code = factory.Sequence(lambda n: f"W{n}")
    name = factory.LazyAttribute(lambda row: f"仓库 {row.code}")

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Warehouse:
        return save_warehouse(Warehouse(**kwargs), by=None)


class CustomerFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Customer

    company = factory.SubFactory(CompanyFactory)
    code = factory.Sequence(lambda n: f"C{n}")
    name = "西湖礼品店"

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Customer:
        kwargs.setdefault("group", CustomerGroup.objects.get(company=kwargs["company"], code=GENERAL))
        return save_customer(Customer(**kwargs), by=None)


def stock_document(
    company: Company,
    kind: DocumentKind,
    *lines: tuple[Item, str] | tuple[Item, str, str | None],
    date: dt.date = FIRST,
    warehouse: Warehouse | None = None,
    reason: Reason | None = None,
    of_lines: dict[int, int] | None = None,
) -> StockDocument:
    """A draft with lines of (item, quantity[, unit cost]); ``of_lines``: position → delivered line that comes back."""
    defaults = {DocumentKind.OTHER_RECEIPT: Reason.FOUND, DocumentKind.OTHER_ISSUE: Reason.CONSUMPTION}
    return create_document(
        company,
        NewStockDocument(
            kind=kind,
            date=date,
            warehouse_id=(warehouse or main_warehouse(company)).pk,
            reason=reason if reason is not None else defaults.get(kind, Reason.NONE),
            lines=[
                NewStockLine(
                    item.pk,
                    Decimal(qty),
                    Decimal(cost[0]) if cost and cost[0] is not None else None,
                    of_line_id=(of_lines or {}).get(position),
                )
                for position, (item, qty, *cost) in enumerate(lines)
            ],
        ),
        by=None,
    )
