"""Statements (报表) as data: rows with formulas, columns with their basis, and what was issued.

The formula language is that of ``ledger.formulas``. A statement is valid from a date on, so that a new layout of
the ministry can start while the old one still explains former years.
"""

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from erp.core.audit.tracking import tracked
from erp.core.companies.models import Company
from erp.core.money import AmountField
from ledger.accounts.models import Account
from ledger.dimensions.models import DimensionValue
from ledger.periods.models import Period


class StatementKind(models.TextChoices):
    BALANCE_SHEET = "balance_sheet", _("Balance sheet")
    INCOME = "income_statement", _("Income statement")
    CASH_FLOW = "cash_flow_statement", _("Cash flow statement")
    EQUITY = "equity", _("Changes in equity")
    RATIOS = "ratios", _("Ratios")
    OWN = "own", _("Own report")


class Basis(models.TextChoices):
    """What a column shows, seen from the report's period."""

    END = "end", _("At the end of the period")
    YEAR_START = "year_start", _("At the start of the year")
    PRIOR_END = "prior_end", _("At the end of the prior period")
    PRIOR_YEAR_END = "prior_year_end", _("Same period of the prior year, at its end")
    PERIOD = "period", _("This period")
    QUARTER = "quarter", _("This quarter")
    YEAR_TO_DATE = "year_to_date", _("Year to date")
    PRIOR_PERIOD = "prior_period", _("Prior period")
    PRIOR_YEAR_PERIOD = "prior_year_period", _("Same period of the prior year")
    PRIOR_YEAR_TO_DATE = "prior_year_to_date", _("Prior year to date")
    PRIOR_YEAR = "prior_year", _("Prior year")


class NumberFormat(models.TextChoices):
    AMOUNT = "amount", _("Amount")
    PERCENT = "percent", _("Percent")
    NUMBER = "number", _("Number")


class _Named(models.Model):
    label = models.CharField(_("label"), max_length=160)
    label_en = models.CharField(_("English label"), max_length=200, blank=True)

    class Meta:
        abstract = True

    @property
    def display_label(self) -> str:
        english = (translation.get_language() or "").startswith("en")
        return (self.label_en or self.label) if english else self.label


class Statement(models.Model):
    """``code`` is what ``CELL(code, n)`` names in other statements' formulas."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    code = models.SlugField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=80)
    name_en = models.CharField(_("English name"), max_length=120, blank=True)
    kind = models.CharField(_("kind"), max_length=20, choices=StatementKind, default=StatementKind.OWN)
    form_no = models.CharField(_("form"), max_length=20, blank=True)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    is_builtin = models.BooleanField(default=False)
    is_active = models.BooleanField(_("active"), default=True)
    sequence = models.PositiveSmallIntegerField(_("order"), default=100)

    class Meta:
        verbose_name = _("statement")
        verbose_name_plural = _("statements")
        ordering = ["company", "sequence", "code", "-valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["company", "code", "valid_from"], name="one_statement_per_code_and_date")
        ]

    def __str__(self) -> str:
        english = (translation.get_language() or "").startswith("en")
        return (self.name_en or self.name) if english else self.name


@tracked()
class StatementRow(_Named):
    """A row; without ``line_no`` a heading. ``export_label`` is the name as the tax form writes it."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    statement = models.ForeignKey(Statement, on_delete=models.CASCADE, related_name="rows")
    sequence = models.PositiveSmallIntegerField(_("order"))
    line_no = models.PositiveSmallIntegerField(_("line"), null=True, blank=True)
    export_label = models.CharField(_("label for filing"), max_length=160, blank=True)
    formula = models.CharField(_("formula"), max_length=2000, blank=True)
    side = models.CharField(
        _("side of the sheet"), max_length=5, blank=True, choices=[("left", _("Left")), ("right", _("Right"))]
    )
    indent = models.PositiveSmallIntegerField(_("indent"), default=0)
    is_bold = models.BooleanField(_("bold"), default=False)
    number_format = models.CharField(_("figures"), max_length=7, choices=NumberFormat, default=NumberFormat.AMOUNT)

    class Meta:
        verbose_name = _("row of a statement")
        verbose_name_plural = _("rows of a statement")
        ordering = ["statement", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["company", "statement", "line_no"], name="one_row_per_line_no"),
        ]

    def __str__(self) -> str:
        return f"{self.line_no or ''} {self.label}".strip()


class StatementColumn(_Named):
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    statement = models.ForeignKey(Statement, on_delete=models.CASCADE, related_name="columns")
    sequence = models.PositiveSmallIntegerField(_("order"))
    basis = models.CharField(_("shows"), max_length=20, choices=Basis)

    class Meta:
        verbose_name = _("column of a statement")
        verbose_name_plural = _("columns of a statement")
        ordering = ["statement", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["company", "statement", "sequence"], name="one_statement_column_per_place")
        ]

    def __str__(self) -> str:
        return self.label


@tracked()
class StatementAdjustment(models.Model):
    """A manual reclassification, applied after the formulas and printed under the statement with its reason."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    statement = models.ForeignKey(Statement, on_delete=models.CASCADE, related_name="adjustments")
    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="+", verbose_name=_("period"))
    line_no = models.PositiveSmallIntegerField(_("line"))
    amount = AmountField(_("amount"))
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("account")
    )
    party = models.ForeignKey(
        DimensionValue, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("party")
    )
    reason = models.CharField(_("reason"), max_length=200)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("manual reclassification")
        verbose_name_plural = _("manual reclassifications")
        ordering = ["statement", "period", "line_no", "id"]


class StatementSnapshot(models.Model):
    """A statement as it was issued at closing; a reopened period marks it superseded and keeps it."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="+")
    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="+")
    payload = models.JSONField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["company", "period", "statement", "-made_at"]
        indexes = [models.Index(fields=["company", "period", "statement"], name="snapshots_of_period")]
        triggers = [
            pgtrigger.Trigger(
                name="issued_statement_stays",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF TG_OP = 'DELETE' OR NEW.payload IS DISTINCT FROM OLD.payload
                       OR OLD.superseded_at IS NOT NULL THEN
                        RAISE EXCEPTION 'an issued statement never changes'
                            USING ERRCODE = '23514', CONSTRAINT = 'issued_statement_stays';
                    END IF;
                    RETURN NEW;
                """,
            )
        ]
