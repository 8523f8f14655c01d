"""Sales documents through their services: amounts, delivering, invoicing, returns, and what the ledger gets."""

import datetime as dt
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from erp.core.companies.models import Company, RevenuePolicy
from erp.core.companies.setup import create_company
from erp.core.errors import NotFound, PeriodClosed
from erp.core.verify import verify
from inventory.documents.confirm import confirm
from inventory.documents.errors import InsufficientStock
from inventory.documents.models import DocumentKind, Reason, StockDocument
from inventory.documents.reverse import reverse
from inventory.items.models import Item, ItemKind
from inventory.moves.models import StockBalance, StockMove
from inventory.preferences import StockPreferences
from inventory.setup import PolicyNotAvailable
from ledger.periods.models import Period, PeriodStatus
from ledger.posting.models import BusinessEvent, EventState
from ledger.posting.service import post_pending
from ledger.vouchers.models import VoucherLine
from sales.customers.models import Customer
from sales.customers.services import NewCustomer, cash_customer, ensure_customers
from sales.invoices.models import InvoiceKind, SalesInvoice
from sales.orders.amounts import Amounts, line_amounts, portion
from sales.orders.errors import (
    MoreThanLeft,
    NothingDelivered,
    NothingLeft,
    OrderHasNoLines,
    OrderNotConfirmed,
    OrderNotDraft,
    OverDelivery,
    OverDeliveryRange,
    QuantitySign,
    TaxRateRange,
)
from sales.orders.fulfil import complete_many, deliver, invoice
from sales.orders.models import OrderKind, OrderStatus, SalesOrder
from sales.orders.queries import missing, order_states, timeline
from sales.orders.services import (
    NewOrder,
    NewOrderLine,
    cancel_order,
    confirm_orders,
    create_order,
    create_orders,
    delete_draft,
    update_draft,
)
from tests.factories import FIRST, CompanyFactory, CustomerFactory, ItemFactory, stock_document
from tests.trading import Trader

D = Decimal
pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return CompanyFactory()


@pytest.fixture
def candle(company: Company) -> Item:
    """100 candles on hand at 6.00."""
    item = ItemFactory(company=company, code="85123A")
    opening = stock_document(company, DocumentKind.OTHER_RECEIPT, (item, "100", "6.00"), reason=Reason.OPENING)
    confirm(company, opening.pk, by=None)
    return item


@pytest.fixture
def postage(company: Company) -> Item:
    return ItemFactory(company=company, code="POST", name="邮费", kind=ItemKind.SERVICE, category_code="FREIGHT")


@pytest.fixture
def customer(company: Company) -> Customer:
    return CustomerFactory(company=company)


def line(item: Item, qty: str, price: str, rate: str | None = "0.13", **fields: Any) -> NewOrderLine:
    return NewOrderLine(item.pk, D(qty), D(price), D(rate) if rate else None, **fields)


def order(customer: Customer, *lines: NewOrderLine, **fields: Any) -> SalesOrder:
    return create_order(customer.company, NewOrder(customer.pk, FIRST, list(lines), **fields), by=None)


def sold(customer: Customer, *lines: NewOrderLine, **fields: Any) -> SalesOrder:
    row = order(customer, *lines, **fields)
    complete_many(customer.company, [row.pk], by=None)
    row.refresh_from_db()
    return row


def booked(company: Company) -> dict[str, Decimal]:
    """Account code → debit less credit of all vouchers."""
    sums: dict[str, Decimal] = defaultdict(D)
    for row in VoucherLine.objects.filter(company=company).select_related("account"):
        sums[row.account.code] += row.debit - row.credit
    return {code: amount for code, amount in sums.items() if amount}


@pytest.mark.parametrize(
    ("qty", "price", "rate", "includes_tax", "amounts"),
    [
        ("10", "20", "0.13", False, ("200.00", "26.00", "226.00")),
        ("1", "52.5", "0.13", False, ("52.50", "6.83", "59.33")),
        ("-1", "52.5", "0.13", False, ("-52.50", "-6.83", "-59.33")),
        ("1", "100", "0.13", True, ("88.50", "11.50", "100.00")),
        ("1", "99.99", "0.13", True, ("88.49", "11.50", "99.99")),
        ("3", "0.333333", "0", False, ("1.00", "0.00", "1.00")),
    ],
)
def test_net_tax_and_gross_of_a_line(
    qty: str, price: str, rate: str, includes_tax: bool, amounts: tuple[str, str, str]
) -> None:
    assert line_amounts(D(qty), D(price), D(rate), includes_tax=includes_tax) == Amounts(*map(D, amounts))


def test_a_line_invoiced_in_three_parts_adds_up_to_the_cent() -> None:
    whole = Amounts(D("100.00"), D("13.00"), D("113.00"))
    done, parts = Amounts(D(0), D(0), D(0)), []
    for number in range(3):
        part = portion(whole, D(1), D(3), D(number), done)
        done = Amounts(*(a + b for a, b in zip(done, part, strict=True)))
        parts.append(part.net)
    assert parts == [D("33.33"), D("33.33"), D("33.34")]
    assert done == whole


def test_header_totals_are_sums_of_lines(customer: Customer, candle: Item) -> None:
    row = order(customer, line(candle, "1", "52.5"), line(candle, "1", "52.5"))
    assert (row.net, row.tax, row.gross) == (D("105.00"), D("13.66"), D("118.66"))
    assert row.number == "XSDD202501-0001"


def test_a_line_without_a_rate_takes_the_items(customer: Customer, candle: Item) -> None:
    assert order(customer, line(candle, "1", "100", None)).tax == D("13.00")


def test_completing_delivers_invoices_and_posts(customer: Customer, candle: Item, postage: Item) -> None:
    company = customer.company
    row = sold(customer, line(candle, "10", "20"), line(postage, "1", "15"))
    delivery = StockDocument.objects.get(source_type="sales_order", source_id=row.pk)
    bill = SalesInvoice.objects.get(order=row)
    assert row.status == OrderStatus.CONFIRMED
    assert [(moved.item_id, moved.qty) for moved in delivery.lines.all()] == [(candle.pk, D(10))]
    assert (bill.kind, bill.net, bill.tax, bill.gross) == (InvoiceKind.BLUE, D("215.00"), D("27.95"), D("242.95"))
    assert StockBalance.objects.get(item=candle).value == D("540.00")
    assert post_pending(company.pk).failed == 0
    assert booked(company) == {
        "1122": D("242.95"),
        "500101": D("-200.00"),
        "505102": D("-15.00"),
        "22210107": D("-27.95"),
        "540101": D("60.00"),
        "1405": D("-60.00"),
    }


def test_vouchers_of_a_sale_equal_the_worked_examples(customer: Customer, candle: Item) -> None:
    sold(customer, line(candle, "10", "20"))
    post_pending(customer.company_id)
    lines = VoucherLine.objects.filter(company=customer.company).order_by("voucher_id", "line_no")
    shown = [
        (
            row.account.code,
            row.debit,
            row.credit,
            sorted(part.dimension_type.code for part in row.dimension_set.items.all()),
            row.quantity,
        )
        for row in lines.select_related("account")
    ]
    assert sorted(shown) == sorted(
        [
            ("540101", D("60.00"), D(0), ["department"], None),
            ("1405", D(0), D("60.00"), ["item", "warehouse"], D(10)),
            ("1122", D("226.00"), D(0), ["customer"], None),
            ("500101", D(0), D("200.00"), ["department"], None),
            ("22210107", D(0), D("26.00"), [], None),
        ]
    )


def test_each_kind_of_service_goes_to_its_own_account(customer: Customer) -> None:
    company = customer.company
    services = {
        "M": ("MANUAL", "1", "505103"),
        "D": ("DISCOUNT", "1", "500190"),
        "GIFT_0001_10": ("GIFT_VOUCHER", "1", "2203"),
    }
    for code, (category, qty, _account) in services.items():
        item = ItemFactory(company=company, code=code, kind=ItemKind.SERVICE, category_code=category)
        sold(customer, line(item, qty, "10", "0"))
    for code, category, price in (("S", "SAMPLE", "7"), ("AMAZONFEE", "PLATFORM_FEE", "8"), ("BC", "BANK_CHARGE", "9")):
        item = ItemFactory(company=company, code=code, kind=ItemKind.SERVICE, category_code=category)
        sold(customer, line(item, "-1", price, "0"), kind=OrderKind.RETURN)
    assert not StockDocument.objects.filter(company=company).exists()
    assert post_pending(company.pk).failed == 0
    assert booked(company) == {
        "505103": D("-10.00"),
        "500190": D("-10.00"),
        "2203": D("-10.00"),
        "560190": D("7.00"),  # an expense is debited, also when it is deducted on a red invoice
        "560108": D("8.00"),
        "560304": D("9.00"),
        "1122": D("6.00"),
    }


def test_free_goods_on_an_invoice_make_no_revenue_line(customer: Customer, candle: Item) -> None:
    sold(customer, line(candle, "2", "0"))
    result = post_pending(customer.company_id)
    assert (result.failed, result.vouchers) == (0, 1)
    assert BusinessEvent.objects.get(event_type="sales_invoice").reason_code == "zero_amount"


def test_a_return_without_an_original_comes_back_at_the_average(customer: Customer, candle: Item) -> None:
    sold(customer, line(candle, "10", "20"))
    row = sold(customer, line(candle, "-2", "20"), kind=OrderKind.RETURN)
    bill = SalesInvoice.objects.get(order=row)
    assert (bill.kind, bill.net, bill.tax, bill.number) == (InvoiceKind.RED, D("-40.00"), D("-5.20"), "HZFP202501-0001")
    events = BusinessEvent.objects.filter(event_type="sales_return_invoiced")
    assert sorted(event.payload["facts"]["part"] for event in events) == ["cost", "invoice"]
    assert post_pending(customer.company_id).failed == 0
    red = VoucherLine.objects.filter(voucher__events__in=events).order_by("debit", "credit")
    assert [(row.account.code, row.debit, row.credit) for row in red] == [
        ("1122", D("-45.20"), D(0)),
        ("540101", D("-12.00"), D(0)),
        ("500101", D(0), D("-40.00")),
        ("1405", D(0), D("-12.00")),
        ("22210107", D(0), D("-5.20")),
    ]


def test_a_linked_return_comes_back_at_the_cost_of_its_deliveries(customer: Customer, candle: Item) -> None:
    company = customer.company
    sale = order(customer, line(candle, "10", "20"))
    confirm_orders(company, [sale.pk], by=None)
    sold_line = sale.lines.get()
    deliver(company, sale.pk, by=None, quantities={sold_line.pk: D(4)})
    dearer = stock_document(company, DocumentKind.OTHER_RECEIPT, (candle, "96", "9.00"))
    confirm(company, dearer.pk, by=None)
    deliver(company, sale.pk, by=None)  # 6 at 7.50
    back = sold(customer, line(candle, "-5", "20", of_line_id=sold_line.pk), kind=OrderKind.RETURN)
    moves = StockMove.objects.filter(document__source_id=back.pk, document__kind=DocumentKind.SALES_RETURN)
    assert [(move.qty, move.value) for move in moves.order_by("id")] == [(D(4), D("24.00")), (D(1), D("7.50"))]
    with pytest.raises(NothingDelivered) as caught:
        sold(customer, line(candle, "-6", "20", of_line_id=sold_line.pk), kind=OrderKind.RETURN)
    assert caught.value.facts["open"] == "5"


def test_an_order_says_how_much_more_than_ordered_may_be_delivered(customer: Customer, candle: Item) -> None:
    company = customer.company
    row = create_order(
        company,
        NewOrder(customer.pk, FIRST, [line(candle, "10", "20")], over_delivery=D("0.05")),
        by=None,
    )
    confirm_orders(company, [row.pk], by=None)
    (line_id,) = row.lines.values_list("id", flat=True)
    deliver(company, row.pk, by=None, quantities={line_id: D(4)})
    with pytest.raises(OverDelivery) as caught:
        deliver(company, row.pk, by=None, quantities={line_id: D("6.6")})
    assert caught.value.facts["left"] == "6.5"
    deliver(company, row.pk, by=None, quantities={line_id: D("6.5")})
    with pytest.raises(OverDelivery):
        deliver(company, row.pk, by=None, quantities={line_id: D("0.1")})
    assert all(result.holds for result in verify(company))


def test_the_share_for_over_delivery_is_between_nothing_and_all(customer: Customer, candle: Item) -> None:
    with pytest.raises(OverDeliveryRange):
        create_order(
            customer.company, NewOrder(customer.pk, FIRST, [line(candle, "1", "1")], over_delivery=D("1.1")), by=None
        )


def test_deliveries_and_invoices_in_parts_end_exactly_at_the_order(customer: Customer, candle: Item) -> None:
    company = customer.company
    row = order(customer, line(candle, "3", "33.333333"))
    with pytest.raises(OrderNotConfirmed):
        deliver(company, row.pk, by=None)
    confirm_orders(company, [row.pk], by=None)
    (line_id,) = row.lines.values_list("id", flat=True)
    deliver(company, row.pk, by=None, quantities={line_id: D(1)})
    first = invoice(company, row.pk, by=None, quantities={line_id: D(1)})
    with pytest.raises(MoreThanLeft) as caught:
        deliver(company, row.pk, by=None, quantities={line_id: D(3)})
    assert caught.value.facts["left"] == "2"
    state = order_states(company.pk, [row.pk])[row.pk]
    assert (state.delivered, state.invoiced) == (D(1) / D(3), D(1) / D(3))
    complete_many(company, [row.pk], by=None)
    rest = SalesInvoice.objects.get(order=row, id__gt=first.pk)
    assert (first.net + rest.net, first.tax + rest.tax) == (row.net, row.tax)
    with pytest.raises(NothingLeft):
        complete_many(company, [row.pk], by=None)
    post_pending(company.pk)
    assert order_states(company.pk, [row.pk])[row.pk].is_complete


def test_an_order_that_cannot_be_delivered_is_left_as_it_was(customer: Customer, candle: Item) -> None:
    company = customer.company
    ids = create_orders(
        company,
        [NewOrder(customer.pk, FIRST, [line(candle, qty, "20")]) for qty in ("60", "50", "40")],
        by=None,
    )
    result = complete_many(company, ids, by=None, on_refusal="skip")
    assert result.completed == [ids[0], ids[2]]
    assert isinstance(result.refused[ids[1]], InsufficientStock)
    assert SalesOrder.objects.get(pk=ids[1]).status == OrderStatus.DRAFT
    assert not SalesInvoice.objects.filter(order=ids[1]).exists()
    with pytest.raises(InsufficientStock):
        complete_many(company, [ids[1]], by=None)


def test_a_closed_period_refuses_the_whole_order(customer: Customer, postage: Item) -> None:
    company = customer.company
    row = order(customer, line(postage, "1", "20"))
    Period.objects.filter(company=company, year=2025, number=1).update(status=PeriodStatus.CLOSED)
    with pytest.raises(PeriodClosed):
        complete_many(company, [row.pk], by=None)
    assert not SalesInvoice.objects.exists()


def test_what_is_entered_wrongly_is_refused(customer: Customer, candle: Item) -> None:
    company = customer.company
    cases: list[tuple[NewOrder, type[Exception]]] = [
        (NewOrder(customer.pk, FIRST, []), OrderHasNoLines),
        (NewOrder(customer.pk, FIRST, [line(candle, "-1", "2")]), QuantitySign),
        (NewOrder(customer.pk, FIRST, [line(candle, "1", "2")], kind=OrderKind.RETURN), QuantitySign),
        (NewOrder(customer.pk, FIRST, [line(candle, "1", "2", "13")]), TaxRateRange),
        (NewOrder(CustomerFactory().pk, FIRST, [line(candle, "1", "2")]), NotFound),
    ]
    for new, error in cases:
        with pytest.raises(error):
            create_orders(company, [new], by=None)
    assert not SalesOrder.objects.exists()


def test_a_draft_is_changed_deleted_or_cancelled_and_a_confirmed_order_is_not(customer: Customer, candle: Item) -> None:
    company = customer.company
    row = order(customer, line(candle, "1", "10"))
    new = NewOrder(customer.pk, FIRST + dt.timedelta(days=1), [line(candle, "2", "10"), line(candle, "1", "5")])
    row = update_draft(company, row.pk, new, by=None)
    assert (row.net, row.lines.count(), row.date) == (D("25.00"), 2, new.date)
    confirm_orders(company, [row.pk], by=None)
    for change in (
        lambda: update_draft(company, row.pk, new, by=None),
        lambda: delete_draft(company, row.pk, by=None),
        lambda: confirm_orders(company, [row.pk], by=None),
    ):
        with pytest.raises(OrderNotDraft):
            change()
    assert cancel_order(company, row.pk, by=None).status == OrderStatus.CANCELLED
    with pytest.raises(OrderNotConfirmed):
        complete_many(company, [row.pk], by=None)
    delete_draft(company, order(customer, line(candle, "1", "10")).pk, by=None)
    assert SalesOrder.objects.count() == 1


def test_an_order_of_which_something_moved_is_not_cancelled(customer: Customer, candle: Item) -> None:
    row = sold(customer, line(candle, "1", "10"))
    with pytest.raises(OrderNotDraft):
        cancel_order(customer.company, row.pk, by=None)


def test_the_timeline_shows_documents_events_and_vouchers(customer: Customer, candle: Item) -> None:
    company = customer.company
    row = sold(customer, line(candle, "1", "10"))
    waiting = timeline(row)
    assert [(step.document_type, step.event_state, step.voucher_id) for step in waiting] == [
        ("delivery", EventState.PENDING, None),
        ("sales_invoice", EventState.PENDING, None),
    ]
    state = order_states(company.pk, [row.pk])[row.pk]
    assert (state.waiting, state.is_complete, len(missing(row, state))) == (2, False, 1)
    post_pending(company.pk)
    posted = timeline(row)
    assert [(step.event_state, step.voucher_label) for step in posted] == [("posted", "记-1"), ("posted", "记-2")]
    state = order_states(company.pk, [row.pk])[row.pk]
    assert state.is_complete and missing(row, state) == []


def test_a_reversed_delivery_is_to_be_delivered_again(customer: Customer, candle: Item) -> None:
    company = customer.company
    row = sold(customer, line(candle, "5", "10"))
    first = StockDocument.objects.get(source_type="sales_order", source_id=row.pk)
    reverse(company, first.pk, by=None, date=FIRST)
    assert order_states(company.pk, [row.pk])[row.pk].delivered == 0
    again = deliver(company, row.pk, by=None)
    assert [(moved.qty) for moved in again.lines.all()] == [D(5)]


def test_the_cash_customer_and_masters_are_made_once(company: Company) -> None:
    new = NewCustomer("17850", "北山花店", region="United Kingdom")
    first = ensure_customers(company, [new])
    assert ensure_customers(company, [replace(new, name="另一个名字")]) == first
    row = Customer.objects.get(company=company, code="17850")
    assert (row.name, row.dimension_value.code) == ("北山花店", "17850")
    assert "bshd" in row.search_key
    assert cash_customer(company).is_cash


def test_revenue_at_delivery_is_refused_when_the_company_is_made() -> None:
    with pytest.raises(PolicyNotAvailable):
        create_company("early", "提前确认公司", first_period=FIRST, revenue_policy=RevenuePolicy.AT_DELIVERY)


def test_an_order_reserves_stock_where_the_settings_say_so_until_it_is_delivered_or_cancelled() -> None:
    trader = Trader(stock="10")
    StockPreferences.objects.update_or_create(company=trader.company, defaults={"reserve_orders": True})
    first, second = trader.orders(2, qty="6")
    confirm_orders(trader.company, [first], by=None)
    confirm_orders(trader.company, [second], by=None)
    held = StockBalance.objects.get(company=trader.company, item_id=trader.items["A1"])
    assert held.reserved == 10  # six for the first, what was left for the second
    with pytest.raises(InsufficientStock):
        deliver(trader.company, second, by=None)
    deliver(trader.company, first, by=None)
    cancel_order(trader.company, second, by=None)
    held.refresh_from_db()
    assert (held.qty, held.reserved) == (4, 0)
