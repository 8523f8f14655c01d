"""Quantities in other units: exact or refused."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp.core.money import QUANTITY_STEP
from inventory.items.units import (
    LARGEST,
    DoesNotFit,
    NotWhole,
    TooLarge,
    from_base,
    largest_parts,
    price_to_base,
    to_base,
)

D = Decimal
# Millionths: every quantity and factor that the database can hold in a small company.
quantities = st.integers(-(10**15), 10**15).map(lambda n: D(n).scaleb(-6))
factors = st.integers(1, 10**12).map(lambda n: D(n).scaleb(-6))


@pytest.mark.parametrize(
    ("qty", "factor", "base"),
    [("2", "12", "24"), ("-2", "12", "-24"), ("0.5", "12", "6"), ("3", "0.001", "0.003"), ("0", "7", "0")],
)
def test_a_quantity_of_boxes_in_pieces(qty: str, factor: str, base: str) -> None:
    assert to_base(D(qty), D(factor)) == D(base)
    assert from_base(D(base), D(factor)) == D(qty)


def test_what_has_more_than_six_decimals_is_refused() -> None:
    with pytest.raises(DoesNotFit) as refused:
        to_base(D("0.000001"), D("0.5"), field="lines-1-qty")
    assert refused.value.field == "lines-1-qty"
    assert refused.value.facts == {"qty": "0.000001", "factor": "0.5"}


def test_a_third_of_a_box_is_no_quantity() -> None:
    with pytest.raises(NotWhole):
        from_base(D(1), D(3))


def test_more_than_stock_can_hold_is_refused() -> None:
    assert to_base(LARGEST, D(1)) == LARGEST
    with pytest.raises(TooLarge):
        to_base(LARGEST, D(2))


@given(quantities, factors)
def test_a_conversion_is_exact_or_refused(qty: Decimal, factor: Decimal) -> None:
    try:
        base = to_base(qty, factor)
    except (DoesNotFit, TooLarge):
        product = int(qty.scaleb(6)) * int(factor.scaleb(6))
        assert product % 10**6 or abs(product) > int(LARGEST.scaleb(6)) * 10**6
        return
    assert int(base.scaleb(6)) * 10**6 == int(qty.scaleb(6)) * int(factor.scaleb(6))
    assert base == base.quantize(QUANTITY_STEP)


@given(quantities, factors)
def test_there_and_back_is_the_same_quantity(qty: Decimal, factor: Decimal) -> None:
    try:
        base = to_base(qty, factor)
    except (DoesNotFit, TooLarge):
        return
    assert from_base(base, factor) == qty


@given(quantities, factors)
def test_from_the_base_unit_is_exact_or_refused(base: Decimal, factor: Decimal) -> None:
    try:
        qty = from_base(base, factor)
    except NotWhole:
        # No multiple of a millionth of the unit is that quantity.
        assert (int(base.scaleb(6)) * 10**6) % int(factor.scaleb(6))
        return
    assert to_base(qty, factor) == base


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(2, 10**4), max_size=3, unique=True))
def test_parts_add_up_and_are_whole(qty: int, sizes: list[int]) -> None:
    units = [(f"u{size}", D(size)) for size in sizes]
    parts = largest_parts(D(qty), units, "件")
    worth = dict(units) | {"件": D(1)}
    assert sum(count * worth[name] for count, name in parts) == qty
    assert all(count == count.to_integral_value() for count, _name in parts)


def test_parts_are_boxes_first() -> None:
    units = [("盒", D(12)), ("箱", D(144))]
    assert largest_parts(D("301.5"), units, "件") == [(D(2), "箱"), (D(1), "盒"), (D("1.5"), "件")]
    assert largest_parts(D(0), units, "件") == [(D(0), "件")]


def test_a_price_per_box_is_a_price_per_piece_of_ten_decimals() -> None:
    assert price_to_base(D("10"), D("3")) == D("3.3333333333")
