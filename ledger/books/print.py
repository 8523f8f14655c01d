"""Books on paper, as a PDF file: any book of the house with what the law wants on its pages.

Pages are numbered through the file without a gap, over all accounts that are printed in it (会计基础工作规范 art. 57,
58); sums go from page to page (art. 60(8)). A print has at most ``MOST`` pages; nothing beyond is read.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import IO, Any

from django.http import FileResponse, HttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import DomainError
from erp.core.reports import Column, Report, ReportResult
from erp.core.reports.model import value_of
from ledger.accounts.models import Account
from ledger.books import line_books
from ledger.books.cells import field_of
from ledger.books.pages import NOTE, TOTAL, Carrying, PrintedPage, PrintedRow, Section, pages_of
from ledger.books.paper import PER_PAGE, ROOM, ROW, Foot, draw_pages
from ledger.preferences.services import preferences_of

MOST = 2_000
LANGUAGE = "zh-hans"  # 会计法 art. 22: records are kept in Chinese.
UNSIGNED = "未签"

# Books whose pages carry their sums, and since when these are counted. The others are tables.
CARRIES = {
    "account_lines": Carrying.MONTH,
    "dimension_lines": Carrying.MONTH,
    "cash_journal": Carrying.MONTH,
    "quantity_lines": Carrying.MONTH,
    "multicolumn": Carrying.MONTH,
    "general_ledger": Carrying.YEAR,
    "journal": Carrying.START,
}


class TooManyPages(DomainError):
    code = "too_many_pages"
    template = _(
        "The print would have more than %(most)s pages. Narrow the filter, e.g. to fewer periods or one account."
    )


class NothingToPrint(DomainError):
    code = "no_book_to_print"
    template = _("No account has figures in this range. Choose other periods.")


def book_pdf(
    stream: IO[bytes], report: Report, company: Company, params: Any, *, by: Any, every_account: bool = False
) -> int:
    """Write a book and return the number of pages. ``params`` as from ``report.clean``; ``by`` prints it.

    ``every_account`` prints the book of each account that has figures, one after the other; the cash and bank journals
    of all accounts make one file so. Raises ``TooManyPages``, ``NothingToPrint``, and what the report refuses.
    """
    with translation.override(LANGUAGE):
        sections = _every_account(report, company, params) if every_account else [_section(report, company, params)]
        books = "记账" if report.name in CARRIES else "制表"
        return sections_pdf(
            stream,
            sections,
            title=str(report.title),
            company=company,
            signatures=(("审核", ""), (books, str(by))),
        )


def sections_pdf(
    stream: IO[bytes],
    sections: Iterable[Section],
    *,
    title: str,
    company: Company,
    signatures: Sequence[tuple[str, str]],
    high: float = ROW,
) -> int:
    """Write sections as one file, signed by the head of accounting and ``signatures``; rows are ``high`` millimetres.

    Returns the number of pages. Raises ``TooManyPages``.
    """
    pages: list[PrintedPage] = []
    for section in sections:
        pages += pages_of(section, int(ROOM / high + 0.001))  # rows may fill the room exactly
        if len(pages) > MOST:
            raise TooManyPages(most=f"{MOST:,}")
    head = preferences_of(company).accounting_head or UNSIGNED
    foot = Foot((("会计主管", head), *signatures), timezone.localdate())
    draw_pages(stream, pages, title=title, company=company.name, foot=foot, high=high)
    return len(pages)


def printed(report: Report, company: Company, params: Any, *, by: Any, every_account: bool = False) -> HttpResponse:
    """A book as a download for a page. Raises what ``book_pdf`` raises."""
    name = f"{company.code}-{report.name}.pdf"
    return pdf_response(
        lambda stream: book_pdf(stream, report, company, params, by=by, every_account=every_account), name
    )


def pdf_response(write: Callable[[IO[bytes]], Any], name: str) -> HttpResponse:
    """What ``write`` draws, as a download; it grows in a temporary file."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  (the response closes it)
    try:
        write(file)
    except DomainError:
        file.close()
        raise
    file.seek(0)
    # Typed as what pages return: a streaming response is no subclass of HttpResponse, but serves as one.
    response: Any = FileResponse(file, as_attachment=True, filename=name, content_type="application/pdf")
    return response  # type: ignore[no-any-return]


def _section(report: Report, company: Company, params: Any) -> Section:
    result = report.query(company, params)
    columns = result.columns or report.columns_for(params)
    subtitle = [str(text) for text in result.subtitle]
    most = MOST * PER_PAGE + 1
    try:
        rows = list(islice(_printed(result, columns), most))
    finally:  # A stream that is left half way holds its cursor.
        if close := getattr(result.rows, "close", None):
            close()
    if len(rows) == most:  # So many rows need more pages, whatever is carried.
        raise TooManyPages(most=f"{MOST:,}")
    return Section(subtitle, columns, rows, CARRIES.get(report.name))


def _printed(result: ReportResult, columns: Sequence[Column]) -> Iterator[PrintedRow]:
    """Rows, totals and notes as they stand on paper."""
    for row in result.rows:
        yield PrintedRow(
            kind=str(field_of(row, "kind") or "line"),
            values=tuple(value_of(row, column.key) for column in columns),
            period=str(field_of(row, "period") or ""),
            account=str(field_of(row, "code") or ""),
        )
    if result.totals is not None:  # They may be complete only now.
        totals = [result.totals.get(column.key) for column in columns]
        totals[0] = gettext("Total") if totals[0] is None else totals[0]
        yield PrintedRow(TOTAL, tuple(totals))
    for note in result.notes:
        yield PrintedRow(NOTE, (str(note),))


def _every_account(report: Report, company: Company, params: Any) -> Iterator[Section]:
    accounts = Account.objects.filter(company=company, is_leaf=True).order_by("code")
    if report is line_books.CASH_JOURNAL:
        accounts = accounts.filter(cash_kind__in=line_books.CASH_KINDS)
    found = False
    for code in accounts.values_list("code", flat=True):
        section = _section(report, company, {**params, "account": code})
        if any(_has_figures(row, section.columns) for row in section.rows):
            found = True
            yield section
    if not found:
        raise NothingToPrint()


def _has_figures(row: PrintedRow, columns: Sequence[Column]) -> bool:
    return any(value for value, column in zip(row.values, columns, strict=True) if column.kind == "amount")
