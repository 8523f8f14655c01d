"""Stock documents: one header and line table for all kinds; the kind decides what confirming does.

draft → confirmed → (voided by a reversing document). A confirmed document never changes.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.money import AmountField, QuantityField, TaxRateField, UnitCostField
from inventory.items.models import Item, ItemUnit
from inventory.lots.models import Lot
from inventory.warehouses.models import Bin, Warehouse
from ledger.dimensions.models import DimensionValue


class DocumentKind(models.TextChoices):
    PURCHASE_RECEIPT = "purchase_receipt", _("Purchase receipt")
    PURCHASE_RETURN = "purchase_return", _("Purchase return")
    DELIVERY = "delivery", _("Delivery")
    SALES_RETURN = "sales_return", _("Sales return")
    OTHER_RECEIPT = "other_receipt", _("Other receipt")
    OTHER_ISSUE = "other_issue", _("Other issue")
    TRANSFER = "transfer", _("Transfer")
    TRANSFER_OUT = "transfer_out", _("Transfer shipped")
    TRANSFER_IN = "transfer_in", _("Transfer received")
    COUNT_GAIN = "count_gain", _("Count gain")
    COUNT_LOSS = "count_loss", _("Count loss")
    SCRAP = "scrap", _("Scrap")
    ASSEMBLY = "assembly", _("Assembly")
    DISASSEMBLY = "disassembly", _("Disassembly")
    PRODUCTION_ISSUE = "production_issue", _("Production issue")
    PRODUCTION_RETURN = "production_return", _("Production return")
    FINISHED_RECEIPT = "finished_receipt", _("Finished goods receipt")
    LANDED_COST = "landed_cost", _("Landed cost")
    COST_ADJUSTMENT = "cost_adjustment", _("Cost adjustment")
    PRICE_CHANGE = "price_change", _("Standard cost change")
    INVOICE_VARIANCE = "invoice_variance", _("Price variance of an invoice")


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
    OTHER = "other", _("Other")
    CONSUMPTION = "consumption", _("Own consumption")
    GIFT = "gift", _("Gift")
    SAMPLE = "sample", _("Sample")
    WELFARE = "welfare", _("Staff welfare")
    CORRECTION = "correction", _("Stock correction")
    MISMANAGEMENT = "mismanagement", _("Theft, loss or rot")
    NATURAL_LOSS = "natural_loss", _("Reasonable shrinkage")
    DISASTER = "disaster", _("Natural disaster")
    IN_TRANSIT = "in_transit", _("Lost on the way")


class LineRole(models.TextChoices):
    """What a line of an assembly or disassembly does."""

    NONE = "", _("none")
    CONSUMED = "consumed", _("consumed")
    PRODUCED = "produced", _("produced")


class AllocateBy(models.TextChoices):
    """How landed cost is spread over the lines of a receipt."""

    VALUE = "value", _("by value")
    QUANTITY = "qty", _("by quantity")
    WEIGHT = "weight", _("by weight")
    VOLUME = "volume", _("by volume")


class StockDocument(models.Model):
    """Header. ``party`` is the dimension value of the customer or supplier; ``source_*`` name the document (of an
    upper app, or an order, count or invoice of this one) that it was made from; ``of_document`` the stock document it
    belongs to: the receipt that is returned or bears the landed cost, the shipment that arrives. ``amount`` is the
    fee of an assembly or the whole landed cost, ``tax`` its input VAT; ``external_no`` a number of another system.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(_("kind"), max_length=24, choices=DocumentKind)
    number = models.CharField(_("document no."), max_length=40)
    date = models.DateField(_("date"))
    status = models.CharField(_("status"), max_length=10, choices=DocumentStatus, default=DocumentStatus.DRAFT)
    warehouse = models.ForeignKey(
        Warehouse, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("warehouse")
    )
    to_warehouse = models.ForeignKey(
        Warehouse,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("to warehouse"),
    )
    of_document = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="followers", db_index=False
    )
    amount = AmountField(_("amount"), null=True, blank=True)
    tax = AmountField(_("input VAT"), default=0, db_default=0)
    allocate_by = models.CharField(_("spread"), max_length=8, choices=AllocateBy, blank=True, default="", db_default="")
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
            models.Index(
                fields=["company", "of_document"],
                name="stock_documents_that_follow",
                condition=models.Q(of_document__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"


class StockDocumentLine(models.Model):
    """Line. ``qty`` (base unit) is never negative: the kind of document says whether it enters or leaves.

    ``unit_cost`` (net, per base unit) is given for receipts, returns without an original and standard cost changes;
    ``amount`` for cost adjustments, shares of landed cost and invoice variances, which have no quantity;
    ``market_net``, ``output_tax`` for deemed sales, ``input_tax_out`` for input VAT transferred out; ``of_line``
    names the line that a return gives back, a landed cost belongs to or a shipment's arrival receives. ``unit`` and
    ``unit_qty`` keep what was entered in another unit; ``share`` splits the cost of a disassembly.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    document = models.ForeignKey(StockDocument, on_delete=models.CASCADE, related_name="lines", db_index=False)
    line_no = models.PositiveIntegerField(_("line"))
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("item"))
    unit = models.ForeignKey(
        ItemUnit,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("unit"),
    )
    unit_qty = QuantityField(_("quantity in unit"), null=True, blank=True)
    lot = models.ForeignKey(
        Lot, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False, verbose_name=_("lot")
    )
    bin = models.ForeignKey(
        Bin, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False, verbose_name=_("bin")
    )
    to_bin = models.ForeignKey(
        Bin, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False, verbose_name=_("to bin")
    )
    role = models.CharField(_("role"), max_length=8, choices=LineRole, blank=True, default="", db_default="")
    reason = models.CharField(_("reason"), max_length=16, choices=Reason, blank=True, default="", db_default="")
    share = QuantityField(_("cost share"), null=True, blank=True)
    amount = AmountField(_("amount"), null=True, blank=True)
    tax_rate = TaxRateField(_("tax rate"), null=True, blank=True)
    input_tax_out = AmountField(_("input VAT transferred out"), default=0, db_default=0)
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
            models.CheckConstraint(
                condition=models.Q(qty__gt=0)
                | models.Q(qty=0) & (models.Q(amount__isnull=False) | models.Q(unit_cost__isnull=False)),
                name="stock_line_has_quantity_or_amount",
            ),
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


class StockAttachment(models.Model):
    """A file that belongs to a document: delivery note, invoice, photo. ``owner_type`` is the kind of document."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    owner_type = models.CharField(max_length=24)
    owner_id = models.BigIntegerField()
    file = models.FileField(_("file"), upload_to="stock/%Y/%m/", max_length=255)
    name = models.CharField(_("name"), max_length=200)
    content_type = models.CharField(max_length=100, blank=True)
    size = models.PositiveBigIntegerField(_("size"))
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    uploaded_at = models.DateTimeField(_("uploaded"), auto_now_add=True)

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["id"]
        indexes = [models.Index(fields=["company", "owner_type", "owner_id"], name="stock_attachments_of_owner")]

    def __str__(self) -> str:
        return self.name
