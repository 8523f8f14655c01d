"""What a company gets for its cash flow: the items of its standard's statement and the defaults of its accounts."""

import csv
from collections.abc import Iterator
from pathlib import Path

from erp.core.companies.models import Company, Standard
from ledger.cash_flow.assignment import backfill
from ledger.cash_flow.models import CashFlowDefault, CashFlowItem

DATA = Path(__file__).parent / "data"


def install(company: Company) -> None:
    """Add what is missing: items by code; the defaults only while the company has none (it may have removed some).

    Vouchers that were saved before there were defaults get their items, too.
    """
    items = install_items(company)
    if CashFlowDefault.objects.filter(company=company).exists():
        return
    CashFlowDefault.objects.bulk_create(
        [
            CashFlowDefault(
                company=company,
                account_prefix=row["account_prefix"],
                direction=row["direction"],
                item=items[row["item"]],
            )
            for row in rows_of("defaults", company)
        ]
    )
    backfill(company.pk)


def install_items(company: Company) -> dict[str, CashFlowItem]:
    """The items by code, after adding those that are missing."""
    known = set(CashFlowItem.objects.filter(company=company).values_list("code", flat=True))
    CashFlowItem.objects.bulk_create(
        [
            CashFlowItem(
                company=company,
                code=row["code"],
                name=row["name_zh"],
                name_en=row["name_en"],
                section=row["section"],
                flow=row["flow"],
                sequence=int(row["code"]),
            )
            for row in rows_of("items", company)
            if row["code"] not in known
        ]
    )
    return {item.code: item for item in CashFlowItem.objects.filter(company=company)}


def rows_of(kind: str, company: Company) -> Iterator[dict[str, str]]:
    """Rows of the file ``kind`` (items or defaults) of the company's standard."""
    form = "small" if company.standard == Standard.SMALL else "enterprise"
    with (DATA / f"{kind}_{form}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
