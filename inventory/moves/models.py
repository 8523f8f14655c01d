"""Stock moves: the only source of quantity and value. Balances are kept in the same transaction."""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.money import AmountField, QuantityField, UnitCostField
from inventory.documents.models import DocumentKind, StockDocument, StockDocumentLine
from inventory.items.models import Item
from inventory.lots.models import Lot
from inventory.warehouses.models import Bin, Warehouse

OPENING = "opening"
# The kind of a move is the kind of its document, opening stock apart.
MOVE_KINDS = [(OPENING, _("Opening stock")), *DocumentKind.choices]


class StockMove(models.Model):
    """Quantity and value that entered (+) or left (−) one item in one warehouse.

    ``qty`` is in the item's unit, ``value`` in company currency, rounded to the cent; ``unit_cost`` keeps 10
    decimals. The order that costs moves is (date, sequence, id): ``sequence`` is the move's own id, or that of the
    receipt for a landed cost, which counts with it. ``effect`` (``valuation.engine.Effect``) says how it is costed,
    ``given`` what its document states (value of a receipt, amount of an adjustment, fee), ``of_move`` the move whose
    cost it follows. Recosting changes ``value`` and ``unit_cost`` of moves in open periods, nothing else ever changes.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    warehouse = models.ForeignKey(
        Warehouse, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    date = models.DateField(_("date"))
    sequence = models.BigIntegerField()
    kind = models.CharField(_("kind"), max_length=24, choices=MOVE_KINDS)
    effect = models.SmallIntegerField()
    lot = models.ForeignKey(
        Lot, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    bin = models.ForeignKey(
        Bin, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    of_move = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    given = models.DecimalField(max_digits=24, decimal_places=10, null=True)
    share = QuantityField(null=True)
    qty = QuantityField(_("quantity"))
    unit_cost = UnitCostField(_("unit cost"))
    value = AmountField(_("value"))
    document = models.ForeignKey(
        StockDocument, on_delete=models.PROTECT, related_name="moves", db_index=False, db_constraint=False
    )
    document_line = models.ForeignKey(
        StockDocumentLine, on_delete=models.PROTECT, related_name="moves", db_index=False, db_constraint=False
    )
    reversal_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("stock move")
        verbose_name_plural = _("stock moves")
        ordering = ["date", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(qty=0) | ~models.Q(value=0) | models.Q(given__isnull=False),
                name="move_moves_something",
            ),
            models.UniqueConstraint(
                fields=["company", "document_line", "effect", "warehouse"], name="one_move_per_line_and_effect"
            ),
        ]
        indexes = [
            models.Index(fields=["company", "item", "date", "sequence", "id"], name="moves_in_costing_order"),
            models.Index(
                fields=["company", "of_move"], name="moves_that_follow", condition=models.Q(of_move__isnull=False)
            ),
            models.Index(fields=["company", "lot"], name="moves_of_lot", condition=models.Q(lot__isnull=False)),
            models.Index(fields=["company", "document"], name="moves_of_document"),
        ]
        triggers = [
            pgtrigger.Protect(name="moves_are_never_deleted", operation=pgtrigger.Delete),
            # Fires for the columns named only, so recosting (value, unit cost) pays nothing for it.
            pgtrigger.Protect(
                name="moves_change_in_value_only",
                operation=pgtrigger.UpdateOf(
                    "company_id",
                    "item_id",
                    "warehouse_id",
                    "date",
                    "sequence",
                    "kind",
                    "lot_id",
                    "of_move_id",
                    "given",
                    "qty",
                    "document_id",
                    "document_line_id",
                    "reversal_of_id",
                ),
            ),
        ]


class StockBalance(models.Model):
    """What lies there now: the sum of the moves of one item in one warehouse.

    ``value`` and ``last_cost`` count where the pool is the warehouse's; where the company pools, ``PoolBalance`` has
    them and they are 0 here. ``reserved`` is promised to documents that have not taken it yet.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="balances", db_index=False)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, related_name="+", db_index=False)
    qty = QuantityField(_("quantity"), default=0)
    reserved = QuantityField(_("reserved"), default=0)
    value = AmountField(_("value"), default=0)
    last_cost = UnitCostField(_("last unit cost"), default=0)
    may_go_negative = models.BooleanField(default=False, db_default=False)

    class Meta:
        verbose_name = _("stock on hand")
        verbose_name_plural = _("stock on hand")
        constraints = [
            models.UniqueConstraint(fields=["company", "item", "warehouse"], name="one_balance_per_item_and_warehouse"),
            models.CheckConstraint(
                condition=models.Q(qty__gte=0) | models.Q(may_go_negative=True), name="stock_is_never_negative"
            ),
            models.CheckConstraint(condition=~models.Q(qty=0) | models.Q(value=0), name="no_quantity_no_value"),
            models.CheckConstraint(
                condition=models.Q(value__gte=0) | models.Q(qty__lt=0), name="stock_value_is_never_negative"
            ),
            models.CheckConstraint(condition=models.Q(reserved__gte=0), name="reserved_is_never_negative"),
        ]


class PoolBalance(models.Model):
    """Quantity and value of an item whose cost is one for the whole company (company pool, monthly average); with
    the lot, where items are costed by lot."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", db_index=False)
    lot = models.ForeignKey(
        Lot, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    qty = QuantityField(_("quantity"), default=0)
    value = AmountField(_("value"), default=0)
    last_cost = UnitCostField(_("last unit cost"), default=0)

    class Meta:
        verbose_name = _("pooled stock")
        verbose_name_plural = _("pooled stock")
        constraints = [
            models.UniqueConstraint(
                fields=["company", "item", "lot"], name="one_pool_balance_per_item", nulls_distinct=False
            ),
            models.CheckConstraint(condition=~models.Q(qty=0) | models.Q(value=0), name="no_pool_quantity_no_value"),
            models.CheckConstraint(
                condition=models.Q(value__gte=0) | models.Q(qty__lt=0), name="pool_value_is_never_negative"
            ),
        ]


class CostLayer(models.Model):
    """What is left of an incoming move in a first-in-first-out pool, or (negative) what an issue took too much.

    ``warehouse`` is empty where the company pools. Layers of a pool in order of ``position`` make its balance.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    warehouse = models.ForeignKey(
        Warehouse, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    lot = models.ForeignKey(
        Lot, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    move = models.ForeignKey(StockMove, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    position = models.PositiveIntegerField()
    qty = QuantityField(_("quantity"))
    value = AmountField(_("value"))

    class Meta:
        verbose_name = _("cost layer")
        verbose_name_plural = _("cost layers")
        constraints = [models.CheckConstraint(condition=~models.Q(qty=0), name="layer_has_quantity")]
        indexes = [models.Index(fields=["company", "item", "warehouse", "position"], name="layers_in_order")]
