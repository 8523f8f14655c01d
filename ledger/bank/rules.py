"""Which bank lines and book lines are the same money. Pure: services feed it what is open on both sides.

``amount`` is receipt less payment for the bank and debit less credit for the books. Rules from the surest down:
same amount and reference, same amount within some days (only if it is the only candidate, or the nearest in time),
one line against several of one day or one reference that sum to it.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from erp.core.money import ZERO

DAYS = 3
LARGEST_GROUP = 40


@dataclass(frozen=True, slots=True)
class Item:
    """An open line of one side."""

    id: int
    date: dt.date
    amount: Decimal
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """Lines that match, and the rule that found them."""

    bank: tuple[int, ...]
    book: tuple[int, ...]
    rule: str


def match(bank: Sequence[Item], book: Sequence[Item], *, days: int = DAYS) -> list[Pair]:
    """Matches in the order of the rules; each line is in one match at most."""
    open_bank = {item.id: item for item in bank if item.amount}
    open_book = {item.id: item for item in book if item.amount}
    found: list[Pair] = []

    def take(bank_ids: Iterable[int], book_ids: Iterable[int], rule: str) -> None:
        pair = Pair(tuple(bank_ids), tuple(book_ids), rule)
        for key in pair.bank:
            del open_bank[key]
        for key in pair.book:
            del open_book[key]
        found.append(pair)

    _same_reference(open_bank, open_book, take)
    _same_amount(open_bank, open_book, take, days)
    _sums(open_bank, open_book, take, days, flipped=False)
    _sums(open_book, open_bank, take, days, flipped=True)
    return found


Take = Callable[[Iterable[int], Iterable[int], str], None]


def _same_reference(bank: dict[int, Item], book: dict[int, Item], take: Take) -> None:
    places: dict[tuple[str, Decimal], list[int]] = defaultdict(list)
    for item in book.values():
        if item.reference:
            places[item.reference, item.amount].append(item.id)
    for item in sorted(bank.values(), key=lambda one: (one.date, one.id)):
        if item.reference and (ids := places[item.reference, item.amount]):
            take([item.id], [ids.pop(0)], "reference")


def _same_amount(bank: dict[int, Item], book: dict[int, Item], take: Take, days: int) -> None:
    """Nearest in time first, so that two equal amounts are not crossed."""
    places: dict[Decimal, list[Item]] = defaultdict(list)
    for item in book.values():
        places[item.amount].append(item)
    candidates = [
        (abs((own.date - other.date).days), own.date, own.id, other.id)
        for own in bank.values()
        for other in places.get(own.amount, ())
        if abs((own.date - other.date).days) <= days
    ]
    for _distance, _date, bank_id, book_id in sorted(candidates):
        if bank_id in bank and book_id in book:
            take([bank_id], [book_id], "amount")


def _sums(ones: dict[int, Item], many: dict[int, Item], take: Take, days: int, *, flipped: bool) -> None:
    """One line against all lines of one day, or of one reference, that sum to it."""
    groups: dict[Hashable, list[Item]] = defaultdict(list)
    for item in many.values():
        groups["day", item.date, item.amount > 0].append(item)
        if item.reference:
            groups["reference", item.reference].append(item)
    sums: dict[Decimal, list[list[Item]]] = defaultdict(list)
    for group in groups.values():
        if 2 <= len(group) <= LARGEST_GROUP:
            sums[sum((item.amount for item in group), ZERO)].append(group)
    for one in sorted(ones.values(), key=lambda item: (item.date, item.id)):
        for group in sums.get(one.amount, ()):
            near = all(abs((item.date - one.date).days) <= days for item in group)
            if near and all(item.id in many for item in group):
                members = [item.id for item in group]
                take([one.id], members, "sum") if not flipped else take(members, [one.id], "sum")
                break
