"""The count sheet: out, filled in, and back; and three thousand items counted while goods are delivered."""

import io
import random
import threading
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.utils import translation

from erp.core.errors import DomainError
from inventory.counts.differences import count_lines, progress_of
from inventory.counts.models import StockCount
from inventory.counts.services import confirm_count, start_count
from inventory.counts.sheet import heading, upload, workbook
from inventory.documents.confirm import create_confirmed
from inventory.documents.drafts import NewStockDocument, NewStockLine
from inventory.documents.models import DocumentKind, Reason
from inventory.items.services import NewItem, ensure_items
from inventory.moves.models import StockBalance, StockMove
from ledger.posting import events
from tests.inventory.counts.test_counting import LATER
from tests.trading import DAY, FIRST, Trader


def sheet_of(count: StockCount) -> Any:
    return openpyxl.load_workbook(io.BytesIO(workbook(count, sees_cost=True)))


def column(page: Any, name: str) -> int:
    return next(cell.column for cell in page[3] if cell.value == heading(name))


def fill(count: StockCount, quantities: dict[str, Any], extra: list[dict[str, Any]] | None = None) -> bytes:
    """The sheet with quantities by item code, and rows below its lines."""
    book = sheet_of(count)
    page = book.active
    item, counted = column(page, "item"), column(page, "counted")
    last = 3
    for row in range(4, page.max_row + 1):
        code = page.cell(row, item).value
        if code:
            last = row
        if code in quantities:
            page.cell(row, counted).value = quantities[code]
    for number, given in enumerate(extra or [], start=last + 1):
        for name, value in given.items():
            page.cell(number, column(page, name)).value = value
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.mark.django_db
class TestSheet:
    def test_only_what_people_fill_in_is_unlocked(self) -> None:
        trader = Trader(stock="100")
        count = start_count(trader.company, trader.warehouse.pk, date=LATER, by=None)
        page = sheet_of(count).active
        assert page.protection.sheet
        assert page.cell(4, column(page, "book")).value == 100
        assert page.cell(4, column(page, "counted")).protection.locked is False
        assert page.cell(4, column(page, "item")).protection.locked is True

    def test_a_blind_sheet_does_not_tell_the_books(self) -> None:
        trader = Trader(stock="100")
        count = start_count(trader.company, trader.warehouse.pk, date=LATER, blind=True, by=None)
        page = sheet_of(count).active
        assert heading("book") not in [cell.value for cell in page[3]]

    @pytest.mark.parametrize(("made_in", "read_in"), [("zh-hans", "en"), ("en", "zh-hans")])
    def test_a_sheet_is_read_whatever_language_it_was_made_in(self, made_in: str, read_in: str) -> None:
        trader = Trader(stock="100")
        count = start_count(trader.company, trader.warehouse.pk, date=LATER, by=None)
        with translation.override(made_in):
            content = fill(count, {"A1": 97})
        with translation.override(read_in):
            found = upload(trader.company, count.pk, content, "sheet.xlsx", by=None, dry_run=True)
            assert (found.rows, found.blank, found.entered.changed) == (1, 1, 1)
            assert progress_of([count])[count.pk].counted == 0
            upload(trader.company, count.pk, content, "sheet.xlsx", by=None, dry_run=False)
        assert progress_of([count])[count.pk].counted == 1

    def test_wrong_rows_are_named_and_may_be_left_out(self) -> None:
        trader = Trader(stock="100")
        count = start_count(trader.company, trader.warehouse.pk, date=LATER, by=None)
        content = fill(count, {"A1": "97", "A2": "many"}, [{"item": "ZZZ", "counted": 1}])
        found = upload(trader.company, count.pk, content, "sheet.xlsx", by=None, dry_run=True)
        assert [(refusal.row, refusal.code) for refusal in found.entered.refused] == [
            (5, "not_a_number"), (6, "item_unknown"),
        ]  # fmt: skip
        with pytest.raises(DomainError):
            upload(trader.company, count.pk, content, "sheet.xlsx", by=None, dry_run=False)
        upload(trader.company, count.pk, content, "sheet.xlsx", by=None, dry_run=False, take_good=True)
        assert progress_of([count])[count.pk].counted == 1

    def test_two_counters_upload_parts_and_the_later_word_is_shown(self) -> None:
        trader = Trader(stock="100")
        wang, li = trader.user("wang"), trader.user("li")
        count = start_count(trader.company, trader.warehouse.pk, date=LATER, by=None)
        upload(trader.company, count.pk, fill(count, {"A1": 97}), "wang.xlsx", by=wang, dry_run=False)
        later = fill(count, {"A1": 98, "A2": 100})
        found = upload(trader.company, count.pk, later, "li.xlsx", by=li, dry_run=True)
        (one,) = found.entered.replaced
        assert (one.item, one.before, one.after, one.by) == ("A1", 97, 98, "wang")
        upload(trader.company, count.pk, later, "li.xlsx", by=li, dry_run=False)
        lines = {line.code: line for line in count_lines(count)}
        assert (lines["A1"].counted, lines["A1"].counted_by, lines["A2"].counted) == (98, "li", 100)

    def test_goods_that_are_not_listed_come_with_their_cost(self) -> None:
        trader = Trader(stock="100")
        ensure_items(trader.company, [NewItem("NEW", "圣诞彩灯")])
        count = start_count(trader.company, trader.warehouse.pk, date=LATER, by=None)
        content = fill(count, {}, [{"item": "NEW", "counted": 3, "unit_cost": 2.5}])
        upload(trader.company, count.pk, content, "sheet.xlsx", by=None, dry_run=False)
        confirm_count(trader.company, count.pk, by=None)
        assert StockBalance.objects.get(company=trader.company, item__code="NEW").value == Decimal("7.50")


ITEMS, CLERKS, EACH = 3_000, 4, 12


@pytest.mark.django_db(transaction=True)
def test_three_thousand_items_are_counted_through_excel_while_goods_are_delivered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(events, "wake", lambda company_id: None)
    trader = Trader()
    company = trader.company
    ids = ensure_items(company, [NewItem(f"N{n:04d}", f"货品 {n}") for n in range(ITEMS)])
    lines = [NewStockLine(item, Decimal(1000), Decimal("2.00")) for item in ids.values()]
    opening = NewStockDocument(DocumentKind.OTHER_RECEIPT, FIRST, trader.warehouse.pk, lines, Reason.OPENING)
    create_confirmed(company, [opening], by=None)
    stop, begun = threading.Event(), threading.Barrier(CLERKS + 1)
    failed: list[Exception] = []
    sold: list[int] = []

    def clerk(number: int) -> None:
        chance = random.Random(number)
        begun.wait()
        try:
            while not stop.is_set() or not sold:
                chosen = chance.sample(sorted(ids.values()), EACH)
                document = NewStockDocument(
                    DocumentKind.OTHER_ISSUE,
                    DAY,
                    trader.warehouse.pk,
                    [NewStockLine(item, Decimal(1)) for item in chosen],
                    Reason.CONSUMPTION,
                )
                create_confirmed(company, [document], by=None)
                sold.extend(chosen)
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    clerks = [threading.Thread(target=clerk, args=(number,)) for number in range(CLERKS)]
    for thread in clerks:
        thread.start()
    begun.wait()
    count = start_count(company, trader.warehouse.pk, date=DAY, by=None)
    books = {line.code: line.book_qty for line in count_lines(count)}
    # Every third item is one too many, every fifth two too few, as the shelves were at the snapshot.
    wanted = {code: (1 if n % 3 == 0 else 0) - (2 if n % 5 == 0 else 0) for n, code in enumerate(sorted(ids))}
    halves = sorted(ids)[: ITEMS // 2], sorted(ids)[ITEMS // 2 :]
    try:
        for half in halves:
            content = fill(count, {code: int(books[code]) + wanted[code] for code in half})
            upload(company, count.pk, content, "sheet.xlsx", by=None, dry_run=False)
        confirm_count(company, count.pk, by=None)
    finally:
        stop.set()
        for thread in clerks:
            thread.join()
    assert failed == []
    count.refresh_from_db()
    booked = {
        move.item.code: move.qty
        for move in StockMove.objects.filter(company=company, document__in=[count.gain, count.loss]).select_related(
            "item"
        )
    }
    assert booked == {code: Decimal(qty) for code, qty in wanted.items() if qty}
    left = dict(StockBalance.objects.filter(company=company).values_list("item_id", "qty"))
    gone = {item: sold.count(item) for item in set(sold)}
    assert sum(gone.values()) > EACH
    for code, item in ids.items():
        assert left[item] == 1000 - gone.get(item, 0) + wanted[code], code
