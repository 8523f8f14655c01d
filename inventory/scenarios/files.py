"""Read scenario files: two forms, one shape.

The simple form states the end of each scenario (``accounts``, ``total``, ``refused``); the stepwise form states what
holds after any step. Both become ``Scenario``: steps in the order of their entry, and what to compare after which.
"""

import datetime as dt
import json
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from erp.core.errors import DomainError

END = "end"
DATA = Path(__file__).parent
FILES = ("valuation.json", "valuation_peers.json", "own.json")

# What the files call an account → the account key that it stands for here.
KEYS = {
    "inventory_gain": "stock_gain",
    "inventory_loss": "stock_loss",
    "price_variance": "cost_variance",
    "in_transit": "stock_in_transit",
    "cost_adjustment": "cost_adjustment_contra",
    "expense": "consumption",
}


class NoScenarioFile(DomainError):
    code = "no_scenario_file"
    template = _("%(file)s is no file of scenarios: %(problem)s.")


@dataclass(slots=True)
class Line:
    """A line of a step. Quantities in the item's unit, money in the company's currency."""

    item: str
    warehouse: str = ""
    to_warehouse: str = ""
    lot: str = ""
    qty: Decimal = Decimal(0)
    unit_cost: Decimal | None = None
    unit_price: Decimal | None = None
    tax_rate: Decimal | None = None
    discount: Decimal = Decimal(0)
    price_includes_tax: bool = False
    amount: Decimal | None = None
    standard_cost: Decimal | None = None
    account: str = ""
    role: str = ""
    share: Decimal | None = None


@dataclass(slots=True)
class Step:
    """A document as entered, or something done to one (``of``)."""

    on: dt.date
    do: str
    ref: str
    of: str = ""
    amount: Decimal | None = None
    by: str = ""
    write_off: Decimal = Decimal(0)
    over_delivery: Decimal = Decimal(0)
    lines: list[Line] = field(default_factory=list)


@dataclass(slots=True)
class StockRow:
    """``warehouse`` ``*``: all of them together. ``value`` None: not stated."""

    item: str
    warehouse: str
    qty: Decimal
    value: Decimal | None


@dataclass(slots=True)
class Expectation:
    """What holds once step ``after`` was entered. ``accounts``: key → debit less credit, all others zero; None where
    the file says nothing of the books. ``cogs`` alone may be stated too."""

    after: str
    as_of: dt.date | None = None
    stock: list[StockRow] = field(default_factory=list)
    accounts: dict[str, Decimal] | None = None
    cogs: Decimal | None = None
    costs: dict[str, Decimal] = field(default_factory=dict)


@dataclass(slots=True)
class NewItem:
    code: str
    method: str
    standard_cost: Decimal | None = None


@dataclass(slots=True)
class Scenario:
    """``refusals``: step → the code it must be refused with; every other step must be accepted."""

    id: str
    title: str
    cost_pool: str
    warehouses: list[str]
    transit: list[str]
    allow_negative: bool
    items: list[NewItem]
    steps: list[Step]
    expectations: list[Expectation]
    refusals: dict[str, str]

    def step(self, ref: str) -> Step:
        return next(step for step in self.steps if step.ref == ref)


def read(path: Path) -> list[Scenario]:
    """The scenarios of a file, whichever form it has. Raises ``NoScenarioFile``."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        rows = content["scenarios"] if isinstance(content, dict) else content
        return [_scenario(row) for row in rows]
    except OSError as error:
        raise NoScenarioFile(file=path, problem=error.strerror or str(error)) from error
    except (ValueError, KeyError, TypeError, ArithmeticError) as error:
        raise NoScenarioFile(file=path, problem=f"{type(error).__name__} {error}") from error


def _scenario(row: dict[str, Any]) -> Scenario:
    setup = row["setup"]
    steps = [_step(step) for step in row["steps"]]
    expect = row["expect"]
    if isinstance(expect, dict):
        expectations = [_final(expect)]
        refusals = {refused["ref"]: refused["error"] for refused in expect.get("refused", [])}
    else:
        expectations = [_stated(stated) for stated in expect]
        refusals = {
            steps[-1].ref if stated["after"] == END else stated["after"]: stated["error"]
            for stated in expect
            if stated.get("error")
        }
    return Scenario(
        id=row["id"],
        title=row.get("title", ""),
        cost_pool=setup.get("cost_pool", "warehouse"),
        warehouses=setup["warehouses"],
        transit=setup.get("transit", []),
        allow_negative=setup.get("allow_negative", False),
        items=[NewItem(item["code"], item["method"], _number(item.get("standard_cost"))) for item in setup["items"]],
        steps=steps,
        expectations=expectations,
        refusals=refusals,
    )


_NUMBERS = {"qty", "unit_cost", "unit_price", "tax_rate", "discount", "amount", "standard_cost", "share"}


def _step(row: dict[str, Any]) -> Step:
    lines = [_line(line) for line in row.get("lines") or []]
    known = {"on", "do", "ref", "of", "amount", "by", "write_off", "over_delivery", "lines"}
    if unknown := row.keys() - known:
        raise ValueError(f"step {row['ref']} says {', '.join(sorted(unknown))}")
    return Step(
        on=dt.date.fromisoformat(row["on"]),
        do=row["do"],
        ref=row["ref"],
        of=row.get("of") or "",
        amount=_number(row.get("amount")),
        by=row.get("by") or "",
        write_off=_number(row.get("write_off")) or Decimal(0),
        over_delivery=_number(row.get("over_delivery")) or Decimal(0),
        lines=lines,
    )


def _line(row: dict[str, Any]) -> Line:
    fields: dict[str, Any] = {name: _number(value) if name in _NUMBERS else value for name, value in row.items()}
    return Line(**fields)


def _final(expect: dict[str, Any]) -> Expectation:
    """The simple form: its keys of accounts are the only ones that may have a balance."""
    stock = [_stock_row(row) for row in expect.get("stock", [])]
    stock += [_stock_row(row | {"warehouse": "*"}) for row in expect.get("total", [])]
    accounts = {key: Decimal(amount) for key, amount in expect.get("accounts", {}).items()}
    return Expectation(END, stock=stock, accounts=accounts)


def _stated(row: dict[str, Any]) -> Expectation:
    accounts = None
    if "gl" in row:
        accounts = {line["account"]: Decimal(line["debit"]) - Decimal(line["credit"]) for line in row["gl"]}
    return Expectation(
        after=row["after"],
        as_of=dt.date.fromisoformat(row["as_of"]) if row.get("as_of") else None,
        stock=[_stock_row(line) for line in row.get("stock", [])],
        accounts=accounts,
        cogs=_number(row.get("cogs")),
        costs={line["ref"]: Decimal(line["value"]) for line in row.get("costs") or []},
    )


def _stock_row(row: dict[str, Any]) -> StockRow:
    return StockRow(row["item"], row["warehouse"], Decimal(row["qty"]), _number(row.get("value")))


def _number(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))
