"""Changing the chart: sub-accounts, names, use, and the dimensions that lines must carry. See also ``structure`` (first
sub-account, move) and ``properties`` (unit, currency, cash).

Level-1 codes are those of the national standard and stay; below them the company is free (财会〔2024〕12号 art. 20).
"""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from erp.core.errors import DomainError, NotFound
from ledger.accounts.models import Account, AccountDimension, account_search_key
from ledger.balances.models import AccountBalance, OpeningBalance
from ledger.preferences.services import preferences_of
from ledger.vouchers.refusals import guards_in_words


class AccountHasBalance(DomainError):
    code = "account_has_balance"
    template = _("Account %(account)s still has a balance of %(balance)s. Transfer it before disabling the account.")


class BadAccountCode(DomainError):
    code = "bad_account_code"
    template = _("Code %(key)s does not fit: it begins with %(parent)s and adds %(digits)s digits.")


class NoCodeLeft(DomainError):
    code = "no_code_left"
    template = _("All codes below %(account)s are taken.")


class TooDeep(DomainError):
    code = "account_too_deep"
    template = _("The code scheme %(scheme)s has no level below %(account)s. Add one in the ledger settings.")


def digits_below(parent: Account) -> int:
    """How many digits a sub-account adds by the company's code scheme. Raises ``TooDeep``."""
    scheme = preferences_of(parent.company).code_scheme
    digits = scheme.split("-")
    if parent.level >= len(digits):
        raise TooDeep(scheme=scheme, account=parent)
    return int(digits[parent.level])


def next_code(parent: Account) -> str:
    """The first code after the last sub-account of the parent. Raises ``NoCodeLeft``, ``TooDeep``."""
    digits = digits_below(parent)
    last = Account.objects.filter(company_id=parent.company_id, parent=parent).order_by("-code").first()
    number = int(last.code[len(parent.code) :]) + 1 if last else 1
    if number >= 10**digits:
        raise NoCodeLeft(account=parent)
    return f"{parent.code}{number:0{digits}d}"


def add_sub_account(parent: Account, *, name: str, name_en: str = "", code: str = "", by: Any = None) -> Account:
    """Add an account below another, with its class, direction and dimensions.

    Below a leaf the existing row becomes the sub-account: it keeps its id and so its lines, balances, openings and
    mappings, and a new row takes its old code as parent (see ``structure``). Raises ``BadAccountCode``, ``TooDeep``.
    """
    from ledger.accounts.structure import split_leaf

    with guards_in_words(), transaction.atomic():
        parent = Account.objects.select_for_update(of=("self",)).select_related("company").get(pk=parent.pk)
        code = code or next_code(parent)
        digits = digits_below(parent)
        if not (code.startswith(parent.code) and len(code) == len(parent.code) + digits and code.isdigit()):
            raise BadAccountCode(field="code", key=code, parent=parent.code, digits=digits)
        if parent.is_leaf:
            return split_leaf(parent, code=code, name=name, name_en=name_en)
        account = Account.objects.create(
            company_id=parent.company_id,
            code=code,
            name=name.strip(),
            name_en=name_en.strip(),
            parent=parent,
            level=parent.level + 1,
            account_class=parent.account_class,
            direction=parent.direction,
            cash_kind=parent.cash_kind,
            tracks_quantity=parent.tracks_quantity,
            unit=parent.unit,
            currency=parent.currency,
            is_revalued=parent.is_revalued,
            cash_flow_in_id=parent.cash_flow_in_id,
            cash_flow_out_id=parent.cash_flow_out_id,
            is_control=parent.is_control,
            search_key=account_search_key(code, name, parent),
        )
        copy_dimensions(parent, account)
    return account


def copy_dimensions(source: Account, target: Account) -> None:
    """Give an account the dimensions of another."""
    AccountDimension.objects.bulk_create(
        [
            AccountDimension(
                company_id=source.company_id,
                account=target,
                dimension_type_id=row.dimension_type_id,
                is_required=row.is_required,
            )
            for row in AccountDimension.objects.filter(company_id=source.company_id, account=source)
        ]
    )


def rename(account: Account, *, name: str, name_en: str = "") -> Account:
    """Change the names; the code stays, so books and vouchers stay comparable."""
    account.name, account.name_en = name.strip(), name_en.strip()
    account.search_key = account_search_key(account.code, account.name, account.parent)
    account.save(update_fields=["name", "name_en", "search_key"])
    below = list(
        Account.objects.filter(company_id=account.company_id, code__startswith=account.code, level__gt=account.level)
    )
    for child in below:
        child.search_key = account_search_key(child.code, child.name, child.parent)
    Account.objects.bulk_update(below, ["search_key"])
    return account


def set_active(account: Account, *, is_active: bool) -> Account:
    """Disable an account without balance, or enable it again. Raises ``AccountHasBalance``."""
    if not is_active and (balance := balance_of(account)):
        raise AccountHasBalance(account=account, balance=f"{balance:,.2f}")
    account.is_active = is_active
    account.save(update_fields=["is_active"])
    return account


def set_dimensions(account: Account, required: Iterable[int], optional: Iterable[int]) -> None:
    """Which dimensions lines must and may carry, by type id. It counts for vouchers posted from now on."""
    must, may = set(required), set(optional)
    with transaction.atomic():
        AccountDimension.objects.filter(company_id=account.company_id, account=account).delete()
        AccountDimension.objects.bulk_create(
            [
                AccountDimension(
                    company_id=account.company_id,
                    account=account,
                    dimension_type_id=type_id,
                    is_required=type_id in must,
                )
                for type_id in sorted(must | may)
            ]
        )


def balance_of(account: Account) -> Any:
    """Debit less credit of the account and its sub-accounts, opening included."""
    total = 0
    for model in (AccountBalance, OpeningBalance):
        sums = model.objects.filter(company_id=account.company_id, account__code__startswith=account.code).aggregate(
            debit=Sum("debit"), credit=Sum("credit")
        )
        total += (sums["debit"] or 0) - (sums["credit"] or 0)
    return total


def account_of(company_id: int, account_id: int) -> Account:
    """The company's account. Raises ``NotFound``."""
    account = Account.objects.filter(company_id=company_id, pk=account_id).select_related("parent").first()
    if account is None:
        raise NotFound(what=Account._meta.verbose_name, key=account_id)
    return account
