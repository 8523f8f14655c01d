"""Entry of every kind of stock document through its page: what the form offers, what it makes, where refusals stand."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from erp.core.access.permissions import Role
from inventory.documents.models import DocumentKind, DocumentStatus, StockAttachment, StockDocument
from inventory.documents.shapes import SHAPES
from inventory.items.models import Item, ItemUnit, Tracking
from inventory.lots.models import Lot, LotBalance
from inventory.moves.models import StockBalance
from inventory.suppliers.models import Supplier
from inventory.suppliers.services import NewSupplier, ensure_suppliers
from inventory.warehouses.models import Bin, Warehouse, WarehouseKind
from inventory.warehouses.services import save_warehouse
from tests.inventory.test_pages import browser, grid, text
from tests.trading import DAY, Trader

pytestmark = pytest.mark.django_db


class Shop(Trader):
    """A trader with a second warehouse, one on the way, a supplier, and people who may enter everything."""

    def __init__(self) -> None:
        super().__init__()
        self.east = self.place("EAST", "东仓", WarehouseKind.STOCK)
        self.transit = self.place("WAY", "在途", WarehouseKind.TRANSIT)
        supplier = ensure_suppliers(self.company, [NewSupplier("S1", "义乌百货厂")])["S1"]
        self.supplier = Supplier.objects.get(pk=supplier)
        self.boss = browser(self.user("boss", Role.WAREHOUSE, Role.ACCOUNTANT))

    def place(self, code: str, name: str, kind: str) -> Warehouse:
        return save_warehouse(Warehouse(company=self.company, code=code, name=name, kind=kind), by=None)

    def enter(self, kind: str, *lines: dict[str, Any], of: int | None = None, **head: Any) -> StockDocument:
        """Post the form with "save and confirm"; the document made."""
        before = StockDocument.objects.count()
        url = reverse("stock_document_new", args=[kind])
        form = grid(*lines, **{"date": DAY, "warehouse": self.warehouse.pk, "action": "confirm", **head})
        if of is not None:
            form["of_document"] = of
        response = self.boss.post(f"{url}?alone=1" if of is None else f"{url}?of={of}", form)
        assert response.status_code == 302, errors_of(response.content.decode())
        assert StockDocument.objects.count() == before + 1
        made = StockDocument.objects.latest("pk")
        assert made.status == DocumentStatus.CONFIRMED and made.kind == kind
        text(self.boss.get(reverse("stock_document_detail", args=[made.pk])))
        return made

    def a1(self, qty: str, **cells: Any) -> dict[str, Any]:
        return {"item": self.items["A1"], "item_text": "A1", "qty": qty, **cells}

    def a2(self, qty: str, **cells: Any) -> dict[str, Any]:
        return {"item": self.items["A2"], "item_text": "A2", "qty": qty, **cells}

    def qty(self, code: str, warehouse: Warehouse | None = None) -> Decimal:
        where = warehouse or self.warehouse
        found = StockBalance.objects.filter(item_id=self.items[code], warehouse=where).first()
        return found.qty if found else Decimal(0)


def errors_of(page: str) -> list[str]:
    parts = [
        part.split("</")[0] for mark in ("cell-error", "field-error", "note error") for part in page.split(mark)[1:]
    ]
    return [part[-300:] for part in parts] or [page[:300]]


@pytest.fixture
def shop(db: Any) -> Shop:
    return Shop()


def test_every_kind_has_a_page_to_enter_it(shop: Shop) -> None:
    for kind in SHAPES:
        page = text(shop.boss.get(reverse("stock_document_new", args=[kind]) + "?alone=1"))
        assert DocumentKind(kind).value in page and "<h1>" in page


def test_what_nobody_enters_has_no_page(shop: Shop) -> None:
    assert shop.boss.get(reverse("stock_document_new", args=["invoice_variance"])).status_code == 404


def test_a_receipt_is_returned_in_part_from_its_page_and_no_more_than_is_open(shop: Shop) -> None:
    party = {"party": shop.supplier.dimension_value_id, "party_text": "S1"}
    receipt = shop.enter("purchase_receipt", shop.a1("10", unit_cost="7"), **party)
    assert receipt.party_id == shop.supplier.dimension_value_id and shop.qty("A1") == 1010
    url = f"{reverse('stock_document_new', args=['purchase_return'])}?of={receipt.pk}"
    line = receipt.lines.get()
    page = text(shop.boss.get(url))
    assert f'name="lines-0-of_line" value="{line.pk}"' in page and 'value="10"' in page
    back = shop.enter("purchase_return", shop.a1("4", of_line=line.pk), of=receipt.pk, **party)
    assert back.lines.get().of_line_id == line.pk and shop.qty("A1") == 1006
    assert 'name="lines-0-qty" value="6"' in text(shop.boss.get(url))
    more = grid(shop.a1("7", of_line=line.pk), date=DAY, warehouse=shop.warehouse.pk, action="confirm",
                of_document=receipt.pk, **party)  # fmt: skip
    assert "cell-error" in text(shop.boss.post(url, more))
    assert back.number in text(shop.boss.get(reverse("stock_document_detail", args=[receipt.pk])))


def test_a_delivery_comes_back_and_a_line_of_another_original_is_not_believed(shop: Shop) -> None:
    sold = shop.enter("delivery", shop.a1("5"))
    other = shop.enter("delivery", shop.a1("3"))
    back = shop.enter("sales_return", shop.a1("2", of_line=sold.lines.get().pk), of=sold.pk)
    assert back.lines.get().of_line_id == sold.lines.get().pk and back.of_document_id == sold.pk
    strange = shop.enter("sales_return", shop.a1("1", of_line=other.lines.get().pk), of=sold.pk)
    assert strange.lines.get().of_line_id is None


def test_a_transfer_moves_at_once_and_a_shipment_arrives_with_a_loss(shop: Shop) -> None:
    shop.enter("transfer", shop.a1("5"), to_warehouse=shop.east.pk)
    assert (shop.qty("A1"), shop.qty("A1", shop.east)) == (995, 5)
    sent = shop.enter("transfer_out", shop.a1("10"), to_warehouse=shop.transit.pk)
    assert shop.qty("A1", shop.transit) == 10
    line = sent.lines.get()
    page = text(shop.boss.get(f"{reverse('stock_document_new', args=['transfer_in'])}?of={sent.pk}"))
    assert 'name="lines-0-lost"' in page
    arrived = shop.enter(
        "transfer_in", shop.a1("8", lost="2", of_line=line.pk), of=sent.pk, warehouse=shop.transit.pk,
        to_warehouse=shop.east.pk,
    )  # fmt: skip
    assert [one.reason for one in arrived.lines.order_by("line_no")] == ["", "in_transit"]
    assert (shop.qty("A1", shop.transit), shop.qty("A1", shop.east)) == (0, 13)


def test_other_kinds_are_entered_confirmed_and_shown(shop: Shop) -> None:
    shop.enter("other_receipt", shop.a1("5", cost_amount="33.50"), reason="found")
    assert StockDocument.objects.latest("pk").lines.get().unit_cost == Decimal("6.7")
    shop.enter("other_issue", shop.a1("2", market_net="20", output_tax="2.60"), reason="gift")
    shop.enter("count_gain", shop.a1("1"))
    shop.enter("count_loss", shop.a1("2"), reason="natural_loss")
    shop.enter("scrap", shop.a1("1", reason="mismanagement", input_tax_out="0.78"), reason="mismanagement")
    shop.enter("assembly", shop.a1("2", role="consumed"), shop.a2("1", role="produced"), amount="3")
    shop.enter("disassembly", shop.a2("1", role="consumed"), shop.a1("2", role="produced", share="1"))
    issue = shop.enter("production_issue", shop.a1("6"))
    shop.enter("production_return", shop.a1("1", of_line=issue.lines.get().pk), of=issue.pk)
    shop.enter("finished_receipt", shop.a2("3", unit_cost="5"))
    shop.enter("cost_adjustment", {"item": shop.items["A1"], "item_text": "A1", "amount": "-12.50"})


def test_a_landed_cost_shows_its_shares_before_it_is_confirmed(shop: Shop) -> None:
    party = {"party": shop.supplier.dimension_value_id, "party_text": "S1"}
    receipt = shop.enter("purchase_receipt", shop.a1("10", unit_cost="6"), shop.a2("20", unit_cost="2"), **party)
    preview = text(shop.boss.get(
        reverse("stock_document_landed_preview"), {"of_document": receipt.pk, "amount": "50", "allocate_by": "value"}
    ))  # fmt: skip
    assert "30.00" in preview and "20.00" in preview
    form = grid(date=DAY, warehouse=shop.warehouse.pk, amount="90", allocate_by="qty", action="draft")
    shop.boss.post(f"{reverse('stock_document_new', args=['landed_cost'])}?of={receipt.pk}", form)
    draft = StockDocument.objects.latest("pk")
    assert sorted(line.amount for line in draft.lines.all()) == [30, 60]
    edit = reverse("stock_document_edit", args=[draft.pk])
    assert 'value="90' in text(shop.boss.get(edit))
    shop.boss.post(edit, form | {"amount": "60"})
    assert sorted(line.amount for line in draft.lines.all()) == [20, 40]
    made = shop.enter("landed_cost", of=receipt.pk, amount="50", tax="4.50", allocate_by="value")
    assert sorted(line.amount for line in made.lines.all()) == [Decimal("20.00"), Decimal("30.00")]


def test_units_count_in_the_base_unit_and_lots_are_made_and_suggested(shop: Shop) -> None:
    box = ItemUnit.objects.create(company=shop.company, item_id=shop.items["A1"], name="箱", factor=12, barcode="69012")
    made = shop.enter("other_receipt", shop.a1("2", unit=box.pk, unit_cost="6"), reason="found")
    line = made.lines.get()
    assert (line.qty, line.unit_qty, line.unit_id) == (24, 2, box.pk)
    milk = Item.objects.get(pk=shop.items["A2"])
    Item.objects.filter(pk=milk.pk).update(tracking=Tracking.LOT, has_expiry=True, code="M1")
    for number, expires in (("L2", "2026-06-01"), ("L1", "2026-03-01")):
        shop.enter("finished_receipt", shop.a2("5", lot_text=number, expires_on=expires, unit_cost="2"))
    assert Lot.objects.get(number="L1").expires_on == dt.date(2026, 3, 1)
    found = shop.boss.get(
        reverse("stock_document_first_expired"), {"item": milk.pk, "warehouse": shop.warehouse.pk, "qty": "7"}
    ).json()
    assert [(lot["number"], lot["qty"]) for lot in found["lots"]] == [("L1", "5"), ("L2", "2")]
    shop.enter("delivery", shop.a2("5", lot_text="L1"))
    assert LotBalance.objects.get(lot__number="L1").qty == 0
    form = grid(shop.a2("1", lot_text="L9"), date=DAY, warehouse=shop.warehouse.pk, action="confirm")
    assert "There is no lot L9" in text(shop.boss.post(reverse("stock_document_new", args=["delivery"]), form))


def test_bins_are_found_by_code_in_their_warehouse(shop: Shop) -> None:
    Warehouse.objects.filter(pk=shop.warehouse.pk).update(has_bins=True)
    Bin.objects.create(company=shop.company, warehouse=shop.warehouse, code="A-01")
    made = shop.enter("other_receipt", shop.a1("1", bin_text="A-01"), reason="found")
    assert made.lines.get().bin is not None
    form = grid(shop.a1("1", bin_text="Z-9"), date=DAY, warehouse=shop.warehouse.pk, reason="found")
    page = text(shop.boss.post(reverse("stock_document_new", args=["other_receipt"]), form))
    assert "has no bin Z-9" in page


def test_confirm_and_next_opens_another_of_the_kind_with_the_same_day(shop: Shop) -> None:
    form = grid(shop.a1("1"), date=DAY, warehouse=shop.warehouse.pk, action="confirm_next")
    response = shop.boss.post(reverse("stock_document_new", args=["delivery"]), form)
    assert response.url.startswith(reverse("stock_document_new", args=["delivery"])) and f"date={DAY}" in response.url


def test_a_copy_starts_with_the_lines_of_its_model(shop: Shop) -> None:
    made = shop.enter("delivery", shop.a1("7"))
    page = text(shop.boss.get(reverse("stock_document_copy", args=[made.pk])))
    assert 'name="lines-0-qty" value="7"' in page


def test_a_keeper_sees_no_cost_column_and_enters_no_adjustment(shop: Shop) -> None:
    keeper: Client = browser(shop.user("keeper", Role.WAREHOUSE))
    page = text(keeper.get(reverse("stock_document_new", args=["purchase_receipt"])))
    assert "unit_cost" not in page and "cost_amount" not in page
    assert keeper.get(reverse("stock_document_new", args=["cost_adjustment"])).status_code == 403
    url = reverse("stock_document_item_lookup")
    rows = keeper.get(url, {"q": "A1", "warehouse": shop.warehouse.pk}).json()["results"]
    assert rows[0]["fill"] == {"on_hand": "1000", "available": "1000"}
    Item.objects.filter(pk=shop.items["A1"]).update(barcode="6901234567892")
    rows = keeper.get(url, {"q": "6901234567892"}).json()["results"]
    assert [row["code"] for row in rows] == ["A1"]


def test_no_attachment_is_left_of_a_deleted_draft(shop: Shop) -> None:
    form = grid(shop.a1("1"), date=DAY, warehouse=shop.warehouse.pk, action="draft")
    shop.boss.post(reverse("stock_document_new", args=["delivery"]), form)
    draft = StockDocument.objects.latest("pk")
    shop.boss.post(
        reverse("stock_document_attach", args=[draft.pk]), {"files": SimpleUploadedFile("送货单.pdf", b"%PDF-1.4 x")}
    )
    assert StockAttachment.objects.filter(owner_id=draft.pk).count() == 1
    shop.boss.post(reverse("stock_document_delete", args=[draft.pk]))
    assert not StockAttachment.objects.filter(owner_id=draft.pk).exists()


def test_a_line_of_the_original_with_the_quantity_0_stays_behind(shop: Shop) -> None:
    party = {"party": shop.supplier.dimension_value_id, "party_text": "S1"}
    receipt = shop.enter("purchase_receipt", shop.a1("10", unit_cost="7"), shop.a2("5", unit_cost="3"), **party)
    one, two = receipt.lines.order_by("line_no")
    lines = shop.a1("4", of_line=one.pk), shop.a2("0", of_line=two.pk)
    back = shop.enter("purchase_return", *lines, of=receipt.pk, **party)
    assert back.lines.get().of_line_id == one.pk
