"""The count sheet on paper: lines in the order in which the shelves are walked, with room for a pen."""

import io

from django.utils import timezone
from django.utils.translation import gettext as _

from erp.core.companies.models import Company
from erp.core.pdf.report import report_pdf
from erp.core.reports.model import Column, ReportResult
from inventory.counts.differences import count_lines
from inventory.counts.models import CountStatus, StockCount

SIGNATURES = "盘点人：　　　　　　　　复盘人：　　　　　　　　监盘人：　　　　　　　　日期："


def count_pdf(company: Company, count: StockCount) -> bytes:
    """Blank where nothing is counted yet; book quantities are left out of a blind count in progress."""
    hides = count.is_blind and count.status == CountStatus.COUNTING
    columns = [Column("line_no", _("Line no."), "int", width=6)]
    if count.warehouse.has_bins:
        columns.append(Column("bin", _("Bin"), width=9))
    columns += [
        Column("code", _("Code"), width=14),
        Column("name", _("Name"), width=30),
        Column("spec", _("Specification"), width=14),
        Column("lot", _("Lot or serial no."), width=13),
        Column("unit", _("Unit"), width=6),
    ]
    if not hides:
        columns.append(Column("book_qty", _("Book quantity"), "quantity"))
    columns += [Column("counted", _("Counted quantity"), "quantity"), Column("note", _("Note"), width=18)]
    rows = [
        {column.key: getattr(line, column.key) for column in columns if column.key != "note"}
        | {"note": line.reason_label or line.note}
        for line in count_lines(count)
    ]
    snapshot = f"{timezone.localtime(count.snapshot_at):%Y-%m-%d %H:%M}"
    subtitle = [count.number, count.warehouse.name, _("Snapshot %(moment)s") % {"moment": snapshot}]
    stream = io.BytesIO()
    report_pdf(
        stream,
        title=_("Count sheet"),
        company=company.name,
        result=ReportResult(rows, subtitle=subtitle, notes=[SIGNATURES]),
        columns=columns,
    )
    return stream.getvalue()
