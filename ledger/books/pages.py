"""Pages of a printed book (会计基础工作规范 art. 60(8)): 过次页 at the foot of a page, 承前页 at the head of the next.

Pure: rows in, pages out. What is carried depends on what the book sums up: where the month is totalled, the sum since
the month began; where only the year is (general ledger), the year to date; else everything so far.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from erp.core.money import ZERO
from erp.core.reports import Column

CARRIED_IN, CARRIED_OUT = "承前页", "过次页"
CARRY, NOTE, TOTAL = "carry", "note", "total"
LINES = {"line", "line first"}
# Amounts of a line that have no sum: other lines stand in other currencies or units.
UNSUMMED = {"original_amount", "quantity", "unit_price"}


class Carrying(Enum):
    """Since when the sums that go over to the next page are counted."""

    MONTH = "month"
    YEAR = "year"
    START = "start"


@dataclass(frozen=True, slots=True)
class PrintedRow:
    """Values in the order of the columns. ``period``: the month a line counts in; ``account``: whose block it is."""

    kind: str
    values: tuple[Any, ...]
    period: str = ""
    account: str = ""


@dataclass(slots=True)
class Section:
    """What is printed together: a table, or the book of one account. Each begins on a page of its own."""

    subtitle: Sequence[str]
    columns: Sequence[Column]
    rows: list[PrintedRow]
    carrying: Carrying | None = None


@dataclass(frozen=True, slots=True)
class PrintedPage:
    section: Section
    rows: list[PrintedRow]


def pages_of(section: Section, per_page: int) -> list[PrintedPage]:
    """The section's pages; all rows stand on them once and in order, each page has at most ``per_page`` rows."""
    made: list[PrintedPage] = []
    tally = _Tally(section.columns, section.carrying) if section.carrying else None
    head: list[PrintedRow] = []
    rows, at = section.rows, 0
    while len(rows) - at > per_page - len(head):
        take = per_page - len(head) - (1 if tally else 0)
        part = rows[at : at + take]
        at += take
        foot: list[PrintedRow] = []
        next_head: list[PrintedRow] = []
        if tally is not None:
            for row in part:
                tally.add(row)
            following = rows[at]
            foot, next_head = [tally.row(CARRIED_OUT, following)], [tally.row(CARRIED_IN, following)]
        made.append(PrintedPage(section, [*head, *part, *foot]))
        head = next_head
    made.append(PrintedPage(section, [*head, *rows[at:]]))
    return made


@dataclass(slots=True)
class _Tally:
    """The sums and the balance that go over to the next page."""

    columns: Sequence[Column]
    carrying: Carrying
    period: str = ""
    sums: dict[int, Any] = field(default_factory=dict)
    last: PrintedRow | None = None
    summed: list[int] = field(init=False)
    copied: list[int] = field(init=False)

    def __post_init__(self) -> None:
        kinds = ("amount", "quantity")
        names = ("account",) if self.carrying is Carrying.YEAR else ()  # A ledger's rows name their account.
        self.copied = [at for at, c in enumerate(self.columns) if c.key in ("side", *names) or "balance" in c.key]
        self.summed = [
            at
            for at, column in enumerate(self.columns)
            if column.kind in kinds and column.key not in UNSUMMED and at not in self.copied
        ]

    def add(self, row: PrintedRow) -> None:
        """Count a row in. Openings, totals and lines all say what the balance is after them."""
        if row.kind == NOTE:
            return
        if self.carrying is Carrying.YEAR:
            self._of_ledger(row)
        elif row.kind in LINES:
            if self.carrying is Carrying.MONTH and row.period != self.period:
                self.period, self.sums = row.period, {}
            self._add(row)
        if row.kind != TOTAL:
            self.last = row

    def _of_ledger(self, row: PrintedRow) -> None:
        """A ledger's block says the year to date itself, below each month."""
        if self.last is None or row.account != self.last.account or row.kind in ("opening", "carried"):
            self.sums = {}
        if row.kind == "year":
            self.sums = {at: row.values[at] for at in self.summed}
        elif row.kind == "period":
            self._add(row)

    def _add(self, row: PrintedRow) -> None:
        for at in self.summed:
            self.sums[at] = self.sums.get(at, ZERO) + (row.values[at] or ZERO)

    def row(self, word: str, following: PrintedRow) -> PrintedRow:
        """The carried row; ``following`` is the first row of the next page."""
        sums = self.sums
        if self.carrying is Carrying.YEAR and following.kind == "year":  # The month is here, its year to date there.
            sums = {at: following.values[at] for at in self.summed}
        values: list[Any] = [None] * len(self.columns)
        for at, column in enumerate(self.columns):
            if column.key == "summary":
                values[at] = word
            elif at in self.copied and self.last:
                values[at] = self.last.values[at]
            elif at in self.summed:
                values[at] = sums.get(at, ZERO)
        return PrintedRow(CARRY, tuple(values))
