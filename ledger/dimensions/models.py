"""Dimensions (核算项目): what a line is about beside its account – customer, item, department …

A line does not carry five columns of values: the *set* of values is interned once (``DimensionSet``), so balances
group by one integer. Upper apps create a value for each of their masters and keep its id there.
"""

from django.db import models
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from erp.core.audit.tracking import tracked
from erp.core.companies.models import Company


class DimensionType(models.Model):
    """Kind of dimension, e.g. customer. Hierarchical types pass mappings down from parent values."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    code = models.SlugField(_("code"), max_length=30)
    name = models.CharField(_("name"), max_length=60)
    name_en = models.CharField(_("English name"), max_length=60, blank=True)
    is_builtin = models.BooleanField(default=False)
    is_hierarchical = models.BooleanField(_("hierarchical"), default=False)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("dimension")
        verbose_name_plural = _("dimensions")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["company", "code"], name="one_dimension_type_per_code")]

    def __str__(self) -> str:
        return (self.name_en or self.name) if (translation.get_language() or "").startswith("en") else self.name


@tracked()
class DimensionValue(models.Model):
    """One customer, item, department … as the ledger sees it."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    dimension_type = models.ForeignKey(DimensionType, on_delete=models.PROTECT, related_name="values")
    code = models.CharField(_("code"), max_length=60)
    name = models.CharField(_("name"), max_length=200)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    search_key = models.CharField(max_length=400, blank=True, editable=False)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("dimension value")
        verbose_name_plural = _("dimension values")
        ordering = ["dimension_type", "code"]
        constraints = [
            models.UniqueConstraint(fields=["company", "dimension_type", "code"], name="one_dimension_value_per_code")
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class DimensionSet(models.Model):
    """An interned set of values. ``key`` is ``type:value`` pairs sorted by type id; '' is the empty set."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=400)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "key"], name="one_dimension_set_per_key")]


class DimensionSetItem(models.Model):
    """One value of a set: the set's key in rows, for joins."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+", db_index=False)
    dimension_set = models.ForeignKey(DimensionSet, on_delete=models.CASCADE, related_name="items", db_index=False)
    dimension_type = models.ForeignKey(DimensionType, on_delete=models.PROTECT, related_name="+", db_index=False)
    value = models.ForeignKey(DimensionValue, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "dimension_set", "dimension_type"], name="one_value_per_type_in_set"
            )
        ]
        indexes = [models.Index(fields=["company", "value"], name="sets_with_value")]
