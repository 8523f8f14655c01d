"""Dimension values as they are listed: a tree in the order of codes, or those that match a text."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from ledger.dimensions.models import DimensionType, DimensionValue

LIMIT = 2_000


@dataclass(frozen=True, slots=True)
class Node:
    """A value with its depth (1…)."""

    value: DimensionValue
    level: int


def tree(kind: DimensionType, *, text: str = "", only_active: bool = False) -> list[Node]:
    """At most ``LIMIT`` values; with a text those whose code, name or pinyin match, flat. One statement."""
    rows = DimensionValue.objects.filter(company_id=kind.company_id, dimension_type=kind).order_by("code")
    if only_active:
        rows = rows.filter(is_active=True)
    if text.strip():
        found = rows.filter(search_key__icontains=text.strip().lower())
        return [Node(value, 1) for value in found[:LIMIT]]
    below: dict[int | None, list[DimensionValue]] = defaultdict(list)
    for value in rows if kind.is_hierarchical else rows[:LIMIT]:
        below[value.parent_id].append(value)
    return list(_walk(below, None, 1))[:LIMIT]


def _walk(below: dict[int | None, list[DimensionValue]], parent: int | None, level: int) -> Iterator[Node]:
    for value in below[parent]:
        yield Node(value, level)
        if value.pk in below:
            yield from _walk(below, value.pk, level + 1)
