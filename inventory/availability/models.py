"""Reservations: quantity on hand that is promised to a document which has not taken it yet."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.money import QuantityField
from inventory.items.models import Item
from inventory.warehouses.models import Warehouse


class Reservation(models.Model):
    """``source_*`` name the document and line it is promised to; ``StockBalance.reserved`` is the sum."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("item"))
    warehouse = models.ForeignKey(
        Warehouse, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("warehouse")
    )
    qty = QuantityField(_("quantity"))
    source_type = models.CharField(max_length=40)
    source_id = models.BigIntegerField()
    source_line_id = models.BigIntegerField()
    document_no = models.CharField(_("document no."), max_length=60, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "source_type", "source_line_id", "item", "warehouse"],
                name="one_reservation_per_line",
            ),
            models.CheckConstraint(condition=models.Q(qty__gt=0), name="reservation_has_quantity"),
        ]
        indexes = [models.Index(fields=["company", "item", "warehouse"], name="reservations_of_stock")]
