"""Sales documents: what a customer ordered or sends back. Deliveries and invoices are made from them.

How much is delivered or invoiced is derived from those documents, never stored here.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.money import AmountField, QuantityField, TaxRateField, UnitPriceField
from inventory.items.models import Item
from inventory.warehouses.models import Warehouse
from sales.customers.models import Customer


class OrderKind(models.TextChoices):
    SALE = "sale", _("Sale")
    RETURN = "return", _("Return")


class OrderStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    CONFIRMED = "confirmed", _("Confirmed")
    CANCELLED = "cancelled", _("Cancelled")


class SalesOrder(models.Model):
    """Header with totals (sums of its lines, never recomputed from totals). A return's amounts are negative."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(_("kind"), max_length=8, choices=OrderKind, default=OrderKind.SALE)
    number = models.CharField(_("document no."), max_length=40)
    date = models.DateField(_("date"))
    status = models.CharField(_("status"), max_length=10, choices=OrderStatus, default=OrderStatus.DRAFT)
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="orders", db_index=False, verbose_name=_("customer")
    )
    warehouse = models.ForeignKey(
        Warehouse, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("warehouse")
    )
    price_includes_tax = models.BooleanField(_("prices include tax"), default=False)
    over_delivery = TaxRateField(_("over-delivery allowed (share)"), default=0, db_default=0)
    net = AmountField(_("net amount"), default=0)
    tax = AmountField(_("tax"), default=0)
    gross = AmountField(_("gross amount"), default=0)
    external_no = models.CharField(_("external no."), max_length=80, blank=True)
    region = models.CharField(_("region"), max_length=60, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("sales order")
        verbose_name_plural = _("sales orders")
        ordering = ["-date", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="one_sales_order_per_number"),
            models.CheckConstraint(
                condition=models.Q(gross=models.F("net") + models.F("tax")), name="order_gross_is_net_plus_tax"
            ),
        ]
        indexes = [
            models.Index(fields=["company", "-date", "-id"], name="sales_orders_by_date"),
            models.Index(fields=["company", "customer", "-date"], name="sales_orders_of_customer"),
        ]

    def __str__(self) -> str:
        return self.number


class SalesOrderLine(models.Model):
    """Line. ``qty`` is positive for sales and negative for returns, and so are the amounts (company currency).

    ``of_line`` names the sold line that a return's line gives back, where that is known.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    order = models.ForeignKey(SalesOrder, on_delete=models.CASCADE, related_name="lines", db_index=False)
    line_no = models.PositiveIntegerField(_("line"))
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("item"))
    qty = QuantityField(_("quantity"))
    unit_price = UnitPriceField(_("unit price"))
    tax_rate = TaxRateField(_("tax rate"), default="0.13")
    net = AmountField(_("net amount"), default=0)
    tax = AmountField(_("tax"), default=0)
    gross = AmountField(_("gross amount"), default=0)
    of_line = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("sales order line")
        verbose_name_plural = _("sales order lines")
        ordering = ["order", "line_no"]
        constraints = [
            models.UniqueConstraint(fields=["company", "order", "line_no"], name="one_order_line_per_number"),
            models.CheckConstraint(
                condition=models.Q(gross=models.F("net") + models.F("tax")), name="order_line_gross"
            ),
            models.CheckConstraint(condition=~models.Q(qty=0), name="order_line_has_quantity"),
        ]
