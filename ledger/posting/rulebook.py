"""The rule book: what accountants configured, as plain values that the engine can run without the database.

Conditions and mapping selectors name dimension values by code or id; here they become sets of ids in which a
hierarchical value stands for those below it, so that the engine compares integers only.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

Facts = Mapping[str, Any]
Test = Callable[[Facts], bool]


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What the engine needs of an account. ``required`` and ``optional``: dimension code → type id."""

    id: int
    code: str
    is_postable: bool
    is_expense: bool
    tracks_quantity: bool
    required: tuple[tuple[str, int], ...]
    optional: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class KeyMapping:
    """One mapping of a key: for each selector name the values (or text) that match, and its rank."""

    id: int
    account_id: int
    selectors: Mapping[str, frozenset[Any]]
    rank: tuple[int, ...]


@dataclass(slots=True)
class KeyBook:
    """The mappings of one account key, most specific first, with what was already looked up.

    ``names`` are all selectors that a mapping of the key may use, ``tested`` those that one does use.
    """

    code: str
    names: tuple[str, ...]
    by_tax_rate: bool
    mappings: tuple[KeyMapping, ...]
    tested: tuple[str, ...] = field(init=False)
    found: dict[tuple[Any, ...], KeyMapping | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.tested = tuple(sorted({name for mapping in self.mappings for name in mapping.selectors}))

    def resolve(self, facts: Facts) -> KeyMapping | None:
        """The most specific mapping whose selectors all match the facts."""
        probe = tuple([facts.get(name) for name in self.tested])
        if probe in self.found:
            return self.found[probe]
        hit = next((m for m in self.mappings if matches(m, facts)), None)
        self.found[probe] = hit
        return hit


def matches(mapping: KeyMapping, facts: Facts) -> bool:
    """Whether every selector of the mapping holds for the facts."""
    return all(facts.get(name) in values for name, values in mapping.selectors.items())


@dataclass(frozen=True, slots=True)
class RuleLine:
    id: int
    sequence: int
    side: str
    key: str
    account_id: int | None
    amount: Callable[[Mapping[str, Decimal]], Decimal]
    quantity: Callable[[Mapping[str, Decimal]], Decimal] | None
    optional_dimensions: tuple[str, ...]
    summary: str
    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    id: int
    label: str
    event_type: str
    event_name: str
    measures: tuple[str, ...]
    word: str
    merge_mode: str
    posts_to: str
    summary: str
    is_auto_reviewed: bool
    valid_from: date | None
    valid_to: date | None
    tests: tuple[Test, ...]
    lines: tuple[RuleLine, ...]

    def takes(self, facts: Facts, day: date) -> bool:
        """Whether the rule is for an event with these facts on this business date."""
        return (
            (self.valid_from is None or self.valid_from <= day)
            and (self.valid_to is None or day <= self.valid_to)
            and all(test(facts) for test in self.tests)
        )


@dataclass(frozen=True, slots=True)
class PeriodFacts:
    id: int
    start: date
    end: date
    is_open: bool


@dataclass(slots=True)
class RuleBook:
    """Everything the engine knows of one company."""

    currency: str
    one_word: bool
    rules: Mapping[str, tuple[Rule, ...]]
    by_id: Mapping[int, Rule]
    keys: Mapping[str, KeyBook]
    accounts: Mapping[int, AccountFacts]
    periods: tuple[PeriodFacts, ...]

    def voucher_day(self, day: date) -> tuple[PeriodFacts, date] | None:
        """R-DATE: the day itself if its period is open, else the first day of the earliest open period.

        A day after all open periods, or before them with none open, has no voucher day.
        """
        for period in self.periods:
            if period.start <= day <= period.end and period.is_open:
                return period, day
        earliest = next((p for p in self.periods if p.is_open), None)
        if earliest is None or earliest.start < day:
            return None
        return earliest, earliest.start


def compile_test(field_name: str, operator: str, value: str, ids: Callable[[str, str], frozenset[int] | None]) -> Test:
    """A condition as a function of facts.

    ``ids(field, code)`` gives the dimension values that a code stands for, or None if the field is no dimension.
    Comparisons of size are numeric; a fact that is no number does not satisfy them.
    """
    listed = [part.strip() for part in value.split(",")] if operator in ("in", "not_in") else [value.strip()]
    match operator:
        case "empty":
            return lambda facts: facts.get(field_name) in (None, "")
        case "not_empty":
            return lambda facts: facts.get(field_name) not in (None, "")
        case "eq" | "in" | "ne" | "not_in":
            allowed: set[Any] = set()
            for code in listed:
                found = ids(field_name, code)
                allowed |= {code} if found is None else found
            wanted = operator in ("eq", "in")
            return lambda facts: (_plain(facts.get(field_name)) in allowed) is wanted
    limit = Decimal(value)
    compare: Callable[[Decimal], bool] = {
        "gt": lambda number: number > limit,
        "ge": lambda number: number >= limit,
        "lt": lambda number: number < limit,
        "le": lambda number: number <= limit,
    }[operator]
    return lambda facts: (number := _number(facts.get(field_name))) is not None and compare(number)


def _plain(value: Any) -> Any:
    return "" if value is None else str(value) if isinstance(value, Decimal) else value


def _number(value: Any) -> Decimal | None:
    try:
        return value if isinstance(value, Decimal) else Decimal(str(value))
    except InvalidOperation:
        return None
