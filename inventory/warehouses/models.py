"""Warehouses: places where stock lies."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from erp.core.audit.tracking import tracked
from erp.core.companies.models import Company
from ledger.dimensions.models import DimensionValue


@tracked(deletes=False)
class Warehouse(models.Model):
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="warehouses")
    code = models.CharField(_("code"), max_length=30)
    name = models.CharField(_("name"), max_length=80)
    is_active = models.BooleanField(_("active"), default=True)
    dimension_value = models.ForeignKey(DimensionValue, on_delete=models.PROTECT, related_name="+", editable=False)

    class Meta:
        verbose_name = _("warehouse")
        verbose_name_plural = _("warehouses")
        ordering = ["company", "code"]
        constraints = [models.UniqueConstraint(fields=["company", "code"], name="one_warehouse_per_code")]

    def __str__(self) -> str:
        return self.name
