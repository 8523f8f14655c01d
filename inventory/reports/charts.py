"""Series for the charts of stock reports: the largest few, the rest together."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext

from inventory.reports.room import Chart

SHOWN = 12


def sums(title: Any, kind: str, rows: Sequence[Mapping[str, Any]], name: str, value: str) -> Chart | None:
    """The sums of ``value`` by ``name``, the largest first. None if there is nothing to draw."""
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        found[str(row[name])] += row[value] or Decimal(0)
    ordered = sorted(((key, amount) for key, amount in found.items() if amount > 0), key=lambda one: -one[1])
    if not ordered:
        return None
    if len(ordered) > SHOWN:
        rest = sum((amount for _key, amount in ordered[SHOWN - 1 :]), Decimal(0))
        ordered = [*ordered[: SHOWN - 1], (gettext("Others"), rest)]
    return Chart(kind, title, [key for key, _amount in ordered], [series(title, (amount for _key, amount in ordered))])


def series(name: Any, amounts: Any) -> dict[str, Any]:
    """A series as the page hands it to the chart; pixels need no exact figures."""
    return {"name": str(name), "data": [round(float(amount), 4) for amount in amounts]}
