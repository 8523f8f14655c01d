"""The checklist of a period's end: a register of questions, each with its answer, severity and cure.

Upper apps register their own (stock = ledger …). A *blocking* item that is found refuses the closing (legal rules
C08, C09); a warning is shown and kept in the trace; one that ``needs_reason`` lets the period close only with a
written reason (C21).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from erp.core.companies.models import Company
from ledger.periods.models import Period


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: how much, in words, and where it is cured. ``blocks`` overrides the check's severity."""

    count: int
    text: Any = ""
    url: str = ""
    blocks: bool | None = None
    needs_reason: bool = False


FINE = Finding(0)
Find = Callable[[Company, Period], Finding]


@dataclass(frozen=True, slots=True)
class Check:
    """``step`` names the step of period end whose button cures it; ``applies`` leaves it out of other periods."""

    code: str
    label: Any
    order: int
    find: Find
    is_blocking: bool
    step: str = ""
    applies: Callable[[Company, Period], bool] | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A check with what it found."""

    check: Check
    finding: Finding

    @property
    def is_fine(self) -> bool:
        return self.finding.count == 0

    @property
    def blocks(self) -> bool:
        blocks = self.check.is_blocking if self.finding.blocks is None else self.finding.blocks
        return not self.is_fine and blocks

    @property
    def state(self) -> str:
        """done, failed (blocks) or pending (warning): the colours of badges."""
        return "done" if self.is_fine else "failed" if self.blocks else "pending"


_CHECKS: dict[str, Check] = {}


def register_check(
    code: str,
    label: Any,
    find: Find,
    *,
    order: int,
    is_blocking: bool,
    step: str = "",
    applies: Callable[[Company, Period], bool] | None = None,
) -> None:
    """Have ``find`` asked at each period's end. Orders follow the steps of closing; upper apps use 30–39."""
    check = Check(code, label, order, find, is_blocking, step, applies)
    if _CHECKS.setdefault(code, check).find is not find:
        raise ValueError(f"check {code} is registered twice")


def checklist(company: Company, period: Period) -> list[Item]:
    """Every check that applies to the period, asked now, in order."""
    return [
        Item(check, check.find(company, period))
        for check in sorted(_CHECKS.values(), key=lambda check: (check.order, check.code))
        if check.applies is None or check.applies(company, period)
    ]
