"""Fifty clerks at once confirm deliveries and transfers of twenty hot items: how long does one confirmation take?

Clerks are threads of as many processes as there are cores, each with its own connection, as behind a web server. A
clerk thinks between two documents (``PAUSE`` seconds on average); the figures without any pause are given beside it.
At the end the tally of what every clerk was told is compared with stock, the rest is posted, and ``verify`` is asked.
"""

import datetime as dt
import multiprocessing
import os
import random
import statistics
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import connection, connections

from erp.core.companies.models import Company
from erp.core.companies.setup import create_company
from erp.core.errors import DomainError
from erp.core.verify import verify
from inventory.documents.confirm import create_confirmed
from inventory.documents.drafts import NewStockDocument, NewStockLine
from inventory.documents.models import DocumentKind, Reason
from inventory.items.services import NewItem, ensure_items
from inventory.moves.models import StockBalance
from inventory.warehouses.services import ensure_warehouse
from ledger.posting import service

CLERKS, ITEMS, SECONDS, PAUSE = 50, 20, 60.0, 1.0
DAY = dt.date(2025, 1, 6)

Place = tuple[int, int]  # item, warehouse


@dataclass(slots=True)
class Market:
    """Where they trade. ``stock``: what lies in each place when they begin."""

    company: Company
    items: list[int]
    warehouses: list[int]
    stock: dict[Place, Decimal]


@dataclass(slots=True)
class Tally:
    """What clerks were told: seconds of each confirmation, goods moved by those accepted, refusals, other errors."""

    seconds: list[float] = field(default_factory=list)
    moved: Counter[Place] = field(default_factory=Counter)
    refused: int = 0
    errors: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        self.seconds += other.seconds
        self.moved.update(other.moved)
        self.refused += other.refused
        self.errors += other.errors


def open_market(code: str = "clerks", *, plenty: int = 100_000, scarce: int = 40) -> Market:
    """Twenty items in two warehouses; every fifth item is scarce, so that clerks fight for the last pieces."""
    company = create_company(code, "杭州礼遇贸易有限公司", first_period=DAY)
    ids = ensure_items(company, [NewItem(f"HOT{n:02}", f"热销品{n:02}") for n in range(ITEMS)])
    warehouses = [ensure_warehouse(company, name, name).pk for name in ("EAST", "WEST")]
    items = [ids[f"HOT{n:02}"] for n in range(ITEMS)]
    lines = [
        NewStockLine(item_id=item, qty=Decimal(scarce if n % 5 == 0 else plenty), unit_cost=Decimal(n + 7) / 3)
        for n, item in enumerate(items)
    ]
    for warehouse in warehouses:
        opening = NewStockDocument(
            kind=DocumentKind.OTHER_RECEIPT, date=DAY, warehouse_id=warehouse, lines=lines, reason=Reason.OPENING
        )
        create_confirmed(company, [opening], by=None)
    stock = {(line.item_id, warehouse): line.qty for line in lines for warehouse in warehouses}
    return Market(company, items, warehouses, stock)


def trade(market: Market, clerks: Sequence[int], seconds: float, pause: float) -> Tally:
    """Let the clerks (threads of this process) work for so many seconds."""
    tallies = [Tally() for _clerk in clerks]
    threads = [
        threading.Thread(target=_clerk, args=(market, number, time.monotonic() + seconds, pause, tally))
        for number, tally in zip(clerks, tallies, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    total = Tally()
    for tally in tallies:
        total.add(tally)
    return total


def _clerk(market: Market, number: int, end: float, pause: float, tally: Tally) -> None:
    chance = random.Random(number)
    try:
        if pause:
            time.sleep(chance.random() * pause)
        while time.monotonic() < end:
            document = _document(market, chance)
            started = time.perf_counter()
            try:
                create_confirmed(market.company, [document], by=None)
            except DomainError:
                tally.refused += 1
            except Exception as error:  # what a clerk must never see; the caller reports it
                tally.errors.append(f"{type(error).__name__}: {error}")
            else:
                tally.seconds.append(time.perf_counter() - started)
                _count(document, tally)
            if pause:
                time.sleep(chance.expovariate(1 / pause))
    finally:
        connection.close()


def _document(market: Market, chance: random.Random) -> NewStockDocument:
    """A delivery (two of three times) or a transfer, of one to four items in no order."""
    here, there = chance.sample(market.warehouses, 2)
    is_delivery = chance.random() < 2 / 3
    return NewStockDocument(
        kind=DocumentKind.DELIVERY if is_delivery else DocumentKind.TRANSFER,
        date=DAY,
        warehouse_id=here,
        to_warehouse_id=None if is_delivery else there,
        lines=[
            NewStockLine(item_id=item, qty=Decimal(chance.randint(1, 3)))
            for item in chance.sample(market.items, chance.randint(1, 4))
        ],
    )


def _count(document: NewStockDocument, tally: Tally) -> None:
    for line in document.lines:
        tally.moved[line.item_id, document.warehouse_id] -= line.qty  # type: ignore[assignment]
        if document.to_warehouse_id is not None:
            tally.moved[line.item_id, document.to_warehouse_id] += line.qty  # type: ignore[assignment]


def check(market: Market, tally: Tally) -> list[str]:
    """What is wrong afterwards: errors that surfaced, stock that differs from the tally, invariants that broke."""
    found = list(tally.errors)
    for balance in StockBalance.objects.filter(company=market.company):
        place = balance.item_id, balance.warehouse_id
        expected = market.stock.get(place, Decimal(0)) + tally.moved[place]
        if balance.qty != expected or balance.qty < 0:
            found.append(f"stock of {place}: {balance.qty}, the clerks' tally makes {expected}")
    service.post_pending(market.company.pk)
    found += [sentence for result in verify(market.company) for sentence in result.differences]
    return found


def run(_path: Path | None, *, quick: bool, seconds: float | None = None) -> dict[str, Any]:
    """Seconds of one confirmation (p50, p95), confirmations per second; and the same without pauses."""
    long = seconds or (3.0 if quick else SECONDS)
    market = open_market()
    calm = _at_once(market, long, PAUSE)
    if found := check(market, calm):
        raise AssertionError("\n".join(found))
    market.stock = {
        (row.item_id, row.warehouse_id): row.qty for row in StockBalance.objects.filter(company=market.company)
    }
    short = min(long, 15.0)
    busy = _at_once(market, short, 0.0)
    if found := check(market, busy):
        raise AssertionError("\n".join(found))
    return {
        "clerks": CLERKS,
        "clerks_seconds": long,
        "clerks_pause_s": PAUSE,
        **_figures("clerks", calm, long),
        "clerks_refused": calm.refused,
        **_figures("clerks_without_pause", busy, short),
    }


def _figures(name: str, tally: Tally, seconds: float) -> dict[str, Any]:
    cuts = statistics.quantiles(tally.seconds, n=100)
    return {
        f"{name}_confirms_per_s": round(len(tally.seconds) / seconds, 1),
        f"{name}_p50_ms": round(cuts[49] * 1000),
        f"{name}_p95_ms": round(cuts[94] * 1000),
        f"{name}_worst_ms": round(max(tally.seconds) * 1000),
    }


def _at_once(market: Market, seconds: float, pause: float) -> Tally:
    """Clerks spread over one process per core."""
    connections.close_all()
    processes = max(1, os.cpu_count() or 1)
    context = multiprocessing.get_context("fork")
    with context.Pool(processes) as pool:
        shares = [(market, range(n, CLERKS, processes), seconds, pause) for n in range(processes)]
        total = Tally()
        for tally in pool.starmap(trade, shares):
            total.add(tally)
    return total
