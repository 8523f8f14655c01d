"""Text of two fonts: Chinese from the shipped Droid Sans Fallback, Latin and digits from Vera of reportlab.

Both are embedded, so that a file looks the same everywhere and in thirty years. The Chinese font has no Latin
letters; a text is drawn in runs of one font each. Digits of Vera have one width, so that amounts stand in columns.
"""

from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

CHINESE, LATIN, LATIN_BOLD = "TongzhangChinese", "TongzhangLatin", "TongzhangLatinBold"
LATIN_SCALE = 0.88  # Vera is drawn large; so its digits stand as high as the characters beside them.
FONTS = Path(__file__).parent / "fonts"


@cache
def register_fonts() -> None:
    """Make the fonts known to reportlab, once a process."""
    pdfmetrics.registerFont(TTFont(CHINESE, str(FONTS / "DroidSansFallbackFull.ttf")))
    pdfmetrics.registerFont(TTFont(LATIN, "Vera.ttf"))
    pdfmetrics.registerFont(TTFont(LATIN_BOLD, "VeraBd.ttf"))


def runs(text: str) -> Iterator[tuple[bool, str]]:
    """(is Latin, part) from left to right."""
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or _is_latin(text[at]) != _is_latin(text[start]):
            yield _is_latin(text[start]), text[start:at]
            start = at


def _is_latin(char: str) -> bool:
    return ord(char) < 0x250


@lru_cache(maxsize=20_000)
def width(text: str, size: float) -> float:
    """Width in points."""
    register_fonts()
    return sum(
        pdfmetrics.stringWidth(part, LATIN if latin else CHINESE, size * LATIN_SCALE if latin else size)
        for latin, part in runs(text)
    )


@lru_cache(maxsize=20_000)
def wrapped(text: str, size: float, room: float, most: int) -> tuple[str, ...]:
    """The text in at most ``most`` lines of the width; what does not fit ends with …"""
    lines: list[str] = []
    rest = text.strip()
    while rest and len(lines) < most:
        take = _fitting(rest, size, room)
        lines.append(rest[:take].rstrip())
        rest = rest[take:].lstrip()
    if rest and lines:
        last = lines[-1]
        while last and width(last + "…", size) > room:
            last = last[:-1]
        lines[-1] = last + "…"
    return tuple(lines)


def _fitting(text: str, size: float, room: float) -> int:
    """How many characters fit; a break falls after a blank if there is one in the second half."""
    used, take = 0.0, 0
    for char in text:
        used += width(char, size)
        if used > room:
            break
        take += 1
    if take == len(text):
        return take
    blank = text.rfind(" ", take // 2, take)
    return max(blank if blank > 0 else take, 1)
