"""Budgets: set cells month by month, read and write them as Excel, compare them with what was booked.

Amounts stand on the account's own side: costs as debit less credit, income as credit less debit.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import IO, Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erp.core.companies.models import Company
from erp.core.errors import DomainError, NotFound, SeveralRefusals
from erp.core.excel.write import Sheet, SheetColumn, write_workbook
from erp.core.money import ZERO, cents
from ledger.accounts.models import Account, Direction
from ledger.analysis.actuals import CellKey, booked
from ledger.analysis.models import Budget, BudgetLine
from ledger.dimensions.models import DimensionValue

MONTHS = range(1, 13)
IMPORT_LIMIT = 20_000


class BadAmount(DomainError):
    code = "bad_budget_amount"
    template = gettext_lazy("“%(value)s” is no amount. Write digits with at most two decimals.")


class BudgetNameTaken(DomainError):
    code = "budget_name_taken"
    template = gettext_lazy("There is a budget %(name)s of %(year)s already. Choose another name.")


@dataclass(frozen=True, slots=True)
class BudgetRow:
    """A cell of a budget with its twelve months, on the account's own side."""

    account: Account
    value: DimensionValue | None
    months: tuple[Decimal, ...]

    @property
    def total(self) -> Decimal:
        return sum(self.months, ZERO)

    @property
    def value_code(self) -> str:
        return f"{self.value.dimension_type.code}:{self.value.code}" if self.value else ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Planned and booked over the months asked for."""

    row: BudgetRow
    planned: Decimal
    actual: Decimal

    @property
    def left(self) -> Decimal:
        return self.planned - self.actual

    @property
    def share(self) -> Decimal | None:
        return self.actual / self.planned if self.planned else None

    @property
    def is_over(self) -> bool:
        return self.row.account.direction == Direction.DEBIT and self.actual > self.planned


def save_budget(
    company: Company, budget: Budget | None, *, year: int, name: str, control: str, is_cumulative: bool, is_active: bool
) -> Budget:
    """Make or change the head of a budget. Raises ``BudgetNameTaken``."""
    name = name.strip()
    taken = Budget.objects.filter(company=company, year=year, name=name)
    if budget is not None:
        taken = taken.exclude(pk=budget.pk)
    if taken.exists():
        raise BudgetNameTaken(name=name, year=year, field="name")
    budget = budget or Budget(company=company)
    budget.year, budget.name, budget.control = year, name, control
    budget.is_cumulative, budget.is_active = is_cumulative, is_active
    budget.save()
    return budget


def rows_of(budget: Budget) -> list[BudgetRow]:
    """The cells in order of account and value; one statement."""
    months: dict[tuple[int, int | None], dict[int, Decimal]] = {}
    heads: dict[tuple[int, int | None], tuple[Account, DimensionValue | None]] = {}
    lines = BudgetLine.objects.filter(company=budget.company_id, budget=budget)
    for line in lines.select_related("account", "value__dimension_type").order_by("account__code", "value__code"):
        key = (line.account_id, line.value_id)
        heads[key] = (line.account, line.value)
        months.setdefault(key, {})[line.number] = line.amount
    return [
        BudgetRow(account, value, tuple(months[key].get(number, ZERO) for number in MONTHS))
        for key, (account, value) in heads.items()
    ]


def find_cell(company: Company, account: str, value: str) -> tuple[Account, DimensionValue | None]:
    """Account by code, value by ``type:code`` ('' for all). Raises ``NotFound``."""
    code = account.strip().split(" ")[0]
    found = Account.objects.filter(company=company, code=code).first()
    if found is None:
        raise NotFound(what=_("Account"), key=code or "–", field="account")
    if not value.strip():
        return found, None
    type_code, _colon, value_code = value.strip().partition(":")
    values = DimensionValue.objects.filter(company=company, dimension_type__code=type_code)
    chosen = values.filter(code=value_code.split(" ")[0]).first()
    if chosen is None:
        raise NotFound(what=_("Dimension value"), key=value, field="value")
    return found, chosen


def amount_of(text: Any) -> Decimal:
    """A month's amount as typed; blank is zero. Raises ``BadAmount``."""
    plain = str(text if text is not None else "").replace(",", "").strip()
    if not plain:
        return ZERO
    try:
        amount = Decimal(plain)
        if not amount.is_finite() or amount != cents(amount) or abs(amount) >= Decimal(10) ** 14:
            raise InvalidOperation
    except InvalidOperation:
        raise BadAmount(value=text, field="amount") from None
    return amount


def set_months(budget: Budget, account: Account, value: DimensionValue | None, months: Sequence[Decimal]) -> None:
    """Write the cell's months; months of zero are left out, so that twelve zeros remove the cell."""
    set_rows(budget, [(account.pk, value.pk if value else None, months)])


def set_rows(budget: Budget, cells: Sequence[tuple[int, int | None, Sequence[Decimal]]]) -> None:
    """Replace the months of the cells: two statements for any number."""
    with transaction.atomic():
        Budget.objects.select_for_update().get(company=budget.company_id, pk=budget.pk)
        keys = {(account, value) for account, value, _months in cells}
        old = BudgetLine.objects.filter(
            company=budget.company_id, budget=budget, account__in={key[0] for key in keys}
        ).values_list("id", "account_id", "value_id")
        BudgetLine.objects.filter(pk__in=[pk for pk, account, value in old if (account, value) in keys]).delete()
        BudgetLine.objects.bulk_create(
            BudgetLine(
                company_id=budget.company_id,
                budget=budget,
                account_id=account,
                value_id=value,
                number=number,
                amount=amount,
            )
            for account, value, months in cells
            for number, amount in zip(MONTHS, months, strict=True)
            if amount
        )


def compare(budget: Budget, first: int, last: int) -> list[Comparison]:
    """Planned and booked for the months; three statements."""
    rows = rows_of(budget)
    cells = [CellKey(row.account.code, row.value.pk if row.value else None) for row in rows]
    actual = booked(budget.company, budget.year, cells, first=first, last=last)
    found = []
    for row, cell in zip(rows, cells, strict=True):
        sign = 1 if row.account.direction == Direction.DEBIT else -1
        found.append(Comparison(row, sum(row.months[first - 1 : last], ZERO), sign * sum(actual[cell].values(), ZERO)))
    return found


def write_xlsx(stream: IO[bytes], budget: Budget) -> None:
    """The budget as a workbook that ``read_rows`` takes back."""
    sheet = Sheet(
        name=budget.name,
        columns=[
            SheetColumn(_("Account")),
            SheetColumn(_("Name"), width=30),
            SheetColumn(_("Dimension value"), width=24),
            *(SheetColumn(str(number), "amount") for number in MONTHS),
            SheetColumn(_("Total"), "amount"),
        ],
        rows=_sheet_rows(budget),
    )
    write_workbook(stream, [sheet])


def _sheet_rows(budget: Budget) -> Iterator[Sequence[Any]]:
    for row in rows_of(budget):
        yield [row.account.code, row.account.name, row.value_code, *row.months, row.total]


def read_rows(budget: Budget, rows: Iterator[Sequence[Any]]) -> int:
    """Set the cells of a workbook's rows (code, name, value, twelve months); all or nothing. Returns how many.

    Raises ``SeveralRefusals`` with every row that is wrong.
    """
    accounts: Mapping[str, int] = dict(Account.objects.filter(company=budget.company).values_list("code", "id"))
    values = {
        f"{type_code}:{code}": pk
        for type_code, code, pk in DimensionValue.objects.filter(company=budget.company).values_list(
            "dimension_type__code", "code", "id"
        )
    }
    cells: list[tuple[int, int | None, Sequence[Decimal]]] = []
    errors: list[DomainError] = []
    for number, row in enumerate(rows, start=2):
        code = _code(row[0] if row else None)
        if not code:
            continue
        value = str(row[2] or "").strip() if len(row) > 2 else ""
        try:
            if code not in accounts:
                raise NotFound(what=_("Account"), key=code, field="account", row=number)
            if value and value not in values:
                raise NotFound(what=_("Dimension value"), key=value, field="value", row=number)
            given = [*row[3:15], *([None] * 12)][:12]
            cells.append((accounts[code], values.get(value), [amount_of(cell) for cell in given]))
        except DomainError as error:
            error.row = number
            errors.append(error)
    if errors:
        raise SeveralRefusals(errors)
    set_rows(budget, cells)
    return len(cells)


def _code(cell: Any) -> str:
    """A code that Excel may have read as a number."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell or "").strip()
