"""List, page, paper, files, import and API of stock documents."""

import io
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from rest_framework.test import APIClient

from erp.core.access.permissions import Role
from erp.core.imports import services as imports
from erp.core.imports.models import ImportRowIssue
from erp.core.imports.reading import open_file
from inventory.documents import import_target
from inventory.documents.models import DocumentStatus, StockAttachment, StockDocument
from inventory.items.models import Item, Tracking
from inventory.lots.models import Lot
from tests.inventory.documents.test_entry_pages import Shop
from tests.inventory.test_pages import browser, cells, grid, text
from tests.trading import DAY

pytestmark = pytest.mark.django_db


class Silent:
    """Progress that nobody watches."""

    def report(self, *_args: Any) -> None:
        pass

    def check(self) -> None:
        pass


@pytest.fixture
def shop(db: Any) -> Shop:
    return Shop()


def draft(shop: Shop, kind: str, *lines: dict[str, Any], **head: Any) -> StockDocument:
    form = grid(*lines, **{"date": DAY, "warehouse": shop.warehouse.pk, "action": "draft", **head})
    response = shop.boss.post(reverse("stock_document_new", args=[kind]), form)
    assert response.status_code == 302
    return StockDocument.objects.latest("pk")


def test_the_list_filters_by_kind_state_item_and_number(shop: Shop) -> None:
    sold = shop.enter("delivery", shop.a1("2"), external_no="TB-77")
    waiting = draft(shop, "scrap", shop.a2("1"), reason="disaster")
    url = reverse("stock_document_list")
    shop.boss.get(url)  # takes the messages of entering away
    for query, seen, hidden in (
        ({"kind": "delivery"}, sold, waiting),
        ({"status": "draft"}, waiting, sold),
        ({"item": "hscb"}, waiting, sold),
        ({"text": "TB-77"}, sold, waiting),
        ({"warehouse": shop.warehouse.pk, "first": DAY, "last": DAY, "kind": "scrap"}, waiting, sold),
    ):
        page = text(shop.boss.get(url, query))
        assert seen.number in page and hidden.number not in page, query
    assert sold.number in cells(shop.boss.get(url, {"export": "xlsx"}))


def test_ticked_drafts_are_confirmed_and_each_refusal_is_told(shop: Shop) -> None:
    good, bad = draft(shop, "delivery", shop.a1("2")), draft(shop, "delivery", shop.a1("5000"))
    page = text(shop.boss.post(reverse("stock_document_bulk_confirm"), {"ids": [good.pk, bad.pk]}))
    assert "1 of 2 documents are confirmed" in page and "available" in page
    good.refresh_from_db()
    bad.refresh_from_db()
    assert (good.status, bad.status) == (DocumentStatus.CONFIRMED, DocumentStatus.DRAFT)


def test_a_document_is_printed_with_and_without_costs_and_given_out_as_a_workbook(shop: Shop) -> None:
    made = shop.enter("delivery", shop.a1("2"), note="急件")
    for costs in ("0", "1"):
        response = shop.boss.get(reverse("stock_document_print"), {"ids": made.pk, "costs": costs})
        assert response["Content-Type"] == "application/pdf" and response.content.startswith(b"%PDF")
    url = reverse("stock_document_excel", args=[made.pk])
    assert {"A1", 2, 12} <= set(cells(shop.boss.get(url)))
    keeper = browser(shop.user("keeper", Role.WAREHOUSE))
    assert 12 not in cells(keeper.get(url))


def test_files_come_and_go_with_a_draft_and_stay_with_a_confirmed_document(shop: Shop) -> None:
    made = draft(shop, "delivery", shop.a1("2"))
    attach = reverse("stock_document_attach", args=[made.pk])
    files = [
        SimpleUploadedFile("送货单.pdf", b"%PDF-1.4 x", content_type="application/pdf"),
        SimpleUploadedFile("virus.exe", b"MZ"),
        SimpleUploadedFile("empty.pdf", b""),
    ]
    page = text(shop.boss.post(attach, {"files": files}, follow=True))
    assert "1 file attached." in page and "are not attached" in page and "is empty" in page
    row = StockAttachment.objects.get(owner_id=made.pk)
    opened = shop.boss.get(reverse("stock_document_file", args=[made.pk, row.pk]))
    assert b"".join(opened.streaming_content) == b"%PDF-1.4 x"
    shop.boss.post(reverse("stock_document_confirm", args=[made.pk]))
    remove = reverse("stock_document_file_remove", args=[made.pk, row.pk])
    assert "its files stay" in text(shop.boss.post(remove, follow=True))
    assert StockAttachment.objects.filter(pk=row.pk).exists()


def test_a_document_is_reversed_on_its_own_date_and_the_later_cost_says_why_it_changed(shop: Shop) -> None:
    receipt = shop.enter("other_receipt", shop.a1("1000", unit_cost="8"), reason="found")
    sold = shop.enter("delivery", shop.a1("10"))
    page = text(shop.boss.get(reverse("stock_document_detail", args=[sold.pk])))
    assert "70.00" in page
    url = reverse("stock_document_reverse", args=[receipt.pk])
    page = text(shop.boss.post(url, {"when": "own"}, follow=True))
    assert f"Reverses {receipt.number}" in page
    page = text(shop.boss.get(reverse("stock_document_detail", args=[sold.pk])))
    assert "60.00" in page and "Cost changed by" in page and "from 7.00 to 6.00" in page


def test_a_scan_is_an_item_a_unit_a_lot_or_said_to_be_unknown(shop: Shop) -> None:
    url = reverse("stock_document_scan_code")
    Item.objects.filter(pk=shop.items["A1"]).update(barcode="6901234567892")
    Item.objects.filter(pk=shop.items["A2"]).update(tracking=Tracking.SERIAL)
    Lot.objects.create(company=shop.company, item_id=shop.items["A2"], number="SN-1")
    found = shop.boss.get(url, {"code": "6901234567892", "kind": "delivery"}).json()
    assert (found["code"], found["factor"], found["available"]) == ("A1", "1", "1000")
    found = shop.boss.get(url, {"code": "SN-1", "kind": "delivery"}).json()
    assert (found["code"], found["lot"], found["tracking"]) == ("A2", "SN-1", "serial")
    found = shop.boss.get(url, {"code": "4711"}).json()
    assert not found["found"] and "4711" in found["message"]
    assert "scan-code" in text(shop.boss.get(reverse("stock_document_scan", args=["purchase_receipt"])))
    assert shop.boss.get(reverse("stock_document_scan", args=["landed_cost"])).status_code == 404


def test_codes_that_nobody_knows_stand_in_the_note_of_what_was_scanned(shop: Shop) -> None:
    url = reverse("stock_document_scan", args=["other_receipt"])
    form = grid(shop.a1("2"), date=DAY, warehouse=shop.warehouse.pk, reason="found", action="confirm", note="夜班",
                unknown=["590111 × 3", "4711"])  # fmt: skip
    assert shop.boss.post(url, form).status_code == 302
    made = StockDocument.objects.latest("pk")
    assert made.note == "夜班 Unknown codes: 590111 × 3, 4711" and made.lines.get().qty == 2
    form["lines-0-qty"] = "none"
    page = text(shop.boss.post(url, form))
    assert "Enter a number." in page


def workbook(*rows: dict[str, Any]) -> bytes:
    """The product's template filled in."""
    book = openpyxl.load_workbook(io.BytesIO(import_target.template()))
    sheet = book.worksheets[0]
    headers = [cell.value for cell in sheet[1]]
    sheet.delete_rows(2, 10)
    columns = {name: headers.index(column) for name, column, *_rest in import_target.COLUMNS}
    for row in rows:
        line: list[Any] = [None] * len(headers)
        for name, value in row.items():
            line[columns[name]] = value
        sheet.append(line)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def run(shop: Shop, content: bytes, *, confirms: bool, dry: bool = False, by: Any = None) -> Any:
    profile = import_target.profile_of(shop.company, confirms=confirms)
    made = imports.create_run(profile, open_file(profile, content, "单据.xlsx"), by=by, is_dry_run=dry)
    return made, imports.execute(made, Silent())  # type: ignore[arg-type]


def test_several_documents_of_several_kinds_come_from_one_workbook(shop: Shop) -> None:
    head = {"date": DAY.isoformat(), "warehouse": "MAIN"}
    content = workbook(
        {"external_no": "R1", "kind": "采购入库", **head, "party": "S1", "item": "A1", "qty": 10, "unit_cost": 6.5},
        {"external_no": "R1", "kind": "采购入库", **head, "party": "S1", "item": "A2", "qty": 4, "unit_cost": 3},
        {"external_no": "D1", "kind": "Delivery", **head, "item": "A1", "qty": 3},
        {"external_no": "D2", "kind": "Delivery", **head, "item": "A1", "qty": 3},
        {"external_no": "D2", "kind": "Delivery", **head, "item": "NOPE", "qty": 3},
        {"external_no": "D3", "kind": "Delivery", **head, "item": "A1", "qty": 9999},
    )
    before = StockDocument.objects.count()
    dry, summary = run(shop, content, confirms=True, dry=True)
    assert StockDocument.objects.count() == before
    issues = {issue.row_no: issue.message for issue in ImportRowIssue.objects.filter(run=dry)}
    assert "NOPE" in issues[6] and 5 in issues and summary["documents"] == 3
    keeper = shop.user("keeper", Role.WAREHOUSE)
    _made, summary = run(shop, content, confirms=True, by=keeper)
    assert (summary["documents"], summary["rows_refused_by_reason"]["not_permitted"]) == (1, 2)  # costs are not his
    boss = shop.user("importer", Role.WAREHOUSE, Role.ACCOUNTANT)
    _made, summary = run(shop, content, confirms=True, by=boss)
    assert summary["documents"] == 1 and summary["rows_refused"] == 3
    receipt = StockDocument.objects.get(external_no="R1")
    assert receipt.status == DocumentStatus.CONFIRMED and receipt.lines.count() == 2
    assert shop.qty("A1") == Decimal(1007)
    _made, summary = run(shop, content, confirms=True, by=boss)
    assert summary["already_imported_documents"] == 2


def test_serial_numbers_that_are_new_come_with_the_file(shop: Shop) -> None:
    Item.objects.filter(pk=shop.items["A2"]).update(tracking=Tracking.SERIAL)
    row = {"external_no": "R9", "kind": "其他入库", "date": DAY.isoformat(), "warehouse": "MAIN", "reason": "盘盈",
           "item": "A2", "qty": 1}  # fmt: skip
    boss = shop.user("importer", Role.ADMIN)
    content = workbook(row | {"lot": "SN-1"}, row | {"lot": "SN-2"})
    _made, summary = run(shop, content, confirms=True, by=boss)
    assert (summary["documents"], summary["rows_refused"]) == (1, 0)
    assert set(Lot.objects.filter(item=shop.items["A2"]).values_list("number", flat=True)) == {"SN-1", "SN-2"}


def test_what_a_draft_was_made_from_cannot_be_changed_in_the_browser(shop: Shop) -> None:
    made = draft(shop, "delivery", shop.a1("2", source_line="4711"))
    assert made.lines.get().source_line_id is None
    made.lines.update(source_line_id=99)
    form = grid(shop.a1("3", source_line="99"), shop.a1("1", source_line="4711"), date=DAY,
                warehouse=shop.warehouse.pk, action="draft")  # fmt: skip
    shop.boss.post(reverse("stock_document_edit", args=[made.pk]), form)
    assert [line.source_line_id for line in made.lines.order_by("line_no")] == [99, None]


def test_a_keeper_who_changes_a_quantity_changes_no_cost(shop: Shop) -> None:
    made = draft(shop, "other_receipt", shop.a1("2", unit_cost="9.5"), reason="found")
    keeper = browser(shop.user("keeper", Role.WAREHOUSE))
    form = grid(shop.a1("3"), date=DAY, warehouse=shop.warehouse.pk, reason="found", action="draft")
    keeper.post(reverse("stock_document_edit", args=[made.pk]), form)
    line = made.lines.get()
    assert (line.qty, line.unit_cost) == (3, Decimal("9.5"))


def test_who_may_not_adjust_costs_confirms_no_adjustment(shop: Shop) -> None:
    made = draft(shop, "cost_adjustment", {"item": shop.items["A1"], "item_text": "A1", "amount": "5"})
    keeper = browser(shop.user("keeper", Role.WAREHOUSE))
    assert keeper.post(reverse("stock_document_confirm", args=[made.pk])).status_code == 403
    page = text(keeper.post(reverse("stock_document_bulk_confirm"), {"ids": [made.pk]}))
    assert "0 of 1 documents are confirmed" in page


def test_the_import_page_gives_the_template_and_checks_before_it_writes(shop: Shop) -> None:
    admin = browser(shop.user("chief", Role.ADMIN))
    assert "Template" in text(admin.get(reverse("stock_document_import")))
    assert "外部单号" in cells(admin.get(reverse("stock_document_import_template")))
    wrong = SimpleUploadedFile("x.xlsx", b"no workbook")
    assert admin.post(reverse("stock_document_import"), {"file": wrong}).status_code == 422


def api(shop: Shop, *roles: Role) -> APIClient:
    client = APIClient(headers={"X-Company": shop.company.code})
    client.force_authenticate(shop.user(f"api-{'-'.join(roles)}", *roles))
    return client


def test_the_api_enters_changes_confirms_and_reverses(shop: Shop) -> None:
    client = api(shop, Role.WAREHOUSE, Role.ACCOUNTANT)
    url = "/api/v1/stock-documents/"
    body: dict[str, Any] = {
        "kind": "delivery", "date": DAY.isoformat(), "warehouse": "MAIN", "lines": [{"item": "A1", "qty": "3"}],
    }  # fmt: skip
    made = client.post(url, body, format="json")
    assert made.status_code == 201, made.content
    pk = made.json()["id"]
    body["lines"][0]["qty"] = "4"
    assert client.put(f"{url}{pk}/", body, format="json").json()["lines"][0]["qty"] == "4.000000"
    assert client.post(f"{url}{pk}/confirm/").json()["status"] == "confirmed"
    again = client.post(f"{url}{pk}/confirm/")
    assert again.json()["error"]["code"] == "already_confirmed" if "error" in again.json() else again.status_code == 409
    back = client.post(f"{url}{pk}/reverse/", {}, format="json")
    assert back.status_code == 201 and back.json()["reversal_of"] == pk
    body["lines"][0]["qty"] = "4000"
    ids = [client.post(url, body, format="json").json()["id"]]
    body["lines"][0]["qty"] = "1"
    ids.append(client.post(url, body, format="json").json()["id"])
    bulk = client.post(f"{url}bulk-confirm/", {"ids": [*ids, 999_999_999]}, format="json").json()
    codes = [row["refusal"]["code"] if row["refusal"] else None for row in bulk["results"]]
    assert codes == ["insufficient_stock", None, "not_found"] and bulk["confirmed"] == 1


def test_the_api_refuses_who_may_not_and_shows_no_costs_to_the_keeper(shop: Shop) -> None:
    keeper = api(shop, Role.WAREHOUSE)
    url = "/api/v1/stock-documents/"
    body = {
        "kind": "other_receipt", "date": DAY.isoformat(), "warehouse": "MAIN", "reason": "found",
        "lines": [{"item": "A1", "qty": "3", "unit_cost": "6"}],
    }  # fmt: skip
    assert keeper.post(url, body, format="json").status_code == 403
    body["lines"][0].pop("unit_cost")  # type: ignore[attr-defined]
    shown = keeper.post(url, body | {"confirm": True}, format="json").json()
    assert "unit_cost" not in shown["lines"][0] or shown["lines"][0]["unit_cost"] is None
    adjust = body | {"kind": "cost_adjustment", "reason": "", "lines": [{"item": "A1", "amount": "5"}]}
    assert keeper.post(url, adjust, format="json").status_code == 403
    assert api(shop, Role.CASHIER).post(url, body, format="json").status_code == 403
