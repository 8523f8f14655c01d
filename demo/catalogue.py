"""The demo trader's goods and customers: invented names in the manner of a Chinese gift wholesaler."""

from dataclasses import dataclass
from random import Random

HOME = "中国"


def _words(text: str) -> list[str]:
    return text.split()


COLOURS = _words("白色 米白 樱花粉 雾霾蓝 墨绿 复古红 香槟金 浅灰 原木色 薄荷绿 藏青 琥珀")
STYLES = _words("心形 圆形 方形 花瓣 波点 条纹 刺绣 珐琅 复古 手绘 镂空 青花 国潮 小熊 锦鲤")
# Wholesale price in yuan, from … to.
THINGS = {
    "烛台": (6, 28), "香薰蜡烛": (9, 48), "陶瓷杯": (8, 36), "蛋糕架": (22, 98), "相框": (9, 59), "首饰盒": (15, 88),
    "贺卡": (1, 6), "礼品袋": (1, 8), "包装纸": (1, 5), "丝带": (1, 9), "挂钟": (28, 128), "抱枕": (16, 69),
    "帆布袋": (6, 32), "餐巾纸": (3, 15), "便当盒": (12, 58), "保温杯": (25, 118), "钥匙扣": (2, 15), "冰箱贴": (2, 12),
    "笔记本": (4, 29), "文具套装": (6, 39), "小夜灯": (15, 79), "风铃": (8, 45), "花瓶": (12, 98), "茶具": (38, 198),
    "木盒": (12, 66), "圣诞挂饰": (2, 18), "桌布": (18, 88), "围裙": (14, 59), "八音盒": (26, 129), "门牌": (6, 36),
}  # fmt: skip
LICENSED = {"DCGS0057": "定制礼盒(联名)", "DCGS0069": "定制贺卡(联名)", "DCGS0076": "日光瓶小夜灯(联名)"}

CITIES = _words("杭州 上海 苏州 宁波 南京 合肥 厦门 广州 成都 武汉 长沙 青岛 西安 天津")
ABROAD = {
    "德国": ("柏林", "汉堡"), "法国": ("巴黎", "里昂"), "日本": ("大阪", "京都"), "新加坡": ("新加坡",),
    "澳大利亚": ("悉尼", "墨尔本"), "西班牙": ("马德里",), "荷兰": ("鹿特丹",), "马来西亚": ("槟城", "吉隆坡"),
}  # fmt: skip
NAMES = _words("湖畔 青禾 拾光 木棉 知味 初见 云集 晴川 南山 和煦 半夏 星河 万象 松间 悦己")
TRADES = _words("礼品店 家居生活馆 文创商店 百货商行 花艺工作室 贸易商行 精品店 便利超市 书店 酒店用品部")
GROUPS = _words("门店客户 批发客户 企业客户 线上分销")
EXPORT_GROUP = "外贸客户"


@dataclass(frozen=True, slots=True)
class Good:
    """``price``: wholesale, in cents. ``renamed``: what later documents call it, if they do."""

    code: str
    name: str
    price: int
    renamed: str = ""


@dataclass(frozen=True, slots=True)
class Buyer:
    number: int
    name: str
    group: str
    city: str
    country: str


def goods(random: Random, count: int = 3_170) -> list[Good]:
    """Single goods have a number; goods in several colours share one, with a letter for each colour."""
    kinds = [f"{style}{thing}" for thing in THINGS for style in STYLES]
    singles = [(f"{colour}{kind}",) for kind in kinds for colour in COLOURS]
    random.shuffle(singles)
    coloured = random.sample(kinds, len(kinds) // 2)
    families = [
        tuple(f"{kind} {colour}" for colour in random.sample(COLOURS, random.randint(2, 5))) for kind in coloured
    ]
    families += singles
    numbers = iter(random.sample(range(20_000, 24_000), 2_600) + random.sample(range(35_000, 91_000), 3_000))
    letters = "ABCDEFGH"
    made: list[Good] = []
    for family in families:
        if len(made) >= count:
            break
        number, price = next(numbers), _price(random, family[0])
        for letter, name in zip(letters, family, strict=False):
            code = f"{number}{letter}" if len(family) > 1 else str(number)
            made.append(Good(code, name, price, f"{name}(新款)" if random.random() < 0.03 else ""))
    random.shuffle(made)
    # The last are asked for least.
    return [*made, *(Good(code, name, 1_900) for code, name in LICENSED.items())]


def _price(random: Random, name: str) -> int:
    low, high = next(limits for thing, limits in THINGS.items() if thing in name)
    price = round(random.triangular(low, high, low + (high - low) / 5) * 100)
    return max(50, price - price % 10 + random.choice([0, 5, 8, 9]))


def buyers(random: Random, count: int = 1_040) -> list[Buyer]:
    """Shops of fourteen cities, and some abroad."""
    made: list[Buyer] = []
    taken: set[str] = set()
    while len(made) < count:
        country = HOME if random.random() < 0.955 else random.choice(list(ABROAD))
        city = random.choice(CITIES if country == HOME else ABROAD[country])
        name = f"{city}{random.choice(NAMES)}{random.choice(TRADES)}"
        if name in taken:
            name = f"{name}({random.choice('东西南北')}{random.randint(1, 99)}店)"
        if name in taken:
            continue
        taken.add(name)
        group = random.choice(GROUPS) if country == HOME else EXPORT_GROUP
        made.append(Buyer(12_346 + len(made) * 3, name, group, city, country))
    return made
