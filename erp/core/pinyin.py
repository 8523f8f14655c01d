"""The key under which a record is found by code, name or pinyin.

A clerk types ``hzly``, ``hangzhou`` or ``杭州`` and means the same customer. The key is stored beside the record and
searched with ``contains``; it also sorts Chinese names without a collation of the database.
"""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from pypinyin import Style, lazy_pinyin

# Read differently at the head of a person's name; pypinyin reads them as ordinary words.
SURNAMES = {
    "单": "shan", "曾": "zeng", "解": "xie", "仇": "qiu", "区": "ou", "朴": "piao", "查": "zha", "盖": "ge",
    "冼": "xian", "缪": "miao", "翟": "zhai", "任": "ren", "宁": "ning", "华": "hua", "乐": "yue", "覃": "qin",
    "召": "shao", "折": "she", "种": "chong", "秘": "bi", "繁": "po", "员": "yun", "黑": "he",
    "尉迟": "yu chi", "万俟": "mo qi", "长孙": "zhang sun", "令狐": "ling hu",
}  # fmt: skip
# A person's name has two to four characters; anything longer is a company or a thing and is read as words.
LONGEST_PERSON = 4
NOT_CHINESE = "\0"


def plain(text: str) -> str:
    """Text as it is compared: full-width letters and digits made narrow, lower case, single blanks."""
    return " ".join(unicodedata.normalize("NFKC", text).lower().split())


@lru_cache(maxsize=20_000)
def syllables(text: str, *, person: bool = False) -> tuple[str, ...]:
    """Pinyin without tones, one entry per character; runs of other text stay whole, marked by ``NOT_CHINESE``.

    ``person``: the head of the text is read as a surname.
    """
    words = plain(text)
    head: list[str] = []
    if person and 2 <= len(words) <= LONGEST_PERSON:
        surname = next((words[:n] for n in (2, 1) if words[:n] in SURNAMES and len(words) > n), "")
        head, words = SURNAMES.get(surname, "").split(), words[len(surname) :]
    return (*head, *lazy_pinyin(words, style=Style.NORMAL, errors=lambda run: NOT_CHINESE + run))


def initials(text: str, *, person: bool = False) -> str:
    """``会计科目`` → ``kjkm``. Latin letters and digits stay: 「A4纸」 is found by ``a4z``."""
    return _joined(part[1:] if part[0] == NOT_CHINESE else part[0] for part in syllables(text, person=person))


def full(text: str, *, person: bool = False) -> str:
    """``会计科目`` → ``kuaijikemu``."""
    return _joined(part.lstrip(NOT_CHINESE) for part in syllables(text, person=person))


def _joined(parts: Iterable[str]) -> str:
    return "".join("".join(parts).split())


def search_key(code: str, name: str, *, override: str = "", person: bool = False) -> str:
    """Code, name, initials and full pinyin, lower case, one blank between; ``override`` is a reading given by hand.

    Names of two to four characters that begin with a surname of several readings get the surname's reading as well.
    """
    readings = [override] if override else []
    for as_person in dict.fromkeys((person, True)):
        readings += [initials(name, person=as_person), full(name, person=as_person)]
    parts = [plain(part) for part in (code, name, *readings)]
    return " ".join(dict.fromkeys(part for part in parts if part))


def sort_key(name: str) -> str:
    """Full pinyin with a blank between syllables: the order in which a Chinese reader expects names."""
    return " ".join(part.lstrip(NOT_CHINESE) for part in syllables(name))
