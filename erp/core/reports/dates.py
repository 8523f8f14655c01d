"""A range of days from two texts: a day (2025-12-06) or a period (2025-12), each end as wide as it says."""

import calendar
import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from erp.core.reports.model import BadParameter

_TEXT = re.compile(r"(\d{4})-(\d{1,2})(?:-(\d{1,2}))?$")


def date_range(
    params: Mapping[str, Any], first: str = "from", last: str = "to"
) -> tuple[dt.date | None, dt.date | None]:
    """First and last day that ``params`` name; None where they name none. Raises ``BadParameter``."""
    return _day(first, params.get(first), end=False), _day(last, params.get(last), end=True)


def _day(name: str, value: Any, *, end: bool) -> dt.date | None:
    if not value:
        return None
    found = _TEXT.match(str(value).strip())
    try:
        if found is None:
            raise ValueError(value)
        year, month = int(found[1]), int(found[2])
        day = int(found[3]) if found[3] else calendar.monthrange(year, month)[1] if end else 1
        return dt.date(year, month, day)
    except (ValueError, calendar.IllegalMonthError):
        expected = _("a day such as 2025-12-06, or a period such as 2025-12")
        raise BadParameter(field=name, name=name, value=value, expected=expected) from None
