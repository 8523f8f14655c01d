"""Confirmed documents to posted vouchers with one worker, beside a raw COPY of the very same voucher lines.

The events are those of the sales file, several times over with other document ids: they take the whole road of
posting (claim, rules, dimension sets, numbers, vouchers, lines, guards, turnover, event states).
"""

import time
from pathlib import Path
from typing import Any

from django.db import connection

from benchmarks.file import generated
from demo.load import load
from erp.core.jobs.registry import Silent
from ledger.posting import service

TIMES = 4
COLUMNS = (
    "company_id, voucher_id, period_id, line_no, summary, account_id, dimension_set_id, debit, credit, currency, "
    "original_amount, rate, quantity, unit_price, business_date, rule_line_id, mapping_id, source_lines"
)


class _Quiet(Silent):
    def stage(self, title: str) -> None:
        """Nobody looks."""


def run(path: Path | None, *, quick: bool) -> dict[str, Any]:
    """Documents and lines per second of posting, lines per second of raw COPY, and the share."""
    company = load(path or generated(quick=quick), "posting", reporter=_Quiet(), inline_posting=True).company
    times = 1 if quick else TIMES
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM ledger_voucher")
        last_voucher = cursor.fetchone()[0]
        cursor.execute(
            """INSERT INTO ledger_businessevent (company_id, event_type, source_type, source_id, line_group, generation,
                      business_date, document_no, party, payload, state, reason_code, reason_facts, attempts,
                      created_at)
               SELECT company_id, event_type, source_type, source_id + 1000000000::bigint * n, line_group, generation,
                      business_date, document_no, party, payload, 'pending', '', '{}', 0, now()
                 FROM ledger_businessevent, generate_series(1, %s) AS n
                WHERE company_id = %s AND state = 'posted' ORDER BY n, ledger_businessevent.id""",
            [times, company.pk],
        )
        cursor.execute("VACUUM ANALYZE ledger_businessevent")
    started = time.perf_counter()
    result = service.post_pending(company.pk)
    seconds = time.perf_counter() - started
    assert not result.failed, "events of the file failed"
    lines, text, rows = _raw_copy(company.pk, last_voucher)
    return {
        "posting_documents": result.posted,
        "posting_lines": lines,
        "posting_seconds": round(seconds, 2),
        "documents_per_s": round(result.posted / seconds),
        "posting_lines_per_s": round(lines / seconds),
        "raw_copy_lines_per_s": round(lines / text),
        "raw_copy_from_python_lines_per_s": round(lines / rows),
        "posting_share_of_copy": round(text / seconds, 3),
        "posting_share_of_copy_from_python": round(rows / seconds, 3),
    }


def _raw_copy(company_id: int, after_voucher: int) -> tuple[int, float, float]:
    """How many lines were posted, and the seconds that raw COPY takes for them: as ready text, and row by row."""
    query = f"SELECT {COLUMNS} FROM ledger_voucherline WHERE company_id = {company_id} AND voucher_id > {after_voucher}"
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY ({query} ORDER BY id) TO STDOUT") as copy:
            blocks = [bytes(block) for block in copy]
        cursor.execute(f"{query} ORDER BY id")
        rows = [(*row[:-1], "{" + ",".join(map(str, row[-1])) + "}") for row in cursor.fetchall()]

    def seconds(send: Any) -> float:
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE bench_copy (LIKE ledger_voucherline INCLUDING ALL)")
            started = time.perf_counter()
            with cursor.copy(f"COPY bench_copy ({COLUMNS}) FROM STDIN") as copy:
                send(copy)
            spent = time.perf_counter() - started
            cursor.execute("DROP TABLE bench_copy")
        return spent

    def as_text(copy: Any) -> None:
        for block in blocks:
            copy.write(block)

    def row_by_row(copy: Any) -> None:
        for row in rows:
            copy.write_row(row)

    # The best of two: a yardstick that is too short would flatter us.
    return len(rows), min(seconds(as_text), seconds(as_text)), min(seconds(row_by_row), seconds(row_by_row))
