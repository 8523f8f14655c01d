"""Every legal rule on vouchers, books, closing, output and export has a test, or docs/legal.md says why not."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
RULES = [f"{letter}{n:02d}" for letter, last in (("V", 21), ("C", 21), ("O", 12)) for n in range(1, last + 1)]
ID = re.compile(r"\b([VCO]\d\d)\b")
# | V18 | rule | tested |   or   | O11 | rule | not: reason |
ROW = re.compile(r"^\| ([VCO]\d\d) \| (.+) \| (tested|not: .{20,}) \|$", re.M)


def _tested() -> Iterator[str]:
    for path in (ROOT / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield from ID.findall(ast.get_docstring(node) or "")


def test_the_page_lists_every_rule_once() -> None:
    page = (ROOT / "docs" / "legal.md").read_text(encoding="utf-8")
    assert [row[0] for row in ROW.findall(page)] == RULES


def test_a_rule_is_tested_or_says_why_not() -> None:
    page = (ROOT / "docs" / "legal.md").read_text(encoding="utf-8")
    says = {rule: state for rule, _text, state in ROW.findall(page)}
    tested = set(_tested())
    assert {rule for rule, state in says.items() if state == "tested"} - tested == set()
    assert {rule for rule, state in says.items() if state != "tested"} & tested == set()
