"""Customers and their groups. Each has a value of its dimension in the ledger, made when it is saved."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from erp.core.audit.tracking import tracked
from erp.core.companies.models import Company
from ledger.dimensions.models import DimensionValue


@tracked()
class CustomerGroup(models.Model):
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    code = models.CharField(_("code"), max_length=30)
    name = models.CharField(_("name"), max_length=80)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    dimension_value = models.ForeignKey(DimensionValue, on_delete=models.PROTECT, related_name="+", editable=False)

    class Meta:
        verbose_name = _("customer group")
        verbose_name_plural = _("customer groups")
        ordering = ["company", "code"]
        constraints = [models.UniqueConstraint(fields=["company", "code"], name="one_customer_group_per_code")]

    def __str__(self) -> str:
        return self.name


@tracked()
class Customer(models.Model):
    """Who buys. ``is_cash`` marks the collective customer of sales without a name."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="customers")
    code = models.CharField(_("code"), max_length=30)
    name = models.CharField(_("name"), max_length=200)
    group = models.ForeignKey(
        CustomerGroup, on_delete=models.PROTECT, related_name="customers", verbose_name=_("group")
    )
    region = models.CharField(_("region"), max_length=60, blank=True)
    is_cash = models.BooleanField(_("cash customer"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    search_key = models.CharField(max_length=400, blank=True, editable=False)
    dimension_value = models.ForeignKey(DimensionValue, on_delete=models.PROTECT, related_name="+", editable=False)

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ["company", "code"]
        constraints = [models.UniqueConstraint(fields=["company", "code"], name="one_customer_per_code")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"
