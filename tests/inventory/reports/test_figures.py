"""Stock reports against moves whose sums stand in the test."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from erp.core.companies.models import CostPool
from inventory.reports.cost_trace import CAUSES
from inventory.reports.scope import Scope
from inventory.reports.stock_positions import positions, value_as_of
from inventory.valuation.engine import Effect
from tests.inventory.reports.conftest import Book

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def story(book: Book) -> Book:
    """November: 100 at 6 and 50 at 2. December: 40 at 7, 10 of them back; sold 30, 5 of them back; 20 to the east."""
    receipt = book.move("2025-11-05", "purchase_receipt", "A1", "100", "600.00")
    book.move("2025-11-06", "other_receipt", "A2", "50", "100.00")
    bought = book.move("2025-12-01", "purchase_receipt", "A1", "40", "280.00")
    sold = book.move("2025-12-03", "delivery", "A1", "-30", "-188.57")
    book.move("2025-12-04", "sales_return", "A1", "5", "31.43", of=sold)
    out = book.move("2025-12-05", "transfer", "A1", "-20", "-125.71", effect=Effect.OUT)
    book.move("2025-12-05", "transfer", "A1", "20", "125.71", place="EAST", effect=Effect.INTO, of=out)
    book.move("2025-12-06", "purchase_return", "A1", "-10", "-70.00", of=bought)
    book.move("2025-12-07", "landed_cost", "A1", "0", "12.00", of=receipt, effect=Effect.LANDED)
    return book


def by(rows: Any, *keys: str) -> dict[Any, Any]:
    return {tuple(row[key] for key in keys) if len(keys) > 1 else row[keys[0]]: row for row in rows}


def test_stock_of_any_day_is_the_sum_of_moves_until_then(story: Book, ask: Callable[..., Any]) -> None:
    november = by(ask("stock_on_hand", as_of="2025-11-30").rows, "code")
    assert (november["A1"]["qty"], november["A1"]["value"]) == (D(100), D("600.00"))
    december = ask("stock_on_hand", as_of="2025-12-31")
    places = by(december.rows, "code", "warehouse")
    assert (places["A1", "东仓"]["qty"], places["A1", "东仓"]["value"]) == (D(20), D("125.71"))
    assert (places["A1", "主仓库"]["qty"], places["A1", "主仓库"]["value"]) == (D(85), D("539.15"))
    assert december.totals["value"] == D("764.86")
    assert value_as_of(Scope(story.company), dt.date(2025, 12, 31)) == (D(155), D("764.86"))


def test_a_pooled_value_is_spread_by_quantity_and_adds_up(story: Book, ask: Callable[..., Any]) -> None:
    story.company.cost_pool = CostPool.COMPANY
    story.company.save()
    rows = by(ask("stock_on_hand", as_of="2025-12-31").rows, "code", "warehouse")
    main, east = rows["A1", "主仓库"]["value"], rows["A1", "东仓"]["value"]
    assert main + east == D("664.86") and east == D("126.64")  # 664.86 × 20 / 105
    one = ask("stock_on_hand", as_of="2025-12-31", warehouse="EAST").rows
    assert [row["value"] for row in one] == [D("126.64")]
    assert [
        (row.qty, row.value) for row in positions(Scope(story.company), as_of=dt.date(2025, 12, 31), grain="item")
    ] == [
        (D(105), D("664.86")),
        (D(50), D("100.00")),
    ]


def test_categories_tell_values(story: Book, ask: Callable[..., Any]) -> None:
    (row,) = ask("stock_on_hand", as_of="2025-12-31", by="category").rows
    assert (row["code"], row["items"], row["value"]) == ("GOODS", 2, D("764.86"))


def test_returns_stay_on_their_side_and_transfers_cancel_out(story: Book, ask: Callable[..., Any]) -> None:
    """books_and_reports.md §2: a sales return is a negative issue, a purchase return a negative receipt."""
    result = ask("stock_summary", **{"from": "2025-12", "to": "2025-12"})
    row = by(result.rows, "code")["A1"]
    assert (row["opening_qty"], row["opening_value"]) == (D(100), D("600.00"))
    assert (row["in_qty"], row["in_value"]) == (D(30), D("222.00"))  # 40 − 10; 280 − 70 + 12
    assert (row["out_qty"], row["out_value"]) == (D(25), D("157.14"))
    assert (row["closing_qty"], row["closing_value"]) == (D(105), D("664.86"))
    assert result.totals["closing_value"] == D("764.86")
    moved = by(ask("stock_summary", **{"from": "2025-12", "transfers": "1"}).rows, "code")["A1"]
    assert (moved["in_qty"], moved["out_qty"], moved["closing_qty"]) == (D(50), D(45), D(105))


def test_by_warehouse_both_ends_of_a_transfer_show(story: Book, ask: Callable[..., Any]) -> None:
    rows = by(ask("stock_summary", **{"from": "2025-12", "by": "item_warehouse"}).rows, "code", "warehouse_code")
    assert (rows["A1", "EAST"]["in_qty"], rows["A1", "EAST"]["closing_value"]) == (D(20), D("125.71"))
    assert (rows["A1", "MAIN"]["out_qty"], rows["A1", "MAIN"]["closing_value"]) == (D(45), D("539.15"))
    by_place = by(ask("stock_summary", **{"from": "2025-12", "by": "warehouse"}).rows, "warehouse_code")
    assert by_place["EAST"]["closing_value"] == D("125.71")
    (goods,) = ask("stock_summary", **{"from": "2025-12", "by": "category"}).rows
    assert (goods["category_code"], goods["in_value"], goods["out_value"]) == ("GOODS", D("222.00"), D("157.14"))


def test_columns_by_kind_add_up_to_their_side(story: Book, ask: Callable[..., Any]) -> None:
    result = ask("stock_summary", **{"from": "2025-12", "kinds": "1"})
    row = by(result.rows, "code")["A1"]
    incoming = ("purchase_receipt", "purchase_return", "landed_cost")
    assert sum(row[f"in_{kind}_value"] for kind in incoming) == row["in_value"]
    assert row["out_delivery_qty"] + row["out_sales_return_qty"] == row["out_qty"]
    assert {"in_purchase_return_value", "out_delivery_qty"} <= {column.key for column in result.columns}


def test_a_reversal_is_red_where_the_original_stood(book: Book, ask: Callable[..., Any]) -> None:
    made = book.move("2025-12-01", "assembly", "A1", "2", "10.00", effect=Effect.PRODUCE)
    used = book.move("2025-12-01", "assembly", "A2", "-4", "-10.00", effect=Effect.CONSUME)
    book.move("2025-12-02", "assembly", "A1", "-2", "-10.00", reverses=made, effect=Effect.FROZEN)
    book.move("2025-12-02", "assembly", "A2", "4", "10.00", reverses=used, effect=Effect.FROZEN)
    book.move("2025-12-03", "other_receipt", "A1", "1", "5.00")
    rows = by(ask("stock_summary", **{"from": "2025-12"}).rows, "code")
    assert (rows["A1"]["in_qty"], rows["A1"]["out_qty"]) == (D(1), D(0))
    assert "A2" not in rows or rows["A2"]["out_qty"] == 0


def test_the_book_runs_in_costing_order(book: Book, ask: Callable[..., Any]) -> None:
    book.move("2025-12-02", "delivery", "A1", "-1", "-6.00")
    book.move("2025-12-01", "purchase_receipt", "A1", "10", "60.00")
    result = ask("stock_moves", item="A1")
    _opening, first, second, year = result.rows
    assert (first.qty_after, second.qty_after) == (D(10), D(9))
    assert (year["in_qty"], year["out_qty"]) == (D(10), D(1))
    assert (result.totals["in_value"], result.totals["value_after"]) == (D("60.00"), D("54.00"))


def test_ages_come_from_the_latest_receipts_backwards(book: Book, ask: Callable[..., Any]) -> None:
    """On hand 105 on 31 December: 40 − 10 of 1 December, the return of 4 December (5), the rest of 5 November."""
    book.move("2025-11-05", "purchase_receipt", "A1", "100", "600.00")
    bought = book.move("2025-12-01", "purchase_receipt", "A1", "40", "280.00")
    sold = book.move("2025-12-03", "delivery", "A1", "-30", "-188.57")
    book.move("2025-12-04", "sales_return", "A1", "5", "31.43", of=sold)
    book.move("2025-12-06", "purchase_return", "A1", "-10", "-70.00", of=bought)
    out = book.move("2025-12-20", "transfer", "A1", "-20", "-125.71", effect=Effect.OUT)
    book.move("2025-12-20", "transfer", "A1", "20", "125.71", place="EAST", effect=Effect.INTO, of=out)
    (row,) = ask("stock_ageing", as_of="2025-12-31", buckets="30,60").rows
    assert (row["qty_0"], row["qty_1"], row["qty_2"]) == (D(35), D(70), D(0))
    assert row["value_0"] + row["value_1"] == row["value"] == D("652.86")
    assert row["value_0"] == D("217.62")  # 35 × 652.86 / 105


def test_a_warehouse_gets_the_age_of_what_it_is_handed_over(book: Book, ask: Callable[..., Any]) -> None:
    """20 go to the east on 20 December: the oldest, received on 5 November; 5 of 40 then go back to the supplier."""
    book.move("2025-11-05", "purchase_receipt", "A1", "30", "180.00")
    bought = book.move("2025-12-10", "purchase_receipt", "A1", "40", "240.00")
    out = book.move("2025-12-20", "transfer", "A1", "-20", "-120.00", effect=Effect.OUT)
    book.move("2025-12-20", "transfer", "A1", "20", "120.00", place="EAST", effect=Effect.INTO, of=out)
    book.move("2025-12-21", "other_receipt", "A1", "3", "18.00", place="EAST")
    book.move("2025-12-22", "purchase_return", "A1", "-5", "-30.00", of=bought)
    (east,) = ask("stock_ageing", as_of="2025-12-31", buckets="30,60", warehouse="EAST").rows
    assert (east["qty_0"], east["qty_1"], east["value_1"], east["value"]) == (D(3), D(20), D("120.00"), D("138.00"))
    (main,) = ask("stock_ageing", as_of="2025-12-31", buckets="30,60", warehouse="MAIN").rows
    assert (main["qty_0"], main["qty_1"]) == (D(35), D(10))


def test_what_nobody_uses_is_slow(story: Book, ask: Callable[..., Any]) -> None:
    rows = by(ask("slow_movers", as_of="2026-01-31", days="60").rows, "code")
    assert set(rows) == {"A2"} and rows["A2"]["days"] == 86 and rows["A2"]["value"] == D("100.00")
    assert not ask("slow_movers", as_of="2025-12-31", days="90").rows


def test_alerts_say_how_much_to_order(story: Book, ask: Callable[..., Any]) -> None:
    from inventory.moves.models import StockBalance

    for code, qty in (("A1", "105"), ("A2", "50")):
        StockBalance.objects.create(company=story.company, item=story.items[code], warehouse=story.main, qty=D(qty))
    for code, safety, maximum in (("A1", "120", "200"), ("A2", "10", "40")):
        item = story.items[code]
        item.safety_stock, item.maximum_stock = D(safety), D(maximum)
        item.save()
    rows = by(ask("safety_stock").rows, "code")
    assert (rows["A1"]["alert"], rows["A1"]["suggested"]) == ("below", D(95))
    assert (rows["A2"]["alert"], rows["A2"]["suggested"]) == ("above", None)
    assert set(by(ask("safety_stock", alert="above").rows, "code")) == {"A2"}


def test_turnover_in_times_and_days(story: Book, ask: Callable[..., Any]) -> None:
    row = by(ask("stock_turnover", **{"from": "2025-12", "to": "2025-12"}).rows, "code")["A1"]
    assert row["average"] == D("632.43") and row["out_value"] == D("157.14")
    assert row["times"] == D("0.25") and row["days"] == D("124.8")  # 632.43 ÷ 157.14 × 31


def test_below_zero_since_the_first_day_of_the_last_stretch(book: Book, ask: Callable[..., Any]) -> None:
    book.move("2025-12-01", "delivery", "A1", "-3", "-18.00")
    book.move("2025-12-02", "purchase_receipt", "A1", "3", "18.00")
    book.move("2025-12-05", "delivery", "A1", "-2", "-12.00")
    (row,) = ask("negative_stock", as_of="2025-12-31").rows
    assert (row["qty"], row["since"]) == (D(-2), dt.date(2025, 12, 5))


def test_the_trace_tells_each_change_of_cost(story: Book, ask: Callable[..., Any]) -> None:
    rows = ask("stock_cost_trace", item="A1", warehouse="MAIN").rows
    first, second = rows[0], rows[1]
    assert (first["before"], first["after"]) == (D(0), D(6))
    assert (second["before"], second["after"]) == (D(6), D("6.285714"))
    assert any(row["cause"] == CAUSES[Effect.LANDED] for row in rows)
    assert not any(row["cause"] == CAUSES[Effect.ISSUE] for row in rows)  # at the average: no change
