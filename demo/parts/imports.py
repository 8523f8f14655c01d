"""A dimension of the company's own – its vehicles – and who heads its accounting."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from erp.core.companies.models import Company
from ledger.dimensions import own
from ledger.dimensions.models import DimensionType, DimensionValue
from ledger.preferences.services import change_preferences, preferences_of

VEHICLES = [("ZA-8K26", "浙A·8K26 厢式货车"), ("ZA-D1057", "浙A·D1057 新能源面包车"), ("ZA-33F9", "浙A·33F9 商务车")]


def add(company: Company, users: Mapping[Any, Any], last_day: dt.date) -> None:
    """Add what is missing."""
    kind = DimensionType.objects.filter(company=company, code="vehicle").first()
    if kind is None:
        kind = own.add_type(company, code="vehicle", name="车辆", name_en="Vehicle")
    known = set(DimensionValue.objects.filter(company=company, dimension_type=kind).values_list("code", flat=True))
    for code, name in VEHICLES:
        if code not in known:
            own.add_value(kind, code=code, name=name)
    if not preferences_of(company).accounting_head:
        change_preferences(company, {"accounting_head": "陈静"}, by=None)
