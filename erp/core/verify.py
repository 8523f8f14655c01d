"""The invariants of the books: each floor registers its own, ``manage.py verify`` asks them all.

The one idea: a check is one or two SQL statements that return only what is *wrong*, as sentences with the figures
on both sides. All checks of a company read one snapshot, so they hold while others work.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from time import perf_counter
from typing import Any

from django.db import connection, transaction

from erp.core.companies.models import Company

SHOWN = 20  # sentences that are shown for a check
COUNTED = 1_000  # differences that a statement counts; a thousand tell enough


@dataclass(frozen=True, slots=True)
class Check:
    """An invariant. ``number`` is its place in the design's list; ``differences`` yields a sentence for each breach."""

    number: int
    code: str
    title: Any
    differences: Callable[[Company], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Result:
    """What a check found in a company: none, or the first differences and how many there are."""

    company: str
    check: Check
    count: int
    differences: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def holds(self) -> bool:
        return self.count == 0


_CHECKS: dict[str, Check] = {}


def register_check(number: int, code: str, title: Any, differences: Callable[[Company], Iterable[str]]) -> None:
    """Have ``manage.py verify`` ask this too."""
    check = Check(number, code, title, differences)
    if _CHECKS.setdefault(code, check) != check:
        raise ValueError(f"two checks called {code}")


def checks() -> list[Check]:
    """All checks in the order of the design's list."""
    return sorted(_CHECKS.values(), key=lambda check: (check.number, check.code))


def verify(company: Company) -> list[Result]:
    """Ask every check about one company, in one read-only snapshot of the database."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            if not transaction.get_connection().savepoint_ids:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            # The checks compare whole tables. Right after a large load these have no statistics yet, and the planner
            # would take them for small and walk one for each row of the other.
            cursor.execute("SET LOCAL enable_nestloop = off")
        return [_ask(check, company) for check in checks()]


def _ask(check: Check, company: Company) -> Result:
    started = perf_counter()
    shown: list[str] = []
    count = 0
    for sentence in check.differences(company):
        count += 1
        if count <= SHOWN:
            shown.append(sentence)
    return Result(company.code, check, count, shown, perf_counter() - started)


def sentences(template: Any, sql: str, parameters: Mapping[str, Any]) -> list[str]:
    """A sentence for each row of a statement that returns differences: its columns fill the template."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({sql}) AS difference LIMIT {COUNTED}", parameters)
        names = [column.name for column in cursor.description]
        found = cursor.fetchall()
    return [str(template) % {name: _figure(value) for name, value in zip(names, row, strict=True)} for row in found]


def _figure(value: Any) -> Any:
    """Decimals as people read them: 1,234.50 and 0.333333, but never 1E+3."""
    if not isinstance(value, Decimal):
        return "–" if value is None else value
    text = f"{value:,f}"
    whole, _point, part = text.partition(".")
    return f"{whole}.{part.rstrip('0').ljust(2, '0')}"
