"""Account mappings as accountants keep them: save, replace, and say which would win and why."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from erp.core.errors import DomainError
from ledger.accounts.models import Account
from ledger.balances.models import OpeningBalance
from ledger.dimensions.models import DimensionType, DimensionValue
from ledger.posting.models import AccountKey, AccountMapping, AccountMappingSelector
from ledger.posting.rulebook import KeyMapping, matches
from ledger.vouchers.models import VoucherLine


class MappingTie(DomainError):
    code = "mapping_tie"
    template = _(
        "Key %(key)s already leads to account %(account)s for exactly these selectors. Change that mapping instead."
    )


class BadSelector(DomainError):
    code = "bad_selector"
    template = _("“%(name)s” cannot select accounts of key %(key)s. Choose one of: %(allowed)s.")


@dataclass(frozen=True, slots=True)
class Selector:
    """One condition: a dimension value's id, or a text for a fact that is no dimension."""

    name: str
    value_id: int | None = None
    text: str = ""


# ``watch(company_id, key code, by)`` stands around each change of a key's mappings, in its transaction.
Watch = Callable[[int, str, Any], AbstractContextManager[None]]
_WATCHES: list[Watch] = []


def register_watch(watch: Watch) -> None:
    """Have ``watch`` see each change of mappings: what it finds before and after, and what it does about it."""
    if watch not in _WATCHES:
        _WATCHES.append(watch)


@contextmanager
def watched(company_id: int, key: str, by: Any) -> Iterator[None]:
    """Around anything that may change the account that a key leads to, in one transaction."""
    with transaction.atomic(), ExitStack() as stack:
        for watch in _WATCHES:
            stack.enter_context(watch(company_id, key, by))
        yield


def selector_key(selectors: Iterable[Selector]) -> str:
    """Canonical text: equal exactly when two mappings would match the same documents."""
    return ";".join(sorted(f"{s.name}={s.value_id if s.value_id is not None else 't:' + s.text}" for s in selectors))


def save_mapping(
    company_id: int,
    key_id: int,
    account_id: int,
    selectors: Iterable[Selector],
    *,
    replaces: AccountMapping | None = None,
    note: str = "",
    by: Any = None,
) -> AccountMapping:
    """Make a mapping, or replace one: what is used is closed and followed by a new row, so old lines keep their reason.

    Raises ``MappingTie`` when another active mapping has the same selectors, ``BadSelector`` for a name that the key
    does not know, ``DomainError`` for an account that takes no postings.
    """
    chosen = list(selectors)
    key = AccountKey.objects.get(company_id=company_id, pk=key_id)
    account = Account.objects.get(company_id=company_id, pk=account_id)
    for selector in chosen:
        if selector.name not in key.selectors:
            raise BadSelector(
                field="selectors", name=selector.name, key=key.code, allowed=", ".join(key.selectors) or "-"
            )
    if not account.is_leaf or not account.is_active:
        raise DomainError(
            "account_not_postable",
            _("Account %(account)s takes no postings. Choose one of its sub-accounts."),
            field="account",
            account=account,
        )
    text = selector_key(chosen)
    with watched(company_id, key.code, by):
        active = AccountMapping.objects.select_for_update().filter(company_id=company_id, key=key, is_active=True)
        others = active.filter(selector_key=text)
        if replaces is not None:
            others = others.exclude(pk=replaces.pk)
        if tie := others.select_related("account").first():
            raise MappingTie(field="selectors", key=key.code, account=tie.account)
        if replaces is not None:
            if (replaces.account_id, replaces.selector_key, replaces.key_id) == (account_id, text, key_id):
                AccountMapping.objects.filter(pk=replaces.pk).update(note=note)
                replaces.note = note
                return replaces
            AccountMapping.objects.filter(pk=replaces.pk).update(is_active=False)
        mapping = AccountMapping.objects.create(
            company_id=company_id, key=key, account=account, selector_key=text, note=note, created_by=by
        )
        AccountMappingSelector.objects.bulk_create(
            [
                AccountMappingSelector(
                    company_id=company_id, mapping=mapping, name=s.name, value_id=s.value_id, text=s.text
                )
                for s in chosen
            ]
        )
        if replaces is not None:
            if is_used(replaces):
                AccountMapping.objects.filter(pk=replaces.pk).update(replaced_by=mapping)
            else:
                replaces.delete()
    return mapping


def is_used(mapping: AccountMapping) -> bool:
    """Whether a voucher line names this mapping, or opening balances stand on its account (they name none)."""
    here = {"company_id": mapping.company_id, "account_id": mapping.account_id}
    return (
        VoucherLine.objects.filter(**here, mapping=mapping).exists() or OpeningBalance.objects.filter(**here).exists()
    )


def close_mapping(mapping: AccountMapping, *, by: Any = None) -> None:
    """Take a mapping out of use; delete it if nothing names it."""
    with watched(mapping.company_id, mapping.key.code, by):
        if is_used(mapping):
            AccountMapping.objects.filter(pk=mapping.pk).update(is_active=False)
        else:
            mapping.delete()


def compiled(company_id: int, *, only_active: bool = True) -> dict[str, list[KeyMapping]]:
    """Key code → its mappings, most specific first (constant number of statements).

    Rank compares selector by selector in the key's order: a value given beats none, a deeper value a higher one.
    So two mappings with different selectors never tie.
    """
    depth, below = value_trees(company_id)
    rows = AccountMapping.objects.filter(company_id=company_id).select_related("key").prefetch_related("selectors")
    if only_active:
        rows = rows.filter(is_active=True)
    book: dict[str, list[KeyMapping]] = {}
    for row in rows:
        given: dict[str, frozenset[Any]] = {}
        ranks: dict[str, int] = {}
        for selector in row.selectors.all():
            if selector.value_id is not None:
                given[selector.name] = below.get(selector.value_id, frozenset([selector.value_id]))
                ranks[selector.name] = 1 + depth.get(selector.value_id, 0)
            else:
                given[selector.name] = frozenset([selector.text])
                ranks[selector.name] = 1
        rank = tuple(ranks.get(name, 0) for name in row.key.selectors)
        book.setdefault(row.key.code, []).append(KeyMapping(row.pk, row.account_id, given, rank))
    for mappings in book.values():
        mappings.sort(key=lambda mapping: (mapping.rank, mapping.id), reverse=True)
    return book


def candidates(company_id: int, key_code: str, facts: Mapping[str, Any]) -> list[tuple[KeyMapping, bool]]:
    """All active mappings of a key in the order in which they are tried, and whether each matches the facts."""
    return [(mapping, matches(mapping, facts)) for mapping in compiled(company_id).get(key_code, [])]


def value_trees(company_id: int) -> tuple[dict[int, int], dict[int, frozenset[int]]]:
    """For values of hierarchical dimensions: depth (root 0), and the ids of the value and all below it."""
    types = DimensionType.objects.filter(company_id=company_id, is_hierarchical=True)
    parents = dict(
        DimensionValue.objects.filter(company_id=company_id, dimension_type__in=types).values_list("id", "parent_id")
    )
    depth: dict[int, int] = {}
    below: dict[int, set[int]] = {}
    for value in parents:
        node: int | None = value
        steps = -1
        while node is not None:
            below.setdefault(node, set()).add(value)
            steps += 1
            node = parents.get(node)
        depth[value] = steps
    return depth, {node: frozenset(values) for node, values in below.items()}
