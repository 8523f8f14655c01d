"""Amounts in capitals (大写金额) as vouchers, receipts and cheques show them.

会计基础工作规范 art. 52: 整 follows 元 or 角, nothing follows 分; zeros between digits are read once, as 零.
``cn2an`` reads the digits; this module gives it cents that are already rounded, and completes the wording.
"""

from decimal import Decimal

import cn2an

from erp.core.money import Number, cents

LARGEST = Decimal("9999999999999999.99")


def capitals(amount: Number) -> str:
    """``1234.50`` → ``壹仟贰佰叁拾肆元伍角整``; negative amounts begin with 负.

    Raises ``ValueError`` above 9,999,999,999,999,999.99, which no column of ours holds.
    """
    value = cents(amount)
    size = abs(value)
    if size > LARGEST:
        raise ValueError(f"{amount} is too large to be written in capitals")
    words = str(cn2an.an2cn(f"{size:f}", "rmb"))
    # A standing wording: cents alone are 伍分, not 零元零伍分; 整 ends every amount without 分.
    if size and size < 1:
        words = words.removeprefix("零元").removeprefix("零")
    words = words.rstrip("整")
    if not words.endswith("分"):
        words += "整"
    return f"负{words}" if value < 0 else words
