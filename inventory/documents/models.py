"""Stock documents: one header and line table for all kinds; the kind decides what confirming does.

draft → confirmed → (voided by a reversing document). A confirmed document never changes.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.money import AmountField, QuantityField, UnitCostField
from inventory.items.models import Item
from inventory.warehouses.models import Warehouse
from ledger.dimensions.models import DimensionValue


class DocumentKind(models.TextChoices):
    OTHER_RECEIPT = "other_receipt", _("Other receipt")
    DELIVERY = "delivery", _("Delivery")
    SALES_RETURN = "sales_return", _("Sales return")
    OTHER_ISSUE = "other_issue", _("Other issue")


class DocumentStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    CONFIRMED = "confirmed", _("Confirmed")
    REVERSED = "reversed", _("Reversed")


class Reason(models.TextChoices):
    """Why goods came or went without purchase or sale; decides the contra account."""

    NONE = "", _("none")
    OPENING = "opening", _("Opening stock")
    DONATION = "donation", _("Donation")
    FOUND = "found", _("Found")
    CONSUMPTION = "consumption", _("Own consumption")
    GIFT = "gift", _("Gift")
    SAMPLE = "sample", _("Sample")
    CORRECTION = "correction", _("Stock correction")


class StockDocument(models.Model):
    """Header. ``party`` is the customer's dimension value where one belongs to it; ``source_*`` name the document
    of an upper app that it was made from; ``external_no`` is its number in the system it was imported from."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(_("kind"), max_length=16, choices=DocumentKind)
    number = models.CharField(_("document no."), max_length=40)
    date = models.DateField(_("date"))
    status = models.CharField(_("status"), max_length=10, choices=DocumentStatus, default=DocumentStatus.DRAFT)
    warehouse = models.ForeignKey(
        Warehouse, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("warehouse")
    )
    reason = models.CharField(_("reason"), max_length=16, choices=Reason, blank=True)
    party = models.ForeignKey(
        DimensionValue,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("party"),
    )
    department = models.ForeignKey(
        DimensionValue,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("department"),
    )
    source_type = models.CharField(max_length=40, blank=True)
    source_id = models.BigIntegerField(null=True, blank=True)
    external_no = models.CharField(_("external no."), max_length=80, blank=True)
    reversal_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversals", db_index=False
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("stock document")
        verbose_name_plural = _("stock documents")
        ordering = ["-date", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["company", "kind", "number"], name="one_stock_document_per_number"),
        ]
        indexes = [
            models.Index(fields=["company", "kind", "-date", "-id"], name="stock_documents_by_date"),
            models.Index(
                fields=["company", "source_type", "source_id"],
                name="stock_documents_of_source",
                condition=models.Q(source_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"


class StockDocumentLine(models.Model):
    """Line. ``qty`` is always positive: the kind of document says whether it enters or leaves.

    ``unit_cost`` is given for receipts (and returns without an original); ``market_net`` and ``output_tax`` for
    deemed sales; ``of_line`` names the line of the delivery that a return gives back.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    document = models.ForeignKey(StockDocument, on_delete=models.CASCADE, related_name="lines", db_index=False)
    line_no = models.PositiveIntegerField(_("line"))
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("item"))
    qty = QuantityField(_("quantity"))
    unit_cost = UnitCostField(_("unit cost"), null=True, blank=True)
    market_net = AmountField(_("market price, net"), default=0)
    output_tax = AmountField(_("output VAT"), default=0)
    of_line = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    source_line_id = models.BigIntegerField(null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("stock document line")
        verbose_name_plural = _("stock document lines")
        ordering = ["document", "line_no"]
        constraints = [
            models.UniqueConstraint(fields=["company", "document", "line_no"], name="one_stock_line_per_number"),
            models.CheckConstraint(condition=models.Q(qty__gt=0), name="stock_line_has_quantity"),
        ]
        indexes = [
            models.Index(
                fields=["company", "source_line_id"],
                name="stock_lines_of_source",
                condition=models.Q(source_line_id__isnull=False),
            ),
            models.Index(
                fields=["company", "of_line"],
                name="stock_lines_that_return",
                condition=models.Q(of_line__isnull=False),
            ),
        ]
