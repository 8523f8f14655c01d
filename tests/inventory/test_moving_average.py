"""The moving average and the costing of batches: pure, so tables of numbers and properties are enough."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp.core.errors import DomainError
from inventory.documents.errors import InsufficientStock
from inventory.items.facts import ItemFacts
from inventory.valuation import moving_average as ma
from inventory.valuation.costing import (
    Costing,
    CostingDocument,
    CostingLine,
    Direction,
    LaterMove,
    available,
    cost_document,
)
from inventory.valuation.moving_average import LeftoverValue, Original, Pool

D = Decimal
DAY = dt.date(2025, 1, 10)


def pool(qty: str, value: str, last: str = "0") -> Pool:
    return Pool(D(qty), D(value), D(last))


def test_an_issue_costs_the_average_rounded_half_up() -> None:
    moved = ma.issue(pool("20", "120.00"), D(12))
    assert (moved.value, moved.pool.qty, moved.pool.value) == (D("72.00"), D(8), D("48.00"))
    assert ma.issue(pool("8", "0.60"), D(1)).value == D("0.08")  # 0.075


def test_the_last_unit_takes_the_value_that_is_left() -> None:
    first = ma.issue(pool("3", "10.00"), D(1))
    second = ma.issue(first.pool, D(1))
    third = ma.issue(second.pool, D(1))
    assert [first.value, second.value, third.value] == [D("3.33"), D("3.34"), D("3.33")]
    assert third.pool.value == 0


def test_returns_in_parts_add_up_to_the_original() -> None:
    original = Original(D(7), D("10.01"))
    first = ma.returned(original, D(3))
    rest = ma.returned(original._replace(returned_qty=D(3), returned_value=first), D(4))
    assert (first, rest) == (D("4.29"), D("5.72"))


def test_more_than_is_out_cannot_come_back() -> None:
    with pytest.raises(ValueError, match="still out"):
        ma.returned(Original(D(7), D("10.01"), D(5), D("7.15")), D(3))


@pytest.mark.parametrize(
    ("held", "given_cost", "reference", "value"),
    [
        (pool("10", "50.00", "9"), "3", "8", "6.00"),
        (pool("10", "50.00", "9"), None, "8", "10.00"),
        (pool("0", "0.00", "9"), None, "8", "18.00"),
        (pool("0", "0.00"), None, "8", "16.00"),
        (pool("0", "0.00"), None, None, "0.00"),
    ],
    ids=["given", "average", "last cost", "reference cost", "nothing known"],
)
def test_what_comes_in_without_an_original_takes_the_best_known_cost(
    held: Pool, given_cost: str | None, reference: str | None, value: str
) -> None:
    cost = D(given_cost) if given_cost else None
    assert ma.estimated(held, D(2), given=cost, reference=D(reference) if reference else None) == D(value)


def test_an_emptied_pool_remembers_its_last_cost() -> None:
    emptied = ma.issue(pool("4", "10.00"), D(4)).pool
    assert emptied == pool("0", "0.00", "2.5")


def test_a_withdrawal_never_leaves_value_without_quantity() -> None:
    with pytest.raises(LeftoverValue):
        ma.withdraw(pool("5", "30.00"), D(5), D("25.00"))
    with pytest.raises(LeftoverValue):
        ma.withdraw(pool("5", "20.00"), D(4), D("24.00"))


def test_what_later_moves_need_is_not_available_today() -> None:
    later = [LaterMove(DAY + dt.timedelta(days=1), D(-8)), LaterMove(DAY + dt.timedelta(days=2), D(10))]
    assert available(pool("12", "12.00"), later, DAY) == D(2)
    assert available(pool("12", "12.00"), later, DAY + dt.timedelta(days=2)) == D(12)


def test_stock_that_arrives_later_is_not_available_today() -> None:
    assert available(pool("10", "10.00"), [LaterMove(DAY + dt.timedelta(days=1), D(10))], DAY) == 0


quantities = st.decimals("0.000001", "999", places=6)
values = st.decimals("0", "9999", places=2)
ITEMS = {n: ItemFacts(f"I{n}", f"商品{n}", True, D("0.13"), None, n, 100, "") for n in (1, 2)}


@st.composite
def documents(draw: st.DrawFn) -> CostingDocument:
    direction = draw(st.sampled_from([Direction.IN, Direction.OUT, Direction.BACK]))
    lines = [
        CostingLine(
            line_no,
            draw(st.sampled_from([1, 2])),
            draw(quantities),
            draw(st.none() | st.decimals("0", "99", places=4)) if direction is Direction.IN else None,
        )
        for line_no in range(1, draw(st.integers(1, 4)) + 1)
    ]
    return CostingDocument(DAY, draw(st.sampled_from([1, 2])), direction, lines)


@given(st.lists(documents(), max_size=30))
def test_any_documents_keep_pools_equal_to_their_moves(batch: list[CostingDocument]) -> None:
    costing = Costing({(i, w): Pool() for i in (1, 2) for w in (1, 2)}, ITEMS, {1: "一号仓", 2: "二号仓"})
    moved = {key: [D(0), D(0)] for key in costing.pools}
    for document in batch:
        before = dict(costing.pools)
        outcome = cost_document(costing, document)
        if isinstance(outcome, DomainError):
            assert isinstance(outcome, InsufficientStock)
            assert costing.pools == before  # a refused document leaves no trace
            continue
        sign = -1 if document.direction is Direction.OUT else 1
        for line, value in zip(document.lines, outcome, strict=True):
            moved[line.item_id, document.warehouse_id][0] += sign * line.qty
            moved[line.item_id, document.warehouse_id][1] += sign * value
        for held in costing.pools.values():
            assert held.qty >= 0 and held.value >= 0
            assert held.qty or not held.value
    assert {key: [held.qty, held.value] for key, held in costing.pools.items()} == moved


@given(quantities, values, st.lists(st.integers(1, 9), min_size=1, max_size=9))
def test_issuing_a_pool_in_parts_gives_out_exactly_its_value(qty: D, value: D, weights: list[int]) -> None:
    held, out = Pool(qty, value), D(0)
    for weight in weights[:-1]:
        part = (held.qty * weight / 10).quantize(D("0.000001"))
        if part:
            held, moved = ma.issue(held, part)
            out += moved
    if held.qty:
        held, moved = ma.issue(held, held.qty)
        out += moved
        assert out == value
        assert held.value == 0
