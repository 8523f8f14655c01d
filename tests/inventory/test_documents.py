"""Stock documents through their services: what confirming does, what it refuses, what reversing takes back."""

import datetime as dt
import random
from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest
from django.utils.translation import override

from erp.core.companies.models import Company
from erp.core.companies.setup import create_company
from erp.core.errors import NotFound, PeriodClosed
from inventory.documents.confirm import confirm, confirm_many, create_confirmed
from inventory.documents.drafts import NewStockDocument, NewStockLine, create_document, delete_draft, update_draft
from inventory.documents.errors import (
    AlreadyConfirmed,
    HasDependents,
    InsufficientStock,
    MoreThanOriginal,
    NoLines,
    NoStockItem,
    NotReversible,
    OpeningDate,
    QuantityNotPositive,
    ReasonNeeded,
)
from inventory.documents.models import DocumentKind, DocumentStatus, Reason, StockDocument
from inventory.documents.reverse import reverse
from inventory.items.models import Item
from inventory.moves.models import StockBalance, StockMove
from inventory.setup import PolicyNotAvailable
from inventory.warehouses.services import main_warehouse
from ledger.periods.models import Period, PeriodStatus
from ledger.periods.services import NoPeriod
from ledger.posting.models import BusinessEvent
from ledger.posting.service import post_pending
from ledger.vouchers.models import VoucherLine
from tests.factories import FIRST, CompanyFactory, ItemFactory, WarehouseFactory, stock_document

D = Decimal
RECEIPT, ISSUE = DocumentKind.OTHER_RECEIPT, DocumentKind.OTHER_ISSUE
DELIVERY, RETURN = DocumentKind.DELIVERY, DocumentKind.SALES_RETURN
DAY = dt.timedelta(days=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return CompanyFactory()


@pytest.fixture
def candle(company: Company) -> Item:
    return ItemFactory(company=company, code="85123A", name="白色烛台")


def confirmed(company: Company, kind: DocumentKind, *lines: Any, **fields: Any) -> StockDocument:
    return confirm(company, stock_document(company, kind, *lines, **fields).pk, by=None)


def held(item: Item) -> tuple[Decimal, Decimal]:
    balance = StockBalance.objects.get(item=item)
    return balance.qty, balance.value


def booked(company: Company) -> dict[str, Decimal]:
    """Account code → debit less credit of all vouchers."""
    sums: dict[str, Decimal] = defaultdict(D)
    for line in VoucherLine.objects.filter(company=company).select_related("account"):
        sums[line.account.code] += line.debit - line.credit
    return {code: amount for code, amount in sums.items() if amount}


def test_confirming_moves_goods_fixes_their_cost_and_tells_the_ledger(company: Company, candle: Item) -> None:
    confirmed(company, RECEIPT, (candle, "10", "6.00"))
    issue = confirmed(company, ISSUE, (candle, "4"), reason=Reason.CONSUMPTION)
    assert held(candle) == (D(6), D("36.00"))
    move = StockMove.objects.get(document=issue)
    assert (move.qty, move.value, move.unit_cost, move.kind) == (D(-4), D("-24.00"), D(6), DocumentKind.OTHER_ISSUE)
    event = BusinessEvent.objects.get(source_type="other_issue", source_id=issue.pk)
    assert event.payload["lines"][0]["measures"] == {"qty": "4.000000", "cost": "24.00"}
    assert post_pending(company.pk).failed == 0
    assert booked(company) == {"1405": D("36.00"), "190101": D("-60.00"), "560216": D("24.00")}


def test_opening_stock_becomes_opening_balances_and_no_voucher(company: Company, candle: Item) -> None:
    confirmed(company, RECEIPT, (candle, "10", "6.00"), reason=Reason.OPENING)
    result = post_pending(company.pk)
    assert (result.settled, result.vouchers, result.failed) == (1, 0, 0)
    assert StockMove.objects.get().kind == "opening"


def test_opening_stock_outside_the_first_period_is_refused(company: Company, candle: Item) -> None:
    with pytest.raises(OpeningDate):
        stock_document(company, RECEIPT, (candle, "1", "1"), reason=Reason.OPENING, date=dt.date(2025, 2, 1))


def test_a_gift_posts_cost_and_output_vat_to_expense(company: Company, candle: Item) -> None:
    confirmed(company, RECEIPT, (candle, "2", "10.50"))
    line = NewStockLine(candle.pk, D(2), market_net=D("40.00"), output_tax=D("5.20"))
    gift = NewStockDocument(ISSUE, FIRST, main_warehouse(company).pk, [line], Reason.GIFT)
    create_confirmed(company, [gift], by=None)
    assert post_pending(company.pk).failed == 0
    assert booked(company) == {"190101": D("-21.00"), "560109": D("26.20"), "22210107": D("-5.20")}


def test_selling_more_than_is_there_names_item_warehouse_and_figures(company: Company, candle: Item) -> None:
    confirmed(company, RECEIPT, (candle, "3", "5.00"))
    draft = stock_document(company, DELIVERY, (candle, "10"))
    with pytest.raises(InsufficientStock) as caught:
        confirm(company, draft.pk, by=None)
    facts = caught.value.facts
    assert (facts["item"], facts["warehouse"], facts["available"], facts["needed"], facts["line"]) == (
        "85123A", "主仓库", "3", "10", 1,
    )  # fmt: skip
    assert caught.value.field == "lines-1-qty"
    with override("en"):
        assert "85123A 白色烛台: warehouse 主仓库 has 3 available, 10 needed" in caught.value.message
    draft.refresh_from_db()
    assert draft.status == DocumentStatus.DRAFT
    assert held(candle) == (D(3), D("15.00"))


def test_a_refused_document_is_skipped_and_the_others_go_on(company: Company, candle: Item) -> None:
    confirmed(company, RECEIPT, (candle, "5", "5.00"))
    too_much, enough = (stock_document(company, DELIVERY, (candle, qty)) for qty in ("6", "5"))
    result = confirm_many(company, [too_much.pk, enough.pk], by=None, on_refusal="skip")
    assert result.confirmed == [enough.pk]
    assert isinstance(result.refused[too_much.pk], InsufficientStock)
    assert held(candle) == (D(0), D("0.00"))
    assert not BusinessEvent.objects.filter(source_id=too_much.pk, source_type="delivery").exists()


def test_one_refusal_undoes_the_whole_batch_unless_skipped(company: Company, candle: Item) -> None:
    confirmed(company, RECEIPT, (candle, "5", "5.00"))
    fine, too_much = (stock_document(company, DELIVERY, (candle, qty)) for qty in ("5", "6"))
    with pytest.raises(InsufficientStock):
        confirm_many(company, [fine.pk, too_much.pk], by=None)
    assert held(candle) == (D(5), D("25.00"))
    assert StockDocument.objects.filter(status=DocumentStatus.DRAFT).count() == 2


def test_the_lines_of_one_document_share_what_is_there(company: Company, candle: Item) -> None:
    confirmed(company, RECEIPT, (candle, "5", "5.00"))
    with pytest.raises(InsufficientStock) as caught:
        confirmed(company, DELIVERY, (candle, "3"), (candle, "3"))
    assert (caught.value.facts["available"], caught.value.facts["line"]) == ("2", 2)


def test_a_back_dated_issue_cannot_take_what_a_later_one_needs(company: Company, candle: Item) -> None:
    confirmed(company, RECEIPT, (candle, "10", "5.00"))
    confirmed(company, DELIVERY, (candle, "8"), date=FIRST + 5 * DAY)
    confirmed(company, RECEIPT, (candle, "20", "5.00"), date=FIRST + 9 * DAY)
    with pytest.raises(InsufficientStock) as caught:
        confirmed(company, DELIVERY, (candle, "3"), date=FIRST + 2 * DAY)
    assert caught.value.facts["available"] == "2"
    confirmed(company, DELIVERY, (candle, "2"), date=FIRST + 2 * DAY)


def test_a_closed_period_refuses_the_document_itself(company: Company, candle: Item) -> None:
    draft = stock_document(company, RECEIPT, (candle, "1", "1.00"))
    Period.objects.filter(company=company, year=2025, number=1).update(status=PeriodStatus.CLOSED)
    with pytest.raises(PeriodClosed):
        confirm(company, draft.pk, by=None)


def test_a_date_outside_the_books_is_refused(company: Company, candle: Item) -> None:
    with pytest.raises(NoPeriod):
        confirmed(company, RECEIPT, (candle, "1", "1.00"), date=dt.date(2020, 1, 1))


def test_confirming_twice_is_refused_the_second_time(company: Company, candle: Item) -> None:
    receipt = confirmed(company, RECEIPT, (candle, "1", "1.00"))
    with pytest.raises(AlreadyConfirmed):
        confirm(company, receipt.pk, by=None)
    with pytest.raises(AlreadyConfirmed):
        delete_draft(company, receipt.pk, by=None)


def test_documents_of_another_company_do_not_exist_here(company: Company, candle: Item) -> None:
    draft = stock_document(company, RECEIPT, (candle, "1", "1.00"))
    with pytest.raises(NotFound):
        confirm(CompanyFactory(), draft.pk, by=None)


def test_what_is_entered_wrongly_is_refused_with_its_field(company: Company, candle: Item) -> None:
    postage = ItemFactory(company=company, code="POST", kind="service", category_code="FREIGHT")
    warehouse = main_warehouse(company).pk
    line = NewStockLine(candle.pk, D(1))
    cases = [
        (NewStockDocument(DELIVERY, FIRST, warehouse, []), NoLines, "lines"),
        (NewStockDocument(RECEIPT, FIRST, warehouse, [line]), ReasonNeeded, "reason"),
        (NewStockDocument(RECEIPT, FIRST, warehouse, [line], Reason.GIFT), ReasonNeeded, "reason"),
        (
            NewStockDocument(DELIVERY, FIRST, warehouse, [line, NewStockLine(candle.pk, D(0))]),
            QuantityNotPositive,
            "lines-2-qty",
        ),
        (NewStockDocument(DELIVERY, FIRST, warehouse, [NewStockLine(postage.pk, D(1))]), NoStockItem, "lines-1-item"),
    ]
    for document, error, field in cases:
        with pytest.raises(error) as caught:
            create_document(company, document, by=None)
        assert caught.value.field == field


def test_a_draft_is_replaced_and_deleted_and_keeps_its_number(company: Company, candle: Item) -> None:
    draft = stock_document(company, DELIVERY, (candle, "1"))
    changed = NewStockDocument(
        DELIVERY,
        FIRST + DAY,
        main_warehouse(company).pk,
        [NewStockLine(candle.pk, D(2)), NewStockLine(candle.pk, D(3))],
    )
    row = update_draft(company, draft.pk, changed, by=None)
    assert (row.number, row.date) == (draft.number, FIRST + DAY)
    assert [line.qty for line in row.lines.order_by("line_no")] == [D(2), D(3)]
    delete_draft(company, row.pk, by=None)
    assert not StockDocument.objects.exists()


def test_more_than_was_delivered_cannot_come_back(company: Company, candle: Item) -> None:
    confirmed(company, RECEIPT, (candle, "10", "5.00"))
    line = confirmed(company, DELIVERY, (candle, "4")).lines.get()
    confirmed(company, RETURN, (candle, "3"), of_lines={0: line.pk})
    with pytest.raises(MoreThanOriginal) as caught:
        confirmed(company, RETURN, (candle, "2"), of_lines={0: line.pk})
    assert caught.value.facts["open"] == "1"


def test_a_reversed_return_can_come_back_again(company: Company, candle: Item) -> None:
    confirmed(company, RECEIPT, (candle, "10", "5.00"))
    line = confirmed(company, DELIVERY, (candle, "4")).lines.get()
    returned = confirmed(company, RETURN, (candle, "4"), of_lines={0: line.pk})
    reverse(company, returned.pk, by=None, date=FIRST)
    confirmed(company, RETURN, (candle, "4"), of_lines={0: line.pk})
    assert held(candle) == (D(10), D("50.00"))


def test_reversing_takes_back_goods_value_and_voucher(company: Company, candle: Item) -> None:
    confirmed(company, RECEIPT, (candle, "10", "5.00"))
    delivery = confirmed(company, DELIVERY, (candle, "4"))
    confirmed(company, RECEIPT, (candle, "10", "9.00"))
    reversal = reverse(company, delivery.pk, by=None, date=FIRST + DAY)
    assert held(candle) == (D(20), D("140.00"))
    assert (reversal.reversal_of_id, reversal.kind, reversal.date) == (delivery.pk, DELIVERY, FIRST + DAY)
    delivery.refresh_from_db()
    assert delivery.status == DocumentStatus.REVERSED
    assert StockMove.objects.get(document=reversal).reversal_of.document_id == delivery.pk
    assert post_pending(company.pk).failed == 0
    assert booked(company) == {"1405": D("140.00"), "190101": D("-140.00")}
    red = VoucherLine.objects.filter(voucher__events__source_id=reversal.pk, account__code="540101").get()
    assert red.debit == D("-20.00")


def test_a_document_is_reversed_once_and_a_reversal_never(company: Company, candle: Item) -> None:
    receipt = confirmed(company, RECEIPT, (candle, "1", "5.00"))
    reversal = reverse(company, receipt.pk, by=None, date=FIRST)
    for document in (receipt, reversal):
        with pytest.raises(NotReversible):
            reverse(company, document.pk, by=None, date=FIRST)


def test_a_receipt_whose_goods_are_gone_cannot_be_reversed(company: Company, candle: Item) -> None:
    receipt = confirmed(company, RECEIPT, (candle, "5", "5.00"))
    confirmed(company, DELIVERY, (candle, "1"))
    with pytest.raises(InsufficientStock):
        reverse(company, receipt.pk, by=None, date=FIRST)


def test_reversing_a_receipt_costs_what_came_after_as_if_it_had_never_been(company: Company, candle: Item) -> None:
    receipt = confirmed(company, RECEIPT, (candle, "5", "5.00"))
    confirmed(company, RECEIPT, (candle, "5", "9.00"))
    delivery = confirmed(company, DELIVERY, (candle, "5"))
    reverse(company, receipt.pk, by=None)
    assert held(candle) == (D(0), D("0.00"))
    assert StockMove.objects.get(document=delivery).value == D("-45.00")


def test_a_delivery_whose_goods_came_back_is_reversed_after_the_return(company: Company, candle: Item) -> None:
    confirmed(company, RECEIPT, (candle, "5", "5.00"))
    delivery = confirmed(company, DELIVERY, (candle, "5"))
    returned = confirmed(company, RETURN, (candle, "2"), of_lines={0: delivery.lines.get().pk})
    with pytest.raises(HasDependents) as caught:
        reverse(company, delivery.pk, by=None, date=FIRST)
    assert caught.value.facts["later"] == returned.number
    reverse(company, returned.pk, by=None, date=FIRST)
    reverse(company, delivery.pk, by=None, date=FIRST)
    assert held(candle) == (D(5), D("25.00"))


def test_a_policy_that_cannot_be_followed_is_refused_when_the_company_is_made() -> None:
    with pytest.raises(PolicyNotAvailable):
        create_company("late", "发出商品公司", first_period=FIRST, delivery_policy="deferred_until_invoice")


def test_confirming_takes_the_same_number_of_statements_for_one_document_and_for_many(
    company: Company, candle: Item, django_assert_max_num_queries: Any
) -> None:
    confirmed(company, RECEIPT, (candle, "500", "5.00"))
    drafts = [stock_document(company, DELIVERY, (candle, "1"), (candle, "2")).pk for _number in range(30)]
    with django_assert_max_num_queries(22):
        confirm_many(company, drafts[:1], by=None)
    with django_assert_max_num_queries(22):
        confirm_many(company, drafts[1:], by=None)


def test_any_documents_keep_balances_equal_to_moves_and_to_the_ledger(company: Company) -> None:
    chance = random.Random(20250101)
    items = [ItemFactory(company=company) for _number in range(4)]
    warehouses = [main_warehouse(company), WarehouseFactory(company=company)]
    documents = []
    for number in range(120):
        kind = chance.choice([RECEIPT, RECEIPT, ISSUE, DELIVERY, RETURN])
        reason = {RECEIPT: Reason.FOUND, ISSUE: Reason.CONSUMPTION}.get(kind, Reason.NONE)
        lines = [
            NewStockLine(
                chance.choice(items).pk,
                D(chance.randint(1, 60_000)) / 1000,
                D(chance.randint(0, 9999)) / 100 if kind == RECEIPT else None,
            )
            for _line in range(chance.randint(1, 4))
        ]
        day = FIRST + (number // 6) * DAY
        documents.append(NewStockDocument(kind, day, chance.choice(warehouses).pk, lines, reason))
    made = create_confirmed(company, documents, by=None, on_refusal="skip")
    ids = [document_id for document_id in made if isinstance(document_id, int)]
    assert 20 < len(ids) < 120  # some are refused, most are not
    for document_id in chance.sample(ids, 25):
        try:
            reverse(company, document_id, by=None, date=FIRST + 25 * DAY)
        except InsufficientStock:
            continue
    moved: dict[tuple[int, int], list[Decimal]] = defaultdict(lambda: [D(0), D(0)])
    for move in StockMove.objects.filter(company=company):
        moved[move.item_id, move.warehouse_id][0] += move.qty
        moved[move.item_id, move.warehouse_id][1] += move.value
    balances = StockBalance.objects.filter(company=company)
    assert {
        (b.item_id, b.warehouse_id): [b.qty, b.value] for b in balances if (b.item_id, b.warehouse_id) in moved
    } == moved
    assert all(b.qty or not b.value for b in balances)
    assert post_pending(company.pk).failed == 0
    assert booked(company).get("1405", D(0)) == sum(b.value for b in balances)
