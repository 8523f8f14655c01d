"""Bank reconciliation (银行对账): imported statements, what they match in the books, open items from before the start.

A bank account is a leaf account of cash kind *bank* (with a bank-account dimension value where the account asks one).
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.money import AmountField
from ledger.accounts.models import Account
from ledger.dimensions.models import DimensionValue


class BankStatement(models.Model):
    """One imported file of one bank account. The same content is refused a second time."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("account"))
    value = models.ForeignKey(DimensionValue, on_delete=models.PROTECT, null=True, related_name="+")
    file_name = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(max_length=64)
    first_date = models.DateField(_("from"))
    last_date = models.DateField(_("to"))
    opening = AmountField(_("opening balance"), null=True)
    closing = AmountField(_("closing balance"), null=True)
    imported_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    imported_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("bank statement")
        verbose_name_plural = _("bank statements")
        ordering = ["company", "account", "-last_date"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "account", "value", "sha256"],
                nulls_distinct=False,
                name="one_statement_per_content",
            )
        ]


class OpenSide(models.TextChoices):
    BANK = "bank", _("On the bank's statement only")
    BOOK = "book", _("In the books only")


class BankLine(models.Model):
    """A line of a statement, or an item open when reconciliation began (``statement`` NULL; on either ``side``).

    ``receipt`` and ``payment`` as the company sees them: money in, money out.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+", db_index=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    value = models.ForeignKey(DimensionValue, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    statement = models.ForeignKey(BankStatement, on_delete=models.CASCADE, null=True, related_name="lines")
    side = models.CharField(max_length=4, choices=OpenSide, default=OpenSide.BANK)
    line_no = models.PositiveIntegerField(default=0)
    date = models.DateField(_("date"))
    summary = models.CharField(_("summary"), max_length=200, blank=True)
    counterparty = models.CharField(_("counterparty"), max_length=120, blank=True)
    reference = models.CharField(_("reference"), max_length=60, blank=True)
    receipt = AmountField(_("receipt"), default=0)
    payment = AmountField(_("payment"), default=0)
    balance = AmountField(_("balance"), null=True)

    class Meta:
        verbose_name = _("bank line")
        verbose_name_plural = _("bank lines")
        ordering = ["date", "statement", "line_no", "id"]
        indexes = [models.Index(fields=["company", "account", "date"], name="bank_lines_of_account")]
        constraints = [
            models.CheckConstraint(condition=models.Q(receipt=0) | models.Q(payment=0), name="bank_line_has_one_side")
        ]


class BankMatch(models.Model):
    """Lines of the statement and of the books that are the same money: both sides sum to the same."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    rule = models.CharField(_("matched by"), max_length=40, blank=True, help_text=_("Empty: by hand."))
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    made_by_name = models.CharField(max_length=60, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["company", "account", "-id"]


class BankMatchItem(models.Model):
    """One member of a match: a bank line or a voucher line. Each belongs to one match at most."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+", db_index=False)
    match = models.ForeignKey(BankMatch, on_delete=models.CASCADE, related_name="items")
    bank_line = models.ForeignKey(BankLine, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    voucher_line = models.ForeignKey(
        "ledger.VoucherLine",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "bank_line"], name="bank_line_matched_once"),
            models.UniqueConstraint(fields=["company", "voucher_line"], name="voucher_line_matched_once"),
            models.CheckConstraint(
                condition=models.Q(bank_line__isnull=True, voucher_line__isnull=False)
                | models.Q(bank_line__isnull=False, voucher_line__isnull=True),
                name="match_item_is_one_thing",
            ),
        ]
