"""Which open items of one account and party settle each other, and how old what remains is. Pure.

``amount`` is debit less credit. Automatic clearing pairs items of opposite sign: same business number first, then the
same amount (oldest first), then the oldest with the oldest, in parts.
"""

import datetime as dt
from collections import defaultdict, deque
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from erp.core.money import ZERO

BUCKETS = (30, 60, 90, 180, 365)


@dataclass(frozen=True, slots=True)
class OpenItem:
    """What is open of a line. ``id`` 0 is the opening balance."""

    id: int
    date: dt.date
    amount: Decimal
    number: str = ""


Group = dict[int, Decimal]  # line id (0: opening balance) → cleared amount, with the sign of the line; sums to zero


def pair(items: Sequence[OpenItem]) -> list[Group]:
    """Groups that clear as much as possible, in the order of the three rules."""
    left = {item.id: item.amount for item in items if item.amount}
    ordered = sorted((item for item in items if item.id in left), key=lambda item: (item.date, item.id))
    groups: list[Group] = []
    by_number: dict[Hashable, list[OpenItem]] = defaultdict(list)
    for item in ordered:
        if item.number:
            by_number[item.number].append(item)
    for members in by_number.values():
        _settle(members, left, groups)
    _same_amounts(ordered, left, groups)
    _settle(ordered, left, groups)
    return groups


def _same_amounts(ordered: Sequence[OpenItem], left: dict[int, Decimal], groups: list[Group]) -> None:
    waiting: dict[Decimal, deque[OpenItem]] = defaultdict(deque)
    for item in ordered:
        amount = left[item.id]
        if not amount:
            continue
        if others := waiting.get(-amount):
            _clear(others.popleft(), item, abs(amount), left, groups)
        else:
            waiting[amount].append(item)


def _settle(ordered: Iterable[OpenItem], left: dict[int, Decimal], groups: list[Group]) -> None:
    """The oldest debit with the oldest credit, until one side is used up."""
    rows = [item for item in ordered if left[item.id]]
    debits = deque(item for item in rows if left[item.id] > 0)
    credits_ = deque(item for item in rows if left[item.id] < 0)
    while debits and credits_:
        part = min(left[debits[0].id], -left[credits_[0].id])
        _clear(debits[0], credits_[0], part, left, groups)
        for side in (debits, credits_):
            if not left[side[0].id]:
                side.popleft()


def _clear(one: OpenItem, other: OpenItem, part: Decimal, left: dict[int, Decimal], groups: list[Group]) -> None:
    group: Group = {}
    for item in (one, other):
        signed = part if left[item.id] > 0 else -part
        group[item.id] = signed
        left[item.id] -= signed
    groups.append(group)


def age(items: Sequence[OpenItem], as_of: dt.date, buckets: Sequence[int] = BUCKETS) -> list[Decimal]:
    """Open amounts by days since their date: one bucket per limit and one beyond. Their sum is the balance."""
    found = [ZERO] * (len(buckets) + 1)
    for item in items:
        found[_bucket((as_of - item.date).days, buckets)] += item.amount
    return found


def fifo_rest(items: Sequence[OpenItem]) -> list[OpenItem]:
    """The balance explained by the newest items of its own sign: what came first was settled first."""
    balance = sum((item.amount for item in items), ZERO)
    sign = 1 if balance > 0 else -1
    rest, found = abs(balance), list[OpenItem]()
    for item in sorted(items, key=lambda item: (item.date, item.id), reverse=True):
        if rest <= 0:
            break
        if item.amount * sign > 0:
            part = min(rest, abs(item.amount))
            found.append(OpenItem(item.id, item.date, part * sign, item.number))
            rest -= part
    return found[::-1]


def _bucket(days: int, buckets: Sequence[int]) -> int:
    for place, limit in enumerate(buckets):
        if days <= limit:
            return place
    return len(buckets)
