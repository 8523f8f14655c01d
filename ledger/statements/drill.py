"""What a figure of a statement is made of: lines, cells, accounts, parties – each with its amount."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ledger.accounts.models import Account
from ledger.cash_flow.models import CashFlowItem
from ledger.dimensions.models import DimensionValue
from ledger.formulas import nodes
from ledger.formulas.nodes import Value
from ledger.formulas.spans import Span
from ledger.statements.evaluation import StatementBook


@dataclass(frozen=True, slots=True)
class DrillPart:
    """A part: ``kind`` is account, line, cell, item or number. ``amount`` is debit less credit for accounts, else the
    value as the formula reads it."""

    kind: str
    code: str
    name: str
    amount: Value
    span: Span
    statement: str = ""
    party: str = ""


def parts_of(book: StatementBook, code: str, line_no: int, span: Span) -> list[DrillPart]:
    """Parts of one cell, accounts in the order of their codes. A constant number of statements."""
    formula = book.formulas.get((code, line_no))
    if formula is None:
        return []
    company = book.ledger.company
    accounts = {row.code: row for row in Account.objects.filter(company=company)}
    items = {row.code: row for row in CashFlowItem.objects.filter(company=company)}
    found: list[DrillPart] = []
    parties: dict[int, str] = {}
    seen: set[tuple[Any, ...]] = set()
    for node, about in nodes.with_spans(formula.root, span):
        if isinstance(node, nodes.Part):
            ids = {value for _account, value in _party_keys(book, node, about) if value}
            values = DimensionValue.objects.filter(company=company, pk__in=ids - set(parties))
            parties |= {value.pk: str(value) for value in values}
        for part in _parts(book, code, node, about, accounts, items, parties):
            key = (part.kind, part.statement, part.code, part.party, part.span)
            if key not in seen:
                seen.add(key)
                found.append(part)
    order = {"line": 0, "cell": 1, "item": 2, "account": 3}
    return sorted(found, key=lambda part: (order[part.kind], part.code if part.kind == "account" else "", part.party))


def _parts(
    book: StatementBook,
    code: str,
    node: Any,
    span: Span,
    accounts: dict[str, Account],
    items: dict[str, CashFlowItem],
    parties: dict[int, str],
) -> Iterator[DrillPart]:
    if isinstance(node, nodes.Line):
        yield _line(book, "line", code, node.line_no, span)
    elif isinstance(node, nodes.Cell):
        yield _line(book, "cell", node.statement, node.line_no, span)
    elif isinstance(node, nodes.CashFlow):
        name = str(items[node.item]) if node.item in items else node.item
        yield DrillPart("item", node.item, name, book.ledger.cash_flow(node.item, span), span)
    elif isinstance(node, nodes.CashOpen):
        before = Span(span.first - 1, span.first - 1)
        for cash in book.ledger.cash:
            yield from _account(cash, book.ledger.balance((cash,), before), before, accounts)
    elif isinstance(node, nodes.Part):
        for (leaf, value), amount in sorted(_party_keys(book, node, span).items(), key=lambda item: item[0][0]):
            party = parties.get(value or 0, "")
            yield from _account(leaf, amount, span, accounts, party)
    elif isinstance(node, nodes.Balance | nodes.Turnover):
        read = book.ledger.balance if isinstance(node, nodes.Balance) else book.ledger.turnover
        for leaf in accounts:
            if accounts[leaf].is_leaf and leaf.startswith(node.accounts):
                yield from _account(leaf, read((leaf,), span), span, accounts)


def _party_keys(book: StatementBook, node: nodes.Part, span: Span) -> dict[tuple[str, int | None], Decimal]:
    return book.ledger.party_balances(node.accounts, node.by, span)


def _account(
    leaf: str, amount: Value, span: Span, accounts: dict[str, Account], party: str = ""
) -> Iterator[DrillPart]:
    if amount and leaf in accounts:
        yield DrillPart("account", leaf, accounts[leaf].display_name, amount, span, party=party)


def _line(book: StatementBook, kind: str, code: str, line_no: int, span: Span) -> DrillPart:
    statement = book.statements.get(code)
    rows = statement.rows.all() if statement else []
    row = next((row for row in rows if row.line_no == line_no), None)
    name = row.display_label if row else ""
    return DrillPart(kind, str(line_no), name, book.value(code, line_no, span), span, statement=code)
