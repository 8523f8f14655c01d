"""Attach originals to vouchers (附件): store the file with its hash, refuse an invoice that is booked already.

The same file twice is told, not refused: one contract may explain many vouchers. The same invoice twice is refused
(财会〔2024〕12号 art. 21(2)); the database holds the same rule.
"""

import hashlib
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import DomainError
from ledger.preferences.services import preferences_of
from ledger.vouchers.attachments.invoices import InvoiceFacts, read_invoice
from ledger.vouchers.attachments.models import AttachmentKind, VoucherAttachment
from ledger.vouchers.bulk import wrong_state
from ledger.vouchers.models import Voucher, VoucherKind, VoucherStatus

MAX_SIZE = 20 * 1024 * 1024
ALLOWED = frozenset(
    {".pdf", ".ofd", ".xml", ".png", ".jpg", ".jpeg", ".webp", ".gif", ".tif", ".tiff", ".xls", ".xlsx", ".doc"}
    | {".docx", ".csv", ".txt", ".zip", ".eml", ".msg", ".wps", ".et"}
)
# V09: 会计基础工作规范 art. 51(4): closing and correcting vouchers may go without originals.
WITHOUT_ORIGINALS = frozenset(
    {
        VoucherKind.REVERSAL,
        VoucherKind.CORRECTION,
        VoucherKind.TRANSFER,
        VoucherKind.REVALUATION,
        VoucherKind.CLOSING_PL,
        VoucherKind.CLOSING_YEAR,
    }
)


class FileTooLarge(DomainError):
    code = "file_too_large"
    template = _("%(name)s is larger than %(limit)s MB. Attach a smaller file.")


class FileEmpty(DomainError):
    code = "file_empty"
    template = _("%(name)s is empty. Choose the file again.")


class FileTypeRefused(DomainError):
    code = "file_type_refused"
    template = _("Files of type %(kind)s are not attached. Use PDF, OFD, XML, pictures, office files or ZIP.")


class InvoiceBooked(DomainError):
    code = "one_voucher_per_invoice"
    template = _(
        "Invoice %(invoice)s is attached to voucher %(voucher)s of %(period)s already: it is booked once only."
    )


@dataclass(slots=True)
class Attached:
    """The file that was attached, and what the person should know about it."""

    attachment: VoucherAttachment
    warnings: list[str] = field(default_factory=list)


def attach(voucher: Voucher, upload: UploadedFile, *, by: Any, kind: str = "", invoice: str = "") -> Attached:
    """Attach one file to a voucher that is not reviewed yet.

    ``kind`` and ``invoice`` (code and number) are read from a digital invoice when they are not given. Raises
    ``FileTooLarge``, ``FileEmpty``, ``FileTypeRefused``, ``InvoiceBooked``, ``VoucherChanged``.
    """
    content, name = _checked(upload)
    digest = hashlib.sha256(content).hexdigest()
    facts = read_invoice(name, content)
    key = "".join(invoice.split()).upper()[:60] or (facts.number if facts else "")
    with transaction.atomic():
        voucher = _open(voucher)
        _refuse_booked(voucher.company_id, key)
        warnings = _same_file(voucher, digest)
        try:
            with transaction.atomic():
                row = VoucherAttachment(
                    company_id=voucher.company_id,
                    voucher=voucher,
                    name=name,
                    content_type=(upload.content_type or "")[:100],
                    size=len(content),
                    sha256=digest,
                    kind=kind or _kind_of(name, facts),
                    invoice_key=key,
                    facts=facts.as_json() if facts else {},
                    uploaded_by=by,
                )
                row.file.save(
                    f"{voucher.company_id}/{digest[:16]}{PurePosixPath(name).suffix.lower()}", ContentFile(content)
                )
        except IntegrityError:  # somebody else attached it a moment ago
            _refuse_booked(voucher.company_id, key)
            raise
        _count(voucher)
        warnings += print_without_original(voucher, row)
    return Attached(row, warnings)


def remove(attachment: VoucherAttachment, *, by: Any) -> None:
    """Take a file off a voucher that is not reviewed yet. Raises ``VoucherChanged``."""
    with transaction.atomic():
        voucher = _open(attachment.voucher)
        attachment.delete()
        stored, storage = attachment.file.name or "", attachment.file.storage
        transaction.on_commit(lambda: storage.delete(stored))
        before = VoucherAttachment.objects.filter(company_id=voucher.company_id, voucher=voucher).count() + 1
        if voucher.attachments == before:  # the count was that of the files, nobody typed a larger one
            Voucher.objects.filter(company_id=voucher.company_id, pk=voucher.pk).update(attachments=before - 1)


def files_of(voucher: Voucher) -> list[VoucherAttachment]:
    """The voucher's files in the order in which they came."""
    rows = VoucherAttachment.objects.filter(company_id=voucher.company_id, voucher=voucher)
    return list(rows.select_related("uploaded_by").order_by("id"))


def lacks_originals(company: Company, voucher: Voucher) -> bool:
    """V09: whether the voucher should carry originals and has none, if the company wants to be warned."""
    if voucher.attachments or voucher.kind in WITHOUT_ORIGINALS or voucher.status == VoucherStatus.VOID:
        return False
    return preferences_of(company).warn_without_attachments


def print_without_original(voucher: Voucher, attachment: VoucherAttachment) -> list[str]:
    """O05: a print of an electronic original is no original while the electronic file is not kept beside it."""
    if attachment.kind != AttachmentKind.PRINT:
        return []
    rows = VoucherAttachment.objects.filter(
        company_id=voucher.company_id, voucher=voucher, kind=AttachmentKind.ELECTRONIC
    )
    if rows.exists():
        return []
    text = _("%(name)s is a print of an electronic original: attach the original file too (财会〔2024〕11号).")
    return [str(text) % {"name": attachment.name}]


def _checked(upload: UploadedFile) -> tuple[bytes, str]:
    name = PurePosixPath((upload.name or "file").replace("\\", "/")).name[-200:]
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in ALLOWED:
        raise FileTypeRefused(field="file", kind=suffix or name)
    if (upload.size or 0) > MAX_SIZE:
        raise FileTooLarge(field="file", name=name, limit=MAX_SIZE // 1024 // 1024)
    content = upload.read()
    if not content:
        raise FileEmpty(field="file", name=name)
    return content, name


def _open(voucher: Voucher) -> Voucher:
    """The voucher, locked. Raises ``VoucherChanged`` unless it is a draft."""
    row = Voucher.objects.select_for_update().get(company_id=voucher.company_id, pk=voucher.pk)
    if row.status != VoucherStatus.DRAFT:
        raise wrong_state(row, VoucherStatus.DRAFT)
    return row


def _refuse_booked(company_id: int, key: str) -> None:
    if not key:
        return
    booked = (
        VoucherAttachment.objects.filter(company_id=company_id, invoice_key=key)
        .select_related("voucher__period")
        .first()
    )
    if booked is not None:
        raise InvoiceBooked(field="invoice", invoice=key, voucher=booked.voucher, period=booked.voucher.period)


def _same_file(voucher: Voucher, digest: str) -> list[str]:
    same = (
        VoucherAttachment.objects.filter(company_id=voucher.company_id, sha256=digest)
        .select_related("voucher__period")
        .first()
    )
    if same is None:
        return []
    text = _("The same file is attached to voucher %(voucher)s of %(period)s as %(name)s.")
    return [str(text) % {"voucher": same.voucher, "period": same.voucher.period, "name": same.name}]


def _kind_of(name: str, facts: InvoiceFacts | None) -> str:
    if facts is not None or PurePosixPath(name).suffix.lower() in (".ofd", ".xml"):
        return AttachmentKind.ELECTRONIC
    pictures = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".tif", ".tiff")
    return AttachmentKind.SCAN if PurePosixPath(name).suffix.lower() in pictures else AttachmentKind.OTHER


def _count(voucher: Voucher) -> None:
    """The number of attachments is what was typed, or the number of files if that is larger."""
    files = VoucherAttachment.objects.filter(company_id=voucher.company_id, voucher=voucher).count()
    if files > voucher.attachments:
        Voucher.objects.filter(company_id=voucher.company_id, pk=voucher.pk).update(attachments=files)
