"""Items and their categories. Each has a value of its dimension in the ledger, made when it is saved."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from erp.core.audit.tracking import tracked
from erp.core.companies.models import Company
from erp.core.money import QuantityField, TaxRateField, UnitCostField, UnitPriceField
from ledger.dimensions.models import DimensionValue


class ServiceType(models.TextChoices):
    NONE = "", _("not a service")
    FREIGHT = "freight", _("freight")
    MANUAL = "manual", _("manual charge")
    DISCOUNT = "discount", _("discount")
    SAMPLE = "sample", _("samples")
    PLATFORM_FEE = "platform_fee", _("marketplace fee")
    BANK_CHARGE = "bank_charge", _("bank charges")
    GIFT_VOUCHER = "gift_voucher", _("gift vouchers")
    OTHER = "other", _("other service")


@tracked()
class ItemCategory(models.Model):
    """Node of the category tree; account mappings of a category hold for those below it."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    code = models.CharField(_("code"), max_length=30)
    name = models.CharField(_("name"), max_length=80)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    service_type = models.CharField(_("service type"), max_length=12, choices=ServiceType, blank=True)
    dimension_value = models.ForeignKey(DimensionValue, on_delete=models.PROTECT, related_name="+", editable=False)

    class Meta:
        verbose_name = _("item category")
        verbose_name_plural = _("item categories")
        ordering = ["company", "code"]
        constraints = [models.UniqueConstraint(fields=["company", "code"], name="one_item_category_per_code")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class ItemKind(models.TextChoices):
    STOCK = "stock", _("Goods")
    SERVICE = "service", _("Service")


class CostMethod(models.TextChoices):
    MOVING_AVERAGE = "moving_average", _("Moving average")
    FIFO = "fifo", _("First in, first out")
    MONTHLY_AVERAGE = "monthly_average", _("Monthly weighted average")
    SPECIFIC = "specific", _("Specific lot or serial")
    STANDARD = "standard", _("Standard cost")


class Tracking(models.TextChoices):
    NONE = "", _("not tracked")
    LOT = "lot", _("lot")
    SERIAL = "serial", _("serial number")


@tracked()
class Item(models.Model):
    """Something sold: goods kept in stock, or a service. Quantities are in its unit."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="items")
    code = models.CharField(_("code"), max_length=60)
    name = models.CharField(_("name"), max_length=200)
    category = models.ForeignKey(
        ItemCategory, on_delete=models.PROTECT, related_name="items", verbose_name=_("category")
    )
    kind = models.CharField(_("kind"), max_length=8, choices=ItemKind, default=ItemKind.STOCK)
    unit = models.CharField(_("unit"), max_length=12, default="件")
    spec = models.CharField(_("specification"), max_length=120, blank=True)
    tax_rate = TaxRateField(_("tax rate"), default="0.13")
    cost_method = models.CharField(
        _("cost method"), max_length=20, choices=CostMethod, default=CostMethod.MOVING_AVERAGE
    )
    reference_cost = UnitCostField(_("reference cost"), null=True, blank=True)
    standard_cost = UnitCostField(
        _("opening standard cost"),
        null=True,
        blank=True,
        help_text=_("Of the standard-cost method, before the first change of it by a document."),
    )
    barcode = models.CharField(_("barcode"), max_length=60, blank=True, default="", db_default="")
    tracking = models.CharField(_("tracking"), max_length=6, choices=Tracking, blank=True, default="", db_default="")
    has_expiry = models.BooleanField(_("has an expiry date"), default=False, db_default=False)
    shelf_life_days = models.PositiveIntegerField(_("shelf life (days)"), null=True, blank=True)
    may_go_negative = models.BooleanField(_("may go below zero"), default=False, db_default=False)
    safety_stock = QuantityField(_("safety stock"), default=0, db_default=0)
    maximum_stock = QuantityField(_("maximum stock"), null=True, blank=True)
    default_warehouse = models.ForeignKey(
        "inventory.Warehouse",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("default warehouse"),
    )
    default_supplier = models.ForeignKey(
        "inventory.Supplier",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("default supplier"),
    )
    purchase_price = UnitPriceField(_("purchase price, net"), null=True, blank=True)
    weight = QuantityField(_("weight (kg)"), null=True, blank=True)
    volume = QuantityField(_("volume (m³)"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    search_key = models.CharField(max_length=400, blank=True, editable=False)
    dimension_value = models.ForeignKey(DimensionValue, on_delete=models.PROTECT, related_name="+", editable=False)

    class Meta:
        verbose_name = _("item")
        verbose_name_plural = _("items")
        ordering = ["company", "code"]
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="one_item_per_code"),
            models.UniqueConstraint(
                fields=["company", "barcode"], condition=~models.Q(barcode=""), name="one_item_per_barcode"
            ),
            models.CheckConstraint(
                condition=~models.Q(cost_method="specific") | ~models.Q(tracking=""), name="specific_cost_needs_lots"
            ),
            models.CheckConstraint(
                condition=~models.Q(cost_method="standard") | models.Q(standard_cost__isnull=False),
                name="standard_cost_is_stated",
            ),
        ]
        # A look-up asks by code or by the head of code and name; pattern operators serve LIKE 'text%'.
        indexes = [
            models.Index(
                fields=["company", "search_key"],
                opclasses=["int8_ops", "varchar_pattern_ops"],
                name="items_by_search_key",
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def is_stock(self) -> bool:
        return self.kind == ItemKind.STOCK


@tracked()
class ItemUnit(models.Model):
    """Another unit of an item: one of it is ``factor`` of the item's own (base) unit, e.g. a box of 12."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="units", verbose_name=_("item"))
    name = models.CharField(_("unit"), max_length=12)
    factor = QuantityField(_("base units in one"))
    barcode = models.CharField(_("barcode"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("unit of an item")
        verbose_name_plural = _("units of items")
        ordering = ["item", "factor"]
        constraints = [
            models.UniqueConstraint(fields=["company", "item", "name"], name="one_unit_per_name_and_item"),
            models.UniqueConstraint(
                fields=["company", "barcode"], condition=~models.Q(barcode=""), name="one_unit_per_barcode"
            ),
            models.CheckConstraint(condition=models.Q(factor__gt=0), name="unit_factor_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.name} = {self.factor.normalize():f} {self.item.unit}"


class CostMethodChange(models.Model):
    """An item's method of costing was changed, from when, why and by whom. Never changed, never deleted.

    会计软件基本功能和服务规范 第二十条: changing a method of costing is recorded in the system.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="method_changes", verbose_name=_("item"))
    date = models.DateField(_("from"))
    old_method = models.CharField(_("old method"), max_length=20, choices=CostMethod)
    new_method = models.CharField(_("new method"), max_length=20, choices=CostMethod)
    standard_cost = UnitCostField(_("standard cost"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("changed at"), auto_now_add=True)

    class Meta:
        verbose_name = _("change of cost method")
        verbose_name_plural = _("changes of cost methods")
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=~models.Q(reason=""), name="method_change_has_a_reason")]
        triggers = [pgtrigger.Protect(name="method_changes_stay", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.item.code} {self.get_new_method_display()}"
