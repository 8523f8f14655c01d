"""The months a figure is about. A month is one number (year × 12 + month − 1), so that moving is arithmetic."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ledger.periods.models import Period


def month_of(year: int, number: int) -> int:
    return year * 12 + number - 1


@dataclass(frozen=True, slots=True)
class Span:
    """From the first to the last month, both included. Balances are those at the end of the last month."""

    first: int
    last: int

    @classmethod
    def of(cls, first: "Period", last: "Period") -> "Span":
        return cls(month_of(first.year, first.number), month_of(last.year, last.number))

    @property
    def year(self) -> int:
        return self.last // 12

    def prior(self) -> "Span":
        """As many months just before: the prior month of a month, the prior quarter of a quarter."""
        length = self.last - self.first + 1
        return Span(self.first - length, self.last - length)

    def year_start(self) -> "Span":
        """The year before as a whole: its closing balances are the year's opening ones (年初)."""
        return Span(self.year * 12 - 12, self.year * 12 - 1)

    def prior_year(self) -> "Span":
        """The same months of the year before (上年同期)."""
        return Span(self.first - 12, self.last - 12)

    def moved(self, shift: str) -> "Span":
        """``shift`` is the function of the formula language: PRIOR, YEAR_START or PRIOR_YEAR."""
        if shift == "PRIOR":
            return self.prior()
        return self.year_start() if shift == "YEAR_START" else self.prior_year()
