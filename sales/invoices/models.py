"""Sales invoices, blue and red: what the customer owes. Made from a sales document, whole or in part."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.money import AmountField, QuantityField, TaxRateField, UnitPriceField
from inventory.items.models import Item
from sales.customers.models import Customer
from sales.orders.models import SalesOrder, SalesOrderLine


class InvoiceKind(models.TextChoices):
    BLUE = "blue", _("Invoice")
    RED = "red", _("Red-letter invoice")


class InvoiceStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    CONFIRMED = "confirmed", _("Confirmed")


class SalesInvoice(models.Model):
    """Header with totals (sums of its lines). A red invoice's amounts are negative."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(_("kind"), max_length=4, choices=InvoiceKind, default=InvoiceKind.BLUE)
    number = models.CharField(_("document no."), max_length=40)
    date = models.DateField(_("date"))
    status = models.CharField(_("status"), max_length=10, choices=InvoiceStatus, default=InvoiceStatus.DRAFT)
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="invoices", db_index=False, verbose_name=_("customer")
    )
    order = models.ForeignKey(SalesOrder, on_delete=models.PROTECT, null=True, related_name="invoices", db_index=False)
    net = AmountField(_("net amount"), default=0)
    tax = AmountField(_("tax"), default=0)
    gross = AmountField(_("gross amount"), default=0)
    external_no = models.CharField(_("external no."), max_length=80, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("sales invoice")
        verbose_name_plural = _("sales invoices")
        ordering = ["-date", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="one_sales_invoice_per_number"),
            models.CheckConstraint(
                condition=models.Q(gross=models.F("net") + models.F("tax")), name="invoice_gross_is_net_plus_tax"
            ),
        ]
        indexes = [
            models.Index(fields=["company", "-date", "-id"], name="sales_invoices_by_date"),
            models.Index(fields=["company", "customer", "-date"], name="sales_invoices_of_customer"),
            models.Index(fields=["company", "order"], name="sales_invoices_of_order"),
        ]

    def __str__(self) -> str:
        return self.number


class SalesInvoiceLine(models.Model):
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    invoice = models.ForeignKey(SalesInvoice, on_delete=models.CASCADE, related_name="lines", db_index=False)
    line_no = models.PositiveIntegerField(_("line"))
    order_line = models.ForeignKey(
        SalesOrderLine, on_delete=models.PROTECT, null=True, related_name="invoice_lines", db_index=False
    )
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("item"))
    qty = QuantityField(_("quantity"))
    unit_price = UnitPriceField(_("unit price"))
    tax_rate = TaxRateField(_("tax rate"))
    net = AmountField(_("net amount"))
    tax = AmountField(_("tax"))
    gross = AmountField(_("gross amount"))

    class Meta:
        verbose_name = _("sales invoice line")
        verbose_name_plural = _("sales invoice lines")
        ordering = ["invoice", "line_no"]
        constraints = [
            models.UniqueConstraint(fields=["company", "invoice", "line_no"], name="one_invoice_line_per_number"),
            models.CheckConstraint(
                condition=models.Q(gross=models.F("net") + models.F("tax")), name="invoice_line_gross"
            ),
        ]
        indexes = [models.Index(fields=["company", "order_line"], name="invoice_lines_of_order_line")]
