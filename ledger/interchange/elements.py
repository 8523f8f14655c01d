"""Tables and elements of GB/T 24589.1 by edition, from ``data/``: what a package contains, in order, with its keys.

``confirmed`` in the files says how sure a name is: ✔ seen in the standard, ~ from practice, ? not seen (the 2024
edition's own tables). A correction is a change of the data file, never of code.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data"
EDITIONS = ("2024", "2010")
AUXILIARIES = 30


@dataclass(frozen=True, slots=True)
class Table:
    module: str
    name: str
    elements: tuple[str, ...]
    keys: tuple[str, ...]


@cache
def tables(edition: str) -> tuple[Table, ...]:
    """The tables of the edition in order. A module without known tables has one of the name ''."""
    found: dict[tuple[str, str], tuple[list[str], list[str]]] = {}
    with (DATA / f"gbt24589_{edition}.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            elements, keys = found.setdefault((row["module"], row["table"]), ([], []))
            if row["element"]:
                elements.append(row["element"])
            if row["is_key"]:
                keys.append(row["element"])
    return tuple(
        Table(module, name, tuple(elements), tuple(keys)) for (module, name), (elements, keys) in found.items()
    )


def modules(edition: str) -> dict[str, list[Table]]:
    """Module → its tables, in order."""
    found: dict[str, list[Table]] = {}
    for table in tables(edition):
        found.setdefault(table.module, [])
        if table.name:
            found[table.module].append(table)
    return found


def auxiliary(number: int) -> str:
    """Name of the element of an auxiliary item (1…30)."""
    return f"辅助项{number}编号"
