"""What a formula is made of, and what it is worth. Pure: figures come from a ``Figures``.

A value of ``None`` is a blank: a division by zero, or months of which the ledger knows nothing. A blank makes every
sum it stands in blank, so that nobody takes half a figure for a whole one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from erp.core.money import WIDE
from ledger.formulas.spans import Span

Value = Decimal | None
Accounts = tuple[str, ...]  # beginnings of account codes


class Figures(Protocol):
    """Where the figures of a formula come from. Amounts are debit less credit in company currency."""

    vat_stays_in_taxes: bool

    def balance(self, accounts: Accounts, span: Span) -> Value: ...
    def parts(self, accounts: Accounts, by: str, sign: int, span: Span) -> Value: ...
    def turnover(self, accounts: Accounts, span: Span) -> Value: ...
    def cash_flow(self, item: str, span: Span) -> Value: ...
    def cash_open(self, span: Span) -> Value: ...
    def line(self, line_no: int, span: Span) -> Value: ...
    def cell(self, statement: str, line_no: int, span: Span) -> Value: ...


@dataclass(frozen=True, slots=True)
class Number:
    value: Decimal

    def worth(self, figures: Figures, span: Span) -> Value:
        return self.value


@dataclass(frozen=True, slots=True)
class Balance:
    """BAL_D, BAL_C: the balance; ``sign`` is 1 on the debit side, −1 on the credit side."""

    accounts: Accounts
    sign: int

    def worth(self, figures: Figures, span: Span) -> Value:
        return signed(figures.balance(self.accounts, span), self.sign)


@dataclass(frozen=True, slots=True)
class Part:
    """PART_D, PART_C: the positive parts on one side per leaf account and party."""

    accounts: Accounts
    by: str
    sign: int

    def worth(self, figures: Figures, span: Span) -> Value:
        return figures.parts(self.accounts, self.by, self.sign, span)


@dataclass(frozen=True, slots=True)
class Turnover:
    """TURN_D, TURN_C: the net turnover without closing vouchers."""

    accounts: Accounts
    sign: int

    def worth(self, figures: Figures, span: Span) -> Value:
        return signed(figures.turnover(self.accounts, span), self.sign)


@dataclass(frozen=True, slots=True)
class CashFlow:
    item: str

    def worth(self, figures: Figures, span: Span) -> Value:
        return figures.cash_flow(self.item, span)


@dataclass(frozen=True, slots=True)
class CashOpen:
    def worth(self, figures: Figures, span: Span) -> Value:
        return figures.cash_open(span)


@dataclass(frozen=True, slots=True)
class Line:
    line_no: int

    def worth(self, figures: Figures, span: Span) -> Value:
        return figures.line(self.line_no, span)


@dataclass(frozen=True, slots=True)
class Cell:
    statement: str
    line_no: int

    def worth(self, figures: Figures, span: Span) -> Value:
        return figures.cell(self.statement, self.line_no, span)


@dataclass(frozen=True, slots=True)
class Shifted:
    """PRIOR, YEAR_START, PRIOR_YEAR: the same expression about other months."""

    shift: str
    inner: "Node"

    def worth(self, figures: Figures, span: Span) -> Value:
        return self.inner.worth(figures, span.moved(self.shift))


@dataclass(frozen=True, slots=True)
class Positive:
    inner: "Node"

    def worth(self, figures: Figures, span: Span) -> Value:
        if figures.vat_stays_in_taxes and self.is_vat:
            return Decimal(0)
        value = self.inner.worth(figures, span)
        return None if value is None else max(value, Decimal(0))

    @property
    def is_vat(self) -> bool:
        """Whether this moves a part of 应交税费 elsewhere (财会〔2016〕22号), which a setting can forbid."""
        inner = self.inner
        return isinstance(inner, Balance) and all(code.startswith("2221") for code in inner.accounts)


@dataclass(frozen=True, slots=True)
class Negative:
    inner: "Node"

    def worth(self, figures: Figures, span: Span) -> Value:
        return signed(self.inner.worth(figures, span), -1)


@dataclass(frozen=True, slots=True)
class Binary:
    operator: str
    left: "Node"
    right: "Node"

    def worth(self, figures: Figures, span: Span) -> Value:
        left, right = self.left.worth(figures, span), self.right.worth(figures, span)
        if left is None or right is None:
            return None
        if self.operator == "+":
            return WIDE.add(left, right)
        if self.operator == "-":
            return WIDE.subtract(left, right)
        if self.operator == "*":
            return WIDE.multiply(left, right)
        return WIDE.divide(left, right) if right else None


Node = Number | Balance | Part | Turnover | CashFlow | CashOpen | Line | Cell | Shifted | Positive | Negative | Binary


def signed(value: Value, sign: int) -> Value:
    return value if value is None or sign > 0 else -value


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it."""
    yield node
    if isinstance(node, Binary):
        yield from walk(node.left)
        yield from walk(node.right)
    elif isinstance(node, Shifted | Positive | Negative):
        yield from walk(node.inner)


def with_spans(node: Node, span: Span) -> Iterator[tuple[Node, Span]]:
    """Every node with the months it will be asked about: so that figures can be read in one go."""
    yield node, span
    if isinstance(node, Binary):
        yield from with_spans(node.left, span)
        yield from with_spans(node.right, span)
    elif isinstance(node, Shifted):
        yield from with_spans(node.inner, span.moved(node.shift))
    elif isinstance(node, Positive | Negative):
        yield from with_spans(node.inner, span)
