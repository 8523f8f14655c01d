"""Does every account stand in the balance sheet exactly once?

The sheet is worked out for a ledger in which one account has 1 in debit and nothing else has anything: then assets less
liabilities and equity must be 1, and the same in credit. Accounts that the same beginnings of codes match behave alike,
so one of them is tried.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import lru_cache

from ledger.formulas.language import Formula, parse
from ledger.formulas.nodes import Accounts, Value
from ledger.formulas.spans import Span
from ledger.statements.evaluation import StatementBook
from ledger.statements.models import Statement

_NOW = Span(0, 0)


class OneAccount:
    """Figures of a ledger in which only ``code`` has a balance: ``sign``."""

    def __init__(self, code: str, sign: int, formulas: Mapping[int, Formula], *, vat_stays_in_taxes: bool) -> None:
        self.code = code
        self.sign = sign
        self.formulas = formulas
        self.vat_stays_in_taxes = vat_stays_in_taxes
        self.known: dict[int, Value] = {}

    def balance(self, accounts: Accounts, span: Span) -> Value:
        return Decimal(self.sign * sum(self.code.startswith(account) for account in accounts))

    def parts(self, accounts: Accounts, by: str, sign: int, span: Span) -> Value:
        return Decimal(max(self.sign * sign, 0) * self.code.startswith(accounts))

    def turnover(self, accounts: Accounts, span: Span) -> Value:
        return Decimal(0)

    def cash_flow(self, item: str, span: Span) -> Value:
        return Decimal(0)

    def cash_open(self, span: Span) -> Value:
        return Decimal(0)

    def line(self, line_no: int, span: Span) -> Value:
        if line_no not in self.known:
            self.known[line_no] = Decimal(0)  # A circle ends here.
            formula = self.formulas.get(line_no)
            self.known[line_no] = formula.worth(self, span) if formula else Decimal(0)
        return self.known[line_no]

    def cell(self, statement: str, line_no: int, span: Span) -> Value:
        return Decimal(0)


def not_counted_once(book: StatementBook, statement: Statement, assets: int, sources: int) -> Iterator[str]:
    """Leaf accounts (with name of the highest account that has this fault) that the sheet leaves out or takes twice."""
    codes = tuple(code for code, _kind, _cash in book.ledger.accounts)
    texts = tuple((row.line_no, row.formula) for row in statement.rows.all() if row.line_no and row.formula)
    yield from _faults(texts, codes, assets, sources, book.ledger.vat_stays_in_taxes)


@lru_cache(maxsize=64)
def _faults(
    texts: tuple[tuple[int, str], ...], codes: tuple[str, ...], assets: int, sources: int, vat_stays_in_taxes: bool
) -> tuple[str, ...]:
    formulas = {line_no: parse(text) for line_no, text in texts}
    named = {account for formula in formulas.values() for account in formula.accounts()}
    parents = {code[:length] for code in codes for length in range(4, len(code))}
    tried: dict[tuple[str, ...], bool] = {}
    faulty = []
    for code in codes:
        if code in parents:
            continue
        matched = tuple(sorted(account for account in named if code.startswith(account)))
        if matched not in tried:
            tried[matched] = all(
                _difference(code, sign, formulas, assets, sources, vat_stays_in_taxes) == sign for sign in (1, -1)
            )
        if not tried[matched]:
            faulty.append(code)
    return tuple(faulty)


def _difference(
    code: str, sign: int, formulas: Mapping[int, Formula], assets: int, sources: int, vat_stays_in_taxes: bool
) -> Value:
    ledger = OneAccount(code, sign, formulas, vat_stays_in_taxes=vat_stays_in_taxes)
    left, right = ledger.line(assets, _NOW), ledger.line(sources, _NOW)
    return None if left is None or right is None else left - right
