"""Originals of vouchers (附件): files with their hash, and the electronic invoice that may be booked once only."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from ledger.vouchers.models import Voucher


class AttachmentKind(models.TextChoices):
    ELECTRONIC = "electronic", _("Electronic original")
    SCAN = "scan", _("Scan or photo of paper")
    PRINT = "print", _("Print of an electronic original")
    OTHER = "other", _("Other")


class VoucherAttachment(models.Model):
    """``invoice_key`` is code and number of an invoice: unique in the company (财会〔2024〕12号 art. 21(2))."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, related_name="files")
    file = models.FileField(_("file"), upload_to="vouchers/%Y/%m/", max_length=255)
    name = models.CharField(_("name"), max_length=200)
    content_type = models.CharField(max_length=100, blank=True)
    size = models.PositiveBigIntegerField(_("size"))
    sha256 = models.CharField(max_length=64)
    kind = models.CharField(_("kind"), max_length=10, choices=AttachmentKind, default=AttachmentKind.OTHER)
    invoice_key = models.CharField(_("invoice"), max_length=60, blank=True)
    facts = models.JSONField(default=dict)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    uploaded_at = models.DateTimeField(_("uploaded"), auto_now_add=True)

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["voucher", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "invoice_key"],
                condition=~models.Q(invoice_key=""),
                name="one_voucher_per_invoice",
            )
        ]
        indexes = [models.Index(fields=["company", "sha256"], name="attachments_by_content")]

    def __str__(self) -> str:
        return self.name
