"""Stock moves: the only source of quantity and value. Balances are kept in the same transaction."""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.money import AmountField, QuantityField, UnitCostField
from inventory.documents.models import StockDocument, StockDocumentLine
from inventory.items.models import Item
from inventory.warehouses.models import Warehouse


class MoveKind(models.TextChoices):
    OPENING = "opening", _("Opening stock")
    OTHER_RECEIPT = "other_receipt", _("Other receipt")
    DELIVERY = "delivery", _("Delivery")
    SALES_RETURN = "sales_return", _("Sales return")
    OTHER_ISSUE = "other_issue", _("Other issue")


class StockMove(models.Model):
    """Quantity and value that entered (+) or left (−) one item in one warehouse.

    ``qty`` is in the item's unit, ``value`` in company currency, rounded to the cent; ``unit_cost`` keeps 10
    decimals. The order that costs them is (date, id). A sales return is a negative issue: positive here.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    warehouse = models.ForeignKey(
        Warehouse, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    date = models.DateField(_("date"))
    kind = models.CharField(_("kind"), max_length=16, choices=MoveKind)
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
            models.CheckConstraint(condition=~models.Q(qty=0) | ~models.Q(value=0), name="move_moves_something"),
            models.UniqueConstraint(fields=["company", "document_line", "kind"], name="one_move_per_document_line"),
        ]
        indexes = [
            models.Index(fields=["company", "item", "warehouse", "date", "id"], name="moves_in_costing_order"),
            models.Index(fields=["company", "document"], name="moves_of_document"),
        ]
        triggers = [pgtrigger.Protect(name="moves_are_never_deleted", operation=pgtrigger.Delete)]


class StockBalance(models.Model):
    """What lies there now: the sum of the moves of one item in one warehouse."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="balances", db_index=False)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, related_name="+", db_index=False)
    qty = QuantityField(_("quantity"), default=0)
    reserved = QuantityField(_("reserved"), default=0)
    value = AmountField(_("value"), default=0)
    last_cost = UnitCostField(_("last unit cost"), default=0)

    class Meta:
        verbose_name = _("stock on hand")
        verbose_name_plural = _("stock on hand")
        constraints = [
            models.UniqueConstraint(fields=["company", "item", "warehouse"], name="one_balance_per_item_and_warehouse"),
            models.CheckConstraint(condition=models.Q(qty__gte=0), name="stock_is_never_negative"),
            models.CheckConstraint(condition=~models.Q(qty=0) | models.Q(value=0), name="no_quantity_no_value"),
            models.CheckConstraint(condition=models.Q(value__gte=0), name="stock_value_is_never_negative"),
        ]
