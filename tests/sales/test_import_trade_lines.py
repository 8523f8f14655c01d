"""Files of trade lines become documents: through the shipped profile, with real stock, cost and events."""

import csv
import datetime as dt
import io
import json
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from demo.load import PROFILE
from erp.core.companies.models import Company
from erp.core.excel.safety import FileRefused
from erp.core.imports.models import ImportedDocument, ImportProfile, ImportRowIssue, ImportRun
from erp.core.imports.profiles import install_profile, profile_document
from erp.core.imports.reading import Opened, open_file
from erp.core.imports.services import ImportUnderWay, accounts, create_run, execute
from erp.core.jobs.registry import JobCancelled, Progress, Silent
from inventory.documents.models import StockDocument
from inventory.moves.models import StockBalance
from ledger.periods.models import Period, PeriodStatus
from ledger.posting.models import BusinessEvent
from sales.customers.models import Customer
from sales.invoices.models import SalesInvoice, SalesInvoiceLine
from sales.orders.models import SalesOrder
from tests.factories import CompanyFactory

pytestmark = pytest.mark.django_db

HEADERS = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]
Row = Sequence[Any]


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def company() -> Company:
    return CompanyFactory(code="trader", first_period=dt.date(2025, 11, 1))


@pytest.fixture
def profile(company: Company) -> ImportProfile:
    return install_profile(company, json.loads(PROFILE.read_text(encoding="utf-8")))


def line(
    no: str = "536365",
    code: str = "85123A",
    qty: object = 6,
    price: object = "2.55",
    customer: str = "17850",
    country: str = "中国",
    day: str = "2025-12-01",
    name: str = "白色烛台",
) -> Row:
    return [no, code, name, qty, day, price, customer, country]


def file_of(*rows: Row, headers: Sequence[str] = HEADERS) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([headers, *rows])
    return text.getvalue().encode()


def run_file(
    profile: ImportProfile, content: bytes, *, dry: bool = False, progress: Progress | None = None
) -> tuple[ImportRun, dict[str, Any]]:
    opened = open_file(profile, content, "sales.csv")
    run = create_run(profile, opened, by=None, is_dry_run=dry)
    summary = execute(run, progress or Silent(), opened)
    assert accounts(summary)
    return run, summary


def test_a_sale_becomes_an_order_a_delivery_an_invoice_and_their_events(profile: ImportProfile) -> None:
    _run, summary = run_file(profile, file_of(line(), line(code="22423", qty=2, price="12.75")))
    assert summary["documents_by_kind"] == {"sale": 1}
    order = SalesOrder.objects.get()
    assert (order.external_no, order.net, order.tax, order.gross) == (
        "536365",
        Decimal("40.80"),
        Decimal("5.31"),  # 1.99 of 15.30 and 3.32 of 25.50: rounded per line
        Decimal("46.11"),
    )
    assert SalesInvoice.objects.get().gross == order.gross
    assert list(StockDocument.objects.order_by("id").values_list("kind", "reason")) == [
        ("other_receipt", "opening"),
        ("delivery", ""),
    ]
    assert sorted(BusinessEvent.objects.values_list("event_type", flat=True)) == [
        "other_receipt",
        "sales_delivery",
        "sales_invoice",
    ]


def test_opening_stock_covers_what_the_file_takes_out_at_a_share_of_the_median_price(profile: ImportProfile) -> None:
    rows = [
        line("1", qty=5, price="2"),
        line("2", qty=1, price="3"),
        line("3", qty=2, price="10"),
        line("4", qty=-1, price=0),
    ]
    _run, summary = run_file(profile, file_of(*rows, line("C5", qty=-3, price="2")))
    assert (summary["opening_items"], summary["opening_qty"]) == (1, "9")
    assert summary["opening_value"] == "13.50"  # 9 × 60 % of 2.50, the median of 2, 2, 3 and 10
    assert StockBalance.objects.get().qty == 3


def test_rows_of_one_number_are_split_by_kind_and_keep_it(profile: ImportProfile) -> None:
    rows = [line("7", qty=1), line("7", qty=4, price=0), line("8", qty=-2, price=0, name="damages"), line("C9", qty=-1)]
    _run, summary = run_file(profile, file_of(*rows))
    assert summary["documents_by_kind"] == {"gift": 1, "return": 1, "sale": 1, "stock_correction": 1}
    assert set(ImportedDocument.objects.exclude(kind="opening").values_list("external_no", "kind")) == {
        ("7", "sale"),
        ("7", "gift"),
        ("8", "stock_correction"),
        ("C9", "return"),
    }
    assert SalesInvoice.objects.get(kind="red").gross == Decimal("-2.88")
    correction = StockDocument.objects.get(reason="correction")
    assert (correction.external_no, correction.lines.get().note, correction.party_id) == ("8", "damages", None)
    assert StockDocument.objects.get(reason="gift").party_id is not None


@pytest.mark.parametrize(
    ("code", "category", "rate"),
    [
        ("post", "FREIGHT", "0.13"),
        ("DOT", "FREIGHT", "0.13"),
        ("C2", "FREIGHT", "0.13"),
        ("m ", "MANUAL", "0.13"),
        ("D", "DISCOUNT", "0.13"),
        ("S", "SAMPLE", "0.13"),
        ("AMAZONFEE", "PLATFORM_FEE", "0"),
        ("BANK CHARGES", "BANK_CHARGE", "0"),
        ("gift_0001_20", "GIFT_VOUCHER", "0"),
        ("DCGS0003", "GOODS", "0.13"),
        ("22423", "GOODS", "0.13"),
    ],
)
def test_codes_lead_to_their_category_and_tax_rate(profile: ImportProfile, code: str, category: str, rate: str) -> None:
    run_file(profile, file_of(line(code=code, qty=1, price="100")))
    made = SalesInvoiceLine.objects.select_related("item__category").get()
    assert (made.item.code, made.item.category.code) == (code.strip().upper(), category)
    assert made.tax_rate == Decimal(rate)


def test_exports_are_without_tax(profile: ImportProfile) -> None:
    run_file(profile, file_of(line(country="德国")))
    assert SalesInvoice.objects.get().tax == 0


def test_a_row_without_customer_is_sold_to_the_cash_customer(profile: ImportProfile) -> None:
    run_file(profile, file_of(line(customer="")))
    assert SalesOrder.objects.get().customer.is_cash


def test_codes_that_differ_in_case_blanks_or_width_are_one_item(profile: ImportProfile) -> None:
    run_file(profile, file_of(line(code="85123a"), line(code=" 85123A "), line(code="８５１２３A")))
    assert list(StockBalance.objects.values_list("item__code", flat=True)) == ["85123A"]


def test_a_second_run_of_the_same_file_imports_nothing_twice(profile: ImportProfile) -> None:
    content = file_of(line("1"), line("2", qty=-1, price=0))
    run_file(profile, content)
    counts = [model.objects.count() for model in (SalesOrder, StockDocument, BusinessEvent, ImportedDocument)]
    _run, summary = run_file(profile, content)
    assert (summary["documents"], summary["already_imported_documents"], summary["already_imported_rows"]) == (0, 2, 2)
    assert counts == [model.objects.count() for model in (SalesOrder, StockDocument, BusinessEvent, ImportedDocument)]


def test_a_file_with_some_new_documents_adds_only_those(profile: ImportProfile) -> None:
    run_file(profile, file_of(line("1")))
    _run, summary = run_file(profile, file_of(line("1"), line("2", qty=4)))
    assert (summary["documents"], summary["already_imported_rows"], summary["opening_qty"]) == (1, 1, "4")
    assert SalesOrder.objects.count() == 2


def test_a_bad_row_refuses_its_document_and_the_others_go_on(profile: ImportProfile) -> None:
    rows = [line("1"), line("2"), line("2", code="X", qty="twelve"), line("3", code=""), line("4", day="soon")]
    run, summary = run_file(profile, file_of(*rows))
    assert (summary["documents"], summary["rows_refused"]) == (1, 4)
    issues = list(ImportRowIssue.objects.filter(run=run).values_list("row_no", "field", "code", "is_refusal"))
    assert issues == [
        (3, "", "document_refused", True),
        (4, "Quantity", "not_a_number", True),
        (5, "StockCode", "value_missing", True),
        (6, "InvoiceDate", "not_a_date", True),
    ]
    assert "twelve" in ImportRowIssue.objects.get(row_no=4).message


def test_mended_rows_of_a_refused_document_are_imported_later(profile: ImportProfile) -> None:
    run_file(profile, file_of(line("1", qty="x")))
    _run, summary = run_file(profile, file_of(line("1", qty=6)))
    assert summary["documents"] == 1


def test_a_dry_run_shows_everything_and_writes_nothing(profile: ImportProfile) -> None:
    run, summary = run_file(profile, file_of(line("1"), line("2", qty="x")), dry=True)
    assert (summary["documents"], summary["rows_refused"], run.issues.count()) == (1, 1, 1)
    assert not SalesOrder.objects.exists()
    assert not ImportedDocument.objects.exists()
    assert not StockDocument.objects.exists()
    assert not Customer.objects.filter(is_cash=False).exists()


def test_rows_that_make_no_document_are_listed_with_their_reason(profile: ImportProfile) -> None:
    run, summary = run_file(profile, file_of(line("1", code="POST", price=0), line("2", qty=0), line("3")))
    assert summary["rows_left_out_by_reason"] == {"service_without_price": 1, "zero_quantity": 1}
    assert not run.issues.filter(is_refusal=True).exists()


def test_dates_in_a_closed_period_refuse_their_documents(company: Company, profile: ImportProfile) -> None:
    Period.objects.filter(company=company, year=2025, number=12).update(status=PeriodStatus.CLOSED)
    _run, summary = run_file(profile, file_of(line("1"), line("2", day="2025-11-30")), dry=True)
    assert (summary["documents"], summary["rows_refused_by_reason"]) == (1, {"period_closed": 1})


def test_a_document_of_two_customers_is_refused(profile: ImportProfile) -> None:
    _run, summary = run_file(profile, file_of(line("1"), line("1", customer="2")), dry=True)
    assert summary["rows_refused"] == 2


def test_without_opening_stock_what_is_not_there_is_refused_and_leaves_no_draft(profile: ImportProfile) -> None:
    profile.options = {}
    profile.save()
    _run, summary = run_file(profile, file_of(line("1"), line("2", code="POST")))
    assert (summary["documents"], summary["rows_refused_by_reason"]) == (1, {"insufficient_stock": 1})
    assert SalesOrder.objects.get().external_no == "2"


class CancelledAfter:
    """Progress whose user loses patience."""

    def __init__(self, reports: int) -> None:
        self.left = reports

    def report(self, done: int, total: int, message: str = "") -> None:
        self.left -= 1
        if self.left < 0:
            raise JobCancelled


def in_batches_of_two(profile: ImportProfile, content: bytes) -> Opened:
    opened = open_file(profile, content, "sales.csv")
    return replace(opened, target=replace(opened.target, batch_documents=2))


def test_a_cancelled_import_keeps_its_batches_and_the_next_one_goes_on(profile: ImportProfile) -> None:
    content = file_of(*(line(str(number)) for number in range(1, 6)))
    opened = in_batches_of_two(profile, content)
    run = create_run(profile, opened, by=None, is_dry_run=False)
    with pytest.raises(JobCancelled):
        execute(run, CancelledAfter(2), opened)
    assert (SalesOrder.objects.count(), run.summary["complete"]) == (2, False)
    _run, summary = run_file(profile, content)
    assert (summary["documents"], summary["already_imported_documents"]) == (3, 2)
    assert StockBalance.objects.get().qty == 0  # opening stock came once, for all five


def test_an_interrupted_run_goes_on_as_the_same_run(profile: ImportProfile) -> None:
    opened = in_batches_of_two(profile, file_of(*(line(str(number)) for number in range(1, 6))))
    run = create_run(profile, opened, by=None, is_dry_run=False)

    class Killed(BaseException):
        pass

    class Kill:
        left = 2

        def report(self, done: int, total: int, message: str = "") -> None:
            self.left -= 1
            if self.left < 0:
                raise Killed

    with pytest.raises(Killed):
        execute(run, Kill(), opened)
    run.refresh_from_db()
    summary = execute(run, Silent())
    assert (summary["documents"], summary["already_imported_documents"], summary["opening_qty"]) == (5, 0, "30")


def test_wrong_columns_refuse_the_file_and_name_what_is_missing(profile: ImportProfile) -> None:
    with pytest.raises(FileRefused) as refusal:
        open_file(profile, file_of(line(), headers=["Invoice", *HEADERS[1:]]), "sales.csv")
    assert "InvoiceNo" in refusal.value.message


def test_names_of_customers_come_from_the_sheet_that_the_profile_names(profile: ImportProfile) -> None:
    import xlsxwriter

    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    page = book.add_worksheet("Online Retail")
    for at, row in enumerate([HEADERS, list(line())]):
        page.write_row(at, 0, row)
    page = book.add_worksheet("Customers")
    page.write_row(0, 0, ["CustomerID", "CustomerName", "Group", "City"])
    page.write_row(1, 0, [17850, "湖畔礼品店", "零售门店", "杭州"])
    book.close()
    opened = open_file(profile, stream.getvalue(), "sales.xlsx")
    execute(create_run(profile, opened, by=None, is_dry_run=False), Silent(), opened)
    customer = Customer.objects.get(code="17850")
    assert (customer.name, customer.group.name, customer.region) == ("湖畔礼品店", "零售门店", "杭州")


def test_a_profile_goes_out_and_comes_in_unchanged(company: Company, profile: ImportProfile) -> None:
    document = profile_document(profile)
    other = install_profile(CompanyFactory(), json.loads(json.dumps(document)))
    assert profile_document(other) == document


def test_two_imports_with_one_profile_do_not_run_at_once(profile: ImportProfile) -> None:
    from django.db import connection

    from erp.core.imports.services import _LOCK_SPACE

    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", [_LOCK_SPACE, profile.pk])
        with pytest.raises(ImportUnderWay):
            run_file(profile, file_of(line()))
    finally:
        other.close()
    assert run_file(profile, file_of(line()))[1]["documents"] == 1
