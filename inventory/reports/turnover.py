"""Opening, in, out and closing of stock by any grouping, from the moves alone. One or two aggregates."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from inventory.reports.scope import Scope
from inventory.reports.sides import is_in

# Grouping → (columns of the sums, what is shown of them, joins, order).
_ITEM_SHOWN = "i.code, i.name, i.unit, c.code, c.name"
_ITEM_JOINS = "JOIN inventory_item i ON i.id = s.item_id JOIN inventory_itemcategory c ON c.id = i.category_id"
_PLACE_JOIN = "JOIN inventory_warehouse w ON w.id = s.warehouse_id"
GROUPS = {
    "item": ("m.item_id", f"{_ITEM_SHOWN}, '', ''", _ITEM_JOINS, "i.code"),
    "item_warehouse": (
        "m.item_id, m.warehouse_id",
        f"{_ITEM_SHOWN}, w.code, w.name",
        f"{_ITEM_JOINS} {_PLACE_JOIN}",
        "i.code, w.code",
    ),
    "warehouse": ("m.warehouse_id", "'', '', '', '', '', w.code, w.name", _PLACE_JOIN, "w.code"),
    "category": ("m.item_id", _ITEM_SHOWN, _ITEM_JOINS, "c.code"),
}


@dataclass(frozen=True, slots=True)
class Turnover:
    """Stock of a group over a range of days. ``out_*`` is positive when stock left."""

    code: str
    name: str
    unit: str
    category_code: str
    category: str
    warehouse_code: str
    warehouse: str
    opening_qty: Decimal
    opening_value: Decimal
    in_qty: Decimal
    in_value: Decimal
    out_qty: Decimal
    out_value: Decimal

    @property
    def key(self) -> tuple[str, str]:
        return (self.code or self.category_code, self.warehouse_code)

    @property
    def closing_qty(self) -> Decimal:
        return self.opening_qty + self.in_qty - self.out_qty

    @property
    def closing_value(self) -> Decimal:
        return self.opening_value + self.in_value - self.out_value


_SUMS = """
SELECT {group},
       coalesce(sum(m.qty) FILTER (WHERE m.date < %(first)s), 0) AS opening_qty,
       coalesce(sum(m.value) FILTER (WHERE m.date < %(first)s), 0) AS opening_value,
       coalesce(sum(m.qty) FILTER (WHERE m.date >= %(first)s AND {is_in}), 0) AS in_qty,
       coalesce(sum(m.value) FILTER (WHERE m.date >= %(first)s AND {is_in}), 0) AS in_value,
       coalesce(-sum(m.qty) FILTER (WHERE m.date >= %(first)s AND NOT {is_in}), 0) AS out_qty,
       coalesce(-sum(m.value) FILTER (WHERE m.date >= %(first)s AND NOT {is_in}), 0) AS out_value
  FROM inventory_stockmove m
 WHERE {where} AND m.date <= %(last)s
 GROUP BY {group}"""
_SHOWN = "SELECT {shown}, {amounts} FROM ({sums}) s {joins} {tail}"
_AMOUNTS = ("opening_qty", "opening_value", "in_qty", "in_value", "out_qty", "out_value")


def turnovers(
    scope: Scope, first: dt.date, last: dt.date, *, by: str = "item", net_transfers: bool = True
) -> list[Turnover]:
    """Groups that had stock at the beginning or moved until the end, in order of their codes. One statement."""
    group, shown, joins, order = GROUPS[by]
    names = [f"s.{name}" for name in _AMOUNTS]
    tail = f"ORDER BY {order}"
    if by == "category":
        # By item first: the moves know no category. Quantities of different units make no sum.
        shown, tail = "'', '', '', c.code, c.name, '', ''", "GROUP BY c.code, c.name ORDER BY c.code"
        names = [f"sum(s.{name})" for name in _AMOUNTS]
    sums = _SUMS.format(group=group, where=scope.where("m"), is_in=is_in("m", net_transfers=net_transfers))
    sql = _SHOWN.format(shown=shown, amounts=", ".join(names), sums=sums, joins=joins, tail=tail)
    with connection.cursor() as cursor:
        cursor.execute(sql, scope.values(first=first, last=last))
        rows = [Turnover(*row) for row in cursor.fetchall()]
    return [row for row in rows if any(getattr(row, name) for name in _AMOUNTS)]


KindKey = tuple[bool, str]
Amounts = tuple[Decimal, Decimal]


def by_kind(
    scope: Scope, first: dt.date, last: dt.date, *, by: str = "item", net_transfers: bool = True
) -> dict[tuple[str, str], dict[KindKey, Amounts]]:
    """Key of a group → (is in, kind) → quantity and value on that side. One statement."""
    columns, _shown, joins, _order = GROUPS[by]
    key = {
        "item": "i.code, ''",
        "item_warehouse": "i.code, w.code",
        "warehouse": "'', w.code",
        "category": "c.code, ''",
    }[by]
    side = is_in("m", net_transfers=net_transfers)
    sql = f"""
        SELECT {key}, s.is_in, s.kind, sum(s.qty), sum(s.value)
          FROM (SELECT {columns}, {side} AS is_in, m.kind, sum(m.qty) AS qty, sum(m.value) AS value
                  FROM inventory_stockmove m
                 WHERE {scope.where("m")} AND m.date BETWEEN %(first)s AND %(last)s
                 GROUP BY {columns}, {side}, m.kind) s {joins}
         GROUP BY 1, 2, s.is_in, s.kind"""
    found: dict[tuple[str, str], dict[KindKey, Amounts]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(sql, scope.values(first=first, last=last))
        for one, other, incoming, kind, qty, value in cursor.fetchall():
            sign = 1 if incoming else -1
            found[one, other][incoming, kind] = (sign * qty, sign * value)
    return found
