"""Pivot of a year at 10⁶ posted lines: from the turnover (account × month × customer) and from the lines (summary).

Uses the volume of ``trial_balance``; makes it when that did not run.
"""

from pathlib import Path
from typing import Any

from benchmarks import trial_balance
from erp.core.companies.models import Company
from ledger.analysis.pivot import PivotSpec, pivot
from ledger.books.ranges import period_range

CUTS = {
    "account_period": PivotSpec(rows=("account",), columns=("period",), measures=("debit", "credit", "count")),
    "customer_quarter": PivotSpec(rows=("dimension:customer",), columns=("quarter",), measures=("net",)),
    "summary": PivotSpec(rows=("summary", "account"), columns=("word",), measures=("net", "count")),
}


def run(path: Path | None, *, quick: bool) -> dict[str, Any]:
    """Milliseconds (median) by cut."""
    if not Company.objects.filter(code="volume").exists():
        trial_balance.run(path, quick=quick)
    company = Company.objects.get(code="volume")
    periods = period_range(company, "2025-01", f"2025-{trial_balance.MONTHS:02d}")
    return {
        f"pivot_{name}_ms": trial_balance._median(lambda spec=spec: pivot(company, periods, spec))  # type: ignore[misc]
        for name, spec in CUTS.items()
    }
