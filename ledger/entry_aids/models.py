"""What makes entering vouchers quick: summary library (常用摘要), templates (模式凭证), recurring vouchers."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from erp.core.audit.tracking import tracked
from erp.core.companies.models import Company
from erp.core.money import AmountField, QuantityField
from ledger.accounts.models import Account
from ledger.dimensions.models import DimensionSet
from ledger.periods.models import Period
from ledger.vouchers.models import Voucher


class SummaryPhrase(models.Model):
    """A summary that is used often, found by its code, text or pinyin initials."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    code = models.CharField(_("code"), max_length=20, blank=True)
    text = models.CharField(_("summary"), max_length=200)
    search_key = models.CharField(max_length=400, blank=True, editable=False)
    used = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("summary phrase")
        verbose_name_plural = _("summary library")
        ordering = ["company", "code", "text"]
        constraints = [models.UniqueConstraint(fields=["company", "text"], name="one_summary_phrase")]

    def __str__(self) -> str:
        return self.text


class VoucherTemplate(models.Model):
    """A voucher to begin with, with or without amounts."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=80)
    category = models.CharField(_("category"), max_length=40, blank=True)
    word = models.CharField(_("word"), max_length=1, blank=True)
    search_key = models.CharField(max_length=400, blank=True, editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("voucher template")
        verbose_name_plural = _("voucher templates")
        ordering = ["company", "category", "code"]
        constraints = [models.UniqueConstraint(fields=["company", "code"], name="one_voucher_template_per_code")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class VoucherTemplateLine(models.Model):
    """A line of a template. Amounts, account and dimensions may be empty: they are asked for when it is used."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    template = models.ForeignKey(VoucherTemplate, on_delete=models.CASCADE, related_name="lines")
    line_no = models.PositiveSmallIntegerField(_("line"))
    summary = models.CharField(_("summary"), max_length=200, blank=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    dimension_set = models.ForeignKey(DimensionSet, on_delete=models.PROTECT, null=True, related_name="+")
    debit = AmountField(_("debit"), default=0)
    credit = AmountField(_("credit"), default=0)
    quantity = QuantityField(_("quantity"), null=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)

    class Meta:
        ordering = ["template", "line_no"]
        constraints = [models.UniqueConstraint(fields=["company", "template", "line_no"], name="one_template_line")]


@tracked()
class RecurringVoucher(models.Model):
    """A template that becomes a draft every ``every_months`` months, e.g. depreciation, rent, amortisation."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    template = models.ForeignKey(
        VoucherTemplate, on_delete=models.PROTECT, related_name="recurring", verbose_name=_("template")
    )
    name = models.CharField(_("name"), max_length=80)
    first_month = models.DateField(_("first month"))
    last_month = models.DateField(_("last month"), null=True, blank=True)
    every_months = models.PositiveSmallIntegerField(_("every … months"), default=1)
    day = models.PositiveSmallIntegerField(_("day of the month"), default=31, help_text=_("31: the last day."))
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("recurring voucher")
        verbose_name_plural = _("recurring vouchers")
        ordering = ["company", "name"]
        constraints = [
            models.CheckConstraint(condition=models.Q(every_months__range=(1, 12)), name="recurs_within_a_year"),
            models.CheckConstraint(condition=models.Q(day__range=(1, 31)), name="recurs_on_a_day"),
        ]

    def __str__(self) -> str:
        return self.name


class RecurringRun(models.Model):
    """What a recurring voucher became in a period: once, also when two people press the button."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    recurring = models.ForeignKey(RecurringVoucher, on_delete=models.CASCADE, related_name="runs")
    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="+")
    voucher = models.ForeignKey(Voucher, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "recurring", "period"], name="one_recurring_run_per_period")
        ]
