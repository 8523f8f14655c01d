"""Period end (期末处理): transfer vouchers by formula, what closing made, and the trace of closing and reopening."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from erp.core.audit.tracking import tracked
from erp.core.companies.models import Company
from ledger.accounts.models import Account
from ledger.dimensions.models import DimensionSet
from ledger.periods.models import Period
from ledger.vouchers.models import Voucher


class TransferSource(models.TextChoices):
    FORMULA = "formula", _("A formula")
    BALANCE = "balance", _("The whole balance of the account, per dimension values")
    REST = "rest", _("What balances the voucher")


class TransferFrequency(models.TextChoices):
    MONTH = "month", _("Every month")
    QUARTER = "quarter", _("Every quarter")
    YEAR = "year", _("Once a year, in December")


@tracked()
class TransferTemplate(models.Model):
    """A voucher made at period end from balances or turnover (自动转账), in order of ``sequence``."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    code = models.SlugField(_("code"), max_length=30)
    name = models.CharField(_("name"), max_length=80)
    name_en = models.CharField(_("English name"), max_length=120, blank=True)
    sequence = models.PositiveSmallIntegerField(_("order"), default=100)
    frequency = models.CharField(
        _("frequency"), max_length=8, choices=TransferFrequency, default=TransferFrequency.MONTH
    )
    word = models.CharField(_("word"), max_length=1, blank=True)
    summary = models.CharField(_("summary"), max_length=120)
    is_builtin = models.BooleanField(default=False)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("transfer template")
        verbose_name_plural = _("transfer templates")
        ordering = ["company", "sequence", "code"]
        constraints = [models.UniqueConstraint(fields=["company", "code"], name="one_transfer_template_per_code")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


@tracked()
class TransferLine(models.Model):
    """A line of a transfer. ``formula`` (for source *formula*) gives the amount; negative turns the side."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    template = models.ForeignKey(TransferTemplate, on_delete=models.CASCADE, related_name="lines")
    sequence = models.PositiveSmallIntegerField(_("order"))
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("account"))
    side = models.CharField(_("side"), max_length=6, choices=[("debit", _("Debit")), ("credit", _("Credit"))])
    source = models.CharField(_("amount from"), max_length=8, choices=TransferSource, default=TransferSource.FORMULA)
    formula = models.CharField(_("formula"), max_length=500, blank=True)
    dimension_set = models.ForeignKey(DimensionSet, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    summary = models.CharField(_("summary"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("line of a transfer")
        verbose_name_plural = _("lines of a transfer")
        ordering = ["template", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["company", "template", "sequence"], name="one_transfer_line_per_place")
        ]


class RunKind(models.TextChoices):
    REVALUATION = "revaluation", _("Revaluation of foreign currency")
    TRANSFER = "transfer", _("Transfer by template")
    PROFIT = "profit", _("Transfer of profit and loss")
    YEAR_END = "year_end", _("Year end: profit of the year to undistributed profit")


class ClosingRun(models.Model):
    """A voucher that period end made, so that a second press of the button finds it."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=RunKind)
    template = models.ForeignKey(TransferTemplate, on_delete=models.PROTECT, null=True, related_name="+")
    voucher = models.ForeignKey(Voucher, on_delete=models.SET_NULL, null=True, related_name="closing_runs")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["company", "period", "id"]
        indexes = [models.Index(fields=["company", "period", "kind"], name="closing_runs_of_period")]


class PeriodAction(models.TextChoices):
    CLOSE = "close", _("Closed")
    CLOSE_REFUSED = "close_refused", _("Closing refused")
    REOPEN = "reopen", _("Reopened")
    REOPEN_REFUSED = "reopen_refused", _("Reopening refused")


class PeriodTrace(models.Model):
    """Who closed or reopened a period, or tried to, when and why. Rows are only ever added."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="trace")
    action = models.CharField(_("action"), max_length=14, choices=PeriodAction)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    user_name = models.CharField(_("user"), max_length=60, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    facts = models.JSONField(default=dict)
    happened_at = models.DateTimeField(_("time"), auto_now_add=True)

    class Meta:
        verbose_name = _("trace of a period")
        verbose_name_plural = _("trace of periods")
        ordering = ["company", "-happened_at"]
        indexes = [models.Index(fields=["company", "period", "happened_at"], name="trace_of_period")]
        triggers = [
            pgtrigger.Trigger(
                name="period_trace_stays",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func="""
                    RAISE EXCEPTION 'the trace of periods never changes'
                        USING ERRCODE = '23514', CONSTRAINT = 'period_trace_stays';
                """,
            )
        ]
