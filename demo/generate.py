"""Write the demo trader's sales file: two months, 50,000 rows, with the columns, shape and dirt of a real export.

From one seed always the same rows. The shape follows the public "Online Retail" data set: how many documents of which
size, cancellations, free goods, corrections, service codes, sales without a customer. Goods and customers are
invented Chinese ones; a second sheet names the customers. ``python -m demo.generate [-o FILE] [--rows N] [--seed S]``
"""

import argparse
import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any

import xlsxwriter

from demo.catalogue import HOME, Buyer, Good, buyers, goods

COMPANY = "杭州礼遇贸易有限公司"
HEADERS = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]
FIRST_DAY = dt.date(2025, 11, 1)
LAST_DAY = dt.date(2025, 12, 31)
DEFAULT_ROWS = 50_000
DEFAULT_SEED = 20251101

# Shares of all rows or documents, counted in the real file.
DOCUMENTS = 2_338 / 50_000
CANCELLATIONS = 384 / 2_338
CORRECTIONS = 85 / 2_338
GIVEN_AWAY = 142 / 2_338
WEB_DAYS = 62 / 2_338
WEB_ROWS = 16_500 / 50_000
LARGEST = 675

DAY_RUSH = {(11, 10): 2.2, (11, 11): 3.0, (11, 12): 1.8, (12, 11): 1.8, (12, 12): 2.4, (12, 22): 1.6, (12, 23): 1.6}
HOURS = [
    8,
    9,
    9,
    10,
    10,
    10,
    11,
    11,
    11,
    11,
    12,
    12,
    12,
    13,
    13,
    13,
    13,
    14,
    14,
    14,
    14,
    14,
    15,
    15,
    15,
    16,
    16,
    17,
    18,
]
PACKS = [1, 1, 1, 2, 2, 2, 3, 4, 4, 6, 6, 8, 10, 12, 12, 12, 20, 24, 24, 25, 36, 48]
MISSING = [1, 1, 2, 4, 6, 10, 20, 38]
NOTES = ["盘点差异", "破损", "?", "检查", "", "", "", "受潮报废", "样品室领用", "错发更正"]
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
GIFT_CARDS = [20, 30, 40, 50]


@dataclass(slots=True)
class Sold:
    """A line of an earlier sale, which may come back once."""

    good: Good
    quantity: int
    price: float
    buyer: Buyer | None


@dataclass(frozen=True, slots=True)
class Plan:
    """One document to come: its kind and how many lines it has."""

    kind: str
    size: int


class Trader:
    """Deals in goods day by day: makes the rows of each planned document and remembers what was sold."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.shelf = goods(random)
        self.shops = buyers(random)
        # A few goods sell every day, many sell once: the curve of the real file.
        self.demand = list(accumulate(math.exp(-rank / 1_500) / (rank + 50) for rank in range(len(self.shelf))))
        self.loyalty = list(accumulate(1 / (rank + 300) for rank in range(len(self.shops))))
        self.sold: list[Sold] = []
        self.late = False

    def rows(self, plan: Plan, number: int, moment: dt.datetime) -> Iterator[list[Any]]:
        self.late = moment.date() > FIRST_DAY + dt.timedelta(days=35)
        make = getattr(self, f"_{plan.kind}")
        document, buyer, lines = make(number, plan.size)
        tail = [buyer.number if buyer else "", buyer.country if buyer else HOME]
        for code, name, quantity, price in lines:
            yield [document, code, name, self._dirty_number(quantity), moment, self._dirty_number(price), *tail]

    # --- kinds of documents: (number, customer, lines) -----------------------------------------------------------

    def _sale(self, number: int, size: int) -> tuple[Any, Buyer | None, list[tuple[Any, str, int, float]]]:
        random = self.random
        buyer = random.choices(self.shops, cum_weights=self.loyalty)[0] if random.random() < 0.97 else None
        lines = [self._sell(good, buyer, self._pack(), web=False) for good in self._pick(size)]
        # Charges stand at the end of a document, in the place of its last line.
        if size > 2 and buyer and buyer.country != HOME and random.random() < 0.85:
            lines[-1] = ("POST", "国际快递费", random.choice([1, 1, 2, 2, 3, 4, 6]), random.choice([18.0, 28.0, 40.0]))
        elif size > 2 and random.random() < 0.007:
            lines[-1] = ("C2", "同城配送", 1, random.choice([50.0, 50.0, 50.0, 80.0, 150.0]))
        elif random.random() < 0.017:
            price = round(random.choice([1, 1, 1, 10]) * random.uniform(1.5, 58), 2)
            lines[-1] = (random.choice("MMMMm"), "手工录入", random.choice([1, 1, 1, 2, 6]), price)
        elif random.random() < 0.02:
            good, quantity = self._pick(1)[0], self._pack()
            lines[-1] = (self._dirty_code(good.code), self._dirty_name(good), quantity, 0.0)
        return number, buyer, lines

    def _web_day(self, number: int, size: int) -> tuple[Any, Buyer | None, list[tuple[Any, str, int, float]]]:
        """A day's parcels of the web shop as one document: no customer, retail prices, the postage at the end."""
        random = self.random
        lines = []
        for good in self._pick(size):
            line = self._sell(good, None, random.choice([1, 1, 1, 1, 1, 2, 2, 3, 4]), web=True)
            chance = random.random()
            if chance < 0.003:
                line = (*line[:3], 0.0)
            elif chance < 0.0036:
                face = random.choice(GIFT_CARDS)
                line = (f"gift_0001_{face}", f"网店礼品卡 {face} 元", 1, float(face))
            lines.append(line)
        if size > 1:
            lines[-1] = ("DOT", "网店运费", 1, round(size * random.uniform(1.2, 2.2), 2))
        return number, None, lines

    def _given_away(self, number: int, size: int) -> tuple[Any, Buyer | None, list[tuple[Any, str, int, float]]]:
        """Goods put into parcels for nothing; nobody wrote a name."""
        return number, None, [
            (self._dirty_code(good.code), self.random.choice(["", "", "", good.name, "促销赠品"]), self._pack(), 0.0)
            for good in self._pick(size)
        ]  # fmt: skip

    def _correction(self, number: int, size: int) -> tuple[Any, Buyer | None, list[tuple[Any, str, int, float]]]:
        """Stock that is not there: negative without being a cancellation, without a price."""
        return number, None, [
            (self._dirty_code(good.code), self.random.choice(NOTES), -self.random.choice(MISSING), 0.0)
            for good in self._pick(size)
        ]  # fmt: skip

    def _cancellation(self, number: int, size: int) -> tuple[Any, Buyer | None, list[tuple[Any, str, int, float]]]:
        """Goods that come back, at the price and from the customer of the sale; or what the service codes take away."""
        random = self.random
        buyer, back = self._return(size)
        if size > 1 or (back and random.random() > 0.15):
            lines = [
                (self._dirty_code(line.good.code), self._dirty_name(line.good), -quantity, line.price)
                for line, quantity in back
            ]
            lines += [("D", "销售折扣", -1, round(random.uniform(20, 280), 2)) for _n in range(size - len(lines))]
            return f"C{number}", buyer, lines
        code, name, price = random.choice(
            [
                ("D", "销售折扣", random.uniform(20, 280)),
                ("D", "满减优惠", random.uniform(20, 180)),
                ("M", "手工冲减", random.uniform(1, 300)),
                ("M", "手工冲减", random.uniform(1, 300)),
                ("POST", "退快递费", random.choice([18.0, 28.0, 40.0])),
                ("S", "样品", random.uniform(12, 80)),
                ("AMAZONFEE", "平台服务费", random.uniform(2_800, 5_600)),
                ("BANK CHARGES", "银行手续费", random.uniform(15, 360)),
            ]
        )
        buyer = None if code in ("S", "AMAZONFEE", "BANK CHARGES") else buyer
        return f"C{number}", buyer, [(code, name, -1, round(price, 2))]

    # --- goods out and back --------------------------------------------------------------------------------------

    def _pick(self, size: int) -> list[Good]:
        """Different goods, the popular ones more often; now and then one is entered twice."""
        picked: dict[str, Good] = {}
        while len(picked) < size:
            for good in self.random.choices(self.shelf, cum_weights=self.demand, k=size - len(picked)):
                picked[good.code] = good
        chosen = list(picked.values())
        if size > 3 and self.random.random() < 0.1:
            chosen[-1] = chosen[0]
        return chosen

    def _pack(self) -> int:
        chance = self.random.random()
        if chance < 0.004:
            return self.random.choice([144, 200, 288, 480])
        return self.random.choice([72, 96, 100]) if chance < 0.012 else self.random.choice(PACKS)

    def _sell(self, good: Good, buyer: Buyer | None, quantity: int, *, web: bool) -> tuple[Any, str, int, float]:
        factor = 1.96 if web else 1.0 if quantity >= 12 else 1.18
        price = round(good.price * factor) / 100
        self.sold.append(Sold(good, quantity, price, buyer))
        return self._dirty_code(good.code), self._dirty_name(good), quantity, price

    def _return(self, size: int) -> tuple[Buyer | None, list[tuple[Sold, int]]]:
        """Up to ``size`` lines of one customer's earlier purchases, each taken back whole or in part."""
        random = self.random
        longest: range = range(0)
        for _try in range(12):
            if not self.sold or len(longest) >= size:
                break
            run = self._run(random.randrange(max(0, len(self.sold) - 12_000), len(self.sold)), size)
            # A web customer seldom sends anything back.
            if len(run) > len(longest) and (self.sold[run[0]].buyer or random.random() < 0.1):
                longest = run
        taken = [self.sold[at] for at in longest]
        del self.sold[longest.start : longest.stop]
        back = [(line, line.quantity if random.random() < 0.5 else max(1, line.quantity // 3)) for line in taken]
        return (taken[0].buyer if taken else None), back

    def _run(self, at: int, size: int) -> range:
        """Places around ``at``, at most ``size``, whose lines were sold to the same customer."""
        first = last = at
        buyer = self.sold[at].buyer
        while last + 1 < len(self.sold) and last - first + 1 < size and self.sold[last + 1].buyer is buyer:
            last += 1
        while first > 0 and last - first + 1 < size and self.sold[first - 1].buyer is buyer:
            first -= 1
        return range(first, last + 1)

    # --- as exports have them ------------------------------------------------------------------------------------

    def _dirty_code(self, code: str) -> Any:
        """Numbers as numbers; some letters small, some blanks, some full-width digits."""
        chance = self.random.random()
        if chance < 0.001:
            return code.translate(FULL_WIDTH)
        if code.isdigit():
            return int(code) if chance < 0.996 else f"{code} "
        return code.lower() if chance < 0.06 else f"{code} " if chance < 0.08 else code

    def _dirty_name(self, good: Good) -> str:
        name = good.renamed if good.renamed and self.late else good.name
        chance = self.random.random()
        return (
            f"{name} " if chance < 0.03 else f"{name}　" if chance < 0.035 else f" {name}" if chance < 0.038 else name
        )

    def _dirty_number(self, value: float) -> Any:
        """A few numbers are text, of these some in full-width digits."""
        chance = self.random.random()
        if chance > 0.0006:
            return value
        text = f"{value:.2f}" if isinstance(value, float) else str(value)
        return text.translate(FULL_WIDTH) if chance < 0.0001 else text


def rows(count: int = DEFAULT_ROWS, seed: int = DEFAULT_SEED) -> Iterator[list[Any]]:
    """The sheet's rows in the order of time, exactly ``count``."""
    random = Random(seed)
    trader = Trader(random)
    plans = _plans(random, count)
    number = 600_000
    for plan, moment in zip(plans, sorted(_moments(random, len(plans))), strict=True):
        number += random.choice([1, 1, 1, 2])
        yield from trader.rows(plan, number, moment)


def _plans(random: Random, count: int) -> list[Plan]:
    """All documents in an order of chance; their sizes add up to ``count``. Each kind is there, however few rows."""
    documents = max(8, round(count * DOCUMENTS))
    made = [Plan("correction", 1) for _n in range(max(1, round(documents * CORRECTIONS)))]
    made += [Plan("given_away", 1) for _n in range(max(1, round(documents * GIVEN_AWAY)))]
    days = max(1, round(documents * WEB_DAYS))
    mean = count * WEB_ROWS / days
    made += [Plan("web_day", min(LARGEST - 25, max(2, round(random.gauss(mean, mean / 2))))) for _n in range(days)]
    if count >= 20_000:
        made[-1] = Plan("web_day", LARGEST)
    returns = max(1, round(documents * CANCELLATIONS))
    made += [Plan("cancellation", _returned_lines(random)) for _n in range(returns)]
    sales = max(2, documents - len(made))
    made += [Plan("sale", size) for size in _sizes(random, sales, count - sum(plan.size for plan in made))]
    random.shuffle(made)
    # Nothing comes back before something is sold.
    early = next(place for place, plan in enumerate(made) if plan.kind == "sale")
    made[0], made[early] = made[early], made[0]
    return made


def _returned_lines(random: Random) -> int:
    return 1 if random.random() < 0.62 else min(39, 1 + round(random.lognormvariate(0.9, 0.85)))


def _sizes(random: Random, documents: int, total: int) -> list[int]:
    """Lines per sale: half of them under 15, a few beyond 100; together ``total``."""
    if total < documents:
        return [1] * max(0, total)
    sizes = [min(171, max(1, round(random.lognormvariate(2.56, 0.98)))) for _n in range(documents)]
    while (rest := total - sum(sizes)) != 0:
        step = 1 if rest > 0 else -1
        for at in random.choices(range(documents), k=abs(rest)):
            if sizes[at] + step >= 1:
                sizes[at] += step
    return sizes


def _moments(random: Random, count: int) -> Iterator[dt.datetime]:
    """Working hours; quiet on Sundays, closed on Saturdays, busy around the sales days and before Christmas."""
    days = [FIRST_DAY + dt.timedelta(days=n) for n in range((LAST_DAY - FIRST_DAY).days + 1)]
    weekly = [1.0, 1.0, 1.0, 1.1, 1.0, 0.0, 0.5]
    weights = [weekly[day.weekday()] * DAY_RUSH.get((day.month, day.day), 1.0) for day in days]
    for day in random.choices(days, weights, k=count):
        yield dt.datetime(day.year, day.month, day.day, random.choice(HOURS), random.randrange(60))


def write(path: Path, count: int = DEFAULT_ROWS, seed: int = DEFAULT_SEED) -> Path:
    """Write the file (sheet of sales, sheet of customers) and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    options = {"constant_memory": True, "default_date_format": "yyyy-mm-dd hh:mm", "strings_to_formulas": False}
    book = xlsxwriter.Workbook(str(path), options)
    book.set_properties({"created": dt.datetime(2026, 1, 1)})
    page = book.add_worksheet("Online Retail")
    page.set_column(2, 2, 26)
    page.set_column(4, 4, 17)
    page.freeze_panes(1, 0)
    page.write_row(0, 0, HEADERS)
    for at, row in enumerate(rows(count, seed), start=1):
        page.write_row(at, 0, row)
    page = book.add_worksheet("Customers")
    page.set_column(1, 1, 32)
    page.write_row(0, 0, ["CustomerID", "CustomerName", "Group", "City"])
    for at, buyer in enumerate(Trader(Random(seed)).shops, start=1):
        page.write_row(at, 0, [buyer.number, buyer.name, buyer.group, buyer.city])
    book.close()
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the demo trader's sales file.")
    parser.add_argument("-o", "--output", type=Path, default=Path("var/demo_sales.xlsx"))
    parser.add_argument("--rows", type=int, default=DEFAULT_ROWS)
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
    options = parser.parse_args()
    print(write(options.output, options.rows, options.seed))


if __name__ == "__main__":
    main()
