"""What an account is beside its name: quantity and unit, currency, revaluation, cash, cash-flow items.

What was posted stays true: a change that contradicts it is refused.
"""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F, Sum
from django.utils.translation import gettext_lazy as _

from erp.core.errors import DomainError, NotFound
from ledger.accounts.models import Account
from ledger.balances.models import AccountBalance, OpeningBalance
from ledger.cash_flow.models import CashFlowItem
from ledger.currencies.models import Currency
from ledger.vouchers.models import VoucherLine


class CannotChangeAccount(DomainError):
    code = "cannot_change_account"
    template = _("Account %(account)s: %(problem)s")


@dataclass(frozen=True, slots=True)
class Properties:
    """``currency``: '' base only, '*' any, else a code. Cash-flow items by id."""

    tracks_quantity: bool = False
    unit: str = ""
    currency: str = ""
    is_revalued: bool = False
    cash_kind: str = ""
    cash_flow_in: int | None = None
    cash_flow_out: int | None = None


def properties_of(account: Account) -> Properties:
    return Properties(
        account.tracks_quantity,
        account.unit,
        account.currency,
        account.is_revalued,
        account.cash_kind,
        account.cash_flow_in_id,
        account.cash_flow_out_id,
    )


@transaction.atomic
def change(account: Account, wanted: Properties, *, by: Any = None) -> Account:
    """Set the properties; counts for what is entered from now on. Raises ``CannotChangeAccount``, ``NotFound``."""
    account = Account.objects.select_for_update(of=("self",)).select_related("company").get(pk=account.pk)
    before = properties_of(account)
    if wanted == before:
        return account
    if wanted.currency != before.currency:
        _check_currency(account, wanted.currency)
    if wanted.is_revalued and not wanted.currency:
        raise _refusal(account, "is_revalued", _("only an account in foreign currency is revalued."))
    if before.tracks_quantity and not wanted.tracks_quantity and _quantity(account):
        raise _refusal(account, "tracks_quantity", _("it still holds a quantity, so it goes on counting."))
    if wanted.cash_kind != before.cash_kind and _lines(account).exists():
        raise _refusal(account, "cash_kind", _("it has lines, so whether it is cash stays."))
    for item_id in (wanted.cash_flow_in, wanted.cash_flow_out):
        if item_id is not None and not CashFlowItem.objects.filter(company_id=account.company_id, pk=item_id).exists():
            raise NotFound(what=CashFlowItem._meta.verbose_name, key=item_id)
    account.tracks_quantity, account.unit = wanted.tracks_quantity, wanted.unit.strip()
    account.currency, account.is_revalued = wanted.currency, wanted.is_revalued
    account.cash_kind = wanted.cash_kind
    account.cash_flow_in_id, account.cash_flow_out_id = wanted.cash_flow_in, wanted.cash_flow_out
    account.save()
    return account


def _refusal(account: Account, field: str, problem: Any) -> CannotChangeAccount:
    return CannotChangeAccount(account=account, problem=problem, field=field)


def _lines(account: Account) -> Any:
    return VoucherLine.objects.filter(company_id=account.company_id, account=account)


def _check_currency(account: Account, currency: str) -> None:
    kept = Currency.objects.filter(company_id=account.company_id, code=currency, is_active=True)
    if currency not in ("", "*") and not kept.exists():
        raise _refusal(account, "currency", _("that currency is not kept here."))
    if currency == "*":
        return
    allowed = currency or account.company.currency
    openings = OpeningBalance.objects.filter(company_id=account.company_id, account=account)
    if _lines(account).exclude(currency=allowed).exists() or openings.exclude(currency=allowed).exists():
        raise _refusal(account, "currency", _("it has lines or openings in other currencies."))


def _quantity(account: Account) -> Any:
    turnover = AccountBalance.objects.filter(company_id=account.company_id, account=account).aggregate(
        total=Sum(F("quantity_debit") - F("quantity_credit"))
    )
    opening = OpeningBalance.objects.filter(company_id=account.company_id, account=account).aggregate(
        total=Sum("quantity")
    )
    return (turnover["total"] or 0) + (opening["total"] or 0)
