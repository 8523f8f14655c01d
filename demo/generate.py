"""Write the demo trader's sales file: two months, 50,000 rows, with the columns, shape and dirt of a real export.

From one seed always the same rows. The shape follows the public "Online Retail" data set (documents, sizes,
cancellations, free goods, corrections, service codes), the goods and customers are invented Chinese ones. A second
sheet names the customers. ``python -m demo.generate [-o FILE] [--rows N] [--seed S]``
"""

import argparse
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import xlsxwriter

COMPANY = "杭州礼遇贸易有限公司"
HEADERS = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]
FIRST_DAY = dt.date(2025, 11, 1)
LAST_DAY = dt.date(2025, 12, 31)
DEFAULT_ROWS = 50_000
DEFAULT_SEED = 20251101
HOME = "中国"
EXPORT = ["德国", "法国", "日本", "新加坡", "澳大利亚", "西班牙", "荷兰", "马来西亚"]

COLOURS = ["白色", "米白", "樱花粉", "雾霾蓝", "墨绿", "复古红", "香槟金", "浅灰", "原木色", "薄荷绿", "藏青", "琥珀"]
STYLES = [
    "心形",
    "圆形",
    "方形",
    "花瓣",
    "波点",
    "条纹",
    "刺绣",
    "珐琅",
    "复古",
    "手绘",
    "镂空",
    "青花",
    "国潮",
    "小熊",
    "锦鲤",
]
THINGS = {
    "烛台": (6, 28), "香薰蜡烛": (9, 48), "陶瓷杯": (8, 36), "蛋糕架": (22, 98), "相框": (9, 59), "首饰盒": (15, 88),
    "贺卡": (1, 6), "礼品袋": (1, 8), "包装纸": (1, 5), "丝带": (1, 9), "挂钟": (28, 128), "抱枕": (16, 69),
    "帆布袋": (6, 32), "餐巾纸": (3, 15), "便当盒": (12, 58), "保温杯": (25, 118), "钥匙扣": (2, 15), "冰箱贴": (2, 12),
    "笔记本": (4, 29), "文具套装": (6, 39), "小夜灯": (15, 79), "风铃": (8, 45), "花瓶": (12, 98), "茶具": (38, 198),
    "木盒": (12, 66), "圣诞挂饰": (2, 18), "桌布": (18, 88), "围裙": (14, 59), "八音盒": (26, 129), "门牌": (6, 36),
}  # fmt: skip
CITIES = [
    "杭州",
    "上海",
    "苏州",
    "宁波",
    "南京",
    "合肥",
    "厦门",
    "广州",
    "成都",
    "武汉",
    "长沙",
    "青岛",
    "西安",
    "天津",
]
NAMES = [
    "湖畔",
    "青禾",
    "拾光",
    "木棉",
    "知味",
    "初见",
    "云集",
    "晴川",
    "南山",
    "和煦",
    "半夏",
    "星河",
    "万象",
    "松间",
    "悦己",
]
TRADES = [
    "礼品店",
    "家居生活馆",
    "文创商店",
    "百货商行",
    "花艺工作室",
    "贸易商行",
    "精品店",
    "便利超市",
    "书店",
    "酒店用品部",
]
GROUPS = ["门店客户", "批发客户", "企业客户", "线上分销"]
NOTES = ["盘点差异", "破损", "?", "检查", "", "受潮报废", "样品室领用"]


@dataclass(frozen=True, slots=True)
class Good:
    code: str
    name: str
    price: int  # in cents


@dataclass(frozen=True, slots=True)
class Buyer:
    number: int
    name: str
    group: str
    city: str
    country: str


def goods(random: Random, count: int = 2_860) -> list[Good]:
    """Codes are five digits, a good part with a letter behind; prices end as shop prices do."""
    names = [f"{colour}{style}{thing}" for thing in THINGS for colour in COLOURS for style in STYLES]
    random.shuffle(names)
    found: dict[str, Good] = {}
    for name in names:
        if len(found) == count:
            break
        thing = next(t for t in THINGS if name.endswith(t))
        low, high = THINGS[thing]
        price = round(random.triangular(low, high, low + (high - low) / 5) * 100)
        price = max(50, price - price % 10 + random.choice([0, 5, 8, 9]))
        code = str(random.randint(20_000, 90_999)) + (random.choice("ABCDEFGLMPS") if random.random() < 0.14 else "")
        if code not in found:
            found[code] = Good(code, name, price)
    found |= {
        code: Good(code, name, 1_900) for code, name in (("DCGS0057", "定制礼盒(联名)"), ("DCGS0069", "定制贺卡(联名)"))
    }
    return list(found.values())


def buyers(random: Random, count: int = 960) -> list[Buyer]:
    """Shops of fourteen cities, and some abroad."""
    made = []
    taken: set[str] = set()
    while len(made) < count:
        city = random.choice(CITIES)
        name = f"{city}{random.choice(NAMES)}{random.choice(TRADES)}"
        if name in taken:
            name = f"{name}({random.choice('东西南北')}{random.randint(1, 99)}店)"
        if name in taken:
            continue
        taken.add(name)
        country = HOME if random.random() < 0.93 else random.choice(EXPORT)
        made.append(Buyer(12_346 + len(made) * 3, name, random.choice(GROUPS), city, country))
    return made


def rows(count: int = DEFAULT_ROWS, seed: int = DEFAULT_SEED) -> Iterator[list[Any]]:
    """The sheet's rows in the order of time, exactly ``count``."""
    random = Random(seed)
    shelf, shops = goods(random), buyers(random)
    popularity = [1 / (rank + 12) for rank in range(len(shelf))]
    documents = max(40, count * 2_338 // 49_999)
    sizes = _sizes(random, documents, count)
    moments = sorted(_moment(random) for _n in range(documents))
    sold: list[tuple[Good, int, Buyer | None]] = []
    number = 600_001
    for size, moment in zip(sizes, moments, strict=True):
        number += random.choice([1, 1, 1, 2])
        kind = random.random()
        if size <= 4 and sold and kind < 0.34:
            yield from _cancellation(random, f"C{number}", moment, size, sold)
        elif size <= 2 and kind < 0.42:
            yield from _correction(random, number, moment, size, shelf, popularity)
        else:
            buyer = None if random.random() < (0.9 if size > 80 else 0.12) else random.choice(shops)
            yield from _sale(random, number, moment, size, buyer, shelf, popularity, sold)


def _sizes(random: Random, documents: int, count: int) -> list[int]:
    """Lines per document: many of one line, a few of hundreds, one of 675; together ``count``."""
    sizes = [min(650, max(1, round(random.lognormvariate(2.05, 1.35)))) for _n in range(documents)]
    if count > 20_000:
        sizes[documents // 3] = 675
    largest = 675 if count > 20_000 else 0
    while (rest := count - sum(sizes)) != 0:
        at = random.randrange(documents)
        if sizes[at] == largest:
            continue
        step = max(1, min(abs(rest), sizes[at] // 4)) * (1 if rest > 0 else -1)
        sizes[at] = min(650, max(1, sizes[at] + step))
    return sizes


def _moment(random: Random) -> dt.datetime:
    while True:
        day = FIRST_DAY + dt.timedelta(days=random.randrange((LAST_DAY - FIRST_DAY).days + 1))
        if day.weekday() < 5 or random.random() < 0.35:
            return dt.datetime(
                day.year,
                day.month,
                day.day,
                random.choice([9, 10, 10, 11, 12, 13, 14, 15, 15, 16, 17]),
                random.randrange(60),
            )


def _sale(
    random: Random, number: int, moment: dt.datetime, size: int, buyer: Buyer | None, shelf: list[Good],
    popularity: list[float], sold: list[tuple[Good, int, Buyer | None]],
) -> Iterator[list[Any]]:  # fmt: skip
    factor = 1.0 if buyer else 1.96  # web sales are at retail price
    country = buyer.country if buyer else HOME
    for good in random.choices(shelf, popularity, k=size):
        service = random.random()
        if service < 0.0045:
            yield [number, *_service(random, buyer, moment), *_tail(buyer, country)]
            continue
        quantity = random.choice(
            [1, 1, 1, 2, 2, 3, 4, 6, 6, 8, 10, 12, 12, 24, 25, 48] if buyer else [1, 1, 1, 1, 2, 2, 3, 4]
        )
        price = 0.0 if random.random() < 0.0042 else round(good.price * factor / 100, 2)
        if price:
            sold.append((good, quantity, buyer))
        yield [number, *_dirty(random, good), quantity, moment, price, *_tail(buyer, country)]


def _service(random: Random, buyer: Buyer | None, moment: dt.datetime) -> list[Any]:
    code, name = random.choice(
        [
            ("POST", "快递费"),
            ("POST", "快递费"),
            ("DOT", "网店运费"),
            ("C2", "同城配送"),
            ("M", "手工录入"),
            ("m", "手工录入"),
        ]
        if buyer
        else [
            ("DOT", "网店运费"),
            ("DOT", "网店运费"),
            ("gift_0001_20", "网店礼品卡 20 元"),
            ("gift_0001_50", "网店礼品卡 50 元"),
        ]
    )
    return [code, name, random.choice([1, 1, 2, 3]), moment, random.choice([12.0, 18.0, 20.0, 35.5, 50.0, 96.8])]


def _cancellation(
    random: Random, number: str, moment: dt.datetime, size: int, sold: list[tuple[Good, int, Buyer | None]]
) -> Iterator[list[Any]]:
    """Goods that come back, discounts and samples given, fees that the marketplace and the bank keep."""
    special = random.random()
    if special < 0.085:
        code, name, price = random.choice(
            [("D", "销售折扣", 88.5), ("D", "满减优惠", 126.0), ("S", "样品", 32.6), ("M", "手工冲减", 58.0),
             ("POST", "退快递费", 18.0),
             ("AMAZONFEE", "平台服务费", 3_685.27), ("BANK CHARGES", "银行手续费", 152.66)]
        )  # fmt: skip
        buyer = None if code in ("AMAZONFEE", "BANK CHARGES") else random.choice(sold)[2]
        yield [number, code, name, -1, moment, price, *_tail(buyer, buyer.country if buyer else HOME)]
        for good, quantity, _who in random.sample(sold[-4_000:], size - 1):
            yield [number, *_dirty(random, good), -max(1, quantity // 2), moment, good.price / 100, *_tail(buyer, HOME)]
        return
    buyer = random.choice(sold[-4_000:])[2]
    for good, quantity, _who in random.sample(sold[-4_000:], min(size, len(sold))):
        yield [
            number,
            *_dirty(random, good),
            -max(1, quantity // 2),
            moment,
            good.price / 100,
            *_tail(buyer, buyer.country if buyer else HOME),
        ]
    for _n in range(size - min(size, len(sold))):
        yield [number, "D", "销售折扣", -1, moment, 10.0, *_tail(buyer, buyer.country if buyer else HOME)]


def _correction(
    random: Random, number: int, moment: dt.datetime, size: int, shelf: list[Good], popularity: list[float]
) -> Iterator[list[Any]]:
    for good in random.choices(shelf, popularity, k=size):
        note = random.choice(NOTES)
        yield [number, _code(random, good.code), note, -random.choice([1, 2, 3, 6, 12, 30]), moment, 0.0, "", HOME]


def _tail(buyer: Buyer | None, country: str) -> list[Any]:
    return [buyer.number if buyer else "", country]


def _dirty(random: Random, good: Good) -> list[Any]:
    name = good.name if random.random() > 0.004 else random.choice([f" {good.name} ", good.name + "　"])
    return [_code(random, good.code), name]


def _code(random: Random, code: str) -> Any:
    """As exports have them: numbers as numbers, some letters small, some blanks, some full-width digits."""
    chance = random.random()
    if chance < 0.002:
        return code.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    if code.isdigit():
        return int(code) if chance < 0.985 else f" {code}"
    return code.lower() if chance < 0.03 else code + " " if chance < 0.04 else code


def write(path: Path, count: int = DEFAULT_ROWS, seed: int = DEFAULT_SEED) -> Path:
    """Write the file (sheet of sales, sheet of customers) and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "default_date_format": "yyyy-mm-dd hh:mm"})
    book.set_properties({"created": dt.datetime(2026, 1, 1)})
    page = book.add_worksheet("Online Retail")
    page.write_row(0, 0, HEADERS)
    for at, row in enumerate(rows(count, seed), start=1):
        page.write_row(at, 0, row)
    page = book.add_worksheet("Customers")
    page.write_row(0, 0, ["CustomerID", "CustomerName", "Group", "City"])
    random = Random(seed)
    goods(random)
    for at, buyer in enumerate(buyers(random), start=1):
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
