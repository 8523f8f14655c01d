"""Figures by hand at the edges: no cost, six decimals, very large values, many parts, too dear returns, shares."""

import pytest

from inventory.valuation.engine import Effect, ItemSetting, Move, Valuation
from inventory.valuation.refusals import (
    Insufficient,
    MoreThanOriginal,
    NegativeValue,
    NoOriginal,
    NothingInStock,
)

UNIT = 10**6
AVERAGES = ["moving_average", "specific", "fifo"]
METHODS = [*AVERAGES, "standard", "monthly_average"]


class Stock:
    """One item, moves numbered as they come. Quantities in units."""

    def __init__(self, method, *, standard=0, negative=False, company_pool=False):
        settings = {i: ItemSetting(method, standard, negative) for i in (1, 2, 3)}
        self.valuation = Valuation(settings, company_pool)
        self.id = 0

    def __call__(self, effect, qty=0, given=None, of=0, *, item=1, warehouse=1, lot=0, document=0, share=0):
        self.id += 1
        qty = round(qty * UNIT)
        return self.valuation.apply(Move(self.id, effect, item, warehouse, lot, qty, given, of, document, share, 0))

    @property
    def held(self):
        return self.valuation.dump((1, 1))[:2]


@pytest.mark.parametrize("method", AVERAGES)
def test_a_receipt_without_cost_is_worth_nothing_and_so_is_what_leaves_of_it(method):
    stock = Stock(method)
    assert [stock(Effect.RECEIVE, 3, 0), stock(Effect.ISSUE, -1), stock(Effect.GAIN, 2)] == [0, 0, 0]
    assert [stock(Effect.ISSUE, -4), stock(Effect.GAIN, 1, 50)] == [0, 50]


@pytest.mark.parametrize("method", AVERAGES)
def test_the_smallest_quantities_add_up(method):
    stock = Stock(method)
    stock(Effect.RECEIVE, 0.000003, 10)
    assert [stock(Effect.ISSUE, -0.000001) for _ in range(3)] == [-3, -4, -3]
    assert stock.held == (0, 0)


@pytest.mark.parametrize("method", AVERAGES)
def test_values_of_ten_million_millions_are_exact(method):
    stock = Stock(method)
    assert stock(Effect.RECEIVE, 3, 10**15) == 10**15
    assert [stock(Effect.ISSUE, -1) for _ in range(3)] == [-333333333333333, -333333333333334, -333333333333333]


@pytest.mark.parametrize("method", AVERAGES)
def test_returns_in_many_parts_give_back_all_and_never_more(method):
    stock = Stock(method)
    stock(Effect.RECEIVE, 7, 100)
    stock(Effect.ISSUE, -7)
    assert [stock(Effect.BACK, 1, of=2) for _ in range(7)] == [14, 14, 14, 14, 14, 14, 16]
    with pytest.raises(MoreThanOriginal) as refusal:
        stock(Effect.BACK, 0.000001, of=2)
    assert refusal.value.facts["open"] == 0


def test_parts_that_all_round_up_do_not_give_back_more_than_there_was():
    stock = Stock("moving_average")
    stock(Effect.RECEIVE, 4, 2)
    stock(Effect.ISSUE, -4)
    assert [stock(Effect.BACK, 1, of=2) for _ in range(4)] == [1, 1, 0, 0]


def test_a_return_dearer_than_the_pool_takes_what_the_pool_holds():
    stock = Stock("moving_average")
    stock(Effect.RECEIVE, 10, 100)
    stock(Effect.RECEIVE, 2, 9980)
    stock(Effect.ISSUE, -9)  # 84.00 a piece: 7560
    assert stock.held == (3 * UNIT, 2520)
    assert stock(Effect.TO_SUPPLIER, -1, of=2) == -2520
    assert stock.valuation.at_original == 4990
    assert stock.held == (2 * UNIT, 0)
    assert stock(Effect.TO_SUPPLIER, -1, of=2) == 0
    assert stock.valuation.at_original == 4990


@pytest.mark.parametrize("method", AVERAGES)
def test_a_return_that_empties_the_pool_takes_all_its_value(method):
    stock = Stock(method)
    stock(Effect.RECEIVE, 2, 200)
    stock(Effect.RECEIVE, 2, 800)
    stock(Effect.ISSUE, -2)
    left = stock.held[1]
    assert stock(Effect.TO_SUPPLIER, -2, of=1) == -left
    assert stock.held == (0, 0)


def test_fifo_returns_take_their_own_layer_first_then_the_oldest():
    stock = Stock("fifo")
    for cost in (100, 200, 300):
        stock(Effect.RECEIVE, 1, cost)
    stock(Effect.RECEIVE, 2, 800)
    stock(Effect.TO_SUPPLIER, -1, of=4)
    assert stock(Effect.TO_SUPPLIER, -1, of=4) == -400
    assert stock(Effect.ISSUE, -1) == -100
    stock(Effect.RECEIVE, 2, 1000)  # move 8
    assert stock(Effect.ISSUE, -2.5) == -(200 + 300 + 250)
    assert stock(Effect.RECEIVE, 1, 70) == 70
    assert stock(Effect.TO_SUPPLIER, -2, of=8) == -(750 + 35)


@pytest.mark.parametrize("method", METHODS)
def test_a_return_names_a_known_move_of_its_item_and_lot(method):
    stock = Stock(method)
    stock(Effect.RECEIVE, 5, 500, lot=4)
    stock(Effect.ISSUE, -3, lot=4)
    for wrong in ({"of": 99}, {"of": 2, "lot": 5}, {"of": 2, "item": 2, "lot": 4}):
        with pytest.raises(NoOriginal):
            stock(Effect.BACK, 1, **wrong)


@pytest.mark.parametrize("method", AVERAGES)
def test_an_adjustment_needs_stock_and_leaves_no_less_than_nothing(method):
    stock = Stock(method)
    with pytest.raises(NothingInStock):
        stock(Effect.ADJUST, 0, 5)
    stock(Effect.RECEIVE, 2, 100)
    with pytest.raises(NegativeValue):
        stock(Effect.ADJUST, 0, -101)
    assert stock(Effect.ADJUST, 0, -100) == -100
    assert stock.held == (2 * UNIT, 0)


def test_a_fifo_layer_that_cannot_bear_its_part_of_an_adjustment_passes_it_on():
    stock = Stock("fifo")
    stock(Effect.RECEIVE, 1, 10)
    stock(Effect.RECEIVE, 1, 500)
    stock(Effect.RECEIVE, 1, 20)
    stock(Effect.ADJUST, 0, -300)
    assert [layer[2] for layer in stock.valuation.dump((1, 1)).layers] == [0, 230, 0]


@pytest.mark.parametrize("method", METHODS)
def test_more_than_there_is_is_refused_by_the_guard(method):
    stock = Stock(method)
    stock(Effect.RECEIVE, 1, 100)
    with pytest.raises(Insufficient) as refusal:
        stock(Effect.ISSUE, -1.000001)
    assert refusal.value.facts["available"] == UNIT


def test_the_products_of_a_disassembly_share_what_was_consumed():
    stock = Stock("moving_average")
    stock(Effect.RECEIVE, 1, 1000)
    assert stock(Effect.CONSUME, -1, document=5) == -1000
    assert stock(Effect.FEE, 0, 1, document=5, item=0) == 0
    assert stock(Effect.PRODUCE, 1, 3, item=2, document=5, share=1) == 334
    assert stock(Effect.PRODUCE, 7, 3, item=3, document=5, share=2) == 667
    assert stock.valuation.assemblies == {}


def test_an_assembly_of_one_product_needs_no_shares():
    stock = Stock("fifo")
    stock(Effect.RECEIVE, 4, 4200)
    stock(Effect.CONSUME, -2, document=5)
    stock(Effect.FEE, 0, 300, document=5)
    assert stock(Effect.PRODUCE, 1, item=2, document=5) == 2400


def test_landed_cost_reaches_what_its_receipt_has_settled():
    stock = Stock("moving_average", negative=True)
    stock(Effect.RECEIVE, 10, 10000)
    assert stock(Effect.ISSUE, -15) == -15000
    stock(Effect.RECEIVE, 10, 20000)
    assert stock(Effect.LANDED, 0, 1000, of=3) == 1000
    assert stock.valuation.changes == [(2, -20000), (2, -20500)]
    assert stock.held == (5 * UNIT, 10500)


@pytest.mark.parametrize(
    ("method", "dearer", "much_cheaper"), [("moving_average", 30, -6030), ("fifo", 20, -4020), ("standard", 0, 0)]
)
def test_a_price_difference_goes_to_stock_for_the_share_on_hand(method, dearer, much_cheaper):
    """60 of the average's 100 are on hand, 40 of the FIFO layer; no pool and no layer goes below zero."""
    stock = Stock(method, standard=10**10)
    stock(Effect.RECEIVE, 100, 10000)
    stock(Effect.ISSUE, -60)
    stock(Effect.RECEIVE, 20, 2000)
    assert stock(Effect.VARIANCE, 0, 50, of=1) == dearer
    assert stock(Effect.VARIANCE, 0, -(10**6), of=1) == much_cheaper


def test_a_price_difference_of_a_monthly_item_is_all_the_months():
    stock = Stock("monthly_average")
    stock(Effect.RECEIVE, 100, 10000)
    stock(Effect.ISSUE, -60)
    assert stock(Effect.VARIANCE, 0, 50, of=1) == 50


def test_stock_at_standard_stays_at_standard():
    stock = Stock("standard", standard=3335 * 10**7)
    assert stock(Effect.RECEIVE, 7, 2336) == 2335
    assert stock(Effect.ISSUE, -1) == -334
    assert [stock(Effect.ADJUST, 0, 9), stock(Effect.LANDED, 0, 9, of=1)] == [0, 0]
    assert stock(Effect.REPRICE, 0, 4 * 10**10) == 2400 - 2001
    assert stock(Effect.BACK, 1, of=2) == 400
    assert stock.valuation.at_original == 334
    assert stock(Effect.GAIN, 1) == 400
    assert stock(Effect.ISSUE, -8) == -3200
    assert stock.held == (0, 0)


def test_a_new_standard_holds_for_empty_pools_too():
    stock = Stock("standard", standard=10**10)
    stock(Effect.RECEIVE, 1, 100)
    stock(Effect.RECEIVE, 1, 100, warehouse=2)
    stock(Effect.ISSUE, -1, warehouse=2)
    stock(Effect.REPRICE, 0, 2 * 10**10)
    assert [stock(Effect.RECEIVE, 1, 100, warehouse=place) for place in (1, 2, 3)] == [200, 200, 200]


@pytest.mark.parametrize("method", AVERAGES)
def test_transfers_inside_one_pool_cost_nothing(method):
    stock = Stock(method, company_pool=True)
    stock(Effect.RECEIVE, 3, 1000)
    assert stock(Effect.OUT, -2) == -667
    assert stock(Effect.INTO, 2, of=2, warehouse=2) == 667
    assert stock.valuation.dump((1, 0))[:2] == (3 * UNIT, 1000)
    assert [stock(Effect.OUT, -3, warehouse=2), stock(Effect.INTO, 3, of=4)] == [-1000, 1000]


@pytest.mark.parametrize("method", AVERAGES)
def test_a_reversed_return_may_be_made_again(method):
    stock = Stock(method)
    stock(Effect.RECEIVE, 2, 100)
    stock(Effect.ISSUE, -2)
    stock(Effect.BACK, 2, of=2)
    stock(Effect.TAKE_BACK, -2, of=3)
    assert stock(Effect.BACK, 2, of=2) == 100
    assert stock(Effect.TO_SUPPLIER, -2, of=1) == -100
    assert stock(Effect.GIVE_BACK, 2, of=6) == 100
    assert stock(Effect.TO_SUPPLIER, -2, of=1) == -100
    assert stock.held == (0, 0)
