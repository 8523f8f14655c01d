"""Rounding, splitting and tax: the figures of rule R-ROUND, and what must hold for any amount."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erp.core.money import (
    AmountField,
    RateField,
    cents,
    cost10,
    net_and_tax,
    split,
    split_even,
    tax_of,
    times,
    unit_cost,
)

D = Decimal
amounts = st.decimals(min_value=D("-9999999999.99"), max_value=D("9999999999.99"), places=2)
rates = st.sampled_from([D("0.13"), D("0.09"), D("0.06"), D("0.03"), D("0")])


@pytest.mark.parametrize(("gross", "net", "tax"), [("100.00", "88.50", "11.50"), ("99.99", "88.49", "11.50")])
def test_a_price_with_tax_is_separated_into_net_and_tax(gross, net, tax):
    assert net_and_tax(D(gross), D("0.13")) == (D(net), D(tax))


def test_half_a_cent_is_rounded_away_from_zero():
    assert tax_of(D("52.50"), D("0.13")) == D("6.83")
    assert tax_of(D("-52.50"), D("0.13")) == D("-6.83")
    assert str(cents(D("-0.004"))) == "0.00"


def test_three_equal_parts_of_a_hundred_add_up():
    assert split_even(D("100.00"), 3) == [D("33.33"), D("33.33"), D("33.34")]


def test_a_split_without_any_weight_is_even_and_one_without_parts_is_refused():
    assert split(D("1.00"), [D(0), D(0)]) == [D("0.50"), D("0.50")]
    with pytest.raises(ValueError, match="at least one"):
        split(D(1), [])
    with pytest.raises(ValueError, match="cancel"):
        split(D(1), [D(1), D(-1)])


def test_a_float_is_never_money():
    with pytest.raises(TypeError):
        cents(0.1)  # type: ignore[arg-type]


def test_unit_costs_keep_ten_decimals():
    assert unit_cost(D(10), D(3)) == D("3.3333333333")
    assert unit_cost(D(10), D(0)) == 0
    assert cost10(D("1.00000000005")) == D("1.0000000001")
    assert times(D("3.3333333333"), D(3)) == D("10.00")


def test_migrations_show_the_plain_column():
    _name, path, _args, options = AmountField().deconstruct()
    assert (path, options) == ("django.db.models.DecimalField", {"max_digits": 18, "decimal_places": 2})
    assert RateField().decimal_places == 8


@settings(deadline=None)
@given(amounts, rates)
def test_a_red_line_is_the_exact_negative_of_its_original(gross, rate):
    net, tax = net_and_tax(gross, rate)
    assert net_and_tax(-gross, rate) == (-net, -tax)
    assert tax_of(-gross, rate) == -tax_of(gross, rate)
    assert net + tax == gross


@settings(deadline=None)
@given(amounts, st.lists(st.integers(min_value=0, max_value=10_000), min_size=1, max_size=40))
def test_parts_always_add_up(total, weights):
    parts = split(total, weights)
    assert sum(parts) == total
    assert len(parts) == len(weights)
    assert all(part == cents(part) for part in parts)


@settings(deadline=None)
@given(amounts, st.lists(st.integers(min_value=1, max_value=10_000), min_size=1, max_size=40))
def test_each_part_but_the_last_is_its_rounded_share(total, weights):
    whole = sum(weights)
    for part, weight in zip(split(total, weights)[:-1], weights, strict=False):
        assert abs(part - total * weight / whole) <= D("0.005")
