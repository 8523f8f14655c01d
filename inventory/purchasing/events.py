"""What purchasing tells the ledger beside the events of stock documents: invoices, payments, allocations, estimates.

Amounts carry the sign of the document: red invoices are negative and stay on their side (R-SIGN). A reversal repeats
its original's payload with the signs turned.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company, PurchaseFreightPolicy, PurchaseReturnVat, Standard, Taxpayer
from inventory.events import default_departments
from inventory.items.facts import ItemFacts
from inventory.items.models import ServiceType
from inventory.purchasing import closing, dependents
from inventory.purchasing.models import SupplierInvoice
from inventory.purchasing.variance import Part
from inventory.suppliers.queries import SupplierFacts
from ledger.posting.events import EventType, NewEvent, register_event_type
from ledger.posting.models import BusinessEvent

INVOICE, PAYMENT, ALLOCATION, OPENING = "supplier_invoice", "supplier_payment", "payable_allocation", "period_opening"
PURCHASE_INVOICE, RETURN_INVOICED, PRICE_ADJUSTED = (
    "purchase_invoice", "purchase_return_invoiced", "purchase_price_adjusted",
)  # fmt: skip

_INVOICE_MEASURES = (
    "qty", "est_cost", "est_open", "back", "amount_net", "tax", "tax_pending", "tax_out", "gross", "charge",
    "variance", "variance_stock", "variance_cogs", "variance_price",
)  # fmt: skip
_INVOICE_FACTS = (
    "policy", "taxpayer", "supplier", "supplier_group", "department", "warehouse", "item", "item_category",
    "service_type", "freight", "tax_rate", "posts_as",
)  # fmt: skip
_GOODS_FACTS = ("supplier", "supplier_group", "department", "warehouse", "item", "item_category")
_MONEY_FACTS = ("supplier", "supplier_group", "bank_account", "department")

EVENT_TYPES: tuple[EventType, ...] = (
    EventType(PURCHASE_INVOICE, _("Supplier invoice"), "采购发票", _INVOICE_MEASURES, _INVOICE_FACTS),
    EventType(RETURN_INVOICED, _("Purchase return after invoicing"), "采购退货", _INVOICE_MEASURES, _INVOICE_FACTS),
    EventType(PRICE_ADJUSTED, _("Purchase allowance"), "采购折让", _INVOICE_MEASURES, _INVOICE_FACTS),
    EventType(
        "purchase_receipt_invoiced",
        _("Receipt with its invoice"),
        "票货同到入库",
        ("qty", "cost", "amount_net", "tax", "gross"),
        (*_GOODS_FACTS, "tax_rate"),
    ),
    EventType(
        "purchase_invoice_in_transit",
        _("Invoice before the goods"),
        "票到货未到",
        ("qty", "amount_net", "tax", "tax_pending", "gross"),
        (*_GOODS_FACTS, "tax_rate"),
    ),
    EventType(
        "purchase_in_transit_received",
        _("Invoiced goods received"),
        "在途入库",
        ("qty", "cost", "claim", "tax"),
        _GOODS_FACTS,
    ),
    EventType("purchase_estimate_reversed", _("Estimate reversed"), "暂估红冲", ("qty", "cost", "price"), _GOODS_FACTS),
    EventType("input_vat_certified", _("Input VAT certified"), "进项认证", ("tax",), ("supplier", "tax_rate")),
    EventType(
        "supplier_payment",
        _("Supplier payment"),
        "付款",
        ("amount", "fee", "discount", "allocated", "prepaid"),
        _MONEY_FACTS,
    ),
    EventType("supplier_prepayment", _("Prepayment to a supplier"), "预付款", ("amount",), _MONEY_FACTS),
    EventType(
        "supplier_refund", _("Refund by a supplier"), "供应商退款", ("amount", "allocated", "prepaid"), _MONEY_FACTS
    ),
    EventType(
        "prepayment_allocated",
        _("Prepayment allocated"),
        "预付冲应付",
        ("amount",),
        ("within", "supplier", "supplier_group"),
    ),
    EventType(
        "payable_written_off",
        _("Payable written off"),
        "应付核销",
        ("amount",),
        ("reason", "supplier", "supplier_group"),
    ),
)


def register() -> None:
    """Make the event types known to the ledger, what a period's end asks to its checklist, and to stock documents
    what hangs on them."""
    dependents.register()
    closing.register()
    for event_type in EVENT_TYPES:
        register_event_type(event_type)


def invoice_event_type(invoice: SupplierInvoice, *, has_goods: bool) -> str:
    """A red invoice of goods belongs to a return; one without goods lowers a price."""
    if invoice.kind == "blue":
        return PURCHASE_INVOICE
    return RETURN_INVOICED if has_goods else PRICE_ADJUSTED


def invoice_event(
    company: Company,
    invoice: SupplierInvoice,
    supplier: SupplierFacts,
    parts: Sequence[Part],
    rates: Mapping[int, Decimal],
    items: Mapping[int, ItemFacts],
    warehouses: Mapping[int, int],
    *,
    event_type: str,
) -> NewEvent:
    """The event of a confirmed invoice: a payload line for each part. ``warehouses``: id → dimension value."""
    facts: dict[str, int | str] = {
        **supplier.facts,
        "policy": company.grni_policy,
        "taxpayer": company.taxpayer,
    }
    if department := default_departments(company.pk).get("WH"):
        facts["department"] = department
    lines = []
    for part in parts:
        own: dict[str, int | str] = {"tax_rate": rate_text(rates[part.line_id])}
        if part.item_id is not None:
            item = items[part.item_id]
            own |= {"item": item.value_id, "item_category": item.category_value_id}
            if item.service_type:
                own["service_type"] = item.service_type
            if part.charge and item.service_type == ServiceType.FREIGHT:
                own["freight"] = freight_goes_to(company)
        if part.warehouse_id is not None:
            own["warehouse"] = warehouses[part.warehouse_id]
        line: dict[str, Any] = {"id": part.line_id, "facts": own, "measures": part.measures}
        if part.receipt_line_id is not None:
            line["receipt_line"] = part.receipt_line_id
        lines.append(line)
    return NewEvent(
        event_type=event_type,
        source_type=INVOICE,
        source_id=invoice.pk,
        business_date=invoice.date,
        document_no=invoice.number,
        party=supplier.name,
        facts=facts,
        lines=lines,
    )


def money_event(
    event_type: str,
    source_type: str,
    source_id: int,
    date: Any,
    number: str,
    supplier: SupplierFacts,
    measures: Mapping[str, Decimal],
    *,
    facts: Mapping[str, int | str] | None = None,
    line_group: str = "",
    reversal_of_id: int | None = None,
) -> NewEvent:
    """The event of a payment or an allocation: one line with its amounts."""
    line = {
        "id": source_id,
        "facts": {},
        "measures": {name: str(value) for name, value in measures.items() if value},
        **({"of": source_id} if reversal_of_id else {}),
    }
    return NewEvent(
        event_type=event_type,
        source_type=source_type,
        source_id=source_id,
        business_date=date,
        document_no=number,
        party=supplier.name,
        facts={**supplier.facts, **(facts or {})},
        lines=[line],
        line_group=line_group,
        reversal_of_id=reversal_of_id,
    )


def told(company_id: int, source_type: str, source_id: int) -> list[BusinessEvent]:
    """Events that a document raised, in order."""
    return list(
        BusinessEvent.objects.filter(company_id=company_id, source_type=source_type, source_id=source_id).order_by("pk")
    )


def turned(lines: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Payload lines with the signs of all measures turned; ``of`` names the original's line."""
    return [
        {
            **line,
            "of": line["id"],
            "measures": {name: str(-Decimal(value)) for name, value in line["measures"].items()},
        }
        for line in lines
    ]


def tax_is_cost(company: Company, *, is_deductible: bool) -> bool:
    """Whether tax folds into the cost: ordinary invoices, and all invoices of small-scale taxpayers (R-VAT)."""
    return company.taxpayer == Taxpayer.SMALL_SCALE or not is_deductible


def takes_tax_out(company: Company) -> bool:
    """Whether the tax of returned goods is transferred out instead of being entered in red."""
    return company.purchase_return_vat == PurchaseReturnVat.TRANSFER_OUT


def freight_goes_to(company: Company) -> str:
    """``expense`` for small traders (小企业会计准则 art. 65) unless their policy says otherwise, else ``stock``."""
    is_expense = company.purchase_freight_policy == PurchaseFreightPolicy.EXPENSE
    return "expense" if is_expense and company.standard == Standard.SMALL else "stock"


def rate_text(rate: Decimal) -> str:
    """0.1300 → ``0.13``: the form in which mappings and filters name a tax rate."""
    return f"{rate.normalize():f}" if rate else "0"
