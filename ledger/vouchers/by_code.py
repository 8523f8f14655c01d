"""Vouchers as other programs write them: accounts, dimensions and cash-flow items by code instead of by id.

Three statements for any number of vouchers. A code that does not exist becomes a refusal at its row and field.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import DomainError
from erp.core.money import ZERO
from ledger.accounts.models import Account
from ledger.cash_flow.models import CashFlowItem
from ledger.dimensions.models import DimensionValue
from ledger.vouchers.checks import LineInput


class UnknownAccount(DomainError):
    code = "unknown_account"
    template = _("Account %(account)s does not exist in this company.")


class UnknownDimensionValue(DomainError):
    code = "unknown_dimension_value"
    template = _("Dimension “%(dimension)s” has no value %(value)s in this company.")


class UnknownItem(DomainError):
    code = "unknown_cash_flow_item"
    template = _("Cash-flow item %(item)s does not exist in this company.")


@dataclass(frozen=True, slots=True)
class CodedLine:
    """``LineInput`` by codes; ``dimensions``: dimension's code → value's code."""

    summary: str
    account: str
    debit: Decimal = ZERO
    credit: Decimal = ZERO
    dimensions: Mapping[str, str] = field(default_factory=dict)
    quantity: Decimal | None = None
    currency: str = ""
    original_amount: Decimal | None = None
    rate: Decimal | None = None
    unit_price: Decimal | None = None
    settlement_method: str = ""
    settlement_no: str = ""
    business_no: str = ""
    cash_flow_item: str = ""


Resolved = tuple[list[LineInput], list[DomainError]]


def resolve(company: Company, vouchers: Sequence[Sequence[CodedLine]]) -> list[Resolved]:
    """For each voucher its lines by id, and the refusals of codes that do not exist."""
    lines = [line for voucher in vouchers for line in voucher]
    codes = _Codes(company, lines)
    return [codes.lines_of(voucher) for voucher in vouchers]


class _Codes:
    def __init__(self, company: Company, lines: Iterable[CodedLine]) -> None:
        wanted: set[str] = set()
        values: set[str] = set()
        items: set[str] = set()
        for line in lines:
            wanted.add(line.account)
            values.update(line.dimensions.values())
            items.add(line.cash_flow_item)
        accounts = Account.objects.filter(company=company, code__in=wanted)
        self.accounts: dict[str, int] = dict(accounts.values_list("code", "id"))
        self.values: dict[tuple[str, str], tuple[int, int]] = {}
        if values:
            found = DimensionValue.objects.filter(company=company, code__in=values)
            rows = found.values_list("dimension_type__code", "code", "dimension_type_id", "id")
            self.values = {(kind, code): (type_id, value_id) for kind, code, type_id, value_id in rows}
        self.items: dict[str, int] = {}
        if items - {""}:
            self.items = dict(CashFlowItem.objects.filter(company=company, code__in=items).values_list("code", "id"))

    def lines_of(self, voucher: Sequence[CodedLine]) -> Resolved:
        errors: list[DomainError] = []
        lines = [self._line(row, line, errors) for row, line in enumerate(voucher, start=1)]
        return lines, errors

    def _line(self, row: int, line: CodedLine, errors: list[DomainError]) -> LineInput:
        if line.account not in self.accounts:
            errors.append(UnknownAccount(account=line.account, field="account", row=row))
        pairs = []
        for pair in line.dimensions.items():
            if pair in self.values:
                pairs.append(self.values[pair])
            else:
                errors.append(UnknownDimensionValue(dimension=pair[0], value=pair[1], field="dimensions", row=row))
        if line.cash_flow_item and line.cash_flow_item not in self.items:
            errors.append(UnknownItem(item=line.cash_flow_item, field="cash_flow_item", row=row))
        return LineInput(
            summary=line.summary,
            account_id=self.accounts.get(line.account, 0),
            debit=line.debit,
            credit=line.credit,
            dimensions=tuple(sorted(pairs)),
            quantity=line.quantity,
            currency=line.currency,
            original_amount=line.original_amount,
            rate=line.rate,
            unit_price=line.unit_price,
            settlement_method=line.settlement_method,
            settlement_no=line.settlement_no,
            business_no=line.business_no,
            cash_flow_item=self.items.get(line.cash_flow_item),
        )
