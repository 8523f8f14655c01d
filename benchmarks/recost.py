"""A receipt dated back before everything: how long until every later move has its new cost and the ledger knows?

The yardstick is a plain ``UPDATE … FROM`` that gives the very same rows the very same new values, in the same run, on
the same table (the better of two, rolled back). Beside it: ten thousand moves, a thousand items at once, the month of
an average, the value of stock as of a day.
"""

import datetime as dt
import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from benchmarks.history import make_items, supplier_value, write_history
from erp.core.companies.models import Company
from erp.core.companies.setup import create_company
from inventory.costing import monthly, recost
from inventory.costing.models import RecostRequest
from inventory.documents.confirm import create_confirmed
from inventory.documents.drafts import NewStockDocument, NewStockLine
from inventory.documents.models import DocumentKind
from inventory.moves.models import StockMove
from inventory.reports.scope import Scope
from inventory.warehouses.services import main_warehouse
from ledger.periods.models import Period
from ledger.posting import service

FIRST = dt.date(2025, 1, 1)
MILLION = 1_000_000


def run(_path: Path | None, *, quick: bool) -> dict[str, Any]:
    """Seconds, the share of a plain UPDATE, and the most memory used."""
    scale = 100 if quick else 1
    figures: dict[str, Any] = {}
    one = _recosted("onemillion", 1, MILLION // scale)
    figures |= {
        "recost_moves": one["moves"],
        "recost_moves_changed": one["changed"],
        "recost_s_1e6": one["seconds"],
        "recost_update_s_1e6": one["update"],
        "recost_share_of_update_1e6": one["share"],
        "recost_peak_mb_1e6": one["peak_mb"],
        "recost_over_idle_mb_1e6": one["over_idle_mb"],
        "stock_as_of_s_1e6": _as_of(one["company"]),
    }
    figures["recost_s_1e4"] = _recosted("tenthousand", 1, 10_000 // scale)["seconds"]
    many = _recosted("manyitems", 1_000 // scale, 1_000)
    figures |= {"recost_s_1e3x1e3": many["seconds"], "recost_share_of_update_1e3x1e3": many["share"]}
    return figures | _monthly(1_000 // scale, 1_000)


def _recosted(code: str, items: int, per_item: int) -> dict[str, Any]:
    company = create_company(code, "杭州礼遇贸易有限公司", first_period=FIRST)
    warehouse = main_warehouse(company).pk
    ids = make_items(company, "A", items, "moving_average")
    count = write_history(company, warehouse, ids, "moving_average", per_item, FIRST + dt.timedelta(days=1), 360)
    _values(company, "bench_before")
    idle = _reset_peak()
    started = time.perf_counter()
    _receive(company, warehouse, ids)
    recost.run_pending(company)
    service.post_pending(company.pk)
    seconds = time.perf_counter() - started
    peak = _peak()
    assert not RecostRequest.objects.filter(company=company).exists(), "something still waits to be recosted"
    changed = _check(company)
    update = min(_update(company), _update(company))
    return {
        "company": company,
        "moves": count,
        "changed": changed,
        "seconds": round(seconds, 2),
        "update": round(update, 2),
        "share": round(seconds / update, 2),
        "peak_mb": round(peak / 1024),
        "over_idle_mb": round((peak - idle) / 1024),
    }


def _receive(company: Company, warehouse: int, items: Sequence[int]) -> None:
    """One receipt of all items on the first day of all, so large and so cheap that every later delivery costs less."""
    lines = [NewStockLine(item_id=item, qty=Decimal(9_000_000), unit_cost=Decimal("3.33")) for item in items]
    receipt = NewStockDocument(
        kind=DocumentKind.PURCHASE_RECEIPT,
        date=FIRST,
        warehouse_id=warehouse,
        lines=lines,
        party_id=supplier_value(company),
    )
    create_confirmed(company, [receipt], by=None)


def _values(company: Company, table: str, condition: str = "true") -> None:
    """Keep id, value and unit cost of the moves as they are now."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {table}")
        cursor.execute(
            f"CREATE UNLOGGED TABLE {table} AS SELECT id, value, unit_cost FROM inventory_stockmove "
            f"WHERE company_id = %s AND {condition} ORDER BY id",
            [company.pk],
        )
        cursor.execute(f"ANALYZE {table}")


def _check(company: Company) -> int:
    """How many moves have another value now; almost all that left must, and balances must be the sum of moves."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM inventory_stockmove m JOIN bench_before b USING (id) WHERE m.value <> b.value"
        )
        changed = int(cursor.fetchone()[0])
        cursor.execute(
            """SELECT count(*) FROM inventory_stockbalance k
                 JOIN (SELECT item_id, warehouse_id, sum(qty) AS qty, sum(value) AS value FROM inventory_stockmove
                        WHERE company_id = %s GROUP BY item_id, warehouse_id) m USING (item_id, warehouse_id)
                WHERE k.company_id = %s AND (k.qty, k.value) <> (m.qty, m.value)""",
            [company.pk, company.pk],
        )
        assert cursor.fetchone()[0] == 0, "balances are not the sum of moves"
    leaving = StockMove.objects.filter(company=company, qty__lt=0).count()
    assert changed > leaving * 0.9, f"only {changed} of {leaving} moves were recosted"
    return changed


def _update(company: Company) -> float:
    """Seconds of a plain UPDATE of the moves that were recosted, from a table of their new values."""
    same = "b.id = inventory_stockmove.id AND b.value = inventory_stockmove.value"
    _values(company, "bench_after", f"NOT EXISTS (SELECT FROM bench_before b WHERE {same})")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE inventory_stockmove")
        started = time.perf_counter()
        with transaction.atomic():
            cursor.execute(
                """UPDATE inventory_stockmove m SET value = a.value, unit_cost = a.unit_cost
                     FROM bench_after a WHERE m.id = a.id"""
            )
            transaction.set_rollback(True)
        return time.perf_counter() - started


def _as_of(company: Company) -> float:
    """Seconds of the value of all stock at the end of a day in the middle of the history."""
    from inventory.reports.stock_positions import positions

    return round(_seconds(lambda: positions(Scope(company), as_of=FIRST + dt.timedelta(days=180))), 2)


def _monthly(items: int, per_item: int) -> dict[str, Any]:
    """A month in which a million moves take their weighted average."""
    company = create_company("monthly", "杭州礼遇贸易有限公司", first_period=FIRST)
    ids = make_items(company, "M", items, "monthly_average")
    count = write_history(company, main_warehouse(company).pk, ids, "monthly_average", per_item, FIRST, 31)
    period = Period.objects.get(company=company, year=FIRST.year, number=FIRST.month)
    _reset_peak()
    seconds = _seconds(lambda: monthly.calculate(company, period, by=None))
    peak = _peak()
    return {
        "monthly_average_moves": count,
        "monthly_average_s_1e6": round(seconds, 2),
        "monthly_average_peak_mb": round(peak / 1024),
        "monthly_average_posting_s": round(_seconds(lambda: service.post_pending(company.pk)), 2),
    }


def _seconds(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _reset_peak() -> int:
    """Forget the most memory this process ever had (kB now), so that what is measured next has a peak of its own."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return 0  # no Linux: the peak is that of the whole run
    return _peak()


def _peak() -> int:
    """Most memory since then, in kB."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])
