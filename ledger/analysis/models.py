"""Saved views of the pivot, and budgets (预算) per account, dimension value and period."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from erp.core.audit.tracking import tracked
from erp.core.companies.models import Company
from erp.core.money import AmountField
from ledger.accounts.models import Account
from ledger.dimensions.models import DimensionValue


class PivotView(models.Model):
    """A pivot under a name: rows, columns, measures, filters and chart in ``definition``."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=80)
    is_shared = models.BooleanField(_("for everybody"), default=False)
    definition = models.JSONField(default=dict)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ["company", "name"]
        constraints = [models.UniqueConstraint(fields=["company", "owner", "name"], name="one_pivot_view_per_name")]

    def __str__(self) -> str:
        return self.name


class BudgetControl(models.TextChoices):
    NONE = "none", _("Compare only")
    WARN = "warn", _("Warn")
    REFUSE = "refuse", _("Refuse")


@tracked()
class Budget(models.Model):
    """The budget of a year. Control looks at the debit side net (debit less credit) of each budgeted account."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    year = models.PositiveSmallIntegerField(_("year"))
    name = models.CharField(_("name"), max_length=80)
    control = models.CharField(_("control"), max_length=6, choices=BudgetControl, default=BudgetControl.WARN)
    is_cumulative = models.BooleanField(
        _("what is left moves on"), default=True, help_text=_("Compare the year to date, not single periods.")
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("budget")
        verbose_name_plural = _("budgets")
        ordering = ["company", "-year", "name"]
        constraints = [models.UniqueConstraint(fields=["company", "year", "name"], name="one_budget_per_name")]

    def __str__(self) -> str:
        return f"{self.year} {self.name}"


@tracked()
class BudgetLine(models.Model):
    """Amount of one account (with its sub-accounts), one dimension value or all, in one month (1–12)."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    budget = models.ForeignKey(Budget, on_delete=models.CASCADE, related_name="lines")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("account"))
    value = models.ForeignKey(
        DimensionValue, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("dimension")
    )
    number = models.PositiveSmallIntegerField(_("period"))
    amount = AmountField(_("amount"), default=0)

    class Meta:
        verbose_name = _("line of a budget")
        verbose_name_plural = _("lines of a budget")
        ordering = ["budget", "account", "value", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "budget", "account", "value", "number"],
                nulls_distinct=False,
                name="one_budget_line_per_cell",
            ),
            models.CheckConstraint(condition=models.Q(number__range=(1, 12)), name="budget_line_in_a_month"),
        ]
