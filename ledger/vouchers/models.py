"""Voucher (记账凭证) and its lines: draft → reviewed → posted, and then it never changes.

The database itself holds the rules (see ``guards``): a voucher balances whenever its lines change; posting checks
period, leaf accounts and required dimensions and writes the turnover; what is posted can be neither updated,
deleted nor truncated (财会〔2024〕12号 art. 21). All guards run once per statement, not per row.
"""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.money import AmountField, QuantityField, RateField, UnitCostField
from ledger.accounts.models import Account
from ledger.dimensions.models import DimensionSet
from ledger.periods.models import Period
from ledger.vouchers import guards


class Word(models.TextChoices):
    """Voucher words are printed as they are: they are part of the number, not of the interface."""

    JI = "记", "记"
    SHOU = "收", "收"
    FU = "付", "付"
    ZHUAN = "转", "转"


class VoucherStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    REVIEWED = "reviewed", _("Reviewed")
    POSTED = "posted", _("Posted")
    VOID = "void", _("Void")


class VoucherKind(models.TextChoices):
    MANUAL = "manual", _("Manual")
    GENERATED = "generated", _("Generated")
    REVERSAL = "reversal", _("Red-letter reversal")
    CORRECTION = "correction", _("Correction")
    TRANSFER = "transfer", _("Automatic transfer")
    REVALUATION = "revaluation", _("Revaluation of foreign currency")
    CLOSING_PL = "closing_pl", _("Transfer of profit and loss")
    CLOSING_YEAR = "closing_year", _("Year-end transfer")


class Voucher(models.Model):
    """Header. Names of preparer, reviewer, poster and cashier are kept as text beside the users: a later renaming
    does not change an old voucher. ``rule`` is the rule version that made (and reviewed) a generated voucher.
    ``corrects`` is the wrong voucher that a supplement or blue voucher sets right; ``reference`` its number in another
    system; ``entry_token`` names the form it was entered in, so that a double click saves once."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="vouchers", db_index=False)
    period = models.ForeignKey(
        Period, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("period")
    )
    word = models.CharField(_("word"), max_length=1, choices=Word)
    number = models.PositiveIntegerField(_("number"))
    date = models.DateField(_("date"))
    status = models.CharField(_("status"), max_length=8, choices=VoucherStatus, default=VoucherStatus.DRAFT)
    kind = models.CharField(_("kind"), max_length=12, choices=VoucherKind, default=VoucherKind.MANUAL)
    attachments = models.PositiveIntegerField(_("attachments"), default=0)
    total = AmountField(_("total"), default=0)
    rule = models.ForeignKey(
        "ledger.PostingRule", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    reversal_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="reversals", db_index=False
    )
    corrects = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="corrections", db_index=False
    )
    reference = models.CharField(_("reference"), max_length=60, blank=True, default="", db_default="")
    entry_token = models.CharField(max_length=40, blank=True, default="", db_default="", editable=False)
    preparer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    preparer_name = models.CharField(_("prepared by"), max_length=60, blank=True)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    reviewer_name = models.CharField(_("reviewed by"), max_length=60, blank=True)
    poster = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    poster_name = models.CharField(_("posted by"), max_length=60, blank=True)
    cashier = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    cashier_name = models.CharField(_("cashier"), max_length=60, blank=True)
    signed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(_("created"))
    reviewed_at = models.DateTimeField(null=True)
    posted_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("voucher")
        verbose_name_plural = _("vouchers")
        ordering = ["period", "word", "number"]
        constraints = [
            models.UniqueConstraint(fields=["company", "period", "word", "number"], name="one_voucher_per_number"),
            models.CheckConstraint(condition=models.Q(number__gte=1), name="voucher_number_from_1"),
            models.UniqueConstraint(
                fields=["company", "entry_token"],
                condition=~models.Q(entry_token=""),
                name="one_voucher_per_entry_token",
            ),
            models.CheckConstraint(
                condition=models.Q(preparer__isnull=True)
                | models.Q(reviewer__isnull=True)
                | ~models.Q(preparer=models.F("reviewer")),
                name="preparer_is_not_reviewer",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "date", "word", "number"], name="vouchers_in_time_order"),
            models.Index(
                fields=["company", "reversal_of"],
                name="reversals_of_voucher",
                condition=models.Q(reversal_of__isnull=False),
            ),
            models.Index(
                fields=["company", "corrects"],
                name="corrections_of_voucher",
                condition=models.Q(corrects__isnull=False),
            ),
            models.Index(
                fields=["company", "period"],
                name="vouchers_not_posted",
                condition=models.Q(status__in=["draft", "reviewed"]),
            ),
            models.Index(
                fields=["company", "period"],
                name="closing_vouchers",
                condition=models.Q(kind__in=["closing_pl", "closing_year"]),
            ),
        ]
        triggers = guards.VOUCHER

    def __str__(self) -> str:
        return f"{self.word}-{self.number}"


class VoucherLine(models.Model):
    """One line: amount on one side in base currency, and for generated lines why it is there.

    ``source_lines`` are the document lines that were merged into it, ``rule_line`` and ``mapping`` chose side,
    amount and account. Foreign keys to large or hot tables are checked per statement by the guards.
    """

    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    voucher = models.ForeignKey(
        Voucher, on_delete=models.CASCADE, related_name="lines", db_index=False, db_constraint=False
    )
    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    line_no = models.PositiveIntegerField(_("line"))
    summary = models.CharField(_("summary"), max_length=200)
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    dimension_set = models.ForeignKey(
        DimensionSet, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    debit = AmountField(_("debit"), default=0)
    credit = AmountField(_("credit"), default=0)
    currency = models.CharField(_("currency"), max_length=3)
    original_amount = AmountField(_("original amount"), null=True)
    rate = RateField(_("exchange rate"), null=True)
    quantity = QuantityField(_("quantity"), null=True)
    unit_price = UnitCostField(_("unit price"), null=True)
    business_date = models.DateField(_("business date"), null=True)
    settlement_method = models.CharField(_("settlement method"), max_length=20, blank=True, default="", db_default="")
    settlement_no = models.CharField(_("settlement number"), max_length=40, blank=True, default="", db_default="")
    business_no = models.CharField(_("business number"), max_length=40, blank=True, default="", db_default="")
    rule_line = models.ForeignKey(
        "ledger.PostingRuleLine",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    mapping = models.ForeignKey(
        "ledger.AccountMapping",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    source_lines = ArrayField(models.BigIntegerField(), null=True)

    class Meta:
        verbose_name = _("voucher line")
        verbose_name_plural = _("voucher lines")
        ordering = ["voucher", "line_no"]
        constraints = [
            models.CheckConstraint(
                condition=(models.Q(debit=0) | models.Q(credit=0))
                & (
                    ~models.Q(debit=0)
                    | ~models.Q(credit=0)
                    | (models.Q(quantity__isnull=False) & ~models.Q(quantity=0))
                ),
                name="line_has_one_side",
            ),
            models.UniqueConstraint(fields=["company", "voucher", "line_no"], name="one_line_per_number"),
        ]
        indexes = [models.Index(fields=["company", "account", "period", "dimension_set"], name="lines_of_account")]
        triggers = guards.VOUCHER_LINE


class FreeVoucherNumber(models.Model):
    """The number of a deleted draft, taken first by the next voucher: so 1…n stays without a gap."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+", db_index=False)
    period = models.ForeignKey(Period, on_delete=models.CASCADE, related_name="+", db_index=False)
    word = models.CharField(max_length=1, choices=Word)
    number = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "period", "word", "number"], name="one_free_number")]
