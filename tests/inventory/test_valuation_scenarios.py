"""The published valuation scenarios of the moving average, through the services, to the cent."""

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from erp.core.errors import DomainError
from inventory.documents.confirm import create_confirmed
from inventory.documents.drafts import NewStockDocument, NewStockLine
from inventory.documents.models import DocumentKind, Reason, StockDocumentLine
from inventory.moves.models import StockBalance, StockMove
from tests.factories import CompanyFactory, ItemFactory, WarehouseFactory

SCENARIOS = json.loads((Path(__file__).parent / "scenarios" / "moving_average.json").read_text())["scenarios"]
KINDS = {
    "receipt": (DocumentKind.OTHER_RECEIPT, Reason.FOUND),
    "delivery": (DocumentKind.DELIVERY, Reason.NONE),
    "sales_return": (DocumentKind.SALES_RETURN, Reason.NONE),
    "issue": (DocumentKind.OTHER_ISSUE, Reason.CONSUMPTION),
}


@pytest.mark.django_db
@pytest.mark.parametrize("scenario", SCENARIOS, ids=[f"{s['id']} {s['title']}" for s in SCENARIOS])
def test_moving_average_scenario(scenario: dict[str, Any]) -> None:
    company = CompanyFactory()
    items = {row["code"]: ItemFactory(company=company, code=row["code"]) for row in scenario["setup"]["items"]}
    warehouses = {code: WarehouseFactory(company=company, code=code) for code in scenario["setup"]["warehouses"]}
    delivered: dict[str, list[int]] = {}
    refused = []
    for step in scenario["steps"]:
        kind, reason = KINDS[step["do"]]
        of = delivered.get(step.get("of", ""), [])
        document = NewStockDocument(
            kind,
            dt.date.fromisoformat(step["on"]),
            warehouses[step["lines"][0]["warehouse"]].pk,
            [
                NewStockLine(
                    items[line["item"]].pk,
                    Decimal(line["qty"]),
                    Decimal(line["unit_cost"]) if "unit_cost" in line else None,
                    of_line_id=of[position] if of else None,
                )
                for position, line in enumerate(step["lines"])
            ],
            reason,
        )
        (made,) = create_confirmed(company, [document], by=None, on_refusal="skip")
        if isinstance(made, DomainError):
            refused.append({"ref": step["ref"], "error": made.code})
            continue
        lines = StockDocumentLine.objects.filter(document=made).order_by("line_no")
        delivered[step["ref"]] = list(lines.values_list("id", flat=True))

    expected = scenario["expect"]
    assert refused == expected.get("refused", [])
    for row in expected["stock"]:
        balance = StockBalance.objects.get(
            company=company, item__code=row["item"], warehouse=warehouses[row["warehouse"]]
        )
        assert (balance.qty, balance.value) == (Decimal(row["qty"]), Decimal(row["value"]))
    moves = StockMove.objects.filter(company=company)
    of_sales = moves.filter(kind__in=[DocumentKind.DELIVERY, DocumentKind.SALES_RETURN])
    assert -sum(move.value for move in of_sales) == Decimal(expected["accounts"].get("cogs", "0"))
    assert sum(move.value for move in moves) == Decimal(expected["accounts"].get("stock", "0"))
