"""Returns, red invoices, allowances and reversals: stock, goods not invoiced and payables end where they began."""

from decimal import Decimal

import pytest

from erp.core.companies.models import (
    GrniPolicy,
    PurchaseFreightPolicy,
    PurchaseReturnVat,
    PurchaseVariancePolicy,
    Taxpayer,
)
from erp.core.errors import DomainError
from inventory.documents.reverse import reverse as reverse_stock
from inventory.items.models import ItemCategory
from inventory.purchasing.certify import certify_invoices
from inventory.purchasing.estimates import renew_estimates, reverse_estimates
from inventory.purchasing.invoice_confirm import confirm_invoice
from inventory.purchasing.invoice_reverse import reverse_invoice
from inventory.purchasing.invoices import NewInvoice, NewInvoiceLine, NewMatch, create_invoice
from inventory.purchasing.matching import Wanted, invoice_receipts, suggest_matches
from inventory.purchasing.models import InvoiceKind, SupplierInvoice
from ledger.periods.services import period_of
from tests.inventory.purchasing.kit import Buyer, books, day, line

pytestmark = pytest.mark.django_db


def refusal(attempt: object) -> str:
    with pytest.raises(DomainError) as refused:
        attempt()  # type: ignore[operator]
    return refused.value.code


def allowance(buyer: Buyer, invoice: SupplierInvoice, amount: str) -> SupplierInvoice:
    draft = create_invoice(
        buyer.company,
        NewInvoice(
            buyer.suppliers["S1"],
            day(9),
            [NewInvoiceLine(net=Decimal(amount), tax_rate=Decimal("0.13"))],
            kind=InvoiceKind.RED,
            of_invoice_id=invoice.pk,
        ),
        by=None,
    )
    return confirm_invoice(buyer.company, draft.pk, by=None)


def test_a_return_after_the_invoice_waits_for_its_red_invoice() -> None:
    buyer = Buyer()
    item = buyer.item()
    receipt, line_id = buyer.receive(day(2), item, "100", "10")
    invoice_receipts(buyer.company, [receipt], by=None, date=day(3), lines=[line(item, "100", "10")])
    back, _line = buyer.give_back(day(4), item, "10", line_id)
    assert buyer.books() == books(stock="900.00", grni="100.00", input_vat="130.00", payable="-1130.00")
    buyer.holds()
    invoice_receipts(buyer.company, [back], by=None, date=day(5), lines=[line(item, "10", "10")])
    assert buyer.books() == books(stock="900.00", input_vat="117.00", payable="-1017.00")
    buyer.holds()


def test_a_red_invoice_beyond_what_was_invoiced_is_refused() -> None:
    buyer = Buyer()
    item = buyer.item()
    receipt, line_id = buyer.receive(day(2), item, "10", "10")
    back, _line = buyer.give_back(day(4), item, "4", line_id)
    assert refusal(lambda: invoice_receipts(buyer.company, [back], by=None, date=day(5))) == "not_invoiced"
    assert (
        refusal(lambda: invoice_receipts(buyer.company, [receipt], by=None, date=day(5), lines=[line(item, "7", "10")]))
        == "over_invoicing"
    )
    invoice_receipts(buyer.company, [receipt], by=None, date=day(5), lines=[line(item, "6", "10")])
    assert buyer.books() == books(stock="60.00", input_vat="7.80", payable="-67.80")
    buyer.holds()


def test_an_allowance_lowers_stock_and_cost_of_sales_by_what_is_left_and_never_more_than_the_invoice() -> None:
    buyer = Buyer()
    item = buyer.item()
    receipt, _line = buyer.receive(day(2), item, "100", "10")
    invoice = invoice_receipts(buyer.company, [receipt], by=None, date=day(3), lines=[line(item, "100", "10")])
    buyer.deliver(day(4), item, "60")
    allowance(buyer, invoice, "30")
    assert buyer.books() == books(stock="388.00", cogs="582.00", input_vat="126.10", payable="-1096.10")
    buyer.holds()
    assert refusal(lambda: allowance(buyer, invoice, "971")) == "not_invoiced"
    assert refusal(lambda: reverse_invoice(buyer.company, invoice.pk, by=None)) == "has_dependents"


def test_a_reversed_invoice_leaves_the_books_as_if_it_had_never_been_entered() -> None:
    buyer = Buyer()
    item = buyer.item()
    receipt, _line = buyer.receive(day(2), item, "100", "10")
    invoice = invoice_receipts(buyer.company, [receipt], by=None, date=day(3), lines=[line(item, "100", "10.50")])
    buyer.deliver(day(4), item, "60")
    assert buyer.books() == books(stock="420.00", cogs="630.00", input_vat="136.50", payable="-1186.50")
    assert refusal(lambda: reverse_stock(buyer.company, receipt, by=None)) == "has_dependents"
    reverse_invoice(buyer.company, invoice.pk, by=None)
    assert buyer.books() == books(stock="400.00", cogs="600.00", grni="-1000.00")
    buyer.holds()
    again = invoice_receipts(buyer.company, [receipt], by=None, date=day(3), lines=[line(item, "100", "10.50")])
    assert again.gross == Decimal("1186.50")
    buyer.holds()


def test_a_variance_follows_goods_whose_receipt_moves_before_others() -> None:
    """A delivery dated back before the invoice takes its part of the variance with it when costs are told again."""
    buyer = Buyer()
    item = buyer.item("fifo")
    receipt, _line = buyer.receive(day(2), item, "100", "10")
    invoice = invoice_receipts(buyer.company, [receipt], by=None, date=day(8), lines=[line(item, "100", "10.50")])
    buyer.deliver(day(5), item, "60")
    assert buyer.books() == books(stock="420.00", cogs="630.00", input_vat="136.50", payable="-1186.50")
    buyer.holds()
    reverse_invoice(buyer.company, invoice.pk, by=None)
    assert buyer.books() == books(stock="400.00", cogs="600.00", grni="-1000.00")
    buyer.holds()


def test_one_invoice_of_two_receipts_and_two_invoices_of_one_receipt() -> None:
    buyer = Buyer()
    item, other = buyer.item(), buyer.item("fifo")
    _first, one = buyer.receive(day(2), item, "10", "10")
    _second, two = buyer.receive(day(3), item, "10", "12")
    _third, three = buyer.receive(day(3), other, "5", "4")
    draft = create_invoice(
        buyer.company,
        NewInvoice(
            buyer.suppliers["S1"],
            day(4),
            [line(item, "15", "11", "0.13", (one, "10"), (two, "5")), line(other, "5", "4", "0.13", (three, "5"))],
        ),
        by=None,
    )
    confirm_invoice(buyer.company, draft.pk, by=None)
    # 165 − 160 at the receipts' prices: 10 dearer, 5 cheaper; all is on hand.
    assert buyer.books() == books(stock="245.00", grni="-60.00", input_vat="24.05", payable="-209.05")
    assert suggest_matches(buyer.company, buyer.suppliers["S1"], [Wanted(item.pk, Decimal(9))]) == [
        [NewMatch(two, Decimal(5))]
    ]
    buyer.holds()


def test_goods_that_are_not_matched_wait_and_other_suppliers_goods_are_refused() -> None:
    buyer = Buyer()
    item = buyer.item()
    _receipt, one = buyer.receive(day(2), item, "10", "10")
    wanted = [line(item, "10", "10", "0.13", (one, "4"))]
    draft = create_invoice(buyer.company, NewInvoice(buyer.suppliers["S1"], day(4), wanted), by=None)
    assert refusal(lambda: confirm_invoice(buyer.company, draft.pk, by=None)) == "match_needed"
    wrong = [line(item, "4", "10", "0.13", (one, "4"))]
    draft = create_invoice(buyer.company, NewInvoice(buyer.suppliers["S2"], day(4), wrong), by=None)
    assert refusal(lambda: confirm_invoice(buyer.company, draft.pk, by=None)) == "not_matchable"


@pytest.mark.parametrize("policy", [GrniPolicy.REVERSE_ON_INVOICE, GrniPolicy.DIFFERENCE_ONLY])
def test_tax_that_is_not_deductible_is_cost(policy: str) -> None:
    buyer = Buyer(grni_policy=policy)
    item = buyer.item()
    receipt, _line = buyer.receive(day(2), item, "100", "10")
    invoice_receipts(
        buyer.company, [receipt], by=None, date=day(3), lines=[line(item, "100", "10.50")], is_deductible=False
    )
    assert buyer.books() == books(stock="1186.50", payable="-1186.50")
    buyer.holds()


def test_a_small_scale_taxpayer_has_no_input_vat() -> None:
    buyer = Buyer(taxpayer=Taxpayer.SMALL_SCALE)
    item = buyer.item()
    receipt, _line = buyer.receive(day(2), item, "100", "10")
    invoice_receipts(buyer.company, [receipt], by=None, date=day(3), lines=[line(item, "100", "10.50")])
    assert buyer.books() == books(stock="1186.50", payable="-1186.50")


def test_all_of_the_variance_may_be_cost_of_sales_by_policy() -> None:
    buyer = Buyer(purchase_variance_policy=PurchaseVariancePolicy.ALL_TO_COGS)
    item = buyer.item()
    receipt, _line = buyer.receive(day(2), item, "100", "10")
    invoice_receipts(buyer.company, [receipt], by=None, date=day(3), lines=[line(item, "100", "10.50")])
    assert buyer.books() == books(stock="1000.00", cogs="50.00", input_vat="136.50", payable="-1186.50")
    buyer.holds()


def test_the_tax_of_returned_goods_is_transferred_out_by_policy() -> None:
    buyer = Buyer(purchase_return_vat=PurchaseReturnVat.TRANSFER_OUT)
    item = buyer.item()
    receipt, line_id = buyer.receive(day(2), item, "100", "10")
    invoice_receipts(buyer.company, [receipt], by=None, date=day(3), lines=[line(item, "100", "10")])
    back, _line = buyer.give_back(day(4), item, "10", line_id)
    invoice_receipts(buyer.company, [back], by=None, date=day(5), lines=[line(item, "10", "10")])
    assert buyer.books() == books(
        stock="900.00", input_vat="130.00", input_vat_transfer_out="-13.00", payable="-1017.00"
    )


def test_input_vat_waits_until_the_invoice_is_certified() -> None:
    buyer = Buyer()
    item = buyer.item()
    receipt, _line = buyer.receive(day(2), item, "10", "10")
    invoice = invoice_receipts(
        buyer.company, [receipt], by=None, date=day(3), lines=[line(item, "10", "10")], is_certified=False
    )
    assert buyer.books() == books(stock="100.00", input_vat_pending="13.00", payable="-113.00")
    certify_invoices(buyer.company, [invoice.pk], by=None, date=day(20))
    assert buyer.books() == books(stock="100.00", input_vat="13.00", payable="-113.00")
    assert refusal(lambda: certify_invoices(buyer.company, [invoice.pk], by=None, date=day(21))) == "already_certified"
    reverse_invoice(buyer.company, invoice.pk, by=None, date=day(25))
    assert buyer.books() == books(stock="100.00", grni="-100.00")
    buyer.holds()


def test_estimates_are_reversed_at_the_beginning_of_the_month_and_renewed_at_its_end() -> None:
    buyer = Buyer(grni_policy=GrniPolicy.MONTHLY_REVERSAL)
    item, standard = buyer.item(), buyer.item("standard")
    receipt, _line = buyer.receive(day(20), item, "100", "10")
    other, _line = buyer.receive(day(21), standard, "10", "12")
    february = period_of(buyer.company.pk, day(1, 2))
    assert buyer.books() == books(stock="1100.00", cost_variance="20.00", grni="-1120.00")
    reverse_estimates(buyer.company, february, by=None)
    assert refusal(lambda: reverse_estimates(buyer.company, february, by=None)) == "estimates_reversed"
    assert buyer.books() == {}
    invoice = invoice_receipts(buyer.company, [receipt], by=None, date=day(10, 2), lines=[line(item, "60", "10.50")])
    assert buyer.books() == books(stock="630.00", input_vat="81.90", payable="-711.90")
    renew_estimates(buyer.company, february, by=None)
    assert buyer.books() == books(
        stock="1130.00", cost_variance="20.00", grni="-520.00", input_vat="81.90", payable="-711.90"
    )
    buyer.holds()
    assert refusal(lambda: reverse_stock(buyer.company, other, by=None)) == "has_dependents"
    march = period_of(buyer.company.pk, day(1, 3))
    reverse_estimates(buyer.company, march, by=None)
    invoice_receipts(buyer.company, [other], by=None, date=day(5, 3), lines=[line(standard, "10", "12.50")])
    invoice_receipts(buyer.company, [receipt], by=None, date=day(6, 3), lines=[line(item, "40", "10")])
    assert invoice.estimate == 600
    renew_estimates(buyer.company, march, by=None)
    assert buyer.books() == books(stock="1130.00", cost_variance="25.00", input_vat="150.15", payable="-1305.15")
    buyer.holds()


@pytest.mark.parametrize(
    ("policy", "key"),
    [(PurchaseFreightPolicy.EXPENSE, "purchase_freight"), (PurchaseFreightPolicy.STOCK, "landed_cost_clearing")],
)
def test_charges_are_expenses_and_freight_waits_for_its_landed_cost_by_policy(policy: str, key: str) -> None:
    buyer = Buyer(purchase_freight_policy=policy)
    freight = buyer.item("service", "F")
    freight.category = ItemCategory.objects.get(company=buyer.company, code="FREIGHT")
    freight.save()
    lines = [
        NewInvoiceLine(freight.pk, net=Decimal(100), tax_rate=Decimal("0.09")),
        NewInvoiceLine(net=Decimal(20), tax_rate=Decimal("0.06"), description="办公用品"),
    ]
    draft = create_invoice(buyer.company, NewInvoice(buyer.suppliers["S2"], day(3), lines), by=None)
    invoice = confirm_invoice(buyer.company, draft.pk, by=None)
    assert buyer.books() == books(**{key: "100.00", "consumption": "20.00", "input_vat": "10.20", "payable": "-130.20"})
    buyer.holds()
    reverse_invoice(buyer.company, invoice.pk, by=None)
    assert buyer.books() == {}


def test_goods_that_bore_a_variance_and_are_gone_leave_it_to_cost_of_sales_when_it_is_reversed_later() -> None:
    buyer = Buyer()
    item = buyer.item()
    receipt, _line = buyer.receive(day(2), item, "100", "10")
    invoice = invoice_receipts(buyer.company, [receipt], by=None, date=day(3), lines=[line(item, "100", "10.50")])
    buyer.deliver(day(4), item, "100")
    assert buyer.books() == books(cogs="1050.00", input_vat="136.50", payable="-1186.50")
    reverse_invoice(buyer.company, invoice.pk, by=None, date=day(20))
    assert buyer.books() == books(cogs="1000.00", grni="-1000.00")
    buyer.holds()


def test_a_red_invoice_that_is_not_certified_lowers_the_tax_that_waits() -> None:
    buyer = Buyer()
    item = buyer.item()
    receipt, line_id = buyer.receive(day(2), item, "10", "10")
    invoice = invoice_receipts(buyer.company, [receipt], by=None, date=day(3), is_certified=False)
    back, _line = buyer.give_back(day(4), item, "4", line_id)
    red = invoice_receipts(buyer.company, [back], by=None, date=day(5), is_certified=False)
    assert buyer.books() == books(stock="60.00", input_vat_pending="7.80", payable="-67.80")
    certify_invoices(buyer.company, [invoice.pk, red.pk], by=None, date=day(20))
    assert buyer.books() == books(stock="60.00", input_vat="7.80", payable="-67.80")
    buyer.holds()
