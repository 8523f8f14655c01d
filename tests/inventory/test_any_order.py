"""Documents that come in at random, many dated back: after each one the books hold, and at the end everything is as if
the documents that count had come in the order of their dates."""

import datetime as dt
import os
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from erp.core.companies.models import Company
from inventory import verify, verify_balances
from inventory.scenarios import compare, months
from inventory.scenarios.company import furnish, make_company
from inventory.scenarios.files import Line, NewItem, Scenario, Step
from inventory.scenarios.runner import prepare, try_step
from inventory.scenarios.steps import World

DAYS = [dt.date(2024, 1, day) for day in (3, 5, 8, 12, 20, 28)] + [dt.date(2024, 2, day) for day in (2, 9)]
WAREHOUSES = ["W1", "W2"]

# Each step is a handful of numbers, so that a failing run shrinks: what, when, how much, at what price, of which.
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["receipt"] * 5
            + ["delivery"] * 4
            + ["transfer"] * 2
            + ["sales_return"] * 2
            + ["purchase_return", "landed_cost", "cost_adjustment", "issue", "count_gain", "count_loss", "assembly"]
            + ["standard_price_change"]
            + ["cancel"] * 2
        ),
        st.integers(0, len(DAYS) - 1),
        st.integers(1, 12),
        st.integers(1, 999),
        st.integers(0, 7),
    ),
    min_size=3,
    max_size=11,
)
EXAMPLES = int(os.environ.get("ANY_ORDER_EXAMPLES", "4"))
KINDS = [
    ("moving_average", "warehouse", False),
    ("moving_average", "company", False),
    ("moving_average", "warehouse", True),
    ("fifo", "warehouse", False),
    ("fifo", "company", False),
    ("fifo", "warehouse", True),
    ("specific", "warehouse", False),
    ("standard", "warehouse", False),
    ("monthly_average", "company", False),
]


@pytest.fixture(scope="module")
def template(django_db_setup: Any, django_db_blocker: Any) -> Iterator[Company]:
    """A company whose every run is rolled back."""
    with django_db_blocker.unblock():
        atomic = transaction.atomic()
        atomic.__enter__()
        prepare()
        days = [Step(day, "receipt", "R") for day in DAYS]
        yield make_company([_scenario("moving_average", "warehouse", False, days)])
        transaction.set_rollback(True)
        atomic.__exit__(None, None, None)


def _scenario(method: str, pool: str, negative: bool, steps: list[Step]) -> Scenario:
    standard = Decimal("4.20") if method == "standard" else None
    items = [NewItem(code, method, standard) for code in "AB"]
    return Scenario("any order", "", pool, WAREHOUSES, [], negative, items, steps, [], {})


def _steps(rows: list[tuple[str, int, int, int, int]], method: str) -> list[Step]:
    """Numbers as steps. Those that name another take one that is there, and count on its day or later."""
    made: list[Step] = []
    for number, (kind, day, qty, price, choice) in enumerate(rows):
        item, here = "AB"[choice % 2], WAREHOUSES[choice // 2 % 2]
        there = WAREHOUSES[1 - choice // 2 % 2]
        lot = f"L{price % 2}" if method == "specific" else ""
        step = Step(DAYS[day], kind, f"{kind}{number}")
        line = Line(item, here, lot=lot, qty=Decimal(qty))
        wanted = {
            "sales_return": ("delivery",), "purchase_return": ("receipt",), "landed_cost": ("receipt",),
            "cancel": ("receipt", "delivery", "issue", "transfer", "sales_return", "purchase_return", "landed_cost",
                       "cost_adjustment", "count_gain", "count_loss", "assembly",
                       "standard_price_change"),
        }.get(kind)  # fmt: skip
        if wanted:
            found = [row for row in made if row.do in wanted]
            if not found:
                continue
            original = found[price % len(found)]
            step.of, step.on = original.ref, max(step.on, original.on)
            if original.lines and kind.endswith("return"):
                line = Line(
                    original.lines[0].item, original.lines[0].warehouse, lot=original.lines[0].lot, qty=Decimal(qty)
                )
        if kind in ("receipt", "count_gain"):
            line.unit_cost = Decimal(price) / 100
        elif kind == "transfer":
            line.to_warehouse = there
        elif kind == "landed_cost":
            step.amount = Decimal(price) / 100
        elif kind == "cost_adjustment":
            line.qty, line.amount = Decimal(0), Decimal(price - 300) / 100 or Decimal(1)
        if kind == "assembly":
            line.role = "consumed"
            product = Line("BA"[choice % 2], here, lot=lot, qty=Decimal(qty), role="produced")
            step.amount = Decimal(price) / 100
            step.lines = [line, product]
        elif kind == "standard_price_change":
            if method != "standard":
                continue
            step.lines = [Line(item, standard_cost=Decimal(price) / 100)]
        elif kind not in ("landed_cost", "cancel"):
            step.lines = [line]
        made.append(step)
    return made


@pytest.mark.parametrize(("method", "pool", "negative"), KINDS)
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(rows=STEPS)
def test_any_order_of_arrival_costs_the_same(
    template: Company, django_db_blocker: Any, method: str, pool: str, negative: bool, rows: list[Any]
) -> None:
    with django_db_blocker.unblock():
        _costs_the_same(template, method, pool, negative, rows)


MIXED = [
    ("receipt", 2, 10, 500, 0), ("delivery", 4, 6, 1, 0), ("sales_return", 5, 3, 1, 0), ("receipt", 0, 4, 900, 0),
    ("transfer", 3, 5, 1, 0), ("landed_cost", 5, 1, 333, 0), ("purchase_return", 5, 2, 1, 0),
    ("delivery", 1, 2, 1, 0), ("cost_adjustment", 4, 1, 410, 2), ("assembly", 5, 2, 77, 2), ("cancel", 0, 1, 1, 0),
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "pool", "negative"), KINDS)
def test_a_mixed_run_costs_the_same_in_order_of_date(method: str, pool: str, negative: bool) -> None:
    prepare()
    company = make_company([_scenario(method, pool, negative, [Step(day, "receipt", "R") for day in DAYS])])
    _costs_the_same(company, method, pool, negative, MIXED)


def _costs_the_same(template: Company, method: str, pool: str, negative: bool, rows: list[Any]) -> None:
    steps = _steps(rows, method)
    first, counting = _run(template, _scenario(method, pool, negative, steps), steps, look=True)
    in_order = sorted(counting, key=lambda step: step.on)  # one day's stay in the order of their entry
    second, accepted = _run(template, _scenario(method, pool, negative, steps), in_order, look=False)
    assert [step.ref for step in accepted] == [step.ref for step in in_order]
    assert first == second


def _run(template: Company, scenario: Scenario, steps: list[Step], *, look: bool) -> tuple[dict[str, Any], list[Step]]:
    """Enter the steps (and look at the books after each); return how it ends and which steps count at the end."""
    if not scenario.steps:
        return {}, []
    counting: dict[str, Step] = {}
    with transaction.atomic():
        world = furnish(template, scenario)
        for number, step in enumerate(steps):
            if step.do == "cancel" and step.of not in world.made:
                continue
            # Every other step finds the one before it posted, the others find it waiting.
            code, _sentence = try_step(world, step, settle=bool(number % 2) and look)
            assert not look or not (broken := _broken(world)), (step, code, broken)
            if code:
                continue
            if step.do == "cancel":
                del counting[step.of]
            else:
                counting[step.ref] = step
        months.calculate(world)
        world.settle()
        assert not (broken := list(compare.broken(world))), broken
        end = {
            "stock": {place: held for place, held in compare.stock_held(world.company).items() if any(held)},
            "accounts": compare.account_balances(world.company),
            "costs": {ref: compare.cost_of(world, ref) for ref in sorted(counting)},
        }
        transaction.set_rollback(True)
    return end, list(counting.values())


def _broken(world: World) -> list[str]:
    """Balances are the sum of moves, nothing is worth less than nothing, and stock is what the ledger says."""
    checks = (
        verify_balances.balances,
        verify_balances.pools,
        verify_balances.over_time,
        verify.stock,
        verify.documents,
    )
    return [sentence for check in checks for sentence in check(world.company)]
