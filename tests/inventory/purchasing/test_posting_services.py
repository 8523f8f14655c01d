"""Every worked example of purchasing in the posting rules: the event raised, the worker's voucher, line by line."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from erp.core.companies.models import GrniPolicy
from inventory.purchasing.events import money_event
from inventory.suppliers.queries import supplier_facts
from ledger.posting.events import NewEvent, raise_events
from ledger.posting.models import BusinessEvent
from ledger.vouchers.models import VoucherLine
from tests.inventory.purchasing.kit import Buyer, day

pytestmark = pytest.mark.django_db

Lines = list[tuple[str, str, str]]  # side, account, amount
STOCK, GRNI, PAYABLE, INPUT_VAT, BANK, PREPAID = "1405", "220202", "220201", "22210101", "100201", "1123"
TRANSFER, PAID, RECEIVED = "转", "付", "收"

INVOICE = {"est_cost": "1000", "est_open": "1000", "amount_net": "1050", "tax": "136.50", "gross": "1186.50"}
EXAMPLES: list[tuple[str, str, str, dict[str, str], dict[str, str], Lines]] = [
    (
        "estimated", "purchase_receipt_estimated", TRANSFER, {},
        {"qty": "100", "cost": "1000", "price": "1000"},
        [("D", STOCK, "1000.00"), ("C", GRNI, "1000.00")],
    ),
    (
        "estimate_reversed", "purchase_estimate_reversed", TRANSFER, {},
        {"cost": "-1000", "price": "-1000"},
        [("D", STOCK, "-1000.00"), ("C", GRNI, "-1000.00")],
    ),
    (
        "reverse_on_invoice", "purchase_invoice", TRANSFER, {"policy": GrniPolicy.REVERSE_ON_INVOICE},
        {**INVOICE, "variance_stock": "50"},
        [
            ("D", STOCK, "-1000.00"), ("C", GRNI, "-1000.00"), ("D", STOCK, "1050.00"), ("D", INPUT_VAT, "136.50"),
            ("C", PAYABLE, "1186.50"),
        ],
    ),
    (
        "difference_only", "purchase_invoice", TRANSFER, {"policy": GrniPolicy.DIFFERENCE_ONLY},
        {**INVOICE, "variance_stock": "50"},
        [("D", GRNI, "1000.00"), ("D", STOCK, "50.00"), ("D", INPUT_VAT, "136.50"), ("C", PAYABLE, "1186.50")],
    ),
    (
        "partly_sold", "purchase_invoice", TRANSFER, {"policy": GrniPolicy.DIFFERENCE_ONLY},
        {**INVOICE, "variance_stock": "20", "variance_cogs": "30"},
        [
            ("D", GRNI, "1000.00"), ("D", STOCK, "20.00"), ("D", "540101", "30.00"), ("D", INPUT_VAT, "136.50"),
            ("C", PAYABLE, "1186.50"),
        ],
    ),
    (
        "not_certified", "purchase_invoice", TRANSFER, {"policy": GrniPolicy.DIFFERENCE_ONLY},
        {"est_open": "1000", "tax_pending": "130", "gross": "1130"},
        [("D", GRNI, "1000.00"), ("D", "222105", "130.00"), ("C", PAYABLE, "1130.00")],
    ),
    (
        "certified", "input_vat_certified", TRANSFER, {}, {"tax": "136.50"},
        [("D", INPUT_VAT, "136.50"), ("C", "222105", "136.50")],
    ),
    (
        "with_invoice", "purchase_receipt_invoiced", TRANSFER, {},
        {"qty": "100", "cost": "1050", "tax": "136.50", "gross": "1186.50"},
        [("D", STOCK, "1050.00"), ("D", INPUT_VAT, "136.50"), ("C", PAYABLE, "1186.50")],
    ),
    (
        "with_invoice_small_scale", "purchase_receipt_invoiced", TRANSFER, {},
        {"qty": "100", "cost": "1186.50", "gross": "1186.50"},
        [("D", STOCK, "1186.50"), ("C", PAYABLE, "1186.50")],
    ),
    (
        "in_transit", "purchase_invoice_in_transit", TRANSFER, {},
        {"amount_net": "1050", "tax": "136.50", "gross": "1186.50"},
        [("D", "140201", "1050.00"), ("D", INPUT_VAT, "136.50"), ("C", PAYABLE, "1186.50")],
    ),
    (
        "in_transit_received", "purchase_in_transit_received", TRANSFER, {}, {"qty": "100", "cost": "1050"},
        [("D", STOCK, "1050.00"), ("C", "140201", "1050.00")],
    ),
    (
        "short_supplier_claim", "purchase_in_transit_received", TRANSFER, {},
        {"qty": "90", "cost": "945", "claim": "105", "tax": "13.65"},
        [("D", STOCK, "945.00"), ("D", "122103", "118.65"), ("C", "140201", "1050.00"), ("C", "22210109", "13.65")],
    ),
    (
        "return_uninvoiced", "purchase_return_uninvoiced", TRANSFER, {},
        {"qty": "-10", "cost": "-100", "price": "-100"},
        [("D", STOCK, "-100.00"), ("C", GRNI, "-100.00")],
    ),
    (
        "return_red_input", "purchase_return_invoiced", TRANSFER, {},
        {"variance_stock": "-105", "tax": "-13.65", "gross": "-118.65"},
        [("D", STOCK, "-105.00"), ("D", INPUT_VAT, "-13.65"), ("C", PAYABLE, "-118.65")],
    ),
    (
        "return_transfer_out", "purchase_return_invoiced", TRANSFER, {},
        {"variance_stock": "-105", "tax_out": "13.65", "gross": "-118.65"},
        [("D", STOCK, "-105.00"), ("C", PAYABLE, "-118.65"), ("C", "22210109", "13.65")],
    ),
    (
        "price_adjusted", "purchase_price_adjusted", TRANSFER, {},
        {"variance_stock": "-30", "tax": "-3.90", "gross": "-33.90"},
        [("D", STOCK, "-30.00"), ("D", INPUT_VAT, "-3.90"), ("C", PAYABLE, "-33.90")],
    ),
    (
        "payment", "supplier_payment", PAID, {}, {"amount": "1186.50", "allocated": "1186.50"},
        [("D", PAYABLE, "1186.50"), ("C", BANK, "1186.50")],
    ),
    (
        "cash_discount", "supplier_payment", PAID, {},
        {"amount": "980", "allocated": "1000", "discount": "20"},
        [("D", PAYABLE, "1000.00"), ("D", "560305", "-20.00"), ("C", BANK, "980.00")],
    ),
    (
        "prepayment", "supplier_prepayment", PAID, {}, {"amount": "500"},
        [("D", PREPAID, "500.00"), ("C", BANK, "500.00")],
    ),
    (
        "prepayment_allocated", "prepayment_allocated", TRANSFER, {}, {"amount": "500"},
        [("D", PAYABLE, "500.00"), ("C", PREPAID, "500.00")],
    ),
    (
        "refund", "supplier_refund", RECEIVED, {}, {"amount": "200", "prepaid": "200"},
        [("D", BANK, "200.00"), ("C", PREPAID, "200.00")],
    ),
    (
        "written_off", "payable_written_off", TRANSFER, {}, {"amount": "88"},
        [("D", PAYABLE, "88.00"), ("C", "530108", "88.00")],
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("event_type", "word", "facts", "measures", "lines"),
    [example[1:] for example in EXAMPLES],
    ids=[example[0] for example in EXAMPLES],
)
def test_worked_example(
    event_type: str, word: str, facts: dict[str, str], measures: dict[str, str], lines: Lines
) -> None:
    buyer = Buyer(voucher_words="three")
    item = buyer.item()
    supplier = supplier_facts(buyer.company.pk, [buyer.suppliers["S1"]])[buyer.suppliers["S1"]]
    with transaction.atomic():
        raise_events(
            buyer.company.pk,
            [
                NewEvent(
                    event_type=event_type,
                    source_type="example",
                    source_id=1,
                    business_date=day(5),
                    document_no="E-1",
                    party=supplier.name,
                    facts={
                        **supplier.facts,
                        "item": item.dimension_value_id,
                        "warehouse": buyer.warehouse.dimension_value_id,
                        **facts,
                    },
                    lines=[{"id": 1, "measures": measures}],
                )
            ],
        )
    buyer.post()
    made = VoucherLine.objects.filter(company=buyer.company).select_related("account", "voucher").order_by("line_no")
    found = [("D" if line.debit else "C", line.account.code, str(line.debit or line.credit)) for line in made]
    assert sorted(found) == sorted(lines)
    assert {line.voucher.word for line in made} == {word}


def test_an_allocation_within_one_account_needs_no_voucher() -> None:
    buyer = Buyer()
    supplier = supplier_facts(buyer.company.pk, [buyer.suppliers["S1"]])[buyer.suppliers["S1"]]
    measures: dict[str, Any] = {"amount": Decimal(50)}
    with transaction.atomic():
        event = money_event(
            "prepayment_allocated", "payable_allocation", 1, day(5), "A-1", supplier, measures,
            facts={"within": "one_account"},
        )  # fmt: skip
        raise_events(buyer.company.pk, [event])
    buyer.post()
    row = BusinessEvent.objects.get(company=buyer.company)
    assert (row.state, row.reason_code, row.voucher_id) == ("settled", "no_voucher_by_rule", None)
