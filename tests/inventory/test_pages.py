"""Pages of stock as people use them: who sees what, what is entered, what is refused and where that stands."""

import datetime as dt
import io
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from erp.core.access.permissions import Role
from inventory.documents.models import DocumentStatus, StockDocument
from inventory.items.models import Item
from inventory.moves.models import StockBalance
from inventory.warehouses.models import Warehouse
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
def keeper(trader: Trader) -> Client:
    return browser(trader.user("keeper", Role.WAREHOUSE))


@pytest.fixture
def auditor(trader: Trader) -> Client:
    return browser(trader.user("auditor", Role.AUDITOR))


def text(response: Any) -> str:
    assert response.status_code == 200, response.content[:500]
    return response.content.decode()


def cells(response: Any) -> list[Any]:
    sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
    return [value for row in sheet.iter_rows(values_only=True) for value in row if value is not None]


def grid(*lines: dict[str, Any], **head: Any) -> dict[str, Any]:
    """What a browser posts for a document with these lines."""
    form: dict[str, Any] = {"lines-TOTAL_FORMS": len(lines), "lines-INITIAL_FORMS": 0, **head}
    for number, line in enumerate(lines):
        form |= {f"lines-{number}-{name}": value for name, value in line.items()}
    return form


PAGES = ("stock_on_hand", "stock_moves", "stock_document_list", "item_list", "warehouse_list")


@pytest.mark.parametrize("name", PAGES)
def test_every_list_opens_for_the_keeper_and_not_for_the_cashier(trader: Trader, keeper: Client, name: str) -> None:
    assert "<h1>" in text(keeper.get(reverse(name)))
    assert browser(trader.user("cashier", Role.CASHIER)).get(reverse(name)).status_code == 403
    assert Client().get(reverse(name)).status_code == 302


def test_stock_on_hand_shows_quantity_unit_cost_value_and_their_totals(auditor: Client) -> None:
    page = text(auditor.get(reverse("stock_on_hand")))
    for figure in ("1,000", "6.00", "6,000.00", "2.50", "2,500.00", "8,500.00"):
        assert figure in page
    assert {"A1", 6000, 8500} <= set(cells(auditor.get(reverse("stock_on_hand") + "?export=xlsx")))


def test_the_keeper_sees_quantities_but_no_costs(trader: Trader, keeper: Client) -> None:
    trader.sell(1)
    document = StockDocument.objects.get(company=trader.company, kind="delivery")
    urls = [
        reverse("stock_on_hand"),
        f"{reverse('stock_moves')}?item={trader.items['A1']}",
        reverse("stock_document_list"),
        reverse("stock_document_detail", args=[document.pk]),
        reverse("item_detail", args=[trader.items["A1"]]),
    ]
    for url in urls:
        page = text(keeper.get(url))
        assert "Unit cost" not in page and "6,000.00" not in page and "12.00" not in page
    assert 6000 not in cells(keeper.get(reverse("stock_on_hand") + "?export=xlsx"))


def test_stock_is_found_by_pinyin_and_empty_items_are_hidden_until_asked_for(trader: Trader, auditor: Client) -> None:
    url = reverse("stock_on_hand")
    page = text(auditor.get(url, {"text": "bszt"}))
    assert "白色烛台" in page and "红色茶杯" not in page
    StockBalance.objects.filter(item_id=trader.items["A2"]).update(qty=0, value=0)
    assert "红色茶杯" not in text(auditor.get(url))
    assert "红色茶杯" in text(auditor.get(url, {"zero": "1"}))


def test_moves_run_from_opening_to_balance_with_document_and_voucher(trader: Trader, auditor: Client) -> None:
    trader.sell(2)
    trader.post()
    page = text(auditor.get(reverse("stock_moves"), {"item": trader.items["A1"]}))
    for figure in ("1,000", "998", "996", "5,988.00", "5,976.00", "24.00"):
        assert figure in page
    document = StockDocument.objects.filter(company=trader.company, kind="delivery").first()
    assert document is not None
    assert reverse("stock_document_detail", args=[document.pk]) in page
    assert "/ledger/vouchers/" in page
    later = text(auditor.get(reverse("stock_moves"), {"item_text": "a1", "first": "2025-12-06"}))
    assert "5,976.00" in later and document.number not in later


def test_the_look_up_finds_items_by_code_name_and_pinyin_at_most_twenty(trader: Trader, keeper: Client) -> None:
    url = reverse("item_lookup")
    for query in ("a1", "白色", "bszt", "baisezhutai"):
        found = keeper.get(url, {"q": query}).json()["results"]
        assert [row["code"] for row in found] == ["A1"], query
        assert "1,000" in found[0]["hint"] and "unit_cost" not in found[0]["fill"]
    assert keeper.get(url, {"q": "%"}).json()["results"] == []
    assert keeper.get(url).json()["results"] == []


def test_a_receipt_entered_and_confirmed_at_once_moves_stock(trader: Trader, keeper: Client) -> None:
    form = grid(
        {"item": trader.items["A1"], "item_text": "A1", "qty": "5"},
        {},
        date=DAY,
        warehouse=trader.warehouse.pk,
        reason="found",
        action="confirm",
    )
    response = keeper.post(reverse("stock_document_new", args=["other_receipt"]), form)
    document = StockDocument.objects.latest("pk")
    assert response.url == reverse("stock_document_detail", args=[document.pk])
    assert document.status == DocumentStatus.CONFIRMED
    balance = StockBalance.objects.get(item_id=trader.items["A1"])
    assert (balance.qty, balance.value) == (Decimal(1005), Decimal("6030.00"))
    page = text(keeper.get(response.url))
    assert "The voucher is being made." in page


def test_an_issue_beyond_the_stock_is_refused_at_its_line_and_leaves_nothing(trader: Trader, keeper: Client) -> None:
    before = StockDocument.objects.count()
    form = grid(
        {"item": trader.items["A2"], "item_text": "A2", "qty": "1"},
        {},
        {"item": trader.items["A1"], "item_text": "A1", "qty": "1001"},
        date=DAY,
        warehouse=trader.warehouse.pk,
        reason="consumption",
        action="confirm",
    )
    page = text(keeper.post(reverse("stock_document_new", args=["other_issue"]), form))
    row = page.split('name="lines-2-qty"')[1].split("</tr>")[0]
    assert "1000 available, 1001 needed" in row
    assert StockDocument.objects.count() == before
    assert StockBalance.objects.get(item_id=trader.items["A1"]).qty == 1000


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ({"item_text": "nonsense", "qty": "1"}, "is not found"),
        ({"item_text": "A1"}, "Enter a quantity."),
        ({"qty": "3"}, "Choose an item."),
        ({"item_text": "A1", "qty": "three"}, "Enter a number."),
        ({"item_text": "A1", "qty": "-1"}, "must be greater than zero"),
    ],
)
def test_a_wrong_line_is_explained_where_it_is(
    trader: Trader, keeper: Client, line: dict[str, str], message: str
) -> None:
    form = grid(line, date=DAY, warehouse=trader.warehouse.pk, reason="consumption")
    page = text(keeper.post(reverse("stock_document_new", args=["other_issue"]), form))
    assert message in page


def test_a_draft_is_changed_confirmed_once_and_reversed(trader: Trader, keeper: Client) -> None:
    form = grid({"item_text": "a1", "qty": "4"}, date=DAY, warehouse=trader.warehouse.pk, reason="consumption")
    keeper.post(reverse("stock_document_new", args=["other_issue"]), form)
    document = StockDocument.objects.latest("pk")
    assert 'value="4"' in text(keeper.get(reverse("stock_document_edit", args=[document.pk])))
    form["lines-0-qty"] = "3"
    keeper.post(reverse("stock_document_edit", args=[document.pk]), form)
    confirm = reverse("stock_document_confirm", args=[document.pk])
    assert "is confirmed." in text(keeper.post(confirm, follow=True))
    assert "is confirmed already." in text(keeper.post(confirm, follow=True))
    assert StockBalance.objects.get(item_id=trader.items["A1"]).qty == 997
    day = {"date": DAY + dt.timedelta(days=1)}
    page = text(keeper.post(reverse("stock_document_reverse", args=[document.pk]), day, follow=True))
    assert f"Reverses {document.number}" in page
    assert StockBalance.objects.get(item_id=trader.items["A1"]).qty == 1000
    assert "Reversed by" in text(keeper.get(reverse("stock_document_detail", args=[document.pk])))


def test_a_closed_period_is_said_at_the_date(trader: Trader, keeper: Client) -> None:
    trader.company.periods.filter(year=2025, number=12).update(status="closed")
    form = grid(
        {"item_text": "A1", "qty": "1"}, date=DAY, warehouse=trader.warehouse.pk, reason="sample", action="confirm"
    )
    page = text(keeper.post(reverse("stock_document_new", args=["other_issue"]), form))
    assert "Period 2025-12 is closed." in page.split('name="date"')[1].split("</div>")[0]


def test_items_and_warehouses_are_entered_with_their_dimension(trader: Trader, keeper: Client) -> None:
    category = Item.objects.get(pk=trader.items["A1"]).category_id
    form = {
        "code": "b7",
        "name": "玻璃花瓶",
        "category": category,
        "kind": "stock",
        "unit": "件",
        "tax_rate": "0.13",
        "cost_method": "moving_average",
        "is_active": "on",
    }
    assert "玻璃花瓶" in text(keeper.post(reverse("item_new"), form, follow=True))
    item = Item.objects.get(company=trader.company, code="B7")
    assert item.dimension_value.code == "B7" and "blhp" in item.search_key
    assert "is taken" in text(keeper.post(reverse("item_new"), form))
    keeper.post(reverse("warehouse_new"), {"code": "east", "name": "东仓", "is_active": "on"})
    assert Warehouse.objects.get(company=trader.company, code="EAST").dimension_value.name == "东仓"


def test_nothing_of_another_company_can_be_opened_or_used(trader: Trader) -> None:
    other = Trader("other")
    stranger = browser(other.user("stranger", Role.ADMIN))
    document = StockDocument.objects.filter(company=trader.company).first()
    assert document is not None
    for name, pk in (
        ("stock_document_detail", document.pk),
        ("item_detail", trader.items["A1"]),
        ("item_edit", trader.items["A1"]),
        ("warehouse_edit", trader.warehouse.pk),
    ):
        assert stranger.get(reverse(name, args=[pk])).status_code == 404
    form = grid(
        {"item": trader.items["A1"], "item_text": "A1", "qty": "1"},
        date=DAY,
        warehouse=other.warehouse.pk,
        reason="sample",
    )
    before = StockDocument.objects.count()
    stranger.post(reverse("stock_document_new", args=["other_issue"]), form)
    assert StockDocument.objects.count() == before
