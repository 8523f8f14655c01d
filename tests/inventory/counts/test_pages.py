"""Pages and API of stock counts."""

import json
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from erp.core.access.permissions import Role
from inventory.availability.services import reserve_by_hand
from inventory.counts.differences import progress_of, promised_too_much
from inventory.counts.models import CountDisposal, CountStatus, StockCount
from inventory.counts.services import start_count
from inventory.documents.confirm import create_confirmed
from inventory.documents.models import DocumentKind, Reason
from inventory.documents.new import NewStockDocument, NewStockLine
from inventory.items.models import Item, ItemCategory, Tracking
from inventory.items.services import save_item
from inventory.lots.models import Lot
from inventory.warehouses.models import Bin
from tests.inventory.counts.test_counting import LATER
from tests.inventory.counts.test_sheet import fill
from tests.trading import DAY, Trader

pytestmark = pytest.mark.django_db


@pytest.fixture
def trader() -> Trader:
    return Trader(stock="100")


def login(trader: Trader, *roles: Role) -> Client:
    client = Client()
    client.force_login(trader.user("-".join(roles), *roles))
    return client


def post_json(client: Client, url: str, body: dict[str, Any]) -> Any:
    return client.post(url, json.dumps(body), content_type="application/json")


def test_a_count_from_start_to_decision_on_pages(trader: Trader) -> None:
    keeper, accountant = login(trader, Role.WAREHOUSE), login(trader, Role.ACCOUNTANT)
    assert (
        "Nothing was counted yet"
        in keeper.get(reverse("stock_count_list"), headers={"accept-language": "en"}).content.decode()
    )
    assert keeper.get(reverse("stock_count_new")).status_code == 200
    new = {"warehouse": trader.warehouse.pk, "date": LATER.isoformat(), "note": "年终盘点"}
    response = keeper.post(reverse("stock_count_new"), new)
    count = StockCount.objects.get()
    assert response.headers["Location"] == reverse("stock_count", args=[count.pk])
    page = keeper.get(reverse("stock_count", args=[count.pk]))
    assert page.status_code == 200 and "A1" in page.content.decode()
    url = reverse("stock_count_enter", args=[count.pk])
    answer = post_json(keeper, url, {"line_no": 1, "counted": "97"}).json()
    assert (answer["line"]["difference"], answer["counted"], answer["lines"], answer["different"]) == ("-3", 1, 2, 1)
    for expected in ("1", "2"):
        answer = post_json(keeper, url, {"item": "a2", "counted": "1", "adds": True}).json()
        assert answer["line"]["counted"] == expected
    answer = post_json(keeper, url, {"line_no": 1, "keeps": True, "reason": "natural_loss"}).json()
    assert (answer["line"]["counted"], answer["line"]["reason"]) == ("97", "natural_loss")
    refused = post_json(keeper, url, {"item": "ZZZ", "counted": "1"})
    assert refused.status_code == 422 and "ZZZ" in refused.json()["message"]
    assert post_json(keeper, url, {"line_no": 1, "counted": "many"}).status_code == 422
    post_json(keeper, url, {"item": "A2", "counted": "104"})
    for which in ("", "uncounted", "counted", "different"):
        assert keeper.get(reverse("stock_count", args=[count.pk]), {"which": which, "q": "a"}).status_code == 200
    review = keeper.get(reverse("stock_count_review", args=[count.pk]))
    assert review.status_code == 200 and "18.00" not in review.content.decode()  # keepers see no cost
    keeper.post(reverse("stock_count_confirm", args=[count.pk]))
    count.refresh_from_db()
    assert count.status == CountStatus.CONFIRMED and count.loss is not None
    assert keeper.get(reverse("count_disposals")).status_code == 403
    waiting = accountant.get(reverse("count_disposals")).content.decode()
    assert "18.00" in waiting and count.loss.number in waiting
    decide = reverse("count_disposal_new", args=[count.loss_id]) + "?reason=natural_loss"
    assert accountant.get(decide).status_code == 200
    assert accountant.post(decide, {"date": LATER.isoformat(), "amount": "99.00"}).status_code == 422
    accountant.post(decide, {"date": LATER.isoformat(), "amount": "18.00"})
    made = CountDisposal.objects.get()
    assert made.amount == Decimal("18.00")
    assert made.number in accountant.get(reverse("count_disposals")).content.decode()
    accountant.post(reverse("count_disposal_reverse", args=[made.pk]))
    assert CountDisposal.objects.count() == 2


def test_sheet_print_and_upload_on_pages(trader: Trader) -> None:
    keeper = login(trader, Role.WAREHOUSE)
    count = start_count(trader.company, trader.warehouse.pk, date=LATER, by=None)
    assert keeper.get(reverse("stock_count_sheet", args=[count.pk])).content.startswith(b"PK")
    assert keeper.get(reverse("stock_count_print", args=[count.pk])).content.startswith(b"%PDF")
    url = reverse("stock_count_upload", args=[count.pk])
    file = SimpleUploadedFile("盘点.xlsx", fill(count, {"A1": 97}))
    checked = keeper.post(url, {"file": file})
    assert checked.status_code == 200 and progress_of([count])[count.pk].counted == 0
    keeper.post(url, {"content": checked.context["content"], "name": "盘点.xlsx", "save": "1"})
    assert progress_of([count])[count.pk].counted == 1
    assert keeper.post(url, {}).status_code == 302


def test_a_blind_count_tells_its_counter_nothing(trader: Trader) -> None:
    clerk = login(trader, Role.CLERK)
    count = start_count(trader.company, trader.warehouse.pk, date=LATER, blind=True, by=None)
    page = clerk.get(reverse("stock_count", args=[count.pk])).content.decode()
    assert 'data-cell="book_qty"' not in page and "data-different" not in page
    answer = post_json(clerk, reverse("stock_count_enter", args=[count.pk]), {"line_no": 1, "counted": "97"}).json()
    assert answer["line"]["book_qty"] is None and answer["different"] is None
    assert clerk.get(reverse("stock_count_review", args=[count.pk])).status_code == 403
    assert clerk.post(reverse("stock_count_confirm", args=[count.pk])).status_code == 403
    lines = clerk.get(f"/api/v1/stock-counts/{count.pk}/lines/").json()["lines"]
    assert {line["book_qty"] for line in lines} == {None}


def test_counts_through_the_api(trader: Trader) -> None:
    client = login(trader, Role.ADMIN)
    made = post_json(client, "/api/v1/stock-counts/", {"warehouse": "MAIN", "date": LATER.isoformat()})
    assert made.status_code == 201, made.json()
    pk = made.json()["id"]
    again = post_json(client, "/api/v1/stock-counts/", {"warehouse": "MAIN", "items": ["A1"]})
    assert again.status_code in (409, 422) and again.json()["code"] == "being_counted"
    rows = [{"item": "A1", "counted": "97", "reason": "mismanagement"}, {"item": "A2", "counted": "100"}]
    done = post_json(client, f"/api/v1/stock-counts/{pk}/enter/", {"rows": rows}).json()
    assert (done["changed"], done["refused"]) == (2, [])
    (line,) = client.get(f"/api/v1/stock-counts/{pk}/differences/").json()["lines"]
    assert (line["difference"], line["value"]) == ("-3", "-18.00")
    confirmed = post_json(client, f"/api/v1/stock-counts/{pk}/confirm/", {}).json()
    assert confirmed["status"] == "confirmed" and confirmed["loss"]
    (row,) = client.get("/api/v1/count-disposals/pending/").json()
    assert row["open"] == "20.34"  # 18.00 and 13 % input VAT
    body = {"document_id": row["document_id"], "reason": row["reason"], "date": LATER.isoformat()}
    disposed = post_json(client, "/api/v1/count-disposals/", body)
    assert disposed.status_code == 201 and disposed.json()["amount"] == "20.34"
    refused = post_json(client, f"/api/v1/stock-counts/{pk}/reverse/", {})
    assert refused.json()["code"] == "has_disposals"
    post_json(client, f"/api/v1/count-disposals/{disposed.json()['id']}/reverse/", {})
    assert client.get("/api/v1/stock-counts/").json()["results"][0]["number"] == confirmed["number"]


def test_pages_of_a_warehouse_with_bins_and_lots(trader: Trader) -> None:
    trader.warehouse.has_bins = True
    trader.warehouse.save()
    place = Bin.objects.create(company=trader.company, warehouse=trader.warehouse, code="B-1")
    category = ItemCategory.objects.get(company=trader.company, code="GOODS")
    tea = save_item(
        Item(company=trader.company, code="TEA", name="龙井茶", category=category, tracking=Tracking.LOT), by=None
    )
    lot = Lot.objects.create(company=trader.company, item=tea, number="L1")
    line = NewStockLine(tea.pk, Decimal(10), Decimal("5.00"), lot_id=lot.pk, bin_id=place.pk)
    receipt = NewStockDocument(DocumentKind.OTHER_RECEIPT, DAY, trader.warehouse.pk, [line], Reason.FOUND)
    create_confirmed(trader.company, [receipt], by=None)
    keeper = login(trader, Role.WAREHOUSE)
    count = start_count(trader.company, trader.warehouse.pk, date=LATER, by=None)
    page = keeper.get(reverse("stock_count", args=[count.pk])).content.decode()
    assert "B-1" in page and "L1" in page
    url = reverse("stock_count_enter", args=[count.pk])
    refused = post_json(keeper, url, {"item": "TEA", "counted": "1", "lot": "L2", "bin": "B-9"}).json()
    assert refused["field"] == "bin"
    answer = post_json(keeper, url, {"item": "TEA", "counted": "2", "lot": "L2", "bin": "b-1"}).json()
    assert (answer["is_new"], answer["line"]["bin"], answer["line"]["lot"]) == (True, "B-1", "L2")
    assert keeper.get(reverse("stock_count_print", args=[count.pk])).content.startswith(b"%PDF")
    assert keeper.get(reverse("stock_count_review", args=[count.pk])).status_code == 200


def test_a_counted_loss_of_reserved_goods_is_booked_and_said(trader: Trader) -> None:
    reserve_by_hand(trader.company, trader.items["A1"], trader.warehouse.pk, Decimal(100), by=None)
    keeper = login(trader, Role.WAREHOUSE)
    count = start_count(trader.company, trader.warehouse.pk, date=LATER, by=None)
    post_json(keeper, reverse("stock_count_enter", args=[count.pk]), {"item": "A1", "counted": "97"})
    response = keeper.post(
        reverse("stock_count_confirm", args=[count.pk]), follow=True, headers={"accept-language": "en"}
    )
    assert "More is reserved than is left of: A1" in response.content.decode()
    assert promised_too_much(count) == ["A1"]
