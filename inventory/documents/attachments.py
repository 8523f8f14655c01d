"""Files of stock documents: delivery notes, invoices, photos. While the document is a draft they come and go;
afterwards files are added only: what a confirmed document was made of stays.
"""

import hashlib
from pathlib import PurePosixPath
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from erp.core.errors import DomainError
from inventory.documents.models import DocumentStatus, StockAttachment, StockDocument

MAX_SIZE = 20 * 1024 * 1024
MOST_FILES = 20
ALLOWED = frozenset(
    {".pdf", ".ofd", ".xml", ".png", ".jpg", ".jpeg", ".webp", ".gif", ".tif", ".tiff", ".xls", ".xlsx", ".doc"}
    | {".docx", ".csv", ".txt", ".zip", ".wps", ".et"}
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


class TooManyFiles(DomainError):
    code = "too_many_files"
    template = _("%(number)s has %(most)s files already; more are not attached. Put several into one ZIP.")


class FileStays(DomainError):
    code = "file_stays"
    template = _("%(number)s is confirmed: its files stay. Reverse the document if it was wrong.")


def files_of(document: StockDocument) -> list[StockAttachment]:
    """The document's files in the order in which they came."""
    rows = StockAttachment.objects.filter(
        company=document.company_id, owner_type=document.kind, owner_id=document.pk
    ).select_related("uploaded_by")
    return list(rows.order_by("id"))


@transaction.atomic
def attach(document: StockDocument, upload: UploadedFile, *, by: Any) -> StockAttachment:
    """Attach one file. Raises ``FileTooLarge``, ``FileEmpty``, ``FileTypeRefused``, ``TooManyFiles``."""
    content, name = _checked(upload)
    StockDocument.objects.select_for_update().get(company=document.company_id, pk=document.pk)
    if len(files_of(document)) >= MOST_FILES:
        raise TooManyFiles(field="file", number=document.number, most=MOST_FILES)
    digest = hashlib.sha256(content).hexdigest()
    row = StockAttachment(
        company_id=document.company_id,
        owner_type=document.kind,
        owner_id=document.pk,
        name=name,
        content_type=(upload.content_type or "")[:100],
        size=len(content),
        sha256=digest,
        uploaded_by=by,
    )
    suffix = PurePosixPath(name).suffix.lower()
    row.file.save(f"{document.company_id}/{digest[:16]}{suffix}", ContentFile(content))
    return row


@transaction.atomic
def remove(document: StockDocument, attachment_id: int, *, by: Any) -> None:
    """Take a file off a draft. Raises ``FileStays`` for other documents."""
    row = StockDocument.objects.select_for_update().get(company=document.company_id, pk=document.pk)
    if row.status != DocumentStatus.DRAFT:
        raise FileStays(number=row.number)
    attachment = StockAttachment.objects.get(
        company=document.company_id, owner_type=document.kind, owner_id=document.pk, pk=attachment_id
    )
    stored, storage = attachment.file.name or "", attachment.file.storage
    attachment.delete()
    transaction.on_commit(lambda: storage.delete(stored))


@transaction.atomic
def remove_all(document: StockDocument) -> None:
    """Take all files off a document that is being deleted."""
    for attachment in files_of(document):
        remove(document, attachment.pk, by=None)


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
