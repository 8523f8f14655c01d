"""Opening balances as they are shown and exported, and whether they balance."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from erp.core.companies.models import Company
from erp.core.money import ZERO
from ledger.accounts.models import Account, AccountDimension
from ledger.balances.models import OpeningBalance
from ledger.dimensions.models import DimensionSetItem
from ledger.openings.services import AMOUNTS


@dataclass(frozen=True, slots=True)
class Value:
    """A dimension value of a row."""

    type_id: int
    type_name: str
    id: int
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Opening:
    """One row with its dimension values."""

    row: OpeningBalance
    values: tuple[Value, ...]


@dataclass(slots=True)
class AccountOpening:
    """A leaf account with what it held. ``has_details``: it takes dimensions or currencies, so it has a grid below."""

    account: Account
    has_details: bool
    rows: list[Opening] = field(default_factory=list)
    sums: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(AMOUNTS, ZERO))


@dataclass(frozen=True, slots=True)
class Trial:
    """Σ debit and Σ credit of all openings, and of the year so far."""

    debit: Decimal
    credit: Decimal
    year_debit: Decimal
    year_credit: Decimal

    @property
    def difference(self) -> Decimal:
        """Debit less credit; the ledger may start when it is zero."""
        return self.debit - self.credit

    @property
    def year_difference(self) -> Decimal:
        return self.year_debit - self.year_credit


def trial(company: Company) -> Trial:
    """Whether the openings balance (one statement)."""
    names = ("debit", "credit", "year_debit", "year_credit")
    sums = OpeningBalance.objects.filter(company=company).aggregate(**{name: Sum(name) for name in names})
    return Trial(**{name: sums[name] or ZERO for name in names})


def openings(company: Company, *, account_ids: Sequence[int] | None = None) -> list[AccountOpening]:
    """Each leaf account in use, or with an opening, in order of code. A constant number of statements."""
    accounts = Account.objects.filter(company=company, is_leaf=True).order_by("code")
    rows: Any = OpeningBalance.objects.filter(company=company).order_by("account__code", "currency", "id")
    if account_ids is not None:
        accounts, rows = accounts.filter(pk__in=account_ids), rows.filter(account__in=account_ids)
    values = _values(company, {row.dimension_set_id for row in rows})
    with_dimensions = set(AccountDimension.objects.filter(company=company).values_list("account_id", flat=True))
    found = {
        account.pk: AccountOpening(account, account.pk in with_dimensions or bool(account.currency))
        for account in accounts
    }
    for row in rows:
        if opening := found.get(row.account_id):
            opening.rows.append(Opening(row, values.get(row.dimension_set_id, ())))
            for name in AMOUNTS:
                opening.sums[name] += getattr(row, name)
    return [one for one in found.values() if one.account.is_active or one.rows]


def _values(company: Company, set_ids: set[int]) -> dict[int, tuple[Value, ...]]:
    found: dict[int, list[Value]] = {}
    items = DimensionSetItem.objects.filter(company=company, dimension_set__in=set_ids).select_related(
        "dimension_type", "value"
    )
    for item in items.order_by("dimension_type_id"):
        kind, value = item.dimension_type, item.value
        found.setdefault(item.dimension_set_id, []).append(Value(kind.pk, kind.name, value.pk, value.code, value.name))
    return {set_id: tuple(values) for set_id, values in found.items()}
