"""Counting while trading goes on: what differs, what is booked, what is refused."""

import datetime as dt
from decimal import Decimal

import pytest

from erp.core.errors import DomainError, SeveralRefusals
from inventory.counts.differences import count_lines, differences, late_documents, progress_of
from inventory.counts.entry import NOW, CountedRow, enter
from inventory.counts.errors import BeingCounted, CountNotOpen
from inventory.counts.models import CountStatus, StockCount, StockCountLine
from inventory.counts.services import cancel_count, confirm_count, count_now, reverse_count, start_count
from inventory.documents.confirm import create_confirmed
from inventory.documents.drafts import NewStockDocument, NewStockLine
from inventory.documents.models import DocumentKind, DocumentStatus, Reason, StockDocument
from inventory.items.models import Item, ItemCategory, ItemUnit, Tracking
from inventory.items.services import save_item
from inventory.lots.models import Lot
from inventory.moves.models import StockBalance, StockMove
from inventory.warehouses.models import Bin
from tests.trading import DAY, Trader

pytestmark = pytest.mark.django_db
LATER = dt.date(2025, 12, 20)


@pytest.fixture
def trader() -> Trader:
    return Trader(stock="100")


def deliver(trader: Trader, code: str, qty: str, day: dt.date = DAY) -> None:
    create_confirmed(
        trader.company,
        [
            NewStockDocument(
                DocumentKind.OTHER_ISSUE,
                day,
                trader.warehouse.pk,
                [NewStockLine(trader.items[code], Decimal(qty))],
                Reason.CONSUMPTION,
            )
        ],
        by=None,
    )


def counted(code: str, qty: str, **more: object) -> CountedRow:
    return CountedRow(Decimal(qty), item=code, **more)  # type: ignore[arg-type]


def on_hand(trader: Trader, code: str) -> Decimal:
    return StockBalance.objects.get(company=trader.company, item=trader.items[code], warehouse=trader.warehouse).qty


def start(trader: Trader, **options: object) -> StockCount:
    return start_count(trader.company, trader.warehouse.pk, date=LATER, by=None, **options)  # type: ignore[arg-type]


def test_a_count_freezes_what_the_books_say(trader: Trader) -> None:
    count = start(trader)
    assert count.number == "PD202512-0001"
    deliver(trader, "A1", "30")
    lines = {line.code: line for line in count_lines(count)}
    assert lines["A1"].book_qty == 100 and lines["A2"].book_qty == 100
    assert lines["A1"].difference is None


def test_what_is_sold_after_the_snapshot_is_neither_lost_nor_counted_twice(trader: Trader) -> None:
    count = start(trader)
    deliver(trader, "A1", "30")
    enter(trader.company, count.pk, [counted("A1", "97"), counted("A2", "104")], by=None)
    deliver(trader, "A1", "10")
    confirm_count(trader.company, count.pk, by=None)
    assert on_hand(trader, "A1") == 100 - 30 - 10 - 3
    assert on_hand(trader, "A2") == 104
    count.refresh_from_db()
    assert count.gain is not None and count.loss is not None
    assert (count.gain.kind, count.loss.kind) == (DocumentKind.COUNT_GAIN, DocumentKind.COUNT_LOSS)
    moves = {move.document_id: move.value for move in StockMove.objects.filter(document__in=[count.gain, count.loss])}
    assert moves == {count.gain.pk: Decimal("10.00"), count.loss.pk: Decimal("-18.00")}
    assert count.gain.source_type == "stock_count" and count.gain.source_id == count.pk


def test_a_line_counted_against_the_books_of_now_takes_their_moment(trader: Trader) -> None:
    count = start(trader)
    deliver(trader, "A1", "30")
    enter(trader.company, count.pk, [counted("A1", "69", at=NOW)], by=None)
    (line,) = differences(trader.company, count.pk)
    assert (line.book_qty, line.difference, line.value) == (70, -1, Decimal("-6.00"))
    assert line.book_at is not None and line.book_at > count.snapshot_at
    # Counted once more as of the snapshot, the line is back at its book quantity.
    enter(trader.company, count.pk, [counted("A1", "99")], by=None)
    (line,) = differences(trader.company, count.pk)
    assert (line.book_qty, line.difference, line.book_at) == (100, -1, None)


def test_a_moment_between_snapshot_and_now_counts_with_its_own_books(trader: Trader) -> None:
    count = start(trader)
    deliver(trader, "A1", "30")
    moment = StockMove.objects.filter(kind=DocumentKind.OTHER_ISSUE).latest("id").created_at
    deliver(trader, "A1", "5")
    enter(trader.company, count.pk, [counted("A1", "70", at=moment)], by=None)
    assert differences(trader.company, count.pk) == []
    with pytest.raises(SeveralRefusals) as refused:
        enter(trader.company, count.pk, [counted("A1", "70", at=moment - dt.timedelta(days=1))], by=None)
    assert refused.value.code == "moment_invalid"


def test_lines_that_nobody_counted_make_no_difference_unless_they_are_said_to_be_gone(trader: Trader) -> None:
    first = start(trader)
    enter(trader.company, first.pk, [counted("A1", "100")], by=None)
    confirm_count(trader.company, first.pk, by=None)
    first.refresh_from_db()
    assert first.gain is None and first.loss is None and first.status == CountStatus.CONFIRMED
    second = start(trader)
    enter(trader.company, second.pk, [counted("A1", "100")], by=None)
    confirm_count(trader.company, second.pk, by=None, zero_uncounted=True)
    assert (on_hand(trader, "A1"), on_hand(trader, "A2")) == (100, 0)


def test_scans_add_up_and_a_box_counts_as_what_is_in_it(trader: Trader) -> None:
    item = Item.objects.get(pk=trader.items["A1"])
    item.barcode = "6901234567892"
    save_item(item, by=None)
    ItemUnit.objects.create(company=trader.company, item=item, name="箱", factor=12, barcode="16901234567899")
    count = start(trader)
    for barcode in ("6901234567892", "6901234567892", "16901234567899"):
        enter(trader.company, count.pk, [CountedRow(Decimal(1), item=barcode, adds=True)], by=None)
    line = StockCountLine.objects.get(count=count, item=item)
    assert line.counted == 14


def test_goods_that_the_books_do_not_know_need_a_cost(trader: Trader) -> None:
    category = ItemCategory.objects.get(company=trader.company, code="GOODS")
    save_item(Item(company=trader.company, code="NEW", name="圣诞彩灯", category=category), by=None)
    count = start(trader)
    done = enter(trader.company, count.pk, [counted("new", "3")], by=None)
    assert (done.added, done.changed) == (1, 0)
    with pytest.raises(SeveralRefusals) as refused:
        confirm_count(trader.company, count.pk, by=None)
    assert refused.value.code == "count_cost_needed" and "NEW" in refused.value.message
    enter(trader.company, count.pk, [counted("NEW", "3", unit_cost=Decimal("2.00"))], by=None)
    confirm_count(trader.company, count.pk, by=None)
    balance = StockBalance.objects.get(item__code="NEW")
    assert (balance.qty, balance.value) == (3, Decimal("6.00"))


def test_a_loss_of_more_than_is_there_now_names_its_line_and_the_cure(trader: Trader) -> None:
    count = start(trader)
    deliver(trader, "A1", "95")
    enter(trader.company, count.pk, [counted("A1", "90")], by=None)
    with pytest.raises(SeveralRefusals) as refused:
        confirm_count(trader.company, count.pk, by=None)
    error = refused.value
    assert error.code == "loss_exceeds_stock" and error.field == "lines-1-counted"
    assert (error.facts["loss"], error.facts["available"]) == ("10", "5")
    assert StockCount.objects.get(pk=count.pk).status == CountStatus.COUNTING
    enter(trader.company, count.pk, [counted("A1", "4", at=NOW)], by=None)
    confirm_count(trader.company, count.pk, by=None)
    assert on_hand(trader, "A1") == 4


def test_a_back_dated_loss_that_was_not_there_then_says_which_line_it_is(trader: Trader) -> None:
    deliver(trader, "A1", "100", dt.date(2025, 12, 1))
    receipt = NewStockDocument(
        DocumentKind.OTHER_RECEIPT,
        dt.date(2025, 12, 22),
        trader.warehouse.pk,
        [NewStockLine(trader.items["A1"], Decimal(50), Decimal("6.00"))],
        Reason.FOUND,
    )
    create_confirmed(trader.company, [receipt], by=None)
    count = start(trader)
    enter(trader.company, count.pk, [counted("A1", "45")], by=None)
    with pytest.raises(DomainError) as refused:
        confirm_count(trader.company, count.pk, by=None)
    assert refused.value.code == "loss_exceeds_stock" and refused.value.facts["line"] == 1


def test_the_same_goods_are_not_counted_twice_at_once(trader: Trader) -> None:
    count = start(trader)
    with pytest.raises(BeingCounted) as refused:
        start(trader, items=[trader.items["A1"]])
    assert refused.value.facts["number"] == count.number
    with pytest.raises(BeingCounted):
        count_now(trader.company, trader.warehouse.pk, LATER, [(trader.items["A1"], Decimal(1), None, None)], by=None)
    cancel_count(trader.company, count.pk, by=None)
    assert start(trader, items=[trader.items["A1"]]).lines.count() == 1
    with pytest.raises(CountNotOpen):
        enter(trader.company, count.pk, [counted("A1", "1")], by=None)


def test_rows_that_make_no_sense_are_refused_together_or_left_out(trader: Trader) -> None:
    count = start(trader)
    rows = [
        counted("A1", "90", row=4),
        counted("X9", "1", row=5),
        CountedRow(Decimal("-1"), line_no=2, row=6),
        CountedRow(Decimal(5), line_no=2, item="A1", row=7),
        CountedRow(Decimal(5), line_no=99, row=8),
        counted("A2", "1", lot="L1", row=9),
        counted("A2", "1", bin="B-1", row=10),
        counted("A2", "1", reason="because", row=11),
    ]
    with pytest.raises(SeveralRefusals) as refused:
        enter(trader.company, count.pk, rows, by=None)
    assert [(error.row, error.code) for error in refused.value.errors] == [
        (5, "item_unknown"), (6, "counted_invalid"), (7, "count_line_is_another"), (8, "count_line_unknown"),
        (9, "lot_not_kept"), (10, "bin_unknown"), (11, "reason_unknown"),
    ]  # fmt: skip
    assert progress_of([count])[count.pk].counted == 0
    done = enter(trader.company, count.pk, rows, by=None, on_refusal="skip")
    assert (done.changed, len(done.refused)) == (1, 7)


def test_the_last_word_on_a_line_counts_and_is_shown(trader: Trader) -> None:
    count = start(trader)
    wang = trader.user("wang")
    enter(trader.company, count.pk, [counted("A1", "90")], by=wang)
    done = enter(trader.company, count.pk, [counted("A1", "92", row=4)], by=None)
    (one,) = done.replaced
    assert (one.row, one.item, one.before, one.after, one.by) == (4, "A1", 90, 92, "wang")
    enter(trader.company, count.pk, [CountedRow(None, item="A1")], by=None)
    assert StockCountLine.objects.get(count=count, item=trader.items["A1"]).counted is None


def test_one_off_count_takes_the_difference_to_the_books_of_that_day(trader: Trader) -> None:
    deliver(trader, "A1", "30", dt.date(2025, 12, 15))
    count = count_now(
        trader.company,
        trader.warehouse.pk,
        dt.date(2025, 12, 10),
        [(trader.items["A1"], Decimal(98), None, None), (trader.items["A2"], Decimal(101), None, Decimal("3.00"))],
        by=None,
    )
    assert on_hand(trader, "A1") == 68 and on_hand(trader, "A2") == 101
    assert count.loss is not None and count.loss.date == dt.date(2025, 12, 10)
    balance = StockBalance.objects.get(company=trader.company, item=trader.items["A2"])
    assert balance.value == Decimal("253.00")


def test_a_reversed_count_leaves_the_stock_as_if_it_had_not_been(trader: Trader) -> None:
    count = start(trader)
    enter(trader.company, count.pk, [counted("A1", "97"), counted("A2", "104")], by=None)
    confirm_count(trader.company, count.pk, by=None)
    deliver(trader, "A1", "5", dt.date(2025, 12, 22))
    reverse_count(trader.company, count.pk, by=None)
    assert (on_hand(trader, "A1"), on_hand(trader, "A2")) == (95, 100)
    count.refresh_from_db()
    assert count.status == CountStatus.CANCELLED
    statuses = set(StockDocument.objects.filter(pk__in=[count.gain_id, count.loss_id]).values_list("status", flat=True))
    assert statuses == {DocumentStatus.REVERSED}
    assert start(trader) is not None


def test_lots_are_counted_one_by_one(trader: Trader) -> None:
    category = ItemCategory.objects.get(company=trader.company, code="GOODS")
    tea = save_item(
        Item(company=trader.company, code="TEA", name="龙井茶", category=category, tracking=Tracking.LOT), by=None
    )
    lots = [Lot.objects.create(company=trader.company, item=tea, number=f"L{n}") for n in (1, 2)]
    receipt = NewStockDocument(
        DocumentKind.OTHER_RECEIPT,
        DAY,
        trader.warehouse.pk,
        [NewStockLine(tea.pk, Decimal(10), Decimal("5.00"), lot_id=lot.pk) for lot in lots],
        Reason.FOUND,
    )
    create_confirmed(trader.company, [receipt], by=None)
    count = start(trader, items=[tea.pk])
    assert [(line.lot, line.book_qty) for line in count_lines(count)] == [("L1", 10), ("L2", 10)]
    with pytest.raises(SeveralRefusals) as refused:
        enter(trader.company, count.pk, [counted("TEA", "9")], by=None)
    assert refused.value.code == "several_lines"
    enter(
        trader.company,
        count.pk,
        [counted("TEA", "9", lot="L1"), counted("TEA", "11", lot="L2"), counted("TEA", "1", lot="L3")],
        by=None,
    )
    confirm_count(trader.company, count.pk, by=None)
    assert on_hand_of(tea) == {"L1": 9, "L2": 11, "L3": 1}


def on_hand_of(item: Item) -> dict[str, Decimal]:
    return {lot.number: sum(balance.qty for balance in lot.balances.all()) for lot in Lot.objects.filter(item=item)}


def test_bins_are_counted_one_by_one(trader: Trader) -> None:
    trader.warehouse.has_bins = True
    trader.warehouse.save()
    bins = [Bin.objects.create(company=trader.company, warehouse=trader.warehouse, code=f"B-{n}") for n in (1, 2)]
    receipt = NewStockDocument(
        DocumentKind.OTHER_RECEIPT,
        DAY,
        trader.warehouse.pk,
        [NewStockLine(trader.items["A1"], Decimal(10 * n), Decimal("6.00"), bin_id=bins[n - 1].pk) for n in (1, 2)],
        Reason.FOUND,
    )
    create_confirmed(trader.company, [receipt], by=None)
    count = start(trader, items=[trader.items["A1"]])
    assert [(line.bin, line.book_qty) for line in count_lines(count)] == [("B-1", 10), ("B-2", 20), ("", 100)]
    rows = [counted("A1", "9", bin="B-1"), counted("A1", "21", bin="b-2")]
    enter(trader.company, count.pk, rows, by=None)
    confirm_count(trader.company, count.pk, by=None)
    assert on_hand(trader, "A1") == 130


def test_documents_that_come_in_late_are_named_before_confirming(trader: Trader) -> None:
    count = start(trader)
    assert late_documents(count) == []
    deliver(trader, "A1", "30", dt.date(2025, 12, 10))  # paper of the 10th, entered after the snapshot
    (late,) = late_documents(count)
    assert (late.date, late.lines) == (dt.date(2025, 12, 10), 1)
    enter(trader.company, count.pk, [counted("A1", "70", at=NOW)], by=None)
    assert late_documents(count) == []


def test_a_lot_counted_against_the_books_of_now(trader: Trader) -> None:
    category = ItemCategory.objects.get(company=trader.company, code="GOODS")
    tea = save_item(
        Item(company=trader.company, code="TEA", name="龙井茶", category=category, tracking=Tracking.LOT), by=None
    )
    lot = Lot.objects.create(company=trader.company, item=tea, number="L1")
    count = start(trader)
    receipt = NewStockDocument(
        DocumentKind.OTHER_RECEIPT,
        DAY,
        trader.warehouse.pk,
        [NewStockLine(tea.pk, Decimal(10), Decimal("5.00"), lot_id=lot.pk)],
        Reason.FOUND,
    )
    create_confirmed(trader.company, [receipt], by=None)
    enter(trader.company, count.pk, [counted("TEA", "9", lot="L1", at=NOW)], by=None)
    (line,) = differences(trader.company, count.pk)
    assert (line.lot, line.book_qty, line.difference) == ("L1", 10, -1)
