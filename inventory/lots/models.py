"""Lots and serial numbers of items, and how much of each lies where."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from erp.core.audit.tracking import tracked
from erp.core.companies.models import Company
from erp.core.money import AmountField, QuantityField, UnitCostField
from inventory.items.models import Item
from inventory.warehouses.models import Warehouse


@tracked()
class Lot(models.Model):
    """A batch of an item (批号), or one piece with its serial number (序列号)."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="lots", verbose_name=_("item"))
    number = models.CharField(_("lot or serial no."), max_length=60)
    produced_on = models.DateField(_("produced on"), null=True, blank=True)
    expires_on = models.DateField(_("expires on"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("lot")
        verbose_name_plural = _("lots")
        ordering = ["item", "number"]
        constraints = [models.UniqueConstraint(fields=["company", "item", "number"], name="one_lot_per_number")]
        indexes = [
            models.Index(fields=["company", "expires_on"], name="lots_by_expiry"),
            models.Index(fields=["company", "number"], name="lots_by_number"),
        ]

    def __str__(self) -> str:
        return self.number


class LotBalance(models.Model):
    """What lies there of a lot now. ``value`` and ``last_cost`` count for items costed by lot only."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", db_index=False)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, related_name="+", db_index=False)
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="balances")
    qty = QuantityField(_("quantity"), default=0)
    value = AmountField(_("value"), default=0)
    last_cost = UnitCostField(_("last unit cost"), default=0)

    class Meta:
        verbose_name = _("lot on hand")
        verbose_name_plural = _("lots on hand")
        constraints = [
            models.UniqueConstraint(
                fields=["company", "item", "warehouse", "lot"], name="one_balance_per_item_warehouse_and_lot"
            ),
            models.CheckConstraint(condition=models.Q(qty__gte=0), name="lot_is_never_negative"),
            models.CheckConstraint(condition=~models.Q(qty=0) | models.Q(value=0), name="no_lot_quantity_no_value"),
        ]
