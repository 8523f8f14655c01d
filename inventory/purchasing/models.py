"""Buying: orders, supplier invoices with what they were matched to, payments and their allocation.

Goods come in with stock documents (purchase receipts and returns); an invoice settles what they estimated.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from erp.core.companies.models import Company
from erp.core.money import AmountField, QuantityField, TaxRateField, UnitPriceField
from inventory.documents.models import StockDocument, StockDocumentLine
from inventory.items.models import Item, ItemUnit
from inventory.suppliers.models import Supplier
from inventory.warehouses.models import Warehouse
from ledger.dimensions.models import DimensionValue
from ledger.periods.models import Period


class OrderStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    CONFIRMED = "confirmed", _("Confirmed")
    CLOSED = "closed", pgettext_lazy("purchase order", "Closed")
    CANCELLED = "cancelled", _("Cancelled")


class PurchaseOrder(models.Model):
    """What was ordered. It moves nothing and posts nothing; receipts name its lines (``source_line_id``)."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(_("document no."), max_length=40)
    date = models.DateField(_("date"))
    status = models.CharField(_("status"), max_length=10, choices=OrderStatus, default=OrderStatus.DRAFT)
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="orders", verbose_name=_("supplier"))
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, related_name="+", verbose_name=_("warehouse"))
    expected_on = models.DateField(_("expected"), null=True, blank=True)
    external_no = models.CharField(_("external no."), max_length=80, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("purchase order")
        verbose_name_plural = _("purchase orders")
        ordering = ["-date", "-id"]
        constraints = [models.UniqueConstraint(fields=["company", "number"], name="one_purchase_order_per_number")]

    def __str__(self) -> str:
        return self.number


class PurchaseOrderLine(models.Model):
    """``qty`` in the base unit, ``unit_price`` net per base unit; amounts of the whole line."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    order = models.ForeignKey(PurchaseOrder, on_delete=models.CASCADE, related_name="lines", db_index=False)
    line_no = models.PositiveIntegerField(_("line"))
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("item"))
    unit = models.ForeignKey(
        ItemUnit,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("unit"),
    )
    unit_qty = QuantityField(_("quantity in unit"), null=True, blank=True)
    qty = QuantityField(_("quantity"))
    unit_price = UnitPriceField(_("unit price, net"))
    tax_rate = TaxRateField(_("tax rate"))
    net = AmountField(_("net"))
    tax = AmountField(_("tax"))
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("purchase order line")
        verbose_name_plural = _("purchase order lines")
        ordering = ["order", "line_no"]
        constraints = [
            models.UniqueConstraint(fields=["company", "order", "line_no"], name="one_purchase_line_per_number"),
            models.CheckConstraint(condition=models.Q(qty__gt=0), name="purchase_line_has_quantity"),
        ]


class InvoiceKind(models.TextChoices):
    BLUE = "blue", _("Invoice")
    RED = "red", _("Red-letter invoice")


class InvoiceStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    CONFIRMED = "confirmed", _("Confirmed")
    REVERSED = "reversed", _("Reversed")


class SupplierInvoice(models.Model):
    """What a supplier charges. Amounts of red invoices (returns, allowances) are negative.

    ``is_deductible``: a special invoice whose tax is input VAT; otherwise the tax is part of the cost (R-VAT).
    ``variance_document`` is the stock document that carries the part of the price variance that is still in stock.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("kind"), max_length=4, choices=InvoiceKind, default=InvoiceKind.BLUE)
    number = models.CharField(_("document no."), max_length=40)
    invoice_no = models.CharField(_("invoice no."), max_length=60, blank=True)
    date = models.DateField(_("date"))
    due_on = models.DateField(_("due"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=InvoiceStatus, default=InvoiceStatus.DRAFT)
    supplier = models.ForeignKey(
        Supplier, on_delete=models.PROTECT, related_name="invoices", verbose_name=_("supplier")
    )
    of_invoice = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="followers", verbose_name=_("of invoice")
    )
    is_deductible = models.BooleanField(_("tax is deductible"), default=True)
    is_certified = models.BooleanField(_("certified"), default=True)
    net = AmountField(_("net"), default=0)
    tax = AmountField(_("tax"), default=0)
    gross = AmountField(_("gross"), default=0)
    estimate = AmountField(_("estimate reversed"), default=0)
    variance_document = models.ForeignKey(
        StockDocument, on_delete=models.PROTECT, null=True, related_name="+", editable=False
    )
    reversal_of = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversal", editable=False
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("supplier invoice")
        verbose_name_plural = _("supplier invoices")
        ordering = ["-date", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="one_supplier_invoice_per_number"),
            models.UniqueConstraint(
                fields=["company", "supplier", "invoice_no"],
                condition=~models.Q(invoice_no="") & models.Q(status__in=["draft", "confirmed"], reversal_of=None),
                name="one_live_invoice_per_invoice_no",
            ),
            models.CheckConstraint(condition=models.Q(gross=models.F("net") + models.F("tax")), name="supplier_gross"),
        ]
        indexes = [models.Index(fields=["company", "supplier", "due_on"], name="supplier_invoices_by_due_day")]

    def __str__(self) -> str:
        return self.number


class SupplierInvoiceLine(models.Model):
    """``qty`` in the base unit (0 for allowances and charges without goods). ``estimate``: what the matched receipts
    had estimated for it; net − estimate is the variance."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    invoice = models.ForeignKey(SupplierInvoice, on_delete=models.CASCADE, related_name="lines")
    line_no = models.PositiveIntegerField(_("line"))
    item = models.ForeignKey(
        Item, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False, verbose_name=_("item")
    )
    description = models.CharField(_("description"), max_length=120, blank=True)
    qty = QuantityField(_("quantity"), default=0)
    unit_price = UnitPriceField(_("unit price, net"), default=0)
    tax_rate = TaxRateField(_("tax rate"), default=0)
    net = AmountField(_("net"))
    tax = AmountField(_("tax"))
    estimate = AmountField(_("estimate reversed"), default=0)

    class Meta:
        verbose_name = _("supplier invoice line")
        verbose_name_plural = _("supplier invoice lines")
        ordering = ["invoice", "line_no"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "invoice", "line_no"], name="one_supplier_invoice_line_per_number"
            ),
        ]


class InvoiceMatch(models.Model):
    """勾稽: so much of an invoice line settles so much of a line of a receipt (or, on red invoices, of a return)."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    invoice_line = models.ForeignKey(SupplierInvoiceLine, on_delete=models.CASCADE, related_name="matches")
    stock_line = models.ForeignKey(StockDocumentLine, on_delete=models.PROTECT, related_name="invoice_matches")
    qty = QuantityField(_("quantity"))
    estimate = AmountField(_("estimate"))
    variance = AmountField(_("variance"), default=0)
    is_live = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("match of invoice and receipt")
        verbose_name_plural = _("matches of invoices and receipts")
        constraints = [
            models.UniqueConstraint(fields=["company", "invoice_line", "stock_line"], name="one_match_per_pair"),
            models.CheckConstraint(condition=models.Q(qty__gt=0), name="match_has_quantity"),
        ]


class PaymentKind(models.TextChoices):
    PAYMENT = "payment", _("Payment")
    REFUND = "refund", _("Refund")


class SupplierPayment(models.Model):
    """Money paid to a supplier, or refunded by one. ``amount`` is what moved, ``discount`` what was let off for it.
    ``bank_account`` is a value of that dimension; without one the key's default account is taken."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("kind"), max_length=8, choices=PaymentKind, default=PaymentKind.PAYMENT)
    number = models.CharField(_("document no."), max_length=40)
    date = models.DateField(_("date"))
    status = models.CharField(_("status"), max_length=10, choices=InvoiceStatus, default=InvoiceStatus.DRAFT)
    supplier = models.ForeignKey(
        Supplier, on_delete=models.PROTECT, related_name="payments", verbose_name=_("supplier")
    )
    bank_account = models.ForeignKey(
        DimensionValue,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("bank account"),
    )
    settlement_no = models.CharField(_("settlement no."), max_length=60, blank=True)
    amount = AmountField(_("amount"))
    discount = AmountField(_("discount"), default=0)
    reversal_of = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversal", editable=False
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("supplier payment")
        verbose_name_plural = _("supplier payments")
        ordering = ["-date", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="one_supplier_payment_per_number"),
            models.CheckConstraint(condition=~models.Q(amount=0), name="supplier_payment_moves_money"),
        ]

    def __str__(self) -> str:
        return self.number


class PayableAllocation(models.Model):
    """核销: so much of a payment (or of a red invoice) settles an invoice. ``at_entry``: done with the payment, which
    then debits payables at once; otherwise the allocation moves it from prepayments to payables. Undoing writes a
    second row with the amount negative (``undoes``)."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(_("document no."), max_length=40)
    date = models.DateField(_("date"))
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="+", verbose_name=_("supplier"))
    payment = models.ForeignKey(
        SupplierPayment, on_delete=models.PROTECT, null=True, blank=True, related_name="allocations"
    )
    credit = models.ForeignKey(
        SupplierInvoice, on_delete=models.PROTECT, null=True, blank=True, related_name="credit_allocations"
    )
    invoice = models.ForeignKey(SupplierInvoice, on_delete=models.PROTECT, related_name="allocations")
    amount = AmountField(_("amount"))
    at_entry = models.BooleanField(default=False)
    undoes = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="undone_by")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("allocation of a payment")
        verbose_name_plural = _("allocations of payments")
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=~models.Q(amount=0), name="allocation_has_amount")]
        indexes = [models.Index(fields=["company", "supplier"], name="allocations_of_supplier")]


class EstimateReversal(models.Model):
    """月初红冲: the estimate of a receipt line that was taken back at the beginning of a period, and (``renewed``)
    estimated again at its end because the invoice had still not come."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="+", verbose_name=_("period"))
    stock_line = models.ForeignKey(StockDocumentLine, on_delete=models.PROTECT, related_name="estimate_reversals")
    qty = QuantityField(_("quantity"))
    amount = AmountField(_("estimate"))
    renewed = models.BooleanField(_("estimated again"), default=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("reversed estimate")
        verbose_name_plural = _("reversed estimates")
        constraints = [
            models.UniqueConstraint(fields=["company", "period", "stock_line"], name="one_reversed_estimate_per_period")
        ]
