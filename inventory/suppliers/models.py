"""Suppliers and their groups. Each has a value of its dimension in the ledger, made when it is saved."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from erp.core.audit.tracking import tracked
from erp.core.companies.models import Company
from erp.core.money import TaxRateField
from ledger.dimensions.models import DimensionValue


@tracked()
class SupplierGroup(models.Model):
    """Node of the tree of supplier groups; account mappings of a group hold for those below it."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    code = models.CharField(_("code"), max_length=30)
    name = models.CharField(_("name"), max_length=80)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    dimension_value = models.ForeignKey(DimensionValue, on_delete=models.PROTECT, related_name="+", editable=False)

    class Meta:
        verbose_name = _("supplier group")
        verbose_name_plural = _("supplier groups")
        ordering = ["company", "code"]
        constraints = [models.UniqueConstraint(fields=["company", "code"], name="one_supplier_group_per_code")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


@tracked()
class Supplier(models.Model):
    """Who goods and services are bought from. ``tax_rate`` is what a new line of an invoice starts with."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    code = models.CharField(_("code"), max_length=30)
    name = models.CharField(_("name"), max_length=120)
    group = models.ForeignKey(
        SupplierGroup,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="suppliers",
        verbose_name=_("group"),
    )
    tax_id = models.CharField(_("tax number"), max_length=40, blank=True)
    bank_name = models.CharField(_("bank"), max_length=120, blank=True)
    bank_account = models.CharField(_("bank account"), max_length=60, blank=True)
    contact = models.CharField(_("contact"), max_length=60, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    payment_days = models.PositiveIntegerField(_("days to pay"), default=30)
    tax_rate = TaxRateField(_("tax rate"), default="0.13")
    is_active = models.BooleanField(_("active"), default=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    search_key = models.CharField(max_length=400, blank=True, editable=False)
    dimension_value = models.ForeignKey(DimensionValue, on_delete=models.PROTECT, related_name="+", editable=False)

    class Meta:
        verbose_name = _("supplier")
        verbose_name_plural = _("suppliers")
        ordering = ["company", "code"]
        constraints = [models.UniqueConstraint(fields=["company", "code"], name="one_supplier_per_code")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"
