"""The shape of the chart: the first sub-account of an account in use, moving an account, accounts of the first level.

An account is its row, not its code: lines, balances, openings, mappings and the hash of posted vouchers hold the id.
So when an account that was used gets its first sub-account, its row *becomes* that sub-account and a new row takes the
old code – nothing that was posted changes, and statements by prefix add up as before.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import DomainError
from ledger.accounts.models import Account, AccountClass, Direction, account_search_key
from ledger.accounts.services import balance_of, copy_dimensions, digits_below, next_code
from ledger.balances.models import OpeningBalance
from ledger.posting.models import AccountMapping, PostingRuleLine, RuleState
from ledger.preferences.services import preferences_of
from ledger.vouchers.models import VoucherLine
from ledger.vouchers.refusals import guards_in_words


class FirstLevelFixed(DomainError):
    code = "first_level_fixed"
    template = _("Account %(account)s belongs to the first level: its code is the national standard's and stays.")


class OtherClass(DomainError):
    code = "other_account_class"
    template = _("%(account)s and %(parent)s are of different classes. Move it within its own class.")


class CannotMoveThere(DomainError):
    code = "cannot_move_there"
    template = _("%(account)s cannot move below %(parent)s: %(problem)s")


class CodeTaken(DomainError):
    code = "account_code_taken"
    template = _("Code %(key)s is taken.")


class BadFirstLevelCode(DomainError):
    code = "bad_first_level_code"
    template = _("Code %(key)s does not fit: an account of the first level has 4 digits.")


@dataclass(frozen=True, slots=True)
class Carried:
    """What goes with an account's row when it becomes the first sub-account."""

    balance: Decimal
    lines: int
    openings: int
    mappings: int
    rule_lines: int


def carried(account: Account) -> Carried:
    """For the preview: what the first sub-account of a leaf takes over."""
    company_id = account.company_id
    return Carried(
        balance=Decimal(balance_of(account)),
        lines=VoucherLine.objects.filter(company_id=company_id, account=account).count(),
        openings=OpeningBalance.objects.filter(company_id=company_id, account=account).count(),
        mappings=AccountMapping.objects.filter(company_id=company_id, account=account, is_active=True).count(),
        rule_lines=PostingRuleLine.objects.filter(
            company_id=company_id, account=account, rule__state=RuleState.ACTIVE
        ).count(),
    )


def split_leaf(leaf: Account, *, code: str, name: str, name_en: str = "") -> Account:
    """Make the leaf its own first sub-account. ``leaf`` is locked by the caller. Returns it, with the new code."""
    if Account.objects.filter(company_id=leaf.company_id, code=code).exists():
        raise CodeTaken(key=code, field="code")
    old_code, old_name, old_name_en, above = leaf.code, leaf.name, leaf.name_en, leaf.parent
    leaf.code, leaf.level = code, leaf.level + 1
    leaf.name, leaf.name_en = name.strip(), name_en.strip()
    leaf.save(update_fields=["code", "level", "name", "name_en"])
    parent = Account.objects.create(
        company_id=leaf.company_id,
        code=old_code,
        name=old_name,
        name_en=old_name_en,
        parent=above,
        level=leaf.level - 1,
        account_class=leaf.account_class,
        direction=leaf.direction,
        cash_kind=leaf.cash_kind,
        tracks_quantity=leaf.tracks_quantity,
        unit=leaf.unit,
        currency=leaf.currency,
        is_revalued=leaf.is_revalued,
        cash_flow_in_id=leaf.cash_flow_in_id,
        cash_flow_out_id=leaf.cash_flow_out_id,
        is_control=leaf.is_control,
        is_leaf=False,
        is_active=leaf.is_active,
        search_key=account_search_key(old_code, old_name, above),
    )
    copy_dimensions(leaf, parent)
    leaf.parent = parent
    leaf.search_key = account_search_key(leaf.code, leaf.name, parent)
    leaf.save(update_fields=["parent", "search_key"])
    return leaf


def move(account: Account, parent: Account, *, by: Any = None) -> Account:
    """Hang an account with all below it under another parent of its class; its codes follow.

    Raises ``FirstLevelFixed`` (C01), ``OtherClass``, ``CannotMoveThere``, ``TooDeep``, ``NoCodeLeft``.
    """
    with guards_in_words(), transaction.atomic():
        rows = {
            row.pk: row
            for row in Account.objects.select_for_update(of=("self",))
            .select_related("company")
            .filter(company_id=account.company_id, pk__in={account.pk, parent.pk})
            .order_by("id")
        }
        account, parent = rows[account.pk], rows[parent.pk]
        _refuse_move(account, parent)
        old_parent_id, old_code = account.parent_id, account.code
        new_code = next_code(parent)
        below = list(
            Account.objects.select_for_update()
            .filter(company_id=account.company_id, code__startswith=old_code)
            .order_by("code")
        )
        _refuse_scheme(account, parent, below, new_code)
        shift = parent.level + 1 - account.level
        parents = {row.pk: row for row in below}
        for row in below:
            row.code = new_code + row.code[len(old_code) :]
            row.level += shift
            row.parent = parent if row.pk == account.pk else parents[row.parent_id or 0]
            row.search_key = account_search_key(row.code, row.name, row.parent)
        Account.objects.bulk_update(below, ["code", "level", "parent", "search_key"])
        siblings = Account.objects.filter(company_id=account.company_id, parent_id=old_parent_id)
        if old_parent_id is not None and not siblings.exists():
            Account.objects.filter(company_id=account.company_id, pk=old_parent_id).update(is_leaf=True)
        account.refresh_from_db()
    return account


def _refuse_move(account: Account, parent: Account) -> None:
    if account.parent_id is None:
        raise FirstLevelFixed(account=account)
    if account.account_class != parent.account_class:
        raise OtherClass(account=account, parent=parent)
    if parent.code.startswith(account.code):
        raise CannotMoveThere(account=account, parent=parent, problem=_("that is the account itself or below it."))
    if parent.pk == account.parent_id:
        raise CannotMoveThere(account=account, parent=parent, problem=_("it is there already."))
    if parent.is_leaf:
        raise CannotMoveThere(account=account, parent=parent, problem=_("it takes postings; add a sub-account first."))


def _refuse_scheme(account: Account, parent: Account, below: list[Account], new_code: str) -> None:
    """The levels below must have their digits at the new depth too."""
    digits = [int(one) for one in preferences_of(account.company).code_scheme.split("-")]
    lengths = [sum(digits[: level + 1]) for level in range(len(digits))]
    for row in below:
        level = row.level - account.level + parent.level + 1
        length = len(new_code) + len(row.code) - len(account.code)
        if level > len(digits) or lengths[level - 1] != length:
            raise CannotMoveThere(account=account, parent=parent, problem=_("its levels do not fit the code scheme."))


def add_first_level(
    company: Company, *, code: str, name: str, account_class: str, direction: str, name_en: str = ""
) -> Account:
    """Add an account of the first level beside those of the standard. Raises ``BadFirstLevelCode``, ``CodeTaken``."""
    if not (len(code) == 4 and code.isdigit()):
        raise BadFirstLevelCode(key=code, field="code")
    if Account.objects.filter(company=company, code=code).exists():
        raise CodeTaken(key=code, field="code")
    return Account.objects.create(
        company=company,
        code=code,
        name=name.strip(),
        name_en=name_en.strip(),
        account_class=AccountClass(account_class),
        direction=Direction(direction),
        search_key=account_search_key(code, name, None),
    )


def change_code(account: Account, code: str) -> Account:
    """Give an account another code below the same parent; codes below it follow. Raises ``FirstLevelFixed`` (C01)."""
    from ledger.accounts.services import BadAccountCode

    with transaction.atomic():
        account = Account.objects.select_for_update(of=("self",)).select_related("company").get(pk=account.pk)
        if account.parent is None:
            raise FirstLevelFixed(account=account)
        digits = digits_below(account.parent)
        above = account.parent.code
        if not (code.startswith(above) and len(code) == len(above) + digits and code.isdigit()):
            raise BadAccountCode(field="code", key=code, parent=above, digits=digits)
        if code != account.code and Account.objects.filter(company_id=account.company_id, code=code).exists():
            raise CodeTaken(key=code, field="code")
        below = list(Account.objects.filter(company_id=account.company_id, code__startswith=account.code))
        length = len(account.code)
        for row in below:
            row.code = code + row.code[length:]
            row.search_key = account_search_key(row.code, row.name, row.parent)
        Account.objects.bulk_update(below, ["code", "search_key"])
        account.refresh_from_db()
    return account
