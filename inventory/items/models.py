"""Items and their categories. Each has a value of its dimension in the ledger, made when it is saved."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from erp.core.audit.tracking import tracked
from erp.core.companies.models import Company
from erp.core.money import TaxRateField, UnitCostField
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
    STOCK = "stock", _("Stock")
    SERVICE = "service", _("Service")


class CostMethod(models.TextChoices):
    MOVING_AVERAGE = "moving_average", _("Moving average")


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
    is_active = models.BooleanField(_("active"), default=True)
    search_key = models.CharField(max_length=400, blank=True, editable=False)
    dimension_value = models.ForeignKey(DimensionValue, on_delete=models.PROTECT, related_name="+", editable=False)

    class Meta:
        verbose_name = _("item")
        verbose_name_plural = _("items")
        ordering = ["company", "code"]
        constraints = [models.UniqueConstraint(fields=["company", "code"], name="one_item_per_code")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def is_stock(self) -> bool:
        return self.kind == ItemKind.STOCK
