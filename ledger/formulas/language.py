"""The formula language (公式): text → ``Formula``. Pure; ``docs/statements.md`` explains it to its users.

    expression = term {("+" | "-") term}
    term       = factor {("*" | "/") factor}
    factor     = ["-"] (number | Ln | function | "(" expression ")")

A refusal says where, what was found and what was expected. Full-width brackets and commas are read as ASCII ones.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, NoReturn

from django.utils.translation import gettext_lazy as _

from erp.core.errors import DomainError
from ledger.formulas import nodes
from ledger.formulas.nodes import Figures, Node, Value
from ledger.formulas.spans import Span

PARTIES = ("customer", "supplier", "employee", "party")
_SIDES = {"D": 1, "C": -1}
_SHIFTS = ("PRIOR", "YEAR_START", "PRIOR_YEAR")
_FUNCTIONS = "BAL_D, BAL_C, TURN_D, TURN_C, PART_D, PART_C, POS, CF, CASH_OPEN, CELL, PRIOR, YEAR_START, PRIOR_YEAR"
_WIDE = str.maketrans("（），；＋－＊／＿　−", "(),;+-*/_ -")
_TOKEN = re.compile(r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign>[-+*/(),;]))")
MAX_DEPTH = 50


class FormulaError(DomainError):
    code = "formula_error"
    template = _("The formula cannot be read at position %(position)s: found “%(found)s”, expected %(expected)s.")


@dataclass(frozen=True, slots=True)
class Formula:
    """A parsed formula. ``worth`` gives its value, ``None`` for a blank."""

    text: str
    root: Node

    def worth(self, figures: Figures, span: Span) -> Value:
        return self.root.worth(figures, span)

    def lines(self) -> set[int]:
        """Lines of the same statement that it reads."""
        return {node.line_no for node in nodes.walk(self.root) if isinstance(node, nodes.Line)}

    def cells(self) -> set[tuple[str, int]]:
        """Cells of other statements that it reads."""
        return {(node.statement, node.line_no) for node in nodes.walk(self.root) if isinstance(node, nodes.Cell)}

    def accounts(self) -> set[str]:
        """Beginnings of the account codes that it names."""
        kinds = nodes.Balance | nodes.Part | nodes.Turnover
        return {code for node in nodes.walk(self.root) if isinstance(node, kinds) for code in node.accounts}

    def items(self) -> set[str]:
        """Cash-flow items that it names."""
        return {node.item for node in nodes.walk(self.root) if isinstance(node, nodes.CashFlow)}


@lru_cache(maxsize=4096)
def parse(text: str) -> Formula:
    """The formula of a text. Raises ``FormulaError``."""
    return Formula(text, _Parser(text.translate(_WIDE)).whole())


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # number, name, sign or end
    text: str
    position: int


def _tokens(text: str) -> list[_Token]:
    found, at = [], 0
    end = len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            at += len(text[at:]) - len(text[at:].lstrip())
            raise FormulaError(position=at + 1, found=text[at], expected=_("a number, a function, Ln or a sign"))
        kind = str(match.lastgroup)
        found.append(_Token(kind, match[kind], match.start(kind)))
        at = match.end()
    return [*found, _Token("end", "", end)]


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = _tokens(text)
        self.at = 0
        self.depth = 0

    @property
    def token(self) -> _Token:
        return self.tokens[self.at]

    def take(self) -> _Token:
        token = self.token
        self.at += token.kind != "end"
        return token

    def refuse(self, expected: Any, token: _Token | None = None) -> NoReturn:
        token = token or self.token
        raise FormulaError(position=token.position + 1, found=token.text or _("the end"), expected=expected)

    def expect(self, sign: str) -> None:
        if self.token.text != sign:
            self.refuse(f"“{sign}”")
        self.take()

    def whole(self) -> Node:
        node = self.expression()
        if self.token.kind != "end":
            self.refuse(_("a sign (+ - * /) or the end"))
        return node

    def expression(self) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.refuse(_("fewer nested brackets"))
        node = self.term()
        while self.token.text in ("+", "-"):
            node = nodes.Binary(self.take().text, node, self.term())
        self.depth -= 1
        return node

    def term(self) -> Node:
        node = self.factor()
        while self.token.text in ("*", "/"):
            node = nodes.Binary(self.take().text, node, self.factor())
        return node

    def factor(self) -> Node:
        token = self.token
        if token.text in ("-", "+"):
            self.depth += 1
            if self.depth > MAX_DEPTH:
                self.refuse(_("fewer signs in a row"))
            self.take()
            inner = self.factor()
            self.depth -= 1
            return nodes.Negative(inner) if token.text == "-" else inner
        if token.kind == "number":
            return nodes.Number(Decimal(self.take().text))
        if token.text == "(":
            self.take()
            node = self.expression()
            self.expect(")")
            return node
        if token.kind == "name":
            return self.named(self.take())
        self.refuse(_("a number, a function, Ln or “(”"))

    def named(self, token: _Token) -> Node:
        name = token.text.upper()
        if re.fullmatch(r"L\d{1,4}", name):
            return nodes.Line(int(name[1:]))
        stem, _underscore, side = name.rpartition("_")
        known = name in (*_SHIFTS, "POS", "CF", "CASH_OPEN", "CELL")
        if not known and not (stem in ("BAL", "TURN", "PART") and side in _SIDES):
            self.refuse(_FUNCTIONS, token)
        self.expect("(")
        node = self.function(name, stem, _SIDES.get(side, 1))
        self.expect(")")
        return node

    def function(self, name: str, stem: str, sign: int) -> Node:
        if name in _SHIFTS:
            return nodes.Shifted(name, self.expression())
        if name == "POS":
            return nodes.Positive(self.expression())
        if name == "CASH_OPEN":
            return nodes.CashOpen()
        if name == "CF":
            if self.token.kind != "number":
                self.refuse(_("the number of a cash-flow item"))
            return nodes.CashFlow(self.take().text)
        if name == "CELL":
            return self.cell()
        accounts = self.accounts()
        if stem == "BAL":
            return nodes.Balance(accounts, sign)
        if stem == "TURN":
            return nodes.Turnover(accounts, sign)
        by = "party"
        if self.token.text == ";":
            self.take()
            by = self.token.text.lower()
            if by not in PARTIES:
                self.refuse(", ".join(PARTIES))
            self.take()
        return nodes.Part(accounts, by, sign)

    def accounts(self) -> nodes.Accounts:
        found = []
        while True:
            token = self.token
            if token.kind != "number" or "." in token.text:
                self.refuse(_("an account code"))
            self.take()
            if self.token.text == "*":
                self.take()
            elif len(token.text) < 4:
                self.refuse(_("an account code of at least 4 digits, or one with * at its end"), token)
            found.append(token.text)
            if self.token.text != ",":
                return tuple(found)
            self.take()

    def cell(self) -> Node:
        start = self.token.position
        while self.token.kind != "end" and self.token.text not in (",", ")"):
            self.take()
        code = self.text[start : self.token.position].strip()
        if not re.fullmatch(r"[-\w]+", code):
            self.refuse(_("the code of a statement"))
        self.expect(",")
        token = self.take()
        if not re.fullmatch(r"L?\d{1,4}", token.text.upper()):
            self.refuse(_("the number of a line"), token)
        return nodes.Cell(code, int(token.text.upper().lstrip("L")))
