"""存货与总账对账: the value of stock against the stock accounts, by account, warehouse, category or item.

Value of moves + what waits with its events + timing + reversed estimates = what the ledger must have. What it has
beside that is the difference; ``causes`` lists what makes it up.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.money import ZERO
from erp.core.reports import Column, Parameter, Report, ReportResult, register
from inventory.costing.ledger_side import KEYS, LEDGER_SIDE, STOCK_SIDE, parameters
from inventory.items.models import Item
from inventory.reports.room import StockReport, link
from inventory.reports.scope import TO, Params
from inventory.warehouses.models import Warehouse, WarehouseKind
from ledger.accounts.models import Account
from ledger.books.ranges import period_range
from ledger.periods.models import Period
from ledger.posting.mappings import compiled
from ledger.posting.rulebook import matches

BY = (("account", _("Account")), ("warehouse", _("Warehouse")), ("category", _("Category")), ("item", _("Item")))
PARTS = ("moves", "waiting", "shifted", "estimates")

_SIDES = f"""
WITH {STOCK_SIDE}, {LEDGER_SIDE}, until AS (SELECT id FROM ledger_period
    WHERE company_id = %(company)s AND start <= %(until)s)
SELECT item_id, warehouse_id, NULL::bigint, part, sum(amount) FROM stock_side
 WHERE period_id = 0 OR period_id IS NULL OR period_id IN (SELECT id FROM until) GROUP BY 1, 2, 4
UNION ALL
SELECT item_id, warehouse_id, account_id, 'ledger', sum(amount) FROM ledger_side
 WHERE period_id = 0 OR period_id IN (SELECT id FROM until) GROUP BY 1, 2, 3"""


@dataclass(slots=True)
class Row:
    """A group's two sides. ``amounts``: part → amount; ``ledger`` is the part of the accounts."""

    code: str
    name: str
    amounts: defaultdict[str, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))

    @property
    def expected(self) -> Decimal:
        return sum((self.amounts[part] for part in PARTS), ZERO)

    @property
    def difference(self) -> Decimal:
        return self.expected - self.amounts["ledger"]


def reconcile(company: Company, until: Period, by: str) -> list[Row]:
    """The groups of both sides up to the period's end, in order of their codes. A handful of statements."""
    with connection.cursor() as cursor:
        cursor.execute(_SIDES, parameters(company, until=until.start))
        sides = cursor.fetchall()
    name = namer(company, by)
    rows: dict[tuple[str, str], Row] = {}
    for item, warehouse, account, part, amount in sides:
        key = name(item, warehouse, account)
        rows.setdefault(key, Row(*key)).amounts[part] += amount
    return [row for _key, row in sorted(rows.items()) if any(row.amounts.values())]


def namer(company: Company, by: str) -> Any:
    """(item, warehouse, account of a ledger line) → code and name of the group."""
    nowhere = ("", gettext("not given"))
    if by == "item":
        items = {
            value: (code, name)
            for value, code, name in Item.objects.filter(company=company).values_list(
                "dimension_value_id", "code", "name"
            )
        }
        return lambda item, _warehouse, _account: items.get(item, nowhere)
    if by == "category":
        categories = {
            value: (code, name)
            for value, code, name in Item.objects.filter(company=company).values_list(
                "dimension_value_id", "category__code", "category__name"
            )
        }
        return lambda item, _warehouse, _account: categories.get(item, nowhere)
    if by == "warehouse":
        places = {
            value: (code, name)
            for value, code, name in Warehouse.objects.filter(company=company).values_list(
                "dimension_value_id", "code", "name"
            )
        }
        return lambda _item, warehouse, _account: places.get(warehouse, nowhere)
    accounts = {row.pk: (row.code, row.name) for row in Account.objects.filter(company=company)}
    account_of = mapped_accounts(company)
    return lambda item, warehouse, account: accounts.get(account or account_of(item, warehouse), nowhere)


def mapped_accounts(company: Company) -> Any:
    """(item, warehouse) as dimension values → the account that their stock is mapped to now."""
    book = compiled(company.pk)
    categories = dict(
        Item.objects.filter(company=company).values_list("dimension_value_id", "category__dimension_value_id")
    )
    transit = set(
        Warehouse.objects.filter(company=company, kind=WarehouseKind.TRANSIT).values_list(
            "dimension_value_id", flat=True
        )
    )
    known: dict[tuple[Any, Any], int | None] = {}

    def account_of(item: Any, warehouse: Any) -> int | None:
        if (item, warehouse) not in known:
            facts = {"item": item, "item_category": categories.get(item), "warehouse": warehouse}
            facts = {name: value for name, value in facts.items() if value is not None}
            key = KEYS[1] if warehouse in transit else KEYS[0]
            found = next((one for one in book.get(key, []) if matches(one, facts)), None)
            known[item, warehouse] = found.account_id if found else None
        return known[item, warehouse]

    return account_of


COLUMNS = (
    Column("code", _("Code")),
    Column("name", _("Name"), width=32),
    Column("moves", _("Value of stock"), "amount"),
    Column("waiting", _("Not yet in the ledger"), "amount"),
    Column("shifted", _("Booked in another period"), "amount"),
    Column("estimates", _("Reversed estimates"), "amount"),
    Column("expected", _("The ledger must have"), "amount"),
    Column("ledger", _("Stock accounts"), "amount"),
    Column("difference", _("Difference"), "amount"),
)


def _query(company: Company, params: Params) -> ReportResult:
    until = period_range(company, params["to"], params["to"]).last
    by = params["by"] if params["by"] in dict(BY) else "account"
    rows = [_shown(row) for row in reconcile(company, until, by)]
    if params["differences"]:
        rows = [row for row in rows if row["difference"]]
    names = [column.key for column in COLUMNS[2:]]
    totals = {name: sum((row[name] for row in rows), ZERO) for name in names}
    agrees = gettext("✓ Stock and ledger agree.") if not totals["difference"] else gettext("✗ Stock and ledger differ.")
    return ReportResult(rows, totals, [gettext("To the end of %(period)s") % {"period": until}], [agrees])


def _shown(row: Row) -> dict[str, Any]:
    return {
        "code": row.code,
        "name": row.name,
        **{part: row.amounts[part] for part in (*PARTS, "ledger")},
        "expected": row.expected,
        "difference": row.difference,
        "css": "bad" if row.difference else "",
    }


def _drill(row: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, str]:
    by, to = params.get("by") or "account", params.get("to")
    given = {
        "category": {"category": row["code"]},
        "warehouse": {"warehouse": row["code"]},
        "item": {"text": row["code"]},
    }
    stock = link("stock_summary", to=to, **given.get(by, {}))
    causes = link("stock_differences", to=to, by=by, code=row["code"])
    lines = link("account_lines", account=row["code"], to=to) if by == "account" and row["code"] else causes
    urls = {"moves": stock, "waiting": link("posting_monitor", state="pending"), "estimates": causes, "shifted": causes}
    finer = {"account": "category", "warehouse": "item", "category": "item"}.get(by)
    if finer:
        urls["code"] = link("stock_reconciliation", to=to, by=finer)
    return {**urls, "ledger": lines, "difference": causes}


REPORT = register(
    Report(
        "stock_reconciliation",
        _("Stock and ledger reconciled"),
        "inventory.view_cost",
        _query,
        COLUMNS,
        (TO, Parameter("by", _("List by")), Parameter("differences", _("Only differences"), "bool", False)),
    )
)
PAGE = StockReport(
    REPORT,
    _("Stock costs"),
    drill=_drill,
    choices={"by": BY},
    empty=_("There is neither stock nor a balance of stock accounts."),
    shows_amounts=True,
)
