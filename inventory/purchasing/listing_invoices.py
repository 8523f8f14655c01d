"""What the pages of supplier invoices and payments show beside the document: what is unpaid, what is not allocated."""

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Case, DecimalField, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from erp.core.companies.models import Company
from erp.core.money import ZERO
from inventory.documents.models import StockDocumentLine
from inventory.items.models import Item
from inventory.purchasing import goods
from inventory.purchasing.goods import Receipt, Return
from inventory.purchasing.models import (
    InvoiceKind,
    InvoiceMatch,
    InvoiceStatus,
    PayableAllocation,
    PaymentKind,
    PurchaseOrderLine,
    SupplierInvoice,
    SupplierPayment,
)
from inventory.suppliers.models import Supplier

_ZERO = Decimal(0)
_MONEY = DecimalField(max_digits=18, decimal_places=2)
_NOTHING = Value(ZERO, output_field=_MONEY)


def with_open(company: Company) -> QuerySet[SupplierInvoice]:
    """Invoices with ``open`` (what is not settled; negative of red ones: what they can settle) and ``variance``."""
    live = Q(payment=None) | Q(payment__status=InvoiceStatus.CONFIRMED)
    rows = PayableAllocation.objects.filter(live, company=company).order_by()
    settled = rows.filter(invoice=OuterRef("pk")).values("invoice").annotate(n=Sum("amount")).values("n")
    used = rows.filter(credit=OuterRef("pk")).values("credit").annotate(n=Sum("amount")).values("n")
    matches = InvoiceMatch.objects.filter(company=company, invoice_line__invoice=OuterRef("pk")).order_by()
    variance = matches.values("invoice_line__invoice").annotate(n=Sum("variance")).values("n")
    open_ = F("gross") - Coalesce(Subquery(settled), _NOTHING) + Coalesce(Subquery(used), _NOTHING)
    return (
        SupplierInvoice.objects.filter(company=company)
        .select_related("supplier")
        .annotate(
            open=Case(
                When(status=InvoiceStatus.CONFIRMED, reversal_of=None, then=open_),
                default=_NOTHING,
                output_field=_MONEY,
            ),
            variance=Coalesce(Subquery(variance), _NOTHING),
        )
    )


def with_rest(company: Company) -> QuerySet[SupplierPayment]:
    """Payments with ``open``: what of amount and discount is not allocated. Refunds settle nothing: theirs is zero."""
    rows = PayableAllocation.objects.filter(company=company, payment=OuterRef("pk")).order_by()
    used = rows.values("payment").annotate(n=Sum("amount")).values("n")
    is_open = When(
        status=InvoiceStatus.CONFIRMED,
        reversal_of=None,
        kind=PaymentKind.PAYMENT,
        then=F("amount") + F("discount") - Coalesce(Subquery(used), _NOTHING),
    )
    return (
        SupplierPayment.objects.filter(company=company)
        .select_related("supplier", "bank_account")
        .annotate(open=Case(is_open, default=_NOTHING, output_field=_MONEY))
    )


@dataclass(frozen=True, slots=True)
class OpenGoods:
    """A receipt or return line that waits for its invoice, as the page of matching shows it."""

    line_id: int
    document_id: int
    number: str
    date: object
    item_id: int
    code: str
    name: str
    unit: str
    open_qty: Decimal
    unit_cost: Decimal
    open_estimate: Decimal
    tax_rate: Decimal


class _Waiting(NamedTuple):
    """A line that waits for its invoice: how much of it, and what is estimated for that."""

    row: Receipt | Return
    receipt_line_id: int | None
    qty: Decimal
    estimate: Decimal


def _waiting(company: Company, kind: str, party_id: int | None = None) -> list[_Waiting]:
    """Receipt lines not invoiced; for red invoices what went back of invoiced lines. What went back before the
    invoice came only lowers what that is about."""
    if kind == InvoiceKind.BLUE:
        rows = goods.open_receipts(company.pk, party_id=party_id)
        return [_Waiting(row, row.line_id, row.open_qty, row.open_estimate) for row in rows if row.open_qty > 0]
    backs = goods.open_returns(company.pk, party_id=party_id)
    receipts = goods.receipts(company.pk, {back.of_line_id for back in backs if back.of_line_id is not None})
    too_much = {line_id: max(-receipt.open_qty, _ZERO) for line_id, receipt in receipts.items()}
    found = []
    for back in reversed(backs):  # what went back last went back of what was invoiced
        qty = min(back.open_qty, too_much.get(back.of_line_id or 0, back.open_qty))
        if qty > 0:
            if back.of_line_id in too_much:
                too_much[back.of_line_id] -= qty
            estimate = goods.part_of(back.estimate, qty, back.qty)
            found.append(_Waiting(back, back.of_line_id, qty, estimate))
    return found[::-1]


def open_goods(company: Company, supplier: Supplier, kind: str) -> list[OpenGoods]:
    """Receipt lines (for red invoices return lines) of a supplier that wait for an invoice, oldest first."""
    found = _waiting(company, kind, supplier.dimension_value_id)
    items = Item.objects.in_bulk({one.row.item_id for one in found})
    rates = _rates(company, [one.receipt_line_id for one in found if one.receipt_line_id is not None])
    made = []
    for row, receipt_line_id, qty, estimate in found:
        item = items[row.item_id]
        price = row.unit_cost if isinstance(row, Receipt) else None
        made.append(
            OpenGoods(
                row.line_id,
                row.document_id,
                row.number,
                row.date,
                row.item_id,
                item.code,
                item.name,
                item.unit,
                qty,
                price if price is not None else goods.price_of(estimate, qty),
                estimate,
                rates.get(receipt_line_id or 0, supplier.tax_rate),
            )
        )
    return made


def _rates(company: Company, line_ids: list[int]) -> dict[int, Decimal]:
    """Receipt line → tax rate of the order line it came from, where it came from one."""
    rows = StockDocumentLine.objects.filter(
        company=company, pk__in=line_ids, document__source_type="purchase_order", source_line_id__isnull=False
    )
    found = rows.values_list("id", "source_line_id")
    lines = {line_id: source for line_id, source in found if source is not None}
    rates = dict(PurchaseOrderLine.objects.filter(company=company, pk__in=lines.values()).values_list("id", "tax_rate"))
    return {line_id: rates[source] for line_id, source in lines.items() if source in rates}


class Waiting(NamedTuple):
    """A supplier of whom receipts (or returns) wait for an invoice."""

    supplier: Supplier
    documents: int
    lines: int
    estimate: Decimal


def suppliers_waiting(company: Company, kind: str) -> list[Waiting]:
    """Suppliers with open receipts or returns, the largest estimate first."""
    by_party: dict[int, list[_Waiting]] = {}
    for one in _waiting(company, kind):
        if one.row.party_id is not None:
            by_party.setdefault(one.row.party_id, []).append(one)
    suppliers = Supplier.objects.filter(company=company, dimension_value_id__in=by_party)
    found = [
        Waiting(
            supplier,
            len({one.row.document_id for one in by_party[supplier.dimension_value_id]}),
            len(by_party[supplier.dimension_value_id]),
            sum((one.estimate for one in by_party[supplier.dimension_value_id]), ZERO),
        )
        for supplier in suppliers
    ]
    return sorted(found, key=lambda row: (-row.estimate, row.supplier.code))
