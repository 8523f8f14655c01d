"""The chart of accounts as it is listed."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Q

from erp.core.companies.models import Company
from ledger.accounts.models import Account, AccountDimension


@dataclass(frozen=True, slots=True)
class ChartRow:
    """An account with the names of its dimensions."""

    account: Account
    required: str
    optional: str


def chart(company: Company, *, text: str = "", account_class: str = "", only_active: bool = False) -> list[ChartRow]:
    """All accounts in order of code, or those that match code, name or pinyin. Two statements."""
    accounts = Account.objects.filter(company=company).order_by("code")
    wanted = text.strip().lower()
    if wanted.isdigit():
        accounts = accounts.filter(code__startswith=wanted)
    elif wanted:
        accounts = accounts.filter(Q(search_key__icontains=wanted) | Q(name_en__icontains=wanted))
    if account_class:
        accounts = accounts.filter(account_class=account_class)
    if only_active:
        accounts = accounts.filter(is_active=True)
    required: dict[int, list[str]] = defaultdict(list)
    optional: dict[int, list[str]] = defaultdict(list)
    for row in AccountDimension.objects.filter(company=company).select_related("dimension_type"):
        (required if row.is_required else optional)[row.account_id].append(str(row.dimension_type))
    return [ChartRow(account, ", ".join(required[account.pk]), ", ".join(optional[account.pk])) for account in accounts]
