"""An own report beside the statutory ones: the income statement for managers, with comparisons."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from erp.core.companies.models import Company
from ledger.statements import services
from ledger.statements.models import Basis, Statement, StatementKind

CODE = "management_income"


def add(company: Company, users: Mapping[Any, Any], last_day: dt.date) -> None:
    """Nothing happens the second time."""
    if Statement.objects.filter(company=company, code=CODE).exists():
        return
    income = Statement.objects.get(company=company, code=StatementKind.INCOME)
    own = services.copy(income, CODE, "管理利润表")
    services.set_columns(
        own,
        [
            ("本月", Basis.PERIOD),
            ("上月", Basis.PRIOR_PERIOD),
            ("本季", Basis.QUARTER),
            ("本年累计", Basis.YEAR_TO_DATE),
        ],
    )
