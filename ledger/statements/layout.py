"""A statement as the official form prints it: rows in pairs of left and right, and as a workbook."""

import tempfile
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.http import FileResponse
from django.utils.translation import gettext as _

from erp.core.excel.write import Sheet, SheetColumn, write_workbook
from erp.core.reports.render import XLSX
from ledger.statements.evaluation import SheetRow, StatementSheet
from ledger.statements.models import NumberFormat

Pair = tuple[SheetRow | None, SheetRow | None]
# The block of equity stands at the foot of its side, its total beside that of the assets.
EQUITY = "所有者权益（或股东权益）："


def has_two_sides(sheet: StatementSheet) -> bool:
    return any(row.row.side == "right" for row in sheet.rows)


def pairs(sheet: StatementSheet) -> list[Pair]:
    """Rows of the left and right side beside each other; totals meet in the last line."""
    left = [row for row in sheet.rows if row.row.side != "right"]
    right = [row for row in sheet.rows if row.row.side == "right"]
    missing = len(left) - len(right)
    filled_left: list[SheetRow | None] = [*left]
    filled_right: list[SheetRow | None] = [*right]
    if missing > 0:
        at = next((n for n, row in enumerate(right) if row.row.label.startswith(EQUITY)), len(right))
        filled_right[at:at] = [None] * missing
    elif missing < 0:
        at = max(len(left) - 1, 0)
        filled_left[at:at] = [None] * -missing
    return list(zip(filled_left, filled_right, strict=True))


def xlsx_response(sheet: StatementSheet, company: Any) -> Any:
    """The statement as a workbook. Rows carry the names of the tax form (``export_label``) letter for letter."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  (the response closes it)
    write_workbook(file, [workbook_sheet(sheet, company)])
    file.seek(0)
    name = f"{company.code}-{sheet.statement.code}-{sheet.period}.xlsx"
    return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)


def workbook_sheet(sheet: StatementSheet, company: Any) -> Sheet:
    two = has_two_sides(sheet)
    sides = 2 if two else 1
    columns: list[SheetColumn] = []
    for side in range(sides):
        head = _("Assets") if two and side == 0 else (_("Liabilities and equity") if two else _("Line item"))
        columns.append(SheetColumn(head, width=38))
        columns.append(SheetColumn(_("Line"), "int", width=6))
        columns += [SheetColumn(str(column.label), _kind(sheet)) for column in sheet.columns]
    rows = pairs(sheet) if two else [(row, None) for row in sheet.rows]
    return Sheet(
        name=sheet.statement.name,
        columns=columns,
        rows=[[cell for row in pair[:sides] for cell in _cells(row, len(sheet.columns))] for pair in rows],
        title=title_lines(sheet, company),
        notes=[*notes(sheet)],
    )


def title_lines(sheet: StatementSheet, company: Any) -> list[str]:
    """Name of the form, who, when, unit – as the head of the printed form."""
    unposted = f" · {_('with unposted vouchers')}" if sheet.include_unposted else ""
    who, unit = f"{_('Reporting entity')}: {company.name}", f"{_('Unit')}: {company.currency}"
    return [
        f"{sheet.statement.name} {sheet.statement.form_no}".strip(),
        f"{who} · {sheet.period.end:%Y-%m-%d} · {unit}{unposted}",
    ]


def notes(sheet: StatementSheet) -> Iterator[str]:
    """What is printed below: reclassifications with their reasons, then the checks."""
    for row in sheet.adjustments:
        about = " ".join(str(part) for part in (row.account, row.party) if part)
        yield f"{_('Reclassified')}: {_('line')} {row.line_no} {row.amount:,.2f} {about} {row.reason}".replace(
            "  ", " "
        )
    for check in sheet.checks:
        mark = "✓" if check.holds else "✗"
        figures = "" if check.left is None else f": {check.left:,.2f} / {check.right or Decimal(0):,.2f}"
        names = f" ({', '.join(check.names)})" if check.names else ""
        yield f"{mark} {check.label}{figures}{names}"


def _kind(sheet: StatementSheet) -> str:
    formats = {row.row.number_format for row in sheet.rows if row.row.line_no}
    return "amount" if formats <= {NumberFormat.AMOUNT} else "quantity"


def _cells(row: SheetRow | None, columns: int) -> list[Any]:
    if row is None:
        return [None] * (columns + 2)
    label = "　" * row.row.indent + (row.row.export_label or row.row.label)
    return [label, row.row.line_no, *row.values]
