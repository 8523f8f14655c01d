"""Recosting and month end: what has to be costed again, the runs that did it, and what they changed."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.money import AmountField, QuantityField, UnitCostField
from inventory.documents.models import DocumentKind, StockDocument
from inventory.items.models import Item
from inventory.warehouses.models import Warehouse
from ledger.periods.models import Period


class RunKind(models.TextChoices):
    RECOST = "recost", _("Recosting")
    MONTHLY = "monthly", _("Monthly average")


class RunState(models.TextChoices):
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class CostRun(models.Model):
    """One recosting, or one calculation of a month. Its differences reach the ledger as events of this run."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("kind"), max_length=8, choices=RunKind)
    state = models.CharField(_("state"), max_length=8, choices=RunState, default=RunState.RUNNING)
    number = models.CharField(_("document no."), max_length=40)
    period = models.ForeignKey(Period, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("period"))
    since = models.DateField(_("from"), null=True)
    cause = models.ForeignKey(
        StockDocument, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("cause")
    )
    moves_read = models.PositiveBigIntegerField(_("moves read"), default=0)
    moves_changed = models.PositiveBigIntegerField(_("moves changed"), default=0)
    difference = AmountField(_("difference"), default=0)
    problem = models.TextField(_("problem"), blank=True)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField(_("started"), auto_now_add=True)
    ended_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        verbose_name = _("cost run")
        verbose_name_plural = _("cost runs")
        ordering = ["-id"]
        indexes = [models.Index(fields=["company", "-id"], name="cost_runs_newest_first")]

    def __str__(self) -> str:
        return self.number


class RecostRequest(models.Model):
    """An item whose moves from ``since`` on must be costed again: written with the document that makes it so, gone
    in the transaction that has done it. A worker that dies leaves it here; the sweep finds it."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    since = models.DateField(_("from"))
    cause = models.ForeignKey(StockDocument, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("item to recost")
        verbose_name_plural = _("items to recost")
        indexes = [models.Index(fields=["company", "item", "since"], name="recost_requests_of_item")]


class CostChange(models.Model):
    """What a run changed of one item in one warehouse, month and kind of document: the difference of value, and the
    unit cost of the last move changed before and after. The sum is what the run told the ledger."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    run = models.ForeignKey(CostRun, on_delete=models.PROTECT, related_name="changes")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("item"))
    warehouse = models.ForeignKey(
        Warehouse, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("warehouse")
    )
    month = models.DateField(_("month"))
    kind = models.CharField(_("kind"), max_length=24, choices=DocumentKind)
    moves = models.PositiveIntegerField(_("moves"))
    qty = QuantityField(_("quantity"))
    difference = AmountField(_("difference"))
    unit_cost_before = UnitCostField(_("unit cost before"))
    unit_cost_after = UnitCostField(_("unit cost after"))

    class Meta:
        verbose_name = _("cost change")
        verbose_name_plural = _("cost changes")
        ordering = ["run", "id"]
        indexes = [models.Index(fields=["company", "item", "month"], name="cost_changes_of_item")]


class StockClosing(models.Model):
    """The stock of a period is closed: no document dated in it is confirmed or reversed any more."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    period = models.OneToOneField(Period, on_delete=models.PROTECT, related_name="stock_closing")
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(_("closed"))

    class Meta:
        verbose_name = _("stock closing")
        verbose_name_plural = _("stock closings")
        ordering = ["-period__start"]

    def __str__(self) -> str:
        return str(self.period)


class StockClosingTrace(models.Model):
    """Who closed or reopened the stock of a period, when and why. Never deleted."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="+")
    is_closing = models.BooleanField()
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    checklist = models.JSONField(default=list)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]


class CostCheckpoint(models.Model):
    """State of a pool at the end of a closed period, so that recosting starts there and not at the beginning.

    ``layers``: [[move id, quantity in millionths, cents], …] of first-in-first-out pools, oldest first.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="+", db_index=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    warehouse = models.ForeignKey(
        Warehouse, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    lot_id = models.BigIntegerField(null=True)
    qty = QuantityField()
    value = AmountField()
    last_cost = UnitCostField()
    standard_cost = UnitCostField(null=True)
    layers = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "period", "item", "warehouse", "lot_id"],
                name="one_checkpoint_per_pool",
                nulls_distinct=False,
            )
        ]
