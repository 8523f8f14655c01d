"""Cells as values: what a person typed, read the way that person meant it, or refused with a reason.

Spreadsheets hold numbers as binary floats and people hold them as text in many spellings. Numbers become ``Decimal``
through the 15 digits that Excel itself keeps; a float never leaves this module.
"""

import datetime as dt
import math
import re
import unicodedata
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from erp.core.errors import DomainError

EXCEL_EPOCH = dt.datetime(1899, 12, 30)  # Serial 1 is 1900-01-01; Excel counts a 29 February 1900 that never was.
LAST_SERIAL = 2_958_465  # 9999-12-31
NARROW = {0x3000: " ", 0xA0: " ", 0xFEFF: None, 0x200B: None}
NARROW |= {code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}

NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+|(?=\.\d))(?:\.\d*)?(?:e[+-]?\d{1,2})?")
CURRENCY = re.compile(r"^([+-]?)(?:CNY|RMB|¥|人民币)|元$", re.IGNORECASE)
DATE = re.compile(
    r"(\d{4})(?:([-/.])(\d{1,2})\2(\d{1,2})|年(\d{1,2})月(\d{1,2})日?)"
    r"(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?"
)
COMPACT_DATE = re.compile(r"\d{8}")


class RowError(DomainError):
    """One cell of one row cannot be read. ``row`` and ``field`` are filled in by whoever knows them."""

    code = "cell_invalid"
    template = _("“%(value)s” cannot be read.")


def is_blank(value: Any) -> bool:
    """Nothing, or nothing but blanks."""
    return value is None or (isinstance(value, str) and not value.translate(NARROW).strip())


def text(value: Any) -> str:
    """The cell as trimmed text: 22423.0 → ``22423``, full-width letters and digits narrow, single blanks.

    Chinese punctuation stays as it is; ``code`` narrows that as well.
    """
    if isinstance(value, str):
        return " ".join((value if value.isascii() else value.translate(NARROW)).split())
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float | int | Decimal):
        return f"{_exact(value):f}"
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ") if value.time() != dt.time() else value.date().isoformat()
    return str(value)


def code(value: Any) -> str:
    """A code for comparison: like ``text`` with every full-width character narrow, in upper case."""
    shown = text(value)
    return shown.upper() if shown.isascii() else unicodedata.normalize("NFKC", shown).upper().strip()


def decimal(value: Any) -> Decimal:
    """A number, also one that is text: ``1,234.50``, ``１２``, ``¥5``, ``(12.5)``, ``-3``, ``13%``.

    Raises ``RowError`` for a blank, a date, text, or separators that do not stand every three digits.
    """
    if isinstance(value, Decimal | int | float) and not isinstance(value, bool):
        return _exact(value)
    if is_blank(value):
        raise RowError("number_missing", _("A number is missing."))
    if not isinstance(value, str):
        raise _no_number(value)
    typed = unicodedata.normalize("NFKC", value).replace("\N{MINUS SIGN}", "-")
    typed = "".join(typed.split())
    negative = typed.startswith("(") and typed.endswith(")")
    typed = CURRENCY.sub(r"\1", typed[1:-1] if negative else typed)
    percent = typed.endswith("%")
    typed = typed.removesuffix("%")
    if not NUMBER.fullmatch(typed.lower()):
        raise _no_number(value)
    number = Decimal(typed.replace(",", ""))
    if percent:
        number = number.scaleb(-2)
    return _plain(-number if negative else number)


def _no_number(value: Any) -> RowError:
    return RowError("not_a_number", _("“%(value)s” is not a number."), value=text(value))


def _exact(value: Decimal | int | float) -> Decimal:
    if isinstance(value, float):
        if not math.isfinite(value):
            raise _no_number(str(value))
        # Shortest spelling first; Excel shows and stores 15 digits, the rest is the noise of binary fractions.
        spelling = repr(value)
        value = Decimal(spelling if len(spelling) <= 15 else f"{value:.15g}")
    return _plain(Decimal(value))


def _plain(number: Decimal) -> Decimal:
    """Without an exponent and without the zeros of ``22423.0``; never a negative zero."""
    if not number:
        return Decimal(0)
    number = number.normalize()
    exponent = number.as_tuple().exponent
    return number.quantize(Decimal(1)) if isinstance(exponent, int) and 0 < exponent < 20 else number


def moment(value: Any) -> dt.datetime:
    """A date with its time of day (midnight where the cell has none). Raises ``RowError``."""
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, dt.date):
        return dt.datetime.combine(value, dt.time())
    if is_blank(value):
        raise RowError("date_missing", _("A date is missing."))
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _from_serial(value)
        if isinstance(value, str):
            return _from_text(unicodedata.normalize("NFKC", value).strip())
    except (ValueError, OverflowError) as error:
        raise _no_date(value) from error
    raise _no_date(value)


def date(value: Any) -> dt.date:
    """A date: ``2010-12-01``, ``2010/12/1``, ``2010年12月1日``, ``20101201``, a date cell or its serial number."""
    return moment(value).date()


def _no_date(value: Any) -> RowError:
    return RowError("not_a_date", _("“%(value)s” is not a date. Write it like 2025-12-31."), value=text(value))


def _from_serial(value: float) -> dt.datetime:
    if COMPACT_DATE.fullmatch(str(int(value))) and value == int(value) and value > LAST_SERIAL:
        return _from_text(str(int(value)))
    if not 1 <= value <= LAST_SERIAL + 1:
        raise ValueError("no serial number of a day")
    seconds = round(value * 86_400)
    return EXCEL_EPOCH + dt.timedelta(seconds=seconds)


def _from_text(typed: str) -> dt.datetime:
    if compact := COMPACT_DATE.fullmatch(typed):
        return dt.datetime.strptime(compact.group(), "%Y%m%d")
    match = DATE.fullmatch(typed)
    if not match:
        raise ValueError("no known spelling of a date")
    year, _sep, month, day, month_zh, day_zh, hour, minute, second = match.groups()
    day_of = dt.date(int(year), int(month or month_zh), int(day or day_zh))
    return dt.datetime.combine(day_of, dt.time(int(hour or 0), int(minute or 0), int(second or 0)))
