"""The statutory statements of a company's standard, installed as data: rows with formulas, columns, sides.

小企业会计准则: 会小企01–03表. 企业会计准则: the format of 财会〔2019〕6号 (会企01–03表). Beside them a page of ratios.
"""

import csv
import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from erp.core.companies.models import Company, Standard
from ledger.statements.models import Basis, NumberFormat, Statement, StatementColumn, StatementKind, StatementRow

DATA = Path(__file__).parent / "data"
# 小企业会计准则 since 2013; 财会〔2019〕6号 since 2019.
VALID_FROM = {Standard.SMALL: dt.date(2013, 1, 1), Standard.ENTERPRISE: dt.date(2019, 1, 1)}
NAMES = {
    # code: 中文, English, small form, enterprise form, order
    StatementKind.BALANCE_SHEET: ("资产负债表", "Balance sheet", "会小企01表", "会企01表", 10),
    StatementKind.INCOME: ("利润表", "Income statement", "会小企02表", "会企02表", 20),
    StatementKind.CASH_FLOW: ("现金流量表", "Cash flow statement", "会小企03表", "会企03表", 30),
    StatementKind.RATIOS: ("财务指标", "Ratios", "", "", 40),
}
_CUMULATED = ("本年累计金额", "Year to date", Basis.YEAR_TO_DATE)
_MONTH = ("本月金额", "This month", Basis.PERIOD)
_THIS = ("本期金额", "This year to date", Basis.YEAR_TO_DATE)
_LAST = ("上期金额", "Prior year to date", Basis.PRIOR_YEAR_TO_DATE)
_END = ("期末余额", "Closing balance", Basis.END)
COLUMNS = {
    (Standard.SMALL, StatementKind.BALANCE_SHEET): (_END, ("年初余额", "Opening of the year", Basis.YEAR_START)),
    (Standard.SMALL, StatementKind.INCOME): (_CUMULATED, _MONTH),
    (Standard.SMALL, StatementKind.CASH_FLOW): (_CUMULATED, _MONTH),
    (Standard.ENTERPRISE, StatementKind.BALANCE_SHEET): (_END, ("上年年末余额", "End of prior year", Basis.YEAR_START)),
    (Standard.ENTERPRISE, StatementKind.INCOME): (_THIS, _LAST),
    (Standard.ENTERPRISE, StatementKind.CASH_FLOW): (_THIS, _LAST),
}
RATIO_COLUMNS = (("本年", "This year", Basis.YEAR_TO_DATE), ("本月", "This month", Basis.PERIOD))
# Of-which rows: they are shown further in and stand in no total.
PARTS = {
    (Standard.SMALL, StatementKind.BALANCE_SHEET): {10, 11, 12, 13},
    (Standard.SMALL, StatementKind.INCOME): {4, 5, 6, 7, 8, 9, 10, 12, 13, 15, 16, 17, 19, 23, 25, 26, 27, 28, 29},
    (Standard.ENTERPRISE, StatementKind.BALANCE_SHEET): {51, 52, 63, 64},
    (Standard.ENTERPRISE, StatementKind.INCOME): {8, 9, 12, 13, 29, 30, 31, 32, 34, 35, 36, 37, 38, 39},
}
PERCENTS = {3, 6, 7}
_TOTAL = re.compile(r"合计|总计|净额$|净增加额|^[一二三四五六七]、")


@dataclass(frozen=True, slots=True)
class ShippedRow:
    """A row as it is shipped; ``restore`` goes back to it."""

    kind: str
    line_no: int | None
    label: str
    label_en: str
    formula: str
    side: str
    indent: int
    is_bold: bool
    number_format: str


def install(company: Company) -> None:
    """Add the statements that are missing; what a company changed stays as it is."""
    standard = Standard(company.standard)
    known = set(Statement.objects.filter(company=company).values_list("code", flat=True))
    rows = list(shipped_rows(standard))
    for kind, (name, name_en, small, enterprise, sequence) in NAMES.items():
        if kind.value in known:
            continue
        statement = Statement.objects.create(
            company=company,
            code=kind.value,
            name=name,
            name_en=name_en,
            kind=kind,
            form_no=small if standard == Standard.SMALL else enterprise,
            valid_from=VALID_FROM[standard],
            is_builtin=True,
            sequence=sequence,
        )
        StatementRow.objects.bulk_create(
            [row_of(statement, row, place * 10) for place, row in enumerate(own_rows(rows, kind), start=1)]
        )
        StatementColumn.objects.bulk_create(columns_of(statement, standard))


def own_rows(rows: list[ShippedRow], kind: str) -> list[ShippedRow]:
    return [row for row in rows if row.kind == kind]


def row_of(statement: Statement, row: ShippedRow, sequence: int) -> StatementRow:
    return StatementRow(
        company_id=statement.company_id,
        statement=statement,
        sequence=sequence,
        line_no=row.line_no,
        label=row.label,
        label_en=row.label_en,
        export_label=row.label,
        formula=row.formula,
        side=row.side,
        indent=row.indent,
        is_bold=row.is_bold,
        number_format=row.number_format,
    )


def columns_of(statement: Statement, standard: Standard) -> list[StatementColumn]:
    kind = StatementKind(statement.kind)
    columns = COLUMNS.get((standard, kind), RATIO_COLUMNS)
    return [
        StatementColumn(
            company_id=statement.company_id,
            statement=statement,
            sequence=place,
            label=label,
            label_en=label_en,
            basis=basis,
        )
        for place, (label, label_en, basis) in enumerate(columns, start=1)
    ]


def shipped_rows(standard: Standard) -> Iterator[ShippedRow]:
    """The rows of all statements of the standard, in their order."""
    side = "left"
    with (DATA / f"{standard.value}.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            kind = StatementKind(row["statement"])
            line_no = int(row["line_no"]) if row["line_no"] else None
            is_sheet = kind == StatementKind.BALANCE_SHEET
            if is_sheet and row["label_zh"] == "流动负债：":
                side = "right"
            is_part = line_no in PARTS.get((standard, kind), ())
            yield ShippedRow(
                kind=kind,
                line_no=line_no,
                label=row["label_zh"],
                label_en=row["label_en"],
                formula=row["formula"],
                side=side if is_sheet else "",
                indent=0 if line_no is None else (2 if is_part else 1),
                is_bold=line_no is None or (not is_part and bool(_TOTAL.search(row["label_zh"]))),
                number_format=_format(kind, line_no),
            )


def _format(kind: StatementKind, line_no: int | None) -> str:
    if kind != StatementKind.RATIOS:
        return NumberFormat.AMOUNT
    return NumberFormat.PERCENT if line_no in PERCENTS else NumberFormat.NUMBER
