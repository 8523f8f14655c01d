"""Amount expressions of rule lines: + − × ÷ and brackets over the measures of an event, nothing else.

``compile_expression`` checks the text once, when a rule is saved or loaded, and returns a function of the
measures. Numbers become ``Decimal``; an unknown measure or any other syntax is refused with its place.
"""

import ast
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from functools import lru_cache
from operator import itemgetter
from typing import Any

from django.utils.translation import gettext_lazy as _

from erp.core.errors import DomainError

Amount = Callable[[Mapping[str, Decimal]], Decimal]
_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div)


class BadExpression(DomainError):
    code = "bad_expression"
    template = _("“%(expression)s” is not an amount: %(problem)s. Use + - * / and ( ) over: %(measures)s.")


@lru_cache(maxsize=2_000)
def _compile(expression: str, measures: tuple[str, ...]) -> Amount:
    def refuse(problem: str) -> BadExpression:
        return BadExpression(expression=expression, problem=problem, measures=", ".join(measures))

    try:
        tree = ast.parse(expression.strip(), mode="eval")
    except (SyntaxError, ValueError) as error:
        raise refuse(str(error.args[0])) from None

    def build(node: ast.expr) -> ast.expr:
        match node:
            case ast.Name(id=name):
                if name not in measures:
                    raise refuse(f"{name}?")
                return node
            case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
                text = ast.get_source_segment(expression.strip(), node) or str(value)
                return ast.Call(ast.Name("__decimal", ast.Load()), [ast.Constant(text)], [])
            case ast.BinOp(left=left, op=op, right=right) if isinstance(op, _OPERATORS):
                return ast.BinOp(build(left), op, build(right))
            case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=operand):
                return ast.UnaryOp(sign, build(operand))
        raise refuse(ast.unparse(node))

    body = tree.body
    if isinstance(body, ast.Name) and body.id in measures:
        return itemgetter(body.id)
    code = compile(ast.fix_missing_locations(ast.Expression(build(body))), "<amount>", "eval")
    scope: dict[str, Any] = {"__builtins__": {}, "__decimal": Decimal}
    return lambda values: eval(code, scope, values)  # only names, numbers and + - * / are left in the code


def compile_expression(expression: str, measures: Collection[str]) -> Amount:
    """A function from measures (company currency or quantity) to the amount. Raises ``BadExpression``."""
    return _compile(expression, tuple(measures))
