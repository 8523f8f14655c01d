"""Opening balances (期初余额): what accounts held when the company began here.

Rows are set per account: the rows of an account that is named become exactly those given, other accounts stay – so
what documents entered (opening stock and its contra) is touched only where a person sets that very account. Possible
until the first period is closed; the database refuses it afterwards too.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from erp.core.bulk import copy_rows
from erp.core.companies.models import Company
from erp.core.errors import DomainError, NotFound
from erp.core.money import ZERO, cents, quantity
from erp.core.retries import transactional
from ledger.accounts.models import Account, AccountClass
from ledger.balances.models import OpeningBalance
from ledger.dimensions.models import DimensionValue
from ledger.dimensions.services import intern_sets
from ledger.periods.models import Period, PeriodStatus
from ledger.vouchers.checks import AccountTerms
from ledger.vouchers.services import account_terms, active_currencies

PROFIT_CLASSES = (AccountClass.INCOME, AccountClass.EXPENSE)
Pair = tuple[int, int]


class OpeningsFixed(DomainError):
    code = "openings_fixed"
    template = _("Period %(period)s is closed, so opening balances stay as they are. Reopen it to change them.")


class OpeningRefused(DomainError):
    code = "opening_refused"
    template = _("%(account)s: %(problem)s")


class OpeningsRefused(DomainError):
    """All refusals of the rows, each with its row (1…n)."""

    code = "openings_refused"
    template = _("%(count)s rows cannot be kept. The first: %(first)s")

    def __init__(self, errors: Sequence[DomainError]) -> None:
        super().__init__(count=len(errors), first=errors[0].message)
        self.errors = list(errors)


@dataclass(frozen=True, slots=True)
class OpeningRow:
    """One balance. ``dimensions`` are (type id, value id) pairs; ``currency`` '' is the company's. Exactly one of
    ``debit`` and ``credit`` is not zero, unless the row only gives the turnover of the year so far."""

    account_id: int
    debit: Decimal = ZERO
    credit: Decimal = ZERO
    dimensions: tuple[Pair, ...] = ()
    quantity: Decimal = ZERO
    currency: str = ""
    original_debit: Decimal = ZERO
    original_credit: Decimal = ZERO
    year_debit: Decimal = ZERO
    year_credit: Decimal = ZERO
    year_quantity_debit: Decimal = ZERO
    year_quantity_credit: Decimal = ZERO
    year_profit: Decimal = ZERO

    def is_empty(self) -> bool:
        """Whether it says nothing."""
        return not any(getattr(self, name) for name in AMOUNTS)


AMOUNTS = (
    "debit", "credit", "quantity", "original_debit", "original_credit", "year_debit", "year_credit",
    "year_quantity_debit", "year_quantity_credit", "year_profit",
)  # fmt: skip
_QUANTITIES = {"quantity", "year_quantity_debit", "year_quantity_credit"}


def starts_mid_year(company: Company) -> bool:
    """Whether the first period is not January, so that the year so far has a turnover of its own."""
    return company.first_month().month != 1


def closed_period(company: Company) -> Period | None:
    """The first closed period, if there is one: then openings are fixed."""
    return Period.objects.filter(company=company, status=PeriodStatus.CLOSED).order_by("start").first()


@transactional
def set_openings(company: Company, rows: Iterable[OpeningRow], by: Any, *, clear: Iterable[int] = ()) -> int:
    """Make the openings of the accounts in ``rows`` (and of those in ``clear``) exactly the given ones.

    Rows that say nothing clear their account. Returns how many rows are kept. Raises ``OpeningsFixed``,
    ``OpeningsRefused`` with all refusals. ``by`` must have the permission ``ledger.manage_opening``.
    """
    given = list(rows)
    # Closing locks the period's row: either it waits for us, or we find it closed.
    first = Period.objects.select_for_update().filter(company=company).order_by("start").first()
    if first is not None and (closed := closed_period(company)):
        raise OpeningsFixed(period=closed)
    kept = [(number, row) for number, row in enumerate(given, start=1) if not row.is_empty()]
    if errors := check_rows(company, kept):
        raise OpeningsRefused(errors)
    sets = intern_sets(company.pk, {tuple(sorted(row.dimensions)) for _number, row in kept})
    sums: dict[tuple[int, int, str], list[Decimal]] = defaultdict(lambda: [ZERO] * len(AMOUNTS))
    for _number, row in kept:
        key = (row.account_id, sets[tuple(sorted(row.dimensions))], row.currency or company.currency)
        sums[key] = [total + amount for total, amount in zip(sums[key], _amounts(company, row), strict=True)]
    accounts = {row.account_id for row in given} | set(clear)
    OpeningBalance.objects.filter(company=company, account__in=accounts).delete()
    copy_rows(
        "ledger_openingbalance",
        ("company_id", "account_id", "dimension_set_id", "currency", *AMOUNTS),
        ((company.pk, *key, *amounts) for key, amounts in sorted(sums.items())),
    )
    return len(sums)


def _amounts(company: Company, row: OpeningRow) -> list[Decimal]:
    """Amounts in their precision; in the company's own currency the original amount is the amount."""
    is_base = row.currency in ("", company.currency)
    values = {name: getattr(row, name) for name in AMOUNTS}
    if is_base:
        values["original_debit"], values["original_credit"] = row.debit, row.credit
    return [quantity(values[name]) if name in _QUANTITIES else cents(values[name]) for name in AMOUNTS]


def check_rows(company: Company, rows: Sequence[tuple[int, OpeningRow]]) -> list[DomainError]:
    """Refusals of (row number, row), as a voucher's lines would be refused. A constant number of statements."""
    terms = account_terms(company.pk, {row.account_id for _number, row in rows})
    classes = dict(Account.objects.filter(company=company, pk__in=terms).values_list("id", "account_class"))
    values = {value for _number, row in rows for _type, value in row.dimensions}
    known = dict(DimensionValue.objects.filter(company=company, pk__in=values).values_list("id", "dimension_type_id"))
    currencies = active_currencies(company) if any(row.currency for _number, row in rows) else []
    is_mid_year = starts_mid_year(company)
    errors: list[DomainError] = []
    for number, row in rows:
        account = terms.get(row.account_id)
        if account is None:
            errors.append(NotFound(what=Account._meta.verbose_name, key=row.account_id, field="account", row=number))
            continue
        is_profit = classes[row.account_id] in PROFIT_CLASSES
        for field, problem in _problems(company, row, account, known, currencies, is_mid_year, is_profit):
            errors.append(OpeningRefused(account=account.label, problem=problem, field=field, row=number))
    return errors


def _problems(
    company: Company,
    row: OpeningRow,
    account: AccountTerms,
    known: dict[int, int],
    currencies: Sequence[str],
    is_mid_year: bool,
    is_profit: bool,
) -> Iterable[tuple[str, Any]]:
    if not account.is_postable:
        yield "account", _("it has sub-accounts or is disabled; give the balance of its sub-accounts.")
    if row.debit and row.credit:
        yield "debit", _("a balance stands on one side, debit or credit.")
    given = dict(row.dimensions)
    for type_id, (name, is_required) in account.dimensions.items():
        if is_required and type_id not in given:
            yield "dimensions", _("dimension %(name)s is missing.") % {"name": name}
    for type_id, value_id in given.items():
        if type_id not in account.dimensions or known.get(value_id) != type_id:
            yield "dimensions", _("a dimension is given that the account does not take.")
    if row.currency and row.currency != company.currency:
        if account.currency not in ("*", row.currency) or row.currency not in currencies:
            yield "currency", _("the account does not take currency %(currency)s.") % {"currency": row.currency}
        if (row.debit or row.credit) and not (row.original_debit or row.original_credit):
            yield "original_debit", _("the amount in %(currency)s is missing.") % {"currency": row.currency}
    elif account.currency not in ("", "*"):
        yield "currency", _("the account is kept in %(currency)s only.") % {"currency": account.currency}
    if row.quantity and not account.tracks_quantity:
        yield "quantity", _("the account counts no quantity.")
    if not is_mid_year and (row.year_debit or row.year_credit or row.year_profit):
        yield "year_debit", _("the company starts in January, so the year has no turnover before.")
    if row.year_profit and not is_profit:
        yield "year_profit", _("only accounts of profit and loss have an actual profit.")


@transaction.atomic
def clear_openings(company: Company, account_ids: Iterable[int], by: Any) -> None:
    """Take the openings of these accounts away. Raises ``OpeningsFixed``."""
    set_openings(company, [], by, clear=account_ids)
