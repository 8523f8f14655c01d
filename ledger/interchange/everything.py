"""All data of the ledger as one workbook or as a zip of CSV files (O06: never refused, also of an inactive company).

Each table is one query through a server-side cursor; a sheet that is full goes on in the next one.
"""

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import IO, Any

from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.excel.write import Sheet, SheetColumn, runs_as_formula, write_workbook
from erp.core.jobs.registry import Progress, Silent
from erp.core.reports.stream import stream

FORMATS = ("xlsx", "csv")
REPORT_EVERY = 5_000


@dataclass(frozen=True, slots=True)
class DataTable:
    """``columns``: (heading, kind of cell) in the order of the query."""

    name: str
    label: Any
    columns: Sequence[tuple[Any, str]]
    sql: str


# The dimensions of a set as text: ``customer:17850 department:D01``.
_SETS = """WITH sets AS (
    SELECT i.dimension_set_id, string_agg(t.code || ':' || x.code, ' ' ORDER BY t.id) AS values
      FROM ledger_dimensionsetitem i JOIN ledger_dimensiontype t ON t.id = i.dimension_type_id
      JOIN ledger_dimensionvalue x ON x.id = i.value_id WHERE i.company_id = %(company)s GROUP BY 1)"""

TABLES = (
    DataTable(
        "accounts",
        _("Chart of accounts"),
        [
            (_("Code"), "text"), (_("Name"), "text"), (_("Parent"), "text"), (_("Class"), "text"),
            (_("Direction"), "text"), (_("Currency"), "text"), (_("Unit"), "text"), (_("Active"), "text"),
            (_("Dimensions"), "text"),
        ],
        """SELECT a.code, a.name, p.code, a.account_class, a.direction, a.currency, a.unit, a.is_active::text,
                  (SELECT string_agg(t.code || CASE WHEN d.is_required THEN '' ELSE '?' END, ' ' ORDER BY d.id)
                     FROM ledger_accountdimension d JOIN ledger_dimensiontype t ON t.id = d.dimension_type_id
                    WHERE d.account_id = a.id)
             FROM ledger_account a LEFT JOIN ledger_account p ON p.id = a.parent_id
            WHERE a.company_id = %(company)s ORDER BY a.code""",
    ),
    DataTable(
        "dimensions",
        _("Dimension values"),
        [
            (_("Dimension"), "text"), (_("Name of the dimension"), "text"), (_("Code"), "text"), (_("Name"), "text"),
            (_("Parent"), "text"), (_("Active"), "text"),
        ],
        """SELECT t.code, t.name, v.code, v.name, p.code, v.is_active::text
             FROM ledger_dimensionvalue v JOIN ledger_dimensiontype t ON t.id = v.dimension_type_id
             LEFT JOIN ledger_dimensionvalue p ON p.id = v.parent_id
            WHERE v.company_id = %(company)s ORDER BY t.id, v.code""",
    ),
    DataTable(
        "periods",
        _("Periods"),
        [(_("Year"), "int"), (_("Period"), "int"), (_("First day"), "date"), (_("Last day"), "date"),
         (_("Status"), "text")],
        """SELECT year, number, start, "end", status FROM ledger_period
            WHERE company_id = %(company)s ORDER BY start""",
    ),
    DataTable(
        "openings",
        _("Opening balances"),
        [
            (_("Account"), "text"), (_("Dimensions"), "text"), (_("Currency"), "text"), (_("Debit"), "amount"),
            (_("Credit"), "amount"), (_("Debit in original currency"), "amount"),
            (_("Credit in original currency"), "amount"), (_("Quantity"), "quantity"),
            (_("Debit of the year so far"), "amount"), (_("Credit of the year so far"), "amount"),
        ],
        _SETS + """SELECT a.code, s.values, o.currency, o.debit, o.credit, o.original_debit, o.original_credit,
                  o.quantity, o.year_debit, o.year_credit
             FROM ledger_openingbalance o JOIN ledger_account a ON a.id = o.account_id
             LEFT JOIN sets s ON s.dimension_set_id = o.dimension_set_id
            WHERE o.company_id = %(company)s ORDER BY a.code, o.id""",
    ),
    DataTable(
        "balances",
        _("Turnover of periods"),
        [
            (_("Year"), "int"), (_("Period"), "int"), (_("Account"), "text"), (_("Dimensions"), "text"),
            (_("Currency"), "text"), (_("Debit"), "amount"), (_("Credit"), "amount"),
            (_("Debit in original currency"), "amount"), (_("Credit in original currency"), "amount"),
            (_("Quantity in"), "quantity"), (_("Quantity out"), "quantity"), (_("Lines"), "int"),
        ],
        _SETS + """SELECT p.year, p.number, a.code, s.values, b.currency, b.debit, b.credit, b.original_debit,
                  b.original_credit, b.quantity_debit, b.quantity_credit, b.line_count
             FROM ledger_accountbalance b JOIN ledger_period p ON p.id = b.period_id
             JOIN ledger_account a ON a.id = b.account_id
             LEFT JOIN sets s ON s.dimension_set_id = b.dimension_set_id
            WHERE b.company_id = %(company)s ORDER BY p.start, a.code, b.id""",
    ),
    DataTable(
        "voucher_lines",
        _("Vouchers"),
        [
            (_("Year"), "int"), (_("Period"), "int"), (_("Date"), "date"), (_("Word"), "text"), (_("Number"), "int"),
            (_("Status"), "text"), (_("Kind"), "text"), (_("Attachments"), "int"), (_("Prepared by"), "text"),
            (_("Reviewed by"), "text"), (_("Posted by"), "text"), (_("Cashier"), "text"), (_("Reference"), "text"),
            (_("Line"), "int"), (_("Summary"), "text"), (_("Account"), "text"), (_("Name"), "text"),
            (_("Dimensions"), "text"), (_("Debit"), "amount"), (_("Credit"), "amount"), (_("Currency"), "text"),
            (_("Original amount"), "amount"), (_("Exchange rate"), "cost"), (_("Quantity"), "quantity"),
            (_("Unit price"), "cost"), (_("Settlement method"), "text"), (_("Settlement number"), "text"),
            (_("Business number"), "text"),
        ],
        _SETS + """SELECT p.year, p.number, v.date, v.word, v.number, v.status, v.kind, v.attachments,
                  v.preparer_name, v.reviewer_name, v.poster_name, v.cashier_name, v.reference, l.line_no, l.summary,
                  a.code, a.name, s.values, l.debit, l.credit, l.currency, l.original_amount, l.rate, l.quantity,
                  l.unit_price, l.settlement_method, l.settlement_no, l.business_no
             FROM ledger_period p
             JOIN ledger_voucher v ON v.company_id = p.company_id AND v.period_id = p.id
             JOIN ledger_voucherline l ON l.company_id = v.company_id AND l.voucher_id = v.id
             JOIN ledger_account a ON a.id = l.account_id
             LEFT JOIN sets s ON s.dimension_set_id = l.dimension_set_id
            WHERE p.company_id = %(company)s AND p.year BETWEEN %(first)s AND %(last)s
            ORDER BY p.start, v.word, v.number, l.line_no""",
    ),
)  # fmt: skip


class _Rows:
    """Rows of one table; counts them and reports as they pass."""

    def __init__(self, table: DataTable, parameters: dict[str, Any], progress: Progress) -> None:
        self.table, self.count = table, 0
        self._parameters, self._progress = parameters, progress

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        for row in stream(self.table.sql, self._parameters):
            self.count += 1
            if self.count % REPORT_EVERY == 0:
                self._progress.report(self.count, 0, str(self.table.label))
            yield row


def write_everything(
    stream: IO[bytes],
    company: Company,
    *,
    form: str = "xlsx",
    first_year: int = 0,
    last_year: int = 9999,
    progress: Progress | None = None,
) -> dict[str, int]:
    """Write all tables (vouchers of the years); returns the number of rows by table."""
    given = {"company": company.pk, "first": first_year, "last": last_year}
    sources = [_Rows(table, given, progress or Silent()) for table in TABLES]
    if form == "csv":
        _write_csv(stream, sources)
    else:
        write_workbook(
            stream,
            [
                Sheet(
                    name=str(source.table.label),
                    columns=[SheetColumn(str(label), kind) for label, kind in source.table.columns],
                    rows=source,
                )
                for source in sources
            ],
        )
    return {source.table.name: source.count for source in sources}


def _write_csv(out: IO[bytes], sources: Sequence[_Rows]) -> None:
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as package:
        for source in sources:
            with (
                package.open(f"{source.table.name}.csv", "w", force_zip64=True) as file,
                # The mark lets Excel see that the file is UTF-8.
                io.TextIOWrapper(file, encoding="utf-8-sig", newline="") as text,
            ):
                writer = csv.writer(text, lineterminator="\r\n")
                writer.writerow([str(label) for label, _kind in source.table.columns])
                for row in source:
                    writer.writerow([_cell(value) for value in row])


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dt.date):
        return value.isoformat()
    text = str(value)
    return f"'{text}" if isinstance(value, str) and runs_as_formula(text) else text
