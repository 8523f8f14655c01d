"""Clearing (往来核销) of open items in the ledger: lines of one account and one party that settle each other."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.money import AmountField
from ledger.accounts.models import Account
from ledger.dimensions.models import DimensionValue


class Clearing(models.Model):
    """A group of cleared amounts that sum to zero. Undone by deleting it."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("account"))
    party = models.ForeignKey(
        DimensionValue, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("party")
    )
    date = models.DateField(_("date"))
    is_automatic = models.BooleanField(default=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    made_by_name = models.CharField(max_length=60, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("clearing")
        verbose_name_plural = _("clearings")
        ordering = ["company", "-date", "-id"]
        indexes = [models.Index(fields=["company", "account", "party"], name="clearings_of_party")]


class ClearingItem(models.Model):
    """Part of a posted line that is cleared: ``amount`` is debit less credit, with the sign of the line.

    Without a line it is part of the opening balance of the clearing's account and party.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+", db_index=False)
    clearing = models.ForeignKey(Clearing, on_delete=models.CASCADE, related_name="items")
    voucher_line = models.ForeignKey(
        "ledger.VoucherLine", on_delete=models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    amount = AmountField(_("amount"))

    class Meta:
        indexes = [models.Index(fields=["company", "voucher_line"], name="clearings_of_line")]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "clearing", "voucher_line"],
                nulls_distinct=False,
                name="one_clearing_item_per_line",
            )
        ]
