"""Cash-flow items (现金流量项目) and what each voucher's cash was for.

Amounts live on the *counter lines* of vouchers with cash lines: the effect of a counter line is credit less debit,
and by double entry the effects of a voucher sum to its net cash. An entry is an annotation, not a change of the
voucher: it may be set on posted vouchers until their period is closed.
"""

from django.db import models
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from erp.core.audit.tracking import tracked
from erp.core.companies.models import Company
from erp.core.money import AmountField


class Section(models.TextChoices):
    OPERATING = "operating", _("Operating activities")
    INVESTING = "investing", _("Investing activities")
    FINANCING = "financing", _("Financing activities")
    EXCHANGE = "exchange", _("Exchange differences")


class Flow(models.TextChoices):
    IN = "in", _("Inflow")
    OUT = "out", _("Outflow")


class CashFlowItem(models.Model):
    """A line of the cash-flow statement that vouchers are assigned to. ``code`` is the number that ``CF(n)`` names.

    An inflow shows Σ effects, an outflow −Σ effects: both are positive in the usual case.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    code = models.CharField(_("code"), max_length=10)
    name = models.CharField(_("name"), max_length=80)
    name_en = models.CharField(_("English name"), max_length=160, blank=True)
    section = models.CharField(_("section"), max_length=10, choices=Section)
    flow = models.CharField(_("flow"), max_length=3, choices=Flow)
    sequence = models.PositiveSmallIntegerField(_("order"), default=0)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("cash-flow item")
        verbose_name_plural = _("cash-flow items")
        ordering = ["company", "sequence", "code"]
        constraints = [models.UniqueConstraint(fields=["company", "code"], name="one_cash_flow_item_per_code")]

    def __str__(self) -> str:
        english = (translation.get_language() or "").startswith("en")
        return f"{self.code} {(self.name_en or self.name) if english else self.name}"


@tracked()
class CashFlowDefault(models.Model):
    """The item of counter lines whose account code begins with ``account_prefix``; the longest prefix wins.

    ``direction`` is the line's: ``in`` when it is credited (or red-debited), ``out`` when debited (or red-credited).
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    account_prefix = models.CharField(_("account"), max_length=20)
    direction = models.CharField(_("direction"), max_length=3, choices=Flow)
    item = models.ForeignKey(CashFlowItem, on_delete=models.CASCADE, related_name="+", verbose_name=_("item"))

    class Meta:
        verbose_name = _("default of cash-flow items")
        verbose_name_plural = _("defaults of cash-flow items")
        ordering = ["company", "account_prefix", "direction"]
        constraints = [
            models.UniqueConstraint(fields=["company", "account_prefix", "direction"], name="one_cash_flow_default")
        ]

    def __str__(self) -> str:
        return f"{self.account_prefix} {self.direction}"


class EntrySource(models.TextChoices):
    RULE = "rule", _("Posting rule")
    MANUAL = "manual", _("By hand")
    DEFAULT = "default", _("Default of the account")


@tracked(inserts=False)
class CashFlowEntry(models.Model):
    """One part of a counter line's effect: ``amount`` is credit less debit; ``item`` NULL means not cash at all
    (such parts sum to zero within their voucher)."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+", db_index=False)
    voucher = models.ForeignKey(
        "ledger.Voucher", on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    line = models.ForeignKey(
        "ledger.VoucherLine",
        on_delete=models.CASCADE,
        related_name="cash_flow",
        db_index=False,
        db_constraint=False,
    )
    period = models.ForeignKey(
        "ledger.Period", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    item = models.ForeignKey(CashFlowItem, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    amount = AmountField(_("amount"))
    source = models.CharField(max_length=8, choices=EntrySource, default=EntrySource.DEFAULT)
    assigned_by_name = models.CharField(max_length=60, blank=True, default="")
    assigned_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("cash-flow entry")
        verbose_name_plural = _("cash-flow entries")
        indexes = [
            models.Index(fields=["company", "period", "item"], name="cash_flow_of_period"),
            models.Index(fields=["company", "voucher", "line"], name="cash_flow_of_voucher"),
        ]


class CashFlowOpening(models.Model):
    """What an item had in the months before the first period here (mid-year start), as the statement shows it."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    item = models.ForeignKey(CashFlowItem, on_delete=models.CASCADE, related_name="+", verbose_name=_("item"))
    amount = AmountField(_("amount"))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "item"], name="one_cash_flow_opening")]
