"""Masters that form a tree, as pages show them: parents before their children, each with its depth."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple


class Node(NamedTuple):
    """``depth`` 0 is the top; ``whole`` counts what is in it and in everything below, where the rows have ``count``."""

    row: Any
    depth: int
    whole: int


def nested(rows: Iterable[Any]) -> list[Node]:
    """The rows (with ``parent_id``) in the order of the tree; siblings keep the order they came in."""
    children: defaultdict[int | None, list[Any]] = defaultdict(list)
    known = list(rows)
    ids = {row.pk for row in known}
    for row in known:
        children[row.parent_id if row.parent_id in ids else None].append(row)
    totals: dict[int, int] = {}

    def total(row: Any) -> int:
        totals[row.pk] = getattr(row, "count", 0) + sum(total(child) for child in children[row.pk])
        return totals[row.pk]

    def walk(parent: int | None, depth: int) -> Iterator[Node]:
        for row in children[parent]:
            yield Node(row, depth, totals[row.pk])
            yield from walk(row.pk, depth + 1)

    for top in children[None]:
        total(top)
    return list(walk(None, 0))


def below(rows: Iterable[Any], root_id: int) -> list[int]:
    """Ids of the node and of everything below it."""
    nodes = list(rows)
    found, wave = {root_id}, {root_id}
    while wave:
        wave = {row.pk for row in nodes if row.parent_id in wave} - found
        found |= wave
    return sorted(found)
