"""What must hold in a package of the standard: looked at row by row while it is written, and reported at its end.

Each table is there; keys are unique; the posted lines of 记账凭证 add up to the turnover of 科目余额及发生额 by account
and period; closing balances of one month are the openings of the next, in total debit = credit.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erp.core.errors import DomainError
from erp.core.money import ZERO
from ledger.interchange.elements import Table, tables

Cell = tuple[str, str]
Pair = tuple[Decimal, Decimal]


class PackageInconsistent(DomainError):
    code = "package_inconsistent"
    template = gettext_lazy("The export contradicts itself: %(problems)s. Run the check of the books (verify).")


@dataclass(slots=True)
class Audit:
    edition: str
    rows: Counter[str] = field(default_factory=Counter)
    written: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    _keys: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    _posted: dict[Cell, Pair] = field(default_factory=dict)
    _turnover: dict[Cell, Pair] = field(default_factory=dict)
    _opening: dict[str, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))
    _closing: dict[str, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))

    def begin(self, table: Table) -> None:
        self.written.append(table.name)

    def see(self, table: Table, row: dict[str, Any]) -> None:
        self.rows[table.name] += 1
        if unknown := set(row) - set(table.elements):
            self.problems.append(f"{table.name}: {', '.join(sorted(unknown))}")
        if table.keys:
            key = hash(tuple(str(row.get(name, "")) for name in table.keys))
            seen = self._keys[table.name]
            if key in seen:
                self.problems.append(_("two rows with one key in %(table)s") % {"table": table.name})
            seen.add(key)
        if table.name == "记账凭证" and row["记账标志"] == "1":
            _add(self._posted, row)
        elif table.name == "科目余额及发生额":
            _add(self._turnover, row)
            self._opening[row["会计期间号"]] += _signed(row, "期初")
            self._closing[row["会计期间号"]] += _signed(row, "期末")

    def end(self) -> list[str]:
        """The problems found; empty if all holds."""
        wanted = [table.name for table in tables(self.edition) if table.name]
        self.problems += [_("table %(table)s is missing") % {"table": n} for n in wanted if n not in self.written]
        nothing = (ZERO, ZERO)
        for cell in sorted(self._posted.keys() | self._turnover.keys()):
            if self._posted.get(cell, nothing) != self._turnover.get(cell, nothing):
                self.problems.append(
                    _("lines and turnover of account %(account)s differ in period %(period)s")
                    % {"account": cell[0], "period": cell[1]}
                )
        for name, sums in (("期初", self._opening), ("期末", self._closing)):
            self.problems += [f"{name} {period}: {amount}" for period, amount in sums.items() if amount]
        return self.problems

    def totals(self) -> Pair:
        """Σ debit and Σ credit of the year's posted lines."""
        debits: Sequence[Decimal] = [pair[0] for pair in self._posted.values()]
        return sum(debits, ZERO), sum((pair[1] for pair in self._posted.values()), ZERO)


def _add(sums: dict[Cell, Pair], row: dict[str, Any]) -> None:
    cell = (row["科目编号"], row["会计期间号"])
    debit, credit = sums.get(cell, (ZERO, ZERO))
    sums[cell] = debit + Decimal(row["借方本币金额"]), credit + Decimal(row["贷方本币金额"])


def _signed(row: dict[str, Any], when: str) -> Decimal:
    amount = Decimal(row[f"{when}本币余额"])
    return amount if row[f"{when}余额方向"] == "借" else -amount
