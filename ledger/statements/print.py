"""A statement on paper, as a PDF file: the official layout of ``layout`` with the form's names, signed at the foot.

会计法 art. 21: it is signed by the head of the unit, the head of accounting and who drew it up.
"""

from typing import IO, Any

from django.http import HttpResponse
from django.utils import translation

from erp.core.companies.models import Company
from erp.core.reports import Column
from ledger.books.pages import NOTE, PrintedRow, Section
from ledger.books.paper import ROOM, ROW
from ledger.books.print import LANGUAGE, pdf_response, sections_pdf
from ledger.statements import layout
from ledger.statements.evaluation import StatementSheet

LOWEST = 4.0  # Rows may be this low (millimetres), so that a form stands on one page where it can.


def statement_pdf(stream: IO[bytes], sheet: StatementSheet, company: Company, *, by: Any) -> int:
    """Write the statement and return the number of pages. Headings of its columns are as ``sheet`` has them."""
    with translation.override(LANGUAGE):
        form = layout.workbook_sheet(sheet, company)
        _name, about = layout.title_lines(sheet, company)
        notes = [str(note) for note in layout.notes(sheet)]
    rows = [PrintedRow("line", tuple(row)) for row in form.rows]
    rows += [PrintedRow(NOTE, (note,)) for note in notes]
    columns = [Column(str(at), head.label, head.kind, head.group, head.width) for at, head in enumerate(form.columns)]
    subtitle = [sheet.statement.form_no, *about.split(" · ")[1:]]
    section = Section([text for text in subtitle if text], columns, rows)
    return sections_pdf(
        stream,
        [section],
        title=sheet.statement.name,
        company=company,
        signatures=(("单位负责人", ""), ("制表", str(by))),
        high=min(ROW, max(LOWEST, ROOM / max(len(rows), 1))),
    )


def printed(sheet: StatementSheet, company: Company, *, by: Any) -> HttpResponse:
    """The statement as a download for a page."""
    name = f"{company.code}-{sheet.statement.code}-{sheet.period}.pdf"
    return pdf_response(lambda stream: statement_pdf(stream, sheet, company, by=by), name)
