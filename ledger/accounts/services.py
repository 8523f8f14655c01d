"""Changing the chart: sub-accounts, names, use, and the dimensions that lines must carry.

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
from ledger.posting.mappings import Selector, save_mapping
from ledger.posting.models import AccountMapping, PostingRuleLine, RuleState
from ledger.vouchers.models import VoucherLine
from ledger.vouchers.refusals import guards_in_words

STEP = 2  # digits that a level adds (4-2-2-2)
LONGEST = 12


class AccountInUse(DomainError):
    code = "account_in_use"
    template = _(
        "Account %(account)s has postings or opening balances, so it cannot get sub-accounts. Add one beside it."
    )


class AccountNamedByRule(DomainError):
    code = "account_named_by_rule"
    template = _(
        "Rule %(rule)s names account %(account)s itself. Give the rule a new version with another account first."
    )


class AccountHasBalance(DomainError):
    code = "account_has_balance"
    template = _("Account %(account)s still has a balance of %(balance)s. Transfer it before disabling the account.")


class BadAccountCode(DomainError):
    code = "bad_account_code"
    template = _("Code %(code)s does not fit: it begins with %(parent)s and adds two digits.")


class NoCodeLeft(DomainError):
    code = "no_code_left"
    template = _("All codes below %(account)s are taken.")


def next_code(parent: Account) -> str:
    """The first code after the last sub-account of the parent. Raises ``NoCodeLeft``."""
    last = Account.objects.filter(company_id=parent.company_id, parent=parent).order_by("-code").first()
    number = int(last.code[-STEP:]) + 1 if last else 1
    if number > 99 or len(parent.code) + STEP > LONGEST:
        raise NoCodeLeft(account=parent)
    return f"{parent.code}{number:02d}"


def add_sub_account(parent: Account, *, name: str, name_en: str = "", code: str = "", by: Any = None) -> Account:
    """Add an account below another, with its class, direction and dimensions.

    If the parent took postings by mappings until now, they lead to the first sub-account from now on. Raises
    ``AccountInUse``, ``AccountNamedByRule``, ``BadAccountCode``.
    """
    with guards_in_words(), transaction.atomic():
        parent = Account.objects.select_for_update().get(pk=parent.pk)
        code = code or next_code(parent)
        if not (code.startswith(parent.code) and len(code) == len(parent.code) + STEP and code.isdigit()):
            raise BadAccountCode(field="code", code=code, parent=parent.code)
        was_leaf = parent.is_leaf
        if was_leaf:
            _refuse_used(parent)
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
            is_control=parent.is_control,
            search_key=account_search_key(code, name, parent),
        )
        AccountDimension.objects.bulk_create(
            [
                AccountDimension(
                    company_id=parent.company_id,
                    account=account,
                    dimension_type_id=row.dimension_type_id,
                    is_required=row.is_required,
                )
                for row in AccountDimension.objects.filter(company_id=parent.company_id, account=parent)
            ]
        )
        if was_leaf:
            _hand_down(parent, account, by)
    return account


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


def _refuse_used(parent: Account) -> None:
    for model in (VoucherLine, OpeningBalance):
        if model.objects.filter(company_id=parent.company_id, account=parent).exists():
            raise AccountInUse(account=parent)
    named = PostingRuleLine.objects.filter(
        company_id=parent.company_id, account=parent, rule__state=RuleState.ACTIVE
    ).select_related("rule")
    if line := named.first():
        raise AccountNamedByRule(rule=line.rule, account=parent)


def _hand_down(parent: Account, heir: Account, by: Any) -> None:
    """Let the mappings that lead to the parent lead to its first sub-account."""
    mappings = AccountMapping.objects.filter(
        company_id=parent.company_id, account=parent, is_active=True
    ).prefetch_related("selectors")
    for mapping in mappings:
        selectors = [Selector(s.name, s.value_id, s.text) for s in mapping.selectors.all()]
        save_mapping(parent.company_id, mapping.key_id, heir.pk, selectors, replaces=mapping, note=mapping.note, by=by)
