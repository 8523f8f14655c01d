"""Stock counts (盘点): what the books say, what was counted, and the documents that settle the difference."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.money import AmountField, QuantityField, UnitCostField
from inventory.documents.models import Reason, StockDocument
from inventory.items.models import Item, ItemCategory
from inventory.lots.models import Lot
from inventory.warehouses.models import Bin, Warehouse
from ledger.dimensions.models import DimensionValue


class CountStatus(models.TextChoices):
    COUNTING = "counting", _("Counting")
    CONFIRMED = "confirmed", _("Confirmed")
    CANCELLED = "cancelled", _("Cancelled")


class StockCount(models.Model):
    """One count of (a part of) a warehouse. ``date`` is its business date; ``snapshot_at`` the moment whose book
    quantities its lines carry. Trading goes on meanwhile: the difference is counted − book at that moment."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.CharField(_("document no."), max_length=40)
    date = models.DateField(_("date"))
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, related_name="+", verbose_name=_("warehouse"))
    category = models.ForeignKey(
        ItemCategory, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("category")
    )
    status = models.CharField(_("status"), max_length=10, choices=CountStatus, default=CountStatus.COUNTING)
    is_blind = models.BooleanField(_("hide book quantities"), default=False)
    snapshot_at = models.DateTimeField(_("snapshot"))
    note = models.CharField(_("note"), max_length=200, blank=True)
    gain = models.ForeignKey(StockDocument, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    loss = models.ForeignKey(StockDocument, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("stock count")
        verbose_name_plural = _("stock counts")
        ordering = ["-date", "-id"]
        constraints = [models.UniqueConstraint(fields=["company", "number"], name="one_stock_count_per_number")]

    def __str__(self) -> str:
        return self.number


class StockCountLine(models.Model):
    """``counted`` empty: not counted yet (no difference). ``unit_cost`` for goods found that have no cost.

    ``book_qty`` is what the books had at ``book_at``, or at the count's snapshot where that is empty.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    count = models.ForeignKey(StockCount, on_delete=models.CASCADE, related_name="lines", db_index=False)
    line_no = models.PositiveIntegerField(_("line"))
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("item"))
    lot = models.ForeignKey(
        Lot, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False, verbose_name=_("lot")
    )
    bin = models.ForeignKey(
        Bin, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False, verbose_name=_("bin")
    )
    book_qty = QuantityField(_("book quantity"))
    book_at = models.DateTimeField(_("book quantity of"), null=True)
    counted = QuantityField(_("counted"), null=True, blank=True)
    counted_at = models.DateTimeField(_("counted at"), null=True)
    counted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    unit_cost = UnitCostField(_("unit cost"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=16, choices=Reason, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("line of a count")
        verbose_name_plural = _("lines of counts")
        ordering = ["count", "line_no"]
        constraints = [
            models.UniqueConstraint(fields=["company", "count", "line_no"], name="one_count_line_per_number"),
            models.UniqueConstraint(
                fields=["company", "count", "item", "lot", "bin"], name="one_count_line_per_place", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=models.Q(counted__isnull=True) | models.Q(counted__gte=0), name="counted_is_not_negative"
            ),
        ]


class DisposalKind(models.TextChoices):
    GAIN = "gain", _("Gain")
    LOSS = "loss", _("Loss")


class CountDisposal(models.Model):
    """What became of a count's pending difference (盘盈盘亏处理): income, expense, or a claim on who is liable."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.CharField(_("document no."), max_length=40)
    date = models.DateField(_("date"))
    kind = models.CharField(_("kind"), max_length=4, choices=DisposalKind)
    document = models.ForeignKey(StockDocument, on_delete=models.PROTECT, related_name="disposals")
    reason = models.CharField(_("reason"), max_length=16, choices=Reason, blank=True)
    amount = AmountField(_("amount"))
    claim = AmountField(_("claimed"), default=0)
    employee = models.ForeignKey(
        DimensionValue, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("employee")
    )
    department = models.ForeignKey(
        DimensionValue, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("department")
    )
    reversal_of = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversal", editable=False
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("disposal of a count difference")
        verbose_name_plural = _("disposals of count differences")
        ordering = ["-date", "-id"]
        constraints = [models.UniqueConstraint(fields=["company", "number"], name="one_disposal_per_number")]

    def __str__(self) -> str:
        return self.number
