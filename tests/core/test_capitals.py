"""RMB capitals by the examples of the law's rule, and search keys."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erp.core.capitals import capitals
from erp.core.pinyin import full, initials, search_key, sort_key


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("1234.50", "壹仟贰佰叁拾肆元伍角整"),
        ("1001.05", "壹仟零壹元零伍分"),
        ("0.30", "叁角整"),
        ("100000.00", "壹拾万元整"),
        ("0.05", "伍分"),
        ("0", "零元整"),
        ("-5.50", "负伍元伍角整"),
        ("-0.30", "负叁角整"),
        ("123456.78", "壹拾贰万叁仟肆佰伍拾陆元柒角捌分"),
        ("100000.05", "壹拾万元零伍分"),
        ("10.35", "壹拾元叁角伍分"),
        ("1.005", "壹元零壹分"),
        ("10000000000.00", "壹佰亿元整"),
        ("100010001.00", "壹亿零壹万零壹元整"),
    ],
)
def test_an_amount_is_written_in_capitals(amount, words):
    """V12: capitals on vouchers."""
    assert capitals(Decimal(amount)) == words


def test_an_amount_beyond_every_column_is_refused():
    with pytest.raises(ValueError, match="too large"):
        capitals("12345678901234567.00")


DIGITS = dict(zip("零壹贰叁肆伍陆柒捌玖", range(10), strict=True))
UNITS = {"拾": 10, "佰": 100, "仟": 1000}


def read_back(words: str) -> Decimal:
    sign = -1 if words.startswith("负") else 1
    words = words.removeprefix("负").removesuffix("整")
    yuan, _, rest = words.rpartition("元") if "元" in words else ("", "", words)
    total = section = digit = 0
    for char in yuan:
        if char in DIGITS:
            digit = DIGITS[char]
        elif char in UNITS:
            section, digit = section + digit * UNITS[char], 0
        elif char == "万":
            total, section, digit = total + (section + digit) * 10**4, 0, 0
        else:
            total, section, digit = (total + section + digit) * 10**8, 0, 0
    fen = 0
    for char in rest:
        if char in DIGITS:
            digit_of_rest = DIGITS[char]
        else:
            fen += digit_of_rest * (10 if char == "角" else 1)
    return sign * (Decimal(total + section + digit) + Decimal(fen) / 100)


@settings(deadline=None)
@given(st.integers(min_value=-(10**11), max_value=10**11))
def test_capitals_read_back_to_the_same_amount(fen):
    words = capitals(Decimal(fen) / 100)
    assert read_back(words) == Decimal(fen) / 100
    assert words.endswith("分") != words.endswith("整")
    assert "零零" not in words


def test_a_name_is_found_by_initials_and_by_full_pinyin():
    assert initials("会计科目") == "kjkm"
    assert full("重庆") == "chongqing"
    assert initials("A4纸") == "a4z"
    assert initials("li里 x") == "lilx"
    assert search_key("1001", "库存现金") == "1001 库存现金 kcxj kucunxianjin"


def test_a_surname_is_read_as_one_and_a_hand_given_reading_comes_first():
    assert initials("单志强", person=True) == "szq"
    assert "szq" in search_key("E01", "单志强").split()
    assert "zhangsun" in full("长孙无忌", person=True)
    assert search_key("C1", "绿源", override="ly2").split()[2] == "ly2"


def test_full_width_text_is_found_narrow():
    assert search_key("Ａ１", "ＡＢＣ　公司").startswith("a1 abc 公司")
    assert sort_key("安徽") < sort_key("北京") < sort_key("重庆")
