"""The file that goes back to the user: rows that ended in no document, as they were, with what is wrong with them.

Mended in place it can be uploaded as it is: columns that the profile does not know are ignored.
"""

import io
from collections import defaultdict

from erp.core.excel.template import MarkedRow, mark_errors
from erp.core.imports.mapping import compared
from erp.core.imports.models import ImportRowIssue, ImportRun
from erp.core.imports.services import open_run


def returned_workbook(run: ImportRun) -> bytes:
    """The .xlsx of the run's issues. Raises ``FileRefused`` if the stored file cannot be read any more."""
    table = open_run(run).table
    places = {compared(header): place for place, header in enumerate(table.headers) if header}
    problems: dict[int, dict[int, str]] = defaultdict(dict)
    for row_no, column, message in ImportRowIssue.objects.filter(company_id=run.company_id, run=run).values_list(
        "row_no", "field", "message"
    ):
        problems[row_no][places.get(compared(column), -1)] = message
    stream = io.BytesIO()
    mark_errors(
        stream,
        table.headers,
        (MarkedRow(row_no, cells, problems[row_no]) for row_no, cells in table.rows if row_no in problems),
    )
    return stream.getvalue()
