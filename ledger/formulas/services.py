"""Check formulas against a company, and say what one is worth."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from ledger.accounts.models import Account
from ledger.cash_flow.models import CashFlowItem
from ledger.formulas.figures import LedgerFigures
from ledger.formulas.language import Formula, FormulaError, parse
from ledger.formulas.spans import Span
from ledger.periods.models import Period


class UnknownAccount(FormulaError):
    code = "formula_account"
    template = _("Position %(position)s: no account begins with %(account)s. Look it up in the chart of accounts.")


class UnknownItem(FormulaError):
    code = "formula_item"
    template = _("Position %(position)s: there is no cash-flow item %(item)s. There are %(known)s.")


class UnknownLine(FormulaError):
    code = "formula_line"
    template = _("Position %(position)s: there is no line %(line)s in %(statement)s.")


class UnknownStatement(FormulaError):
    code = "formula_statement"
    template = _("Position %(position)s: there is no statement %(statement)s. There are %(known)s.")


class OnlyInStatements(FormulaError):
    code = "formula_only_in_statements"
    template = _("Position %(position)s: %(found)s reads a line of a statement, which only statements can do.")


def value_of(company: Company, text: str, first: Period, last: Period, include_unposted: bool = False) -> Decimal:
    """What the formula is worth for the months; a blank (division by zero) counts 0. Raises ``FormulaError``."""
    formula, span = parse(text), Span.of(first, last)
    _refuse_lines(formula)
    figures = LedgerFigures(company, include_unposted=include_unposted)
    figures.prepare([(formula, span)])
    return formula.worth(figures, span) or Decimal(0)


def values_of(
    company: Company, texts: Collection[str], first: Period, last: Period, include_unposted: bool = False
) -> dict[str, Decimal]:
    """The same for many formulas, in as many statements as one costs."""
    span = Span.of(first, last)
    formulas = [parse(text) for text in texts]
    figures = LedgerFigures(company, include_unposted=include_unposted)
    for formula in formulas:
        _refuse_lines(formula)
    figures.prepare((formula, span) for formula in formulas)
    return {formula.text: formula.worth(figures, span) or Decimal(0) for formula in formulas}


def check(
    company: Company,
    text: str,
    *,
    lines: Collection[int] | None = None,
    statements: Mapping[str, Collection[int]] | None = None,
) -> Formula:
    """The formula, if everything it names exists. ``lines`` are those that Ln may name, ``statements`` the lines that
    CELL may name by statement; without them such parts are refused. Raises ``FormulaError``. Two statements."""
    formula = parse(text)
    codes = list(Account.objects.filter(company=company).values_list("code", flat=True))
    for account in sorted(formula.accounts()):
        if not any(code.startswith(account) for code in codes):
            raise UnknownAccount(position=_position(text, account), account=account)
    if items := formula.items():
        known = set(CashFlowItem.objects.filter(company=company).values_list("code", flat=True))
        for item in sorted(items - known):
            raise UnknownItem(position=_position(text, item), item=item, known=", ".join(sorted(known, key=_by_number)))
    if lines is None and statements is None:
        _refuse_lines(formula)
    for line in sorted(formula.lines() - set(lines or ())):
        raise UnknownLine(position=_position(text, f"L{line}"), line=line, statement=_("this statement"))
    for statement, line in sorted(formula.cells()):
        found = (statements or {}).get(statement)
        if found is None:
            known_codes = ", ".join(statements or ()) or "–"
            raise UnknownStatement(position=_position(text, statement), statement=statement, known=known_codes)
        if line not in found:
            raise UnknownLine(position=_position(text, statement), line=line, statement=statement)
    return formula


def _refuse_lines(formula: Formula) -> None:
    for line in formula.lines():
        raise OnlyInStatements(position=_position(formula.text, f"L{line}"), found=f"L{line}")
    for statement, line in formula.cells():
        raise OnlyInStatements(position=_position(formula.text, "CELL"), found=f"CELL({statement},{line})")


def _position(text: str, part: str) -> int:
    return text.upper().find(part.upper()) + 1


def _by_number(code: str) -> tuple[Any, ...]:
    return (int(code), code) if code.isdigit() else (9999, code)
