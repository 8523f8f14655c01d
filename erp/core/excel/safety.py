"""What a file really is, and whether it may be opened: decided from its bytes, never from its name.

A spreadsheet library trusts its input: it unpacks whatever the archive holds and reserves memory for every cell
between the first and the last one. So the archive is measured first: by what its directory says, then by really
unpacking it piece by piece, without keeping it, and by the cell addresses found on the way.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from erp.core.errors import DomainError

MEGABYTE = 1024 * 1024
CHUNK = MEGABYTE
# An address ("AB123") never is longer than this, so pieces that overlap by it miss none.
OVERLAP = 16
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ADDRESS = {quote: re.compile(quote + rb"([A-Za-z]{1,3})([0-9]{1,7})" + quote) for quote in (b'"', b"'")}
CELL = re.compile(rb"<(?:\w+:)?c[\s>/]")
ROW = re.compile(rb"<(?:\w+:)?row[\s>/]")


class FileRefused(DomainError):
    """The file as a whole cannot be read; nothing was changed."""

    code = "file_refused"
    template = _("The file cannot be read.")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may hold. ``ratio`` (unpacked : packed) counts only for files that unpack beyond ``small``."""

    file_bytes: int = 100 * MEGABYTE
    unpacked_bytes: int = 500 * MEGABYTE
    ratio: int = 200
    small: int = 20 * MEGABYTE
    entries: int = 2_000
    rows: int = 1_048_576
    columns: int = 256
    cells: int = 20_000_000


LIMITS = Limits()


class Kind(StrEnum):
    XLSX = "xlsx"
    XLS = "xls"
    CSV = "csv"


# Extensions that a kind may carry without surprising its owner.
EXTENSIONS = {Kind.XLSX: {"xlsx", "xlsm"}, Kind.XLS: {"xls"}, Kind.CSV: {"csv", "txt", "tsv"}}


def recognise(content: bytes, filename: str, limits: Limits = LIMITS) -> Kind:
    """The kind of spreadsheet, or ``FileRefused`` that says what the file is and what to do."""
    if not content:
        raise FileRefused(
            "file_empty", _("The file “%(filename)s” is empty (0 bytes). Export it again."), filename=filename
        )
    if len(content) > limits.file_bytes:
        raise too_large(filename, len(content), limits)
    extension = filename.rpartition(".")[2].lower() if "." in filename else ""
    kind = _kind_of(content, filename)
    if extension not in EXTENSIONS[kind]:
        raise FileRefused(
            "file_mislabelled",
            _("The file “%(filename)s” is really a .%(kind)s file. Save it as .xlsx, or give it its true name."),
            filename=filename,
            kind=kind.value,
        )
    return kind


def _kind_of(content: bytes, filename: str) -> Kind:
    if content.startswith(b"PK"):
        return Kind.XLSX
    if content.startswith(OLE_MAGIC):
        # Excel wraps a workbook with a password in an OLE container with a stream of this name.
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise _password(filename)
        if any(name.encode("utf-16-le") in content for name in ("Workbook", "Book")):
            return Kind.XLS
    elif b"\0" not in content[:4096] or content.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = content[:1024].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
        if not head.startswith((b"<", b"{\\rtf", b"%pdf")):
            return Kind.CSV
    raise FileRefused(
        "not_a_spreadsheet",
        _("The file “%(filename)s” is not a spreadsheet. Save it as .xlsx or .csv and try again."),
        filename=filename,
    )


def _password(filename: str) -> FileRefused:
    return FileRefused(
        "password_protected",
        _("The file “%(filename)s” is protected by a password. Save it without one."),
        filename=filename,
    )


def too_large(filename: str, size: int, limits: Limits = LIMITS) -> FileRefused:
    return FileRefused(
        "file_too_large",
        _("The file “%(filename)s” has %(size)s MB; %(limit)s MB are allowed. Split it."),
        filename=filename,
        size=size // MEGABYTE,
        limit=limits.file_bytes // MEGABYTE,
    )


def damaged(filename: str) -> FileRefused:
    return FileRefused(
        "file_damaged", _("The file “%(filename)s” is damaged. Open it in Excel and save it again."), filename=filename
    )


def too_many(filename: str, *, rows: int, columns: int, limits: Limits) -> FileRefused:
    return FileRefused(
        "too_many_cells",
        _(
            "The file “%(filename)s” reaches to row %(rows)s and column %(columns)s; allowed are %(row_limit)s rows, "
            "%(column_limit)s columns and %(cell_limit)s cells. Delete stray cells or split the file."
        ),
        filename=filename,
        rows=rows,
        columns=columns,
        row_limit=limits.rows,
        column_limit=limits.columns,
        cell_limit=limits.cells,
    )


def check_archive(content: bytes, filename: str, limits: Limits = LIMITS) -> None:
    """Refuse an .xlsx that would unpack, or reserve cells, beyond the limits; and a damaged or protected one."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            _check_directory(entries, len(content), filename, limits)
            names = {entry.filename for entry in entries}
            if not any(name.endswith("workbook.xml") for name in names):
                raise FileRefused(
                    "not_a_spreadsheet",
                    _("The file “%(filename)s” is not a spreadsheet. Save it as .xlsx or .csv and try again."),
                    filename=filename,
                )
            unpacked = 0
            for entry in entries:
                for size in _measure_entry(archive, entry, filename, limits):
                    unpacked += size
                    _check_size(unpacked, len(content), filename, limits)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise damaged(filename) from error


def _check_directory(entries: list[zipfile.ZipInfo], packed: int, filename: str, limits: Limits) -> None:
    if any(entry.flag_bits & 1 for entry in entries):
        raise _password(filename)
    if len(entries) > limits.entries:
        raise _bomb(filename)
    if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
        raise damaged(filename)
    _check_size(sum(entry.file_size for entry in entries), packed, filename, limits)


def _check_size(unpacked: int, packed: int, filename: str, limits: Limits) -> None:
    if unpacked > limits.unpacked_bytes or (unpacked > limits.small and unpacked > packed * limits.ratio):
        raise _bomb(filename)


def _bomb(filename: str) -> FileRefused:
    return FileRefused(
        "zip_bomb",
        _("The file “%(filename)s” unpacks to far more than a spreadsheet of its size should. It was not opened."),
        filename=filename,
    )


def _measure_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, filename: str, limits: Limits) -> Iterator[int]:
    """Unpack one entry piece by piece, yielding the sizes; refuse a sheet whose cells reach too far."""
    entry.file_size = 2**62  # What the directory claims is not what is read: go on to the real end.
    rows = columns = cells = addresses = widest = in_row = 0
    is_sheet, tail = False, b""
    with archive.open(entry) as stream:
        while piece := stream.read(CHUNK):
            yield len(piece)
            window, tail = tail + piece, piece[-OVERLAP:]
            is_sheet = is_sheet or b"sheetData" in window
            for quote, pattern in ADDRESS.items():
                found = pattern.findall(window) if quote in window else []
                addresses += len(found)
                for letters in {letters for letters, _number in found}:
                    columns = max(columns, _column_number(letters))
                rows = max(rows, max((int(number) for _letters, number in found), default=0))
            cells += len(CELL.findall(window))
            if cells > addresses:  # Cells may leave out their address: then they stand one after the other.
                for number, part in enumerate(ROW.split(window)):
                    in_row = len(CELL.findall(part)) + (in_row if number == 0 else 0)
                    widest = max(widest, in_row)
                rows = max(rows, window.count(b"row"))
    columns = max(columns, widest)
    if is_sheet and (rows > limits.rows or columns > limits.columns or rows * columns > limits.cells):
        raise too_many(filename, rows=rows, columns=columns, limits=limits)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
