"""Clear open items of one account and party: by the rules, by hand in parts, and undo.

Whoever changes clearings of an account holds its row and reads what is open behind that lock, so a line is never
cleared beyond its amount, however many people clear at once.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import DomainError, NotFound
from erp.core.money import ZERO, cents
from erp.core.users.names import name_of
from ledger.accounts.models import Account
from ledger.clearing import rules
from ledger.clearing.models import Clearing, ClearingItem
from ledger.clearing.queries import OpenLine, open_lines

FAR = dt.date(9999, 12, 31)


class ClearingUnequal(DomainError):
    code = "clearing_unequal"
    template = _("The chosen amounts add up to %(total)s. Debits and credits that settle each other add up to 0.00.")


class ClearedBeyondAmount(DomainError):
    code = "cleared_beyond_amount"
    template = _("%(voucher)s has %(open)s open; %(amount)s cannot be cleared. Lower the amount.")


class NothingToClear(DomainError):
    code = "nothing_to_clear"
    template = _("Choose at least one debit and one credit.")


def clear(
    company: Company,
    account: Account,
    party_id: int | None,
    amounts: Mapping[int, Decimal],
    *,
    by: Any,
    date: dt.date | None = None,
) -> Clearing:
    """Clear parts of lines: line id (0: opening balance) → amount, debit less credit. The clearing counts from
    ``date``, but not before its latest line. Raises ``ClearingUnequal``, ``ClearedBeyondAmount``, ``NothingToClear``,
    ``NotFound``."""
    with transaction.atomic():
        _hold(company, account)
        lines = {line.line_id: line for line in open_lines(company, account, FAR, party_id=party_id)}
        given = {line_id: cents(amount) for line_id, amount in amounts.items() if amount}
        _check(lines, given)
        return _save(company, account, party_id, [given], lines, by=by, date=date, is_automatic=False)[0]


def auto_clear(company: Company, account: Account, *, by: Any, party_id: int | None = None, every: bool = True) -> int:
    """Clear what the rules pair, of every party (or of one). Returns the number of clearings made."""
    made = 0
    with transaction.atomic():
        _hold(company, account)
        parties: dict[int | None, list[OpenLine]] = {}
        for line in open_lines(company, account, FAR, party_id=party_id, every=every):
            parties.setdefault(line.party_id, []).append(line)
        for party, lines in parties.items():
            items = [rules.OpenItem(line.line_id, line.date, line.open, line.number) for line in lines]
            if groups := rules.pair(items):
                known = {line.line_id: line for line in lines}
                _save(company, account, party, groups, known, by=by, date=None, is_automatic=True)
                made += len(groups)
    return made


def undo(company: Company, clearing_id: int, *, by: Any) -> None:
    """Take a clearing back: its lines are open again. Raises ``NotFound``."""
    with transaction.atomic():
        made = Clearing.objects.select_for_update().filter(company=company, pk=clearing_id).first()
        if made is None:
            raise NotFound(what=Clearing._meta.verbose_name, key=clearing_id)
        made.delete()


def undo_automatic(company: Company, account: Account, *, by: Any) -> int:
    """Take back all automatic clearings of the account. Returns how many there were."""
    with transaction.atomic():
        _hold(company, account)
        rows = Clearing.objects.filter(company=company, account=account, is_automatic=True)
        count = rows.count()
        rows.delete()
    return count


def find_account(company: Company, code: str) -> Account:
    """The account with the code. Raises ``NotFound``."""
    account = Account.objects.filter(company=company, code=code.split(" ")[0]).first()
    if account is None:
        raise NotFound(what=Account._meta.verbose_name, key=code or "–", field="account")
    return account


def _check(lines: Mapping[int, OpenLine], given: Mapping[int, Decimal]) -> None:
    if not any(amount > 0 for amount in given.values()) or not any(amount < 0 for amount in given.values()):
        raise NothingToClear()
    for line_id, amount in given.items():
        line = lines.get(line_id)
        if line is None:
            raise NotFound(what=_("Open item"), key=line_id)
        if amount * line.open <= 0 or abs(amount) > abs(line.open):
            raise ClearedBeyondAmount(
                voucher=line.voucher or _("Opening balance"), open=f"{line.open:,.2f}", amount=f"{amount:,.2f}"
            )
    if total := sum(given.values(), ZERO):
        raise ClearingUnequal(total=f"{total:,.2f}")


def _save(
    company: Company,
    account: Account,
    party_id: int | None,
    groups: Sequence[Mapping[int, Decimal]],
    lines: Mapping[int, OpenLine],
    *,
    by: Any,
    date: dt.date | None,
    is_automatic: bool,
) -> list[Clearing]:
    """Two statements for any number of groups."""
    name = name_of(by)
    made = Clearing.objects.bulk_create(
        [
            Clearing(
                company=company,
                account=account,
                party_id=party_id,
                date=max(filter(None, [date, *(lines[line_id].date for line_id in group)])),
                is_automatic=is_automatic,
                made_by=by,
                made_by_name=name,
            )
            for group in groups
        ]
    )
    ClearingItem.objects.bulk_create(
        [
            ClearingItem(company=company, clearing=clearing, voucher_line_id=line_id or None, amount=amount)
            for clearing, group in zip(made, groups, strict=True)
            for line_id, amount in group.items()
        ]
    )
    return made


def _hold(company: Company, account: Account) -> None:
    Account.objects.select_for_update(no_key=True).get(company=company, pk=account.pk)
