"""What people keep about books: column sets of multi-column books, and the last filters of each reader."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from ledger.accounts.models import Account
from ledger.dimensions.models import DimensionType


class MulticolumnBook(models.Model):
    """Definition of a 多栏账: an account unfolded by its sub-accounts, or by the values of one dimension.

    ``columns``: list of {"account": code} or {"value": id}, each with "side" debit or credit; empty means built
    from what has turnover.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=80)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", verbose_name=_("account"))
    dimension_type = models.ForeignKey(
        DimensionType, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("dimension")
    )
    columns = models.JSONField(default=list, blank=True)

    class Meta:
        verbose_name = _("multi-column book")
        verbose_name_plural = _("multi-column books")
        ordering = ["company", "name"]
        constraints = [models.UniqueConstraint(fields=["company", "name"], name="one_multicolumn_book_per_name")]

    def __str__(self) -> str:
        return self.name


class BookFilters(models.Model):
    """The query string with which a user last read a book."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    book = models.CharField(max_length=60)
    query = models.CharField(max_length=1000)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "user", "book"], name="one_filter_per_book")]
