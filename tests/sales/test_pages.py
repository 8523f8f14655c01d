"""Pages of sales as people use them: from the order that a clerk types to its vouchers, and what stands in the way."""

import io
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from erp.core.access.permissions import Role
from inventory.documents.models import DocumentKind, StockDocument
from ledger.posting.models import AccountMapping
from sales.customers.models import Customer
from sales.invoices.models import SalesInvoice
from sales.orders.models import OrderStatus, SalesOrder
from tests.trading import DAY, Trader

pytestmark = pytest.mark.django_db


@pytest.fixture
def trader(db: Any) -> Trader:
    return Trader()


def browser(user: Any) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


@pytest.fixture
def clerk(trader: Trader) -> Client:
    return browser(trader.user("clerk", Role.CLERK))


@pytest.fixture
def accountant(trader: Trader) -> Client:
    return browser(trader.user("accountant", Role.ACCOUNTANT))


def text(response: Any) -> str:
    assert response.status_code == 200, response.content[:500]
    return response.content.decode()


def grid(*lines: dict[str, Any], **head: Any) -> dict[str, Any]:
    """What a browser posts for an order with these lines."""
    form: dict[str, Any] = {"lines-TOTAL_FORMS": len(lines), "lines-INITIAL_FORMS": 0, **head}
    for number, line in enumerate(lines):
        form |= {f"lines-{number}-{name}": value for name, value in line.items()}
    return form


def sale(trader: Trader, *lines: dict[str, Any], **head: Any) -> dict[str, Any]:
    given = {"customer_text": "C1", "date": DAY, "warehouse": trader.warehouse.pk, **head}
    return grid(*(lines or ({"item_text": "A1", "qty": "3", "unit_price": "9.99", "tax_rate": "0.13"},)), **given)


@pytest.mark.parametrize("name", ["sales_order_list", "sales_invoice_list", "customer_list", "sales_summary"])
def test_every_list_opens_for_the_clerk_and_not_for_the_keeper(trader: Trader, clerk: Client, name: str) -> None:
    trader.sell(1)
    assert "<h1>" in text(clerk.get(reverse(name)))
    exported = clerk.get(reverse(name), {"export": "xlsx"})
    assert openpyxl.load_workbook(io.BytesIO(exported.content)).active.max_row > 2
    assert browser(trader.user("keeper", Role.WAREHOUSE)).get(reverse(name)).status_code == 403


def test_a_sale_is_typed_and_completed_in_one_go_and_its_page_tells_the_story(trader: Trader, clerk: Client) -> None:
    response = clerk.post(reverse("sales_order_new", args=["sale"]), sale(trader, action="complete"))
    order = SalesOrder.objects.get(company=trader.company)
    assert response.url == reverse("sales_order_detail", args=[order.pk])
    assert (order.net, order.tax, order.gross) == (Decimal("29.97"), Decimal("3.90"), Decimal("33.87"))
    page = text(clerk.get(response.url))
    assert "Waiting for posting" in page and "Vouchers are being made." in page
    trader.post()
    page = text(clerk.get(response.url))
    delivery, invoice = StockDocument.objects.get(kind=DocumentKind.DELIVERY), SalesInvoice.objects.get()
    for part in (delivery.number, invoice.number, "Complete", "Voucher 记-1", "Voucher 记-2"):
        assert part in page, part
    assert "/ledger/vouchers/" not in page  # a clerk sees numbers, not the books
    assert "/ledger/vouchers/" in text(browser(trader.user("auditor", Role.AUDITOR)).get(response.url))


def test_a_draft_can_be_changed_and_deleted_but_not_once_confirmed(trader: Trader, clerk: Client) -> None:
    clerk.post(reverse("sales_order_new", args=["sale"]), sale(trader, action="draft"))
    order = SalesOrder.objects.get(company=trader.company)
    edit = reverse("sales_order_edit", args=[order.pk])
    assert 'value="9.99"' in text(clerk.get(edit))
    clerk.post(edit, sale(trader, {"item_text": "A2", "qty": "1", "unit_price": "5", "tax_rate": "0.09"}))
    order.refresh_from_db()
    assert (order.net, order.tax) == (Decimal("5.00"), Decimal("0.45"))
    confirm = reverse("sales_order_confirm", args=[order.pk])
    assert "Confirmed." in text(clerk.post(confirm, follow=True))
    assert "cannot be changed" in text(clerk.post(confirm, follow=True))
    assert "cannot be changed" in text(clerk.get(edit, follow=True))
    assert "cannot be changed" in text(clerk.post(reverse("sales_order_delete", args=[order.pk]), follow=True))
    assert "Cancelled." in text(clerk.post(reverse("sales_order_cancel", args=[order.pk]), follow=True))


def test_more_than_there_is_is_refused_at_its_line_and_kept_as_a_draft(trader: Trader, clerk: Client) -> None:
    lines = (
        {"item_text": "A2", "qty": "1", "unit_price": "4"},
        {"item_text": "A1", "qty": "2000", "unit_price": "10"},
    )
    page = text(clerk.post(reverse("sales_order_new", args=["sale"]), sale(trader, *lines, action="complete")))
    row = page.split('name="lines-1-qty"')[1].split("</tr>")[0]
    assert "1000 available, 2000 needed" in row
    order = SalesOrder.objects.get(company=trader.company)
    assert order.status == OrderStatus.DRAFT
    assert f'action="{reverse("sales_order_edit", args=[order.pk])}"' in page
    assert not StockDocument.objects.filter(kind=DocumentKind.DELIVERY).exists()


def test_the_second_of_two_clicks_is_told_that_it_is_done(trader: Trader, clerk: Client) -> None:
    (order,) = trader.orders(1)
    complete = reverse("sales_order_complete", args=[order])
    assert "the vouchers follow" in text(clerk.post(complete, follow=True))
    assert "it is done already" in text(clerk.post(complete, follow=True))
    assert SalesInvoice.objects.count() == 1


def test_an_order_is_delivered_in_parts_and_invoiced_later(trader: Trader, clerk: Client) -> None:
    (order,) = trader.orders(1)
    clerk.post(reverse("sales_order_confirm", args=[order]))
    lines = list(SalesOrder.objects.get(pk=order).lines.order_by("line_no"))
    deliver = reverse("sales_order_fulfil", args=[order, "deliver"])
    too_much = {"date": DAY, f"qty-{lines[0].pk}": "3"}
    assert "2 can still be delivered, 3 was asked for" in text(clerk.post(deliver, too_much))
    clerk.post(deliver, {"date": DAY, f"qty-{lines[0].pk}": "1"})
    page = text(clerk.get(reverse("sales_order_detail", args=[order])))
    assert "Goods are not delivered in full." in page and "Not invoiced in full." in page
    invoice = reverse("sales_order_fulfil", args=[order, "invoice"])
    assert 'value="2"' in text(clerk.get(invoice))
    clerk.post(invoice, {"date": DAY, f"qty-{lines[0].pk}": "2", f"qty-{lines[1].pk}": "2"})
    assert SalesInvoice.objects.get().net == Decimal("28.00")
    assert "is left to do here" in text(clerk.get(invoice, follow=True))


def test_a_return_is_made_from_the_sale_and_cannot_exceed_it(trader: Trader, clerk: Client) -> None:
    (order,) = trader.sell(1)
    page = text(clerk.get(reverse("sales_return_new", args=[order])))
    lines = list(SalesOrder.objects.get(pk=order).lines.order_by("line_no"))
    assert f'value="{lines[0].pk}"' in page
    back = {"item": lines[0].item_id, "item_text": "A1", "unit_price": "10", "tax_rate": "0.13", "of_line": lines[0].pk}
    url = reverse("sales_return_new", args=[order])
    page = text(clerk.post(url, sale(trader, back | {"qty": "3"}, action="complete")))
    assert "cannot return" in page
    SalesOrder.objects.filter(kind="return").delete()
    page = text(clerk.post(url, sale(trader, back | {"qty": "2"}, action="complete"), follow=True))
    assert "The goods are back and credited" in page and "Return of" in page
    made = SalesOrder.objects.get(kind="return")
    assert (made.net, made.gross) == (Decimal("-20.00"), Decimal("-22.60"))
    assert StockDocument.objects.get(kind=DocumentKind.SALES_RETURN).lines.get().of_line is not None
    assert "Came back with" in text(clerk.get(reverse("sales_order_detail", args=[order])))


def test_a_failed_posting_says_why_and_what_cures_it(trader: Trader, clerk: Client) -> None:
    trader.post()
    AccountMapping.objects.filter(company=trader.company, key__code="output_vat").update(is_active=False)
    (order,) = trader.sell(1)
    trader.post()
    page = text(clerk.get(reverse("sales_order_detail", args=[order])))
    for part in ("Posting failed", "leads to no account", "Add a mapping for this key.", "could not be posted"):
        assert part in page, part


@pytest.mark.parametrize(
    ("lines", "head", "message"),
    [
        ((), {"customer_text": "nobody"}, "is not found"),
        (({},), {}, "Enter at least one"),
        (({"item_text": "A1", "qty": "1"},), {}, "Enter a price."),
        (({"item_text": "A1", "unit_price": "1"},), {}, "Enter a quantity."),
        (({"item_text": "A1", "qty": "-1", "unit_price": "1"},), {}, "greater than zero"),
        (({"qty": "1", "unit_price": "1"},), {}, "Choose an item."),
    ],
)
def test_what_is_wrong_with_an_order_is_said_where_it_is(
    trader: Trader, clerk: Client, lines: Any, head: dict[str, str], message: str
) -> None:
    assert message in text(clerk.post(reverse("sales_order_new", args=["sale"]), sale(trader, *lines, **head)))
    assert not SalesOrder.objects.exists()


def test_prices_with_tax_are_split(trader: Trader, clerk: Client) -> None:
    line = {"item_text": "A1", "qty": "1", "unit_price": "113", "tax_rate": "0.13"}
    clerk.post(reverse("sales_order_new", args=["sale"]), sale(trader, line, price_includes_tax="on"))
    order = SalesOrder.objects.get()
    assert (order.net, order.tax, order.gross) == (Decimal("100.00"), Decimal("13.00"), Decimal("113.00"))


def test_a_customer_shows_what_the_ledger_says_it_owes(trader: Trader, accountant: Client, clerk: Client) -> None:
    trader.sell(2)
    customer = Customer.objects.get(pk=trader.customers["C1"])
    url = reverse("customer_detail", args=[customer.pk])
    assert "63.28" not in text(accountant.get(url)).split("Latest orders")[0]
    trader.post()
    page = text(accountant.get(url))
    assert "63.28" in page.split("Latest orders")[0]
    assert "value=customer%3AC1" in page
    assert "value=customer%3AC1" not in text(clerk.get(url))
    assert "63.28" in text(accountant.get(reverse("customer_list")))


def test_customers_are_entered_found_and_kept_apart_by_company(trader: Trader, clerk: Client) -> None:
    group = Customer.objects.get(pk=trader.customers["C1"]).group_id
    form = {"code": "n1", "name": "杭州湖畔礼品店", "group": group, "region": "杭州", "is_active": "on"}
    assert "杭州湖畔礼品店" in text(clerk.post(reverse("customer_new"), form, follow=True))
    for query in ("N1", "湖畔", "hzhp"):
        found = clerk.get(reverse("customer_lookup"), {"q": query}).json()["results"]
        assert [row["code"] for row in found] == ["N1"], query
    stranger = browser(Trader("other").user("stranger", Role.CLERK))
    assert stranger.get(reverse("customer_lookup"), {"q": "湖畔"}).json()["results"] == []
    for name in ("customer_detail", "customer_edit"):
        assert stranger.get(reverse(name, args=[trader.customers["C1"]])).status_code == 404
    (order,) = trader.orders(1)
    for name in ("sales_order_detail", "sales_order_edit", "sales_return_new"):
        assert stranger.get(reverse(name, args=[order])).status_code == 404
    stranger.post(reverse("sales_order_confirm", args=[order]))
    assert stranger.post(reverse("sales_order_complete", args=[order])).status_code == 404
    assert SalesOrder.objects.get(pk=order).status == OrderStatus.DRAFT


def test_the_summary_adds_up_by_every_key(trader: Trader, accountant: Client) -> None:
    trader.sell(2)
    trader.sell(1, customer="C2", qty="1")
    trader.sell(1, qty="-1")
    for by in ("item", "category", "customer", "group", "month", "day"):
        page = text(accountant.get(reverse("sales_summary"), {"by": by}))
        total = page.split("<tfoot>")[1]
        # 4 + 1 − 1 of each item: 4 × 14.00 net, at 4 × 8.50
        for figure in ("56.00", "63.28", "34.00", "22.00", "39.3%"):
            assert figure in total, (by, figure)
    assert "Gross margin" not in text(browser(trader.user("seller", Role.SALES)).get(reverse("sales_summary")))
