"""Warehouses: places where stock lies."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from erp.core.audit.tracking import tracked
from erp.core.companies.models import Company
from ledger.dimensions.models import DimensionValue


class WarehouseKind(models.TextChoices):
    STOCK = "stock", _("Stock")
    TRANSIT = "transit", _("In transit")
    DEFECTS = "defects", _("Defects")


@tracked(deletes=False)
class Warehouse(models.Model):
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="warehouses")
    code = models.CharField(_("code"), max_length=30)
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(
        _("kind"), max_length=8, choices=WarehouseKind, default=WarehouseKind.STOCK, db_default="stock"
    )
    has_bins = models.BooleanField(_("has bins"), default=False, db_default=False)
    is_active = models.BooleanField(_("active"), default=True)
    dimension_value = models.ForeignKey(DimensionValue, on_delete=models.PROTECT, related_name="+", editable=False)

    class Meta:
        verbose_name = _("warehouse")
        verbose_name_plural = _("warehouses")
        ordering = ["company", "code"]
        constraints = [models.UniqueConstraint(fields=["company", "code"], name="one_warehouse_per_code")]

    def __str__(self) -> str:
        return self.name


@tracked()
class Bin(models.Model):
    """A place inside a warehouse (库位). Cost does not know bins: they tell where the goods lie."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    warehouse = models.ForeignKey(Warehouse, on_delete=models.CASCADE, related_name="bins", verbose_name=_("warehouse"))
    code = models.CharField(_("code"), max_length=30)
    name = models.CharField(_("name"), max_length=80, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("bin")
        verbose_name_plural = _("bins")
        ordering = ["warehouse", "code"]
        constraints = [models.UniqueConstraint(fields=["company", "warehouse", "code"], name="one_bin_per_code")]

    def __str__(self) -> str:
        return self.code
