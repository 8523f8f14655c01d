"""Opening balances as a sheet: our own columns, and Kingdee's balance of accounts (科目余额表, 初始余额).

Columns are found by heading: 期初/年初 借方 贷方, 本年累计 借方 贷方, 期末, 数量, 原币, 损益实际发生额.
Sums of accounts with sub-accounts, and sums above rows with dimensions, are read over.
"""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import DomainError
from erp.core.excel import values
from erp.core.excel.read import read_table
from erp.core.excel.values import RowError
from erp.core.excel.write import Sheet, SheetColumn, write_workbook
from erp.core.imports.mapping import Issue
from erp.core.money import ZERO
from ledger.accounts.models import Account
from ledger.dimensions.models import DimensionType
from ledger.dimensions.services import ValueRow, ensure_values
from ledger.imports import problems
from ledger.imports.books import Books
from ledger.imports.columns import ACCOUNT_HEADINGS, compared, field_of, recognise, words_of_types
from ledger.imports.layout import RawLine, VoucherFile
from ledger.imports.sheets import SheetCheck, SheetKind
from ledger.openings import queries
from ledger.openings.services import OpeningRow, OpeningsFixed, check_rows, closed_period, set_openings

# heading → field of OpeningRow, in the order of our export
OWN: dict[str, str] = {
    "期初借方": "debit", "期初贷方": "credit", "期初原币借方": "original_debit", "期初原币贷方": "original_credit",
    "期初数量": "quantity", "本年累计借方": "year_debit", "本年累计贷方": "year_credit",
    "本年累计数量借方": "year_quantity_debit", "本年累计数量贷方": "year_quantity_credit",
    "损益实际发生额": "year_profit",
}  # fmt: skip
_KINDS = {"期初": "opening", "年初": "january", "期末": "closing", "本年累计": "year", "累计": "year"}
_QUANTITY_FIELDS = ("quantity", "year_quantity_debit", "year_quantity_credit")


@dataclass(frozen=True, slots=True)
class Amounts:
    """Cells of one row by (kind, measure, side): kind opening, january, closing or year."""

    cells: Mapping[tuple[str, str, str], Decimal]

    def side(self, kind: str, measure: str, side: str) -> Decimal:
        return self.cells.get((kind, measure, side), ZERO)

    def has(self, kind: str) -> bool:
        return any(key[0] == kind for key in self.cells)


def amount_column(heading: str) -> tuple[str, str, str] | None:
    """What a column of amounts holds: (kind, measure, side)."""
    text = compared(heading)
    if "损益" in text and "实际" in text:
        return "year", "profit", ""
    kind = next((kind for word, kind in _KINDS.items() if word in text), None)
    if kind is None:
        return None
    measure = "quantity" if "数量" in text else "original" if "原币" in text or "外币" in text else "amount"
    side = "debit" if "借" in text else "credit" if "贷" in text else ""
    return kind, measure, side


def check(company: Company, content: bytes, filename: str, options: Mapping[str, bool]) -> SheetCheck:
    """Read the file and check its rows like rows entered by hand. Raises ``FileRefused``, ``OpeningsFixed``."""
    if period := closed_period(company):
        raise OpeningsFixed(period=period)
    issues: list[Issue] = []
    found, books = _read(company, content, filename, options, issues)
    for code, (name, count) in books.unknown_accounts.items():
        error: DomainError = problems.UnknownAccount(key=code, name=name, count=count)
        issues.append(Issue(books.first_row["account", code], "科目代码", error.code, error.message))
    for (kind, code, heading), count in books.unknown_values.items():
        error = problems.UnknownValue(kind=kind, key=code, count=count)
        issues.append(Issue(books.first_row[kind, code], heading, error.code, error.message))
    if not issues:
        stand_ins = {stand_in for stand_in, _name in books.new_values.values()}
        for error in check_rows(company, [(number, _without(row, stand_ins)) for number, row in found]):
            is_made = error.field == "dimensions" and any(
                value in stand_ins for number, row in found if number == error.row for _type, value in row.dimensions
            )
            if not is_made:
                issues.append(Issue(error.row or 0, error.field or "", error.code, error.message))
    debit = sum((row.debit for _number, row in found), ZERO)
    credit = sum((row.credit for _number, row in found), ZERO)

    def write(by: Any) -> None:
        made: dict[int, int] = {}
        for (kind, code), (stand_in, name) in books.new_values.items():
            made[stand_in] = ensure_values(company.pk, kind, [ValueRow(code, name)])[code]
        rows = [
            replace(row, dimensions=tuple(sorted((kind, made.get(value, value)) for kind, value in row.dimensions)))
            for _number, row in found
        ]
        set_openings(company, rows, by)

    figures = {
        _("Rows"): len(found),
        _("Debit"): f"{debit:,.2f}",
        _("Credit"): f"{credit:,.2f}",
        _("Difference"): f"{debit - credit:,.2f}",
        _("New dimension values"): len(books.new_values),
    }
    return SheetCheck(sorted(issues, key=lambda one: one.row_no), write, figures)


def _without(row: OpeningRow, stand_ins: set[int]) -> OpeningRow:
    return replace(row, dimensions=tuple(pair for pair in row.dimensions if pair[1] not in stand_ins))


def _read(
    company: Company, content: bytes, filename: str, options: Mapping[str, bool], issues: list[Issue]
) -> tuple[list[tuple[int, OpeningRow]], Books]:
    types = DimensionType.objects.filter(company=company).values_list("code", "name", "name_en")
    file, amounts = _open(content, filename, words_of_types(types))
    lines = list(_lines(file, amounts, issues))
    books = Books(
        company,
        {item.type_name for line, _a in lines for item in line.items},
        account_map={},
        create_missing=bool(options.get("create_missing")),
    )
    leaves = set(Account.objects.filter(company=company, is_leaf=True).values_list("id", flat=True))
    codes = {_code(line) for line, _a in lines}
    detailed = {_code(line) for line, _a in lines if line.items}
    rows: list[tuple[int, OpeningRow]] = []
    for line, cells in lines:
        code = _code(line)
        is_sum = any(other != code and other.startswith(code) for other in codes)
        if is_sum or (code in detailed and not line.items):
            continue
        account_id = books.account(code, values.text(line.cells.get("account_name", "")), line)
        pairs, errors, _known = books.pairs(line, account_id)
        currency, error = books.currency(
            values.text(line.cells.get("currency", "")), values.text(line.cells.get("currency_name", ""))
        )
        for one in (*errors, *filter(None, [error])):
            issues.append(Issue(line.row_no, file.heading(one.field or ""), one.code, one.message))
        if account_id is None:
            continue
        row = _row(account_id, currency, pairs, cells, values.text(line.cells.get("side", "")), options)
        if not row.is_empty() or account_id in leaves:
            rows.append((line.row_no, row))
    return [(number, row) for number, row in rows if not row.is_empty()], books


def _code(line: RawLine) -> str:
    return values.text(line.cells.get("account", "")).replace(".", "").split(" ")[0]


def _open(content: bytes, filename: str, types: dict[str, str]) -> tuple[VoucherFile, dict[int, tuple[str, str, str]]]:
    """The file, and its columns of amounts by place. Group headings (期初余额 over 借方, 贷方) are put together."""
    table = read_table(content, filename)
    if not any(field_of(heading) == "account" for heading in table.headers):
        for heading in ACCOUNT_HEADINGS:
            other = read_table(content, filename, expected=[heading])
            if any(field_of(text) == "account" for text in other.headers):
                table = other
                break
    headings, label_row = list(table.headers), 0
    place = next((i for i, heading in enumerate(headings) if field_of(heading) == "account"), None)
    if place is None:
        table.require_columns(["科目代码"])
    first = next(table.rows, None)
    if first is not None and place is not None:
        texts = [values.text(cell) for cell in first[1]]
        if any("借" in text or "贷" in text for text in texts) and not any(c.isdigit() for c in texts[place]):
            label_row = first[0]
            group = ""
            for at, text in enumerate(texts):
                group = headings[at] or group
                headings[at] = f"{group}{text}" if amount_column(group) else headings[at] or text
    amounts = {at: column for at, heading in enumerate(headings) if (column := amount_column(heading))}
    if not amounts:
        table.require_columns(["期初借方", "期初贷方"])
    plain = ["" if at in amounts else heading for at, heading in enumerate(headings)]
    return VoucherFile(table, recognise(plain, (), types), label_row), amounts


def _lines(
    file: VoucherFile, amounts: Mapping[int, tuple[str, str, str]], issues: list[Issue]
) -> Iterator[tuple[RawLine, Amounts]]:
    """Rows with their amounts; a blank account below another is that account (rows of dimensions)."""
    account: Any = ""
    for row_no, row in file.table.rows:
        if row_no <= file.label_row:
            continue
        cells = {name: row[at] for name, at in file.columns.places.items() if not values.is_blank(row[at])}
        code = values.text(cells.get("account", ""))
        items = tuple(file.items_of(cells, row))
        if code and not code[0].isdigit():  # 合计, 小计
            continue
        if code:
            account = cells["account"]
        elif items and account:
            cells["account"] = account
        else:
            continue
        found: dict[tuple[str, str, str], Decimal] = {}
        for at, column in amounts.items():
            if values.is_blank(row[at]):
                continue
            try:
                found[column] = found.get(column, ZERO) + values.decimal(row[at])
            except RowError as error:
                issues.append(Issue(row_no, file.table.headers[at], error.code, error.message))
        yield RawLine(row_no, {}, cells, items), Amounts(found)


def _row(
    account_id: int,
    currency: str,
    pairs: set[tuple[int, int]],
    cells: Amounts,
    direction: str,
    options: Mapping[str, bool],
) -> OpeningRow:
    kind = "closing" if options.get("take_closing") and cells.has("closing") else "opening"
    year_debit, year_credit = cells.side("year", "amount", "debit"), cells.side("year", "amount", "credit")
    debit, credit = _sides(cells, kind, "amount", direction)
    if not cells.has(kind) and cells.has("january"):  # 期初 = 年初 + 本年累计
        debit, credit = _sides(cells, "january", "amount", direction)
        balance = debit - credit + year_debit - year_credit
        debit, credit = (balance, ZERO) if balance >= 0 else (ZERO, -balance)
    original_debit, original_credit = _sides(cells, kind, "original", direction)
    count = _sides(cells, kind, "quantity", "")
    return OpeningRow(
        account_id=account_id,
        debit=debit,
        credit=credit,
        dimensions=tuple(sorted(pairs)),
        quantity=count[0] - count[1],
        currency=currency,
        original_debit=original_debit if currency else ZERO,
        original_credit=original_credit if currency else ZERO,
        year_debit=year_debit,
        year_credit=year_credit,
        year_quantity_debit=cells.side("year", "quantity", "debit"),
        year_quantity_credit=cells.side("year", "quantity", "credit"),
        year_profit=cells.side("year", "profit", ""),
    )


def _sides(cells: Amounts, kind: str, measure: str, direction: str) -> tuple[Decimal, Decimal]:
    """(debit, credit), also from one column of balances with a direction."""
    debit, credit = cells.side(kind, measure, "debit"), cells.side(kind, measure, "credit")
    balance = cells.side(kind, measure, "")
    return (debit, credit + balance) if "贷" in direction else (debit + balance, credit)


def export(company: Company, layout: str) -> bytes:
    """Our columns with all amounts, or Kingdee's balance of accounts with its two rows of headings."""
    rows = [(opening.account, one) for opening in queries.openings(company) for one in opening.rows]
    if layout == "kingdee":
        return _kingdee(company, rows)
    columns = [SheetColumn("科目代码"), SheetColumn("科目名称"), SheetColumn("核算项目"), SheetColumn("币别")]
    columns += [SheetColumn(name, "quantity" if field in _QUANTITY_FIELDS else "amount") for name, field in OWN.items()]
    data = [
        [account.code, account.name, _items(one), one.row.currency]
        + [getattr(one.row, field) or None for field in OWN.values()]
        for account, one in rows
    ]
    return _book(Sheet("期初余额", columns, data))


def _kingdee(company: Company, rows: list[tuple[Account, queries.Opening]]) -> bytes:
    columns = [SheetColumn("科目代码"), SheetColumn("科目名称"), SheetColumn("核算项目"), SheetColumn("币别")]
    columns += [
        SheetColumn(f"{kind}{side}", "amount")
        for kind in ("年初余额", "本年累计", "期初余额")
        for side in ("借方", "贷方")
    ]
    columns += [SheetColumn("期初原币借方", "amount"), SheetColumn("期初原币贷方", "amount")]
    data = []
    for account, one in rows:
        row = one.row
        is_foreign = row.currency != company.currency
        january = row.debit - row.credit - row.year_debit + row.year_credit
        data.append([
            account.code, account.name, _items(one),
            row.currency if is_foreign else "RMB",
            max(january, ZERO) or None, max(-january, ZERO) or None,
            row.year_debit or None, row.year_credit or None, row.debit or None, row.credit or None,
            row.original_debit or None if is_foreign else None, row.original_credit or None if is_foreign else None,
        ])  # fmt: skip
    return _book(Sheet("科目余额表", columns, data))


def _items(one: queries.Opening) -> str:
    return ";".join(f"{value.type_name}---{value.code}---{value.name}" for value in one.values)


def template(company: Company) -> bytes:
    """Our columns with all leaf accounts and no amounts."""
    columns = [SheetColumn("科目代码"), SheetColumn("科目名称"), SheetColumn("核算项目"), SheetColumn("币别")]
    columns += [SheetColumn(name, "quantity" if field in _QUANTITY_FIELDS else "amount") for name, field in OWN.items()]
    accounts = Account.objects.filter(company=company, is_leaf=True, is_active=True).order_by("code")
    data = [
        [code, name, "", company.currency, *[None] * len(OWN)] for code, name in accounts.values_list("code", "name")
    ]
    return _book(Sheet("期初余额", columns, data))


def _book(sheet: Sheet) -> bytes:
    stream = io.BytesIO()
    write_workbook(stream, [sheet])
    return stream.getvalue()


SHEET = SheetKind(
    code="openings",
    label=_("Opening balances"),
    permission="ledger.manage_opening",
    view_permission="ledger.view_report",
    back="openings_grid",
    check=check,
    export=export,
    template=template,
    options=(
        ("create_missing", _("Make missing dimension values")),
        ("take_closing", _("Take the closing balance (期末) as our opening")),
    ),
)
