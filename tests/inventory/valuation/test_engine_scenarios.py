"""The published scenarios, driven through the pure engine: stock, cost of each document and the ledger's stock side."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.inventory.valuation.books import Books, cents, money

FOLDER = Path(__file__).parents[3] / "inventory" / "scenarios"
PLAIN = json.loads((FOLDER / "valuation.json").read_text())["scenarios"]
PEERS = json.loads((FOLDER / "valuation_peers.json").read_text())["scenarios"]

# Orders, customers' invoices and payments post nothing to stock; what they refuse is not the engine's to say.
NOT_STOCK = {"over_delivery", "not_invoiced", "more_than_open"}


def _quantity(millionths: int) -> Decimal:
    return Decimal(millionths).scaleb(-6)


@pytest.mark.parametrize("scenario", PLAIN, ids=[f"{s['id']} {s['title']}" for s in PLAIN])
def test_published_scenario(scenario: dict[str, Any]) -> None:
    books = Books(scenario["setup"])
    refused = [{"ref": step["ref"], "error": error} for step in scenario["steps"] if (error := books.enter(step))]
    expected = scenario["expect"]
    assert refused == expected.get("refused", [])
    for row in expected["stock"]:
        qty, value = books.stock(row["item"], row["warehouse"])
        assert _quantity(qty) == Decimal(row["qty"]), row
        if "value" in row:
            assert money(value) == row["value"], row
    for row in expected["total"]:
        qty, value = books.stock(row["item"])
        assert (_quantity(qty), money(value)) == (Decimal(row["qty"]), row["value"]), row
    assert books.accounts() == {key: cents(balance) for key, balance in expected["accounts"].items()}


@pytest.mark.parametrize("scenario", PEERS, ids=[f"{s['id']} {s['title']}" for s in PEERS])
def test_scenario_of_the_peers(scenario: dict[str, Any]) -> None:
    books = Books(scenario["setup"])
    steps = scenario["steps"]
    expectations: dict[str, list[dict[str, Any]]] = {}
    for expected in scenario["expect"]:
        after = steps[-1]["ref"] if expected["after"] == "end" else expected["after"]
        expectations.setdefault(after, []).append(expected)
    refusals = {
        (steps[-1]["ref"] if e["after"] == "end" else e["after"]): e["error"]
        for e in scenario["expect"]
        if "error" in e
    }
    for step in steps:
        if refusals.get(step["ref"]) in NOT_STOCK or (
            step["ref"] in refusals and step["do"] in ("invoice", "payment", "cancel")
        ):
            error = refusals[step["ref"]]
        else:
            error = books.enter(step)
        assert error == refusals.get(step["ref"]), step
        for expected in expectations.get(step["ref"], []):
            _compare(books, expected)


def _compare(books: Books, expected: dict[str, Any]) -> None:
    if "as_of" in expected:
        books.value(expected["as_of"])
    for row in expected.get("stock", []):
        qty, value = books.stock(row["item"], None if row["warehouse"] == "*" else row["warehouse"])
        assert _quantity(qty) == Decimal(row["qty"]), (expected["after"], row)
        if "value" in row:
            assert money(value) == row["value"], (expected["after"], row)
    for row in expected.get("costs", []):
        assert money(books.document(row["ref"])) == row["value"], (expected["after"], row)
    if "gl" in expected:
        balances = books.accounts()
        ledger = {row["account"]: cents(row["debit"]) - cents(row["credit"]) for row in expected["gl"]}
        for account in ("stock", "cogs", "price_variance", "inventory_gain", "inventory_loss", "landed_cost_clearing"):
            transit = ledger.get("in_transit", 0) if account == "stock" else 0
            assert balances.get(account, 0) == ledger.get(account, 0) + transit, (expected["after"], account)
    if "as_of" in expected:
        books.value()
