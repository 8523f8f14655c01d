"""Books of stock alone, for driving the scenario files through the pure engine: documents become moves, every step
values all of them again in date order, and a refused step is left out. The simplest thing that could be right."""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from inventory.valuation import monthly
from inventory.valuation.engine import Effect, ItemSetting, Move, Valuation
from inventory.valuation.pool import rounded
from inventory.valuation.refusals import ValuationRefusal

LEAVING = {Effect.ISSUE, Effect.OUT, Effect.CONSUME, Effect.TO_SUPPLIER}
SIMPLE = {
    "receipt": (Effect.RECEIVE, 1, "grni"),
    "delivery": (Effect.ISSUE, -1, "cogs"),
    "issue": (Effect.ISSUE, -1, "expense"),
    "count_gain": (Effect.GAIN, 1, "inventory_gain"),
    "count_loss": (Effect.ISSUE, -1, "inventory_loss"),
    "sales_return": (Effect.BACK, 1, "cogs"),
    "purchase_return": (Effect.TO_SUPPLIER, -1, "grni"),
    "cost_adjustment": (Effect.ADJUST, 0, "cost_adjustment"),
}


class Refused(Exception):
    """A step is refused with a code."""


def millionths(text: str) -> int:
    """A quantity as whole millionths."""
    return int(Decimal(text).scaleb(6))


def cents(text: str | Decimal) -> int:
    """An amount in whole cents, half away from zero."""
    return int(Decimal(text).quantize(Decimal("0.01"), ROUND_HALF_UP).scaleb(2))


def money(value: int) -> str:
    return str(Decimal(value).scaleb(-2))


def times(qty: str, price: str) -> int:
    return cents(Decimal(qty) * Decimal(price))


@dataclass
class Row:
    """A move as the books keep it: where it stands in the order, its contra account, what its document was worth."""

    order: tuple
    move: Move
    account: str
    ref: str
    on: str
    purchase: int = 0  # receipts and returns to suppliers: cents at the purchase price


@dataclass
class Books:
    setup: dict[str, Any]
    rows: list[Row] = field(default_factory=list)
    numbers: dict[str, tuple[str, int]] = field(default_factory=dict)  # ref: (date, entry number)
    closed_until: str = ""

    def __post_init__(self) -> None:
        self.items = {row["code"]: i for i, row in enumerate(self.setup["items"], 1)}
        warehouses = [*self.setup["warehouses"], *self.setup.get("transit", [])]
        self.warehouses = {code: i for i, code in enumerate(warehouses, 1)}
        self.negative = self.setup.get("allow_negative", False)
        self.settings = {
            i: ItemSetting(row["method"], int(Decimal(row.get("standard_cost", 0)).scaleb(10)), self.negative)
            for i, row in enumerate(self.setup["items"], 1)
        }
        self.company_pool = self.setup["cost_pool"] == "company"
        self.count = 0
        self.next_id = 1
        self.results: list[tuple[Row, int, int]] = []  # (row, signed value, value at the original)
        self.final: Valuation | None = None

    # Entering

    def enter(self, step: dict[str, Any]) -> str | None:
        """Enter a step. Returns the code of its refusal; the books are then as before."""
        before = list(self.rows), dict(self.numbers), self.closed_until
        try:
            if step["on"] <= self.closed_until:
                raise Refused("period_closed")
            self.count += 1
            self.numbers[step["ref"]] = step["on"], self.count
            if step["do"] == "cancel":
                self._cancel(step)
            elif step["do"] == "close_period":
                self.closed_until = step["on"]
            else:
                self.rows += self._rows(step)
            self.rows.sort(key=lambda row: row.order)
            self.value()
            self._check_availability()
        except (Refused, ValuationRefusal) as refusal:
            self.rows, self.numbers, self.closed_until = before
            self.value()
            code = getattr(refusal, "code", None) or str(refusal)
            return "insufficient_stock" if code == "insufficient" else code
        return None

    def _row(self, step: dict[str, Any], line: dict[str, Any], effect: Effect, account: str, **more: Any) -> Row:
        values = {
            "qty": 0, "given": None, "of": 0, "share": 0, "warehouse": line.get("warehouse"),
            "order": (*self.numbers[step["ref"]], 0), "purchase": 0, **more,
        }  # fmt: skip
        move = Move(
            self.next_id, effect, self.items[line["item"]] if "item" in line else 0,
            self.warehouses.get(values["warehouse"], 0), self._lot(line), values["qty"], values["given"],
            values["of"], self.numbers[step["ref"]][1], values["share"], 0,
        )  # fmt: skip
        self.next_id += 1
        return Row((*values["order"], move.id), move, account, step["ref"], step["on"], values["purchase"])

    @staticmethod
    def _lot(line: dict[str, Any]) -> int:
        return int.from_bytes(line.get("lot", "").encode())

    def _rows(self, step: dict[str, Any]) -> list[Row]:
        do, lines = step["do"], step.get("lines", [])
        if do in SIMPLE:
            return [self._simple(step, line) for line in lines]
        return getattr(self, f"_{do}", lambda step, lines: [])(step, lines)

    def _simple(self, step: dict[str, Any], line: dict[str, Any]) -> Row:
        effect, sign, account = SIMPLE[step["do"]]
        more: dict[str, Any] = {"qty": sign * millionths(line.get("qty", "0"))}
        if step["do"] == "receipt":
            more["given"] = more["purchase"] = times(line["qty"], line["unit_cost"])
        elif step["do"] == "cost_adjustment":
            more["given"] = cents(line["amount"])
        elif effect in (Effect.BACK, Effect.TO_SUPPLIER):
            original = self._original(step, line, abs(more["qty"]))
            more["of"] = original.move.id
            if effect == Effect.TO_SUPPLIER:
                more["purchase"] = self._purchase_part(original, abs(more["qty"]))
        return self._row(step, line, effect, line.get("account", account), **more)

    def _original(self, step: dict[str, Any], line: dict[str, Any], qty: int) -> Row:
        """The line of the original with the item and lot that has most left to give back."""
        found = [
            row
            for row in self.rows
            if row.ref == step["of"]
            and row.move.qty
            and (row.move.item, row.move.lot) == (self.items[line["item"]], self._lot(line))
        ]
        if not found:
            raise Refused("no_original")
        original = next((row for row in found if self._open(row) >= qty), None)
        if original is None:
            raise Refused("more_than_original")
        return original

    def _open(self, original: Row) -> int:
        back = sum(abs(row.move.qty) for row in self.rows if row.move.of == original.move.id)
        return abs(original.move.qty) - back

    def _purchase_part(self, original: Row, qty: int) -> int:
        if qty == self._open(original):
            back = [row.purchase for row in self.rows if row.move.of == original.move.id and row.move.qty]
            return original.purchase - sum(back)
        return rounded(original.purchase * qty, original.move.qty)

    def _transfer(self, step: dict[str, Any], lines: list[dict[str, Any]]) -> list[Row]:
        rows = []
        for line in lines:
            qty = millionths(line["qty"])
            out = self._row(step, line, Effect.OUT, "stock", qty=-qty)
            rows += [
                out,
                self._row(step, line, Effect.INTO, "stock", qty=qty, of=out.move.id, warehouse=line["to_warehouse"]),
            ]
        return rows

    def _count(self, step: dict[str, Any], lines: list[dict[str, Any]]) -> list[Row]:
        rows = []
        for line in lines:
            item, warehouse, lot = self.items[line["item"]], self.warehouses[line["warehouse"]], self._lot(line)
            book = sum(
                row.move.qty
                for row in self.rows
                if row.order < (*self.numbers[step["ref"]],)
                and (row.move.item, row.move.warehouse, row.move.lot) == (item, warehouse, lot)
            )
            difference = millionths(line["qty"]) - book
            if difference < 0:
                rows.append(self._row(step, line, Effect.ISSUE, "inventory_loss", qty=difference))
            elif difference and "unit_cost" in line:
                given = cents(Decimal(difference).scaleb(-6) * Decimal(line["unit_cost"]))
                rows.append(
                    self._row(step, line, Effect.RECEIVE, "inventory_gain", qty=difference, given=given, purchase=given)
                )
            elif difference:
                rows.append(self._row(step, line, Effect.GAIN, "inventory_gain", qty=difference))
        return rows

    def _landed_cost(self, step: dict[str, Any], lines: list[dict[str, Any]]) -> list[Row]:
        receipt = [row for row in self.rows if row.ref == step["of"] and row.move.effect == Effect.RECEIVE]
        weights = [row.move.qty if step.get("by") == "qty" else row.move.given or 0 for row in receipt]
        amount, rows, left = cents(step["amount"]), [], cents(step["amount"])
        names = {number: code for code, number in self.items.items()}
        places = {number: code for code, number in self.warehouses.items()}
        for i, (row, weight) in enumerate(zip(receipt, weights, strict=True)):
            part = left if i == len(receipt) - 1 else rounded(amount * weight, sum(weights))
            left -= part
            new = self._row(
                step, {"item": names[row.move.item], "warehouse": places[row.move.warehouse]}, Effect.LANDED,
                "landed_cost_clearing", given=part, of=row.move.id, order=(*row.order[:2], 1),
            )  # fmt: skip
            new.move = new.move._replace(lot=row.move.lot)
            new.on = row.on
            rows.append(new)
        return rows

    def _standard_price_change(self, step: dict[str, Any], lines: list[dict[str, Any]]) -> list[Row]:
        places = self.warehouses if not self.company_pool else list(self.warehouses)[:1]
        return [
            self._row(
                step, line, Effect.REPRICE, "price_variance", warehouse=warehouse,
                given=int(Decimal(line["standard_cost"]).scaleb(10)),
            )
            for line in lines
            for warehouse in places
        ]  # fmt: skip

    def _assembly(self, step: dict[str, Any], lines: list[dict[str, Any]]) -> list[Row]:
        rows = [
            self._row(step, line, Effect.CONSUME, "assembly", qty=-millionths(line["qty"]))
            for line in lines
            if line["role"] == "consumed"
        ]
        if "amount" in step:
            rows.append(self._row(step, {}, Effect.FEE, "overhead_absorbed", given=cents(step["amount"])))
        produced = [line for line in lines if line["role"] == "produced"]
        shares = [millionths(str(line.get("share", 1))) for line in produced]
        return rows + [
            self._row(
                step, line, Effect.PRODUCE, "assembly", qty=millionths(line["qty"]), given=sum(shares), share=share
            )
            for line, share in zip(produced, shares, strict=True)
        ]

    def _invoice(self, step: dict[str, Any], lines: list[dict[str, Any]]) -> list[Row]:
        """Only a supplier's invoice of a receipt concerns stock: its price difference."""
        receipts = [row for row in self.rows if row.ref == step["of"] and row.move.effect == Effect.RECEIVE]
        rows = []
        for line in lines if receipts else []:
            row = next(row for row in receipts if row.move.item == self.items[line["item"]])
            invoiced = [r for r in self.rows if r.move.of == row.move.id and r.move.effect == Effect.VARIANCE]
            qty = millionths(line["qty"])
            done = sum(r.move.share for r in invoiced)
            if done + qty > row.move.qty:
                raise Refused("over_invoicing")
            estimate = rounded(row.purchase * qty, row.move.qty)
            if done + qty == row.move.qty:
                estimate = row.purchase - sum(r.purchase for r in invoiced)
            given = times(line["qty"], line["unit_price"]) - estimate
            place = next(code for code, number in self.warehouses.items() if number == row.move.warehouse)
            rows.append(
                self._row(
                    step, {**line, "warehouse": place}, Effect.VARIANCE, "cogs", given=given, of=row.move.id,
                    purchase=estimate, share=qty,
                )
            )  # fmt: skip
        return rows

    def _cancel(self, step: dict[str, Any]) -> None:
        if self.numbers.get(step["of"], ("9", 0))[0] <= self.closed_until:
            raise Refused("period_closed")
        gone = {row.move.id for row in self.rows if row.ref == step["of"]}
        if any(row.move.of in gone and row.ref != step["of"] for row in self.rows):
            raise Refused("has_dependents")
        self.rows = [row for row in self.rows if row.ref != step["of"]]

    # Valuing

    def value(self, until: str = "9") -> None:
        """Value all rows dated ``until`` or earlier from the start."""
        valuation = Valuation(self.settings, self.company_pool)
        values: dict[int, list[Any]] = {}
        for row in self.rows:
            if row.on > until:
                continue
            value = valuation.apply(row.move)
            values[row.move.id] = [row, value, valuation.at_original]
            for changed, whole in valuation.changes:
                values[changed][1] = whole
            valuation.changes.clear()
        for item, setting in self.settings.items():
            if setting.method == "monthly_average":
                self._value_months(item, values)
        self.results = [(row, value, at) for row, value, at in values.values()]
        self.final = valuation

    @staticmethod
    def _value_months(item: int, values: dict[int, list[Any]]) -> None:
        months: dict[str, list[Move]] = defaultdict(list)
        for row, value, _at in values.values():
            if row.move.item == item:
                months[row.on[:7]].append(row.move._replace(value=value))
        qty = total = 0
        for _month, moves in sorted(months.items()):
            for move, value in zip(moves, monthly.calculate(qty, total, moves), strict=True):
                values[move.id][1] = value
            qty += sum(move.qty for move in moves)
            total += sum(values[move.id][1] for move in moves)

    def _check_availability(self) -> None:
        if self.negative:
            return
        held: dict[tuple[int, ...], int] = defaultdict(int)
        for row in self.rows:
            move = row.move
            lot = move.lot if move.item and self.settings[move.item].method == "specific" else 0
            held[move.item, move.warehouse, lot] += move.qty
            if held[move.item, move.warehouse, lot] < 0:
                raise Refused("insufficient_stock")

    # Reading

    def stock(self, item: str, warehouse: str | None = None) -> tuple[int, int]:
        """Quantity and value of an item, in one warehouse or in all."""
        number = self.items[item]
        place = self.warehouses[warehouse] if warehouse else None
        mine = [
            (row.move.qty, value)
            for row, value, _at in self.results
            if row.move.item == number and place in (None, row.move.warehouse)
        ]
        return sum(qty for qty, _value in mine), sum(value for _qty, value in mine)

    def document(self, ref: str) -> int:
        """Signed effect of a document on stock; a transfer: the value moved."""
        mine = [(row, value) for row, value, _at in self.results if row.ref == ref]
        if any(row.move.effect == Effect.INTO for row, _value in mine):
            mine = [(row, value) for row, value in mine if row.move.effect == Effect.INTO]
        return sum(value for _row, value in mine)

    def accounts(self) -> dict[str, int]:
        """Balances, debit positive."""
        balances: dict[str, int] = defaultdict(int)
        for row, value, at_original in self.results:
            move, contra = row.move, -value
            if move.effect == Effect.RECEIVE:
                contra = -row.purchase
            elif move.effect == Effect.TO_SUPPLIER:
                contra = row.purchase
            elif move.effect == Effect.BACK and self.settings[move.item].method != "monthly_average":
                contra = -at_original
            elif move.effect in (Effect.LANDED, Effect.ADJUST, Effect.FEE):
                contra = -(move.given or 0)
            elif move.effect == Effect.VARIANCE:
                standard = self.settings[move.item].method == "standard"
                balances["price_variance" if standard else "cogs"] += (move.given or 0) - value
                balances["grni"] += row.purchase
                contra = 0
                balances["payable"] -= row.purchase + (move.given or 0)
                balances["stock"] += value
                continue
            balances["stock"] += value
            balances[row.account] += contra
            balances["price_variance"] -= value + contra if row.account != "overhead_absorbed" else 0
        return {key: balance for key, balance in balances.items() if balance}
