"""A budget of the year's costs, and saved views of the pivot that everybody sees."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from erp.core.access.permissions import Role
from erp.core.companies.models import Company
from erp.core.users.models import User
from ledger.accounts.models import Account
from ledger.analysis import budgets
from ledger.analysis.definitions import save_view
from ledger.analysis.models import Budget, BudgetControl

# Planned a month, by name of the account of level 1; what a company does not have is left out.
PLANNED = {"销售费用": Decimal("45000"), "管理费用": Decimal("60000"), "财务费用": Decimal("1500")}
VIEWS = {
    "费用按月": {"rows": ["account:1", "account"], "columns": ["period"], "measures": ["net"], "chart": "bar"},
    "收入按客户": {"rows": ["dimension:customer"], "columns": ["quarter"], "measures": ["credit"], "chart": "pie"},
    "凭证来源": {"rows": ["kind", "word"], "columns": ["period"], "measures": ["count"], "chart": "line"},
}
PREFIXES = {"费用按月": "56", "收入按客户": "5001"}


def add(company: Company, users: Mapping[str, User], last_day: dt.date) -> None:
    """Safe to repeat."""
    budget, _made = Budget.objects.get_or_create(
        company=company,
        year=last_day.year,
        name="费用预算",
        defaults={"control": BudgetControl.WARN, "is_cumulative": True},
    )
    for account in Account.objects.filter(company=company, level=1, name__in=PLANNED):
        budgets.set_months(budget, account, None, [PLANNED[account.name]] * 12)
    prefixes = PREFIXES if company.standard == "small" else {"费用按月": "66", "收入按客户": "6001"}
    for name, definition in VIEWS.items():
        chosen = definition | ({"account": prefixes[name]} if name in prefixes else {})
        save_view(company, name, chosen, is_shared=True, by=users[Role.ACCOUNTANT])
