"""Compare what a scenario states with stock and books. Everything found is a sentence with both figures."""

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from erp.core.companies.models import Company
from erp.core.verify import verify
from inventory.moves.models import StockMove
from inventory.scenarios.files import KEYS, Expectation
from inventory.scenarios.steps import World
from ledger.accounts.models import Account
from ledger.posting.models import BusinessEvent, EventState
from ledger.posting.queries import accounts_of_key

ZERO = Decimal(0)


class Held(NamedTuple):
    qty: Decimal = ZERO
    value: Decimal = ZERO


def differences(world: World, expected: Expectation) -> Iterator[str]:
    """What is not as the expectation says."""
    yield from (f"after {expected.after}: {text}" for text in _differences(world, expected))


def _differences(world: World, expected: Expectation) -> Iterator[str]:
    yield from _stock(world, expected)
    if expected.as_of is None:
        balances = account_balances(world.company)
        if expected.accounts is not None:
            yield from _accounts(world.company, balances, expected.accounts)
        if expected.cogs is not None:
            cogs = sum((balances.get(pk, ZERO) for pk in accounts_of_key(world.company.pk, "cogs")), ZERO)
            yield from _differs("cost of sales", expected.cogs, cogs)
    for ref, value in expected.costs.items():
        yield from _differs(f"cost of {ref}", value, cost_of(world, ref))


def broken(world: World) -> Iterator[str]:
    """Invariants of the books that do not hold, and events that could not be posted."""
    failed = BusinessEvent.objects.filter(company=world.company).exclude(
        state__in=[EventState.POSTED, EventState.SETTLED]
    )
    for event in failed:
        reason = f"{event.reason_code} {event.reason_facts}"
        yield f"event {event.event_type} of {event.document_no} is {event.state}: {reason}"
    for result in verify(world.company):
        for sentence in result.differences:
            yield f"verify, {result.check.code}: {sentence}"


def stock_held(company: Company, until: dt.date | None = None) -> dict[tuple[str, str], Held]:
    """(item, warehouse) → what its moves make, up to and with a date."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT i.code, w.code, sum(m.qty), sum(m.value)
                 FROM inventory_stockmove m
                 JOIN inventory_item i ON i.id = m.item_id
                 JOIN inventory_warehouse w ON w.id = m.warehouse_id
                WHERE m.company_id = %s AND (%s::date IS NULL OR m.date <= %s)
                GROUP BY i.code, w.code""",
            [company.pk, until, until],
        )
        return {(item, warehouse): Held(qty, value) for item, warehouse, qty, value in cursor.fetchall()}


def account_balances(company: Company) -> dict[int, Decimal]:
    """Account → debit less credit of all vouchers, posted or waiting for it; those at zero left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT l.account_id, sum(l.debit - l.credit)
                 FROM ledger_voucherline l
                WHERE l.company_id = %s GROUP BY l.account_id HAVING sum(l.debit - l.credit) <> 0""",
            [company.pk],
        )
        return dict(cursor.fetchall())


def cost_of(world: World, ref: str) -> Decimal:
    """Signed effect of a step's documents on stock; of a transfer the value moved."""
    values = list(
        StockMove.objects.filter(company=world.company, document__in=world.documents_of(ref)).values_list(
            "value", flat=True
        )
    )
    if world.scenario.step(ref).do == "transfer":
        return sum((value for value in values if value > 0), ZERO)
    return sum(values, ZERO)


def _stock(world: World, expected: Expectation) -> Iterator[str]:
    held = stock_held(world.company, expected.as_of)
    day = f" on {expected.as_of}" if expected.as_of else ""
    stated = set()
    for row in expected.stock:
        stated.add((row.item, row.warehouse))
        if row.warehouse == "*":
            found = _sum(held, row.item)
        else:
            found = held.get((row.item, row.warehouse), Held())
        where = "all warehouses" if row.warehouse == "*" else row.warehouse
        yield from _differs(f"quantity of {row.item} in {where}{day}", row.qty, found.qty)
        if row.value is not None:
            yield from _differs(f"value of {row.item} in {where}{day}", row.value, found.value)
    if any(warehouse != "*" for _item, warehouse in stated):
        for (item, warehouse), found in held.items():
            if (item, warehouse) not in stated and found.qty:
                yield f"quantity of {item} in {warehouse}{day}: nothing stated, {_plain(found.qty)} found"


def _sum(held: Mapping[tuple[str, str], Held], item: str) -> Held:
    rows = [found for (code, _warehouse), found in held.items() if code == item]
    return Held(sum((row.qty for row in rows), ZERO), sum((row.value for row in rows), ZERO))


def _accounts(company: Company, balances: Mapping[int, Decimal], expected: Mapping[str, Decimal]) -> Iterator[str]:
    left = dict(balances)
    for name, amount in expected.items():
        accounts = accounts_of_key(company.pk, KEYS.get(name, name))
        yield from _differs(f"account {name}", amount, sum((left.pop(pk, ZERO) for pk in accounts), ZERO))
    for account in Account.objects.filter(company=company, pk__in=left).order_by("code"):
        yield f"account {account.code} {account.name}: nothing stated, {_plain(left[account.pk])} found"


def _differs(what: str, expected: Decimal, found: Decimal) -> Iterator[str]:
    if expected != found:
        yield f"{what}: {_plain(expected)} expected, {_plain(found)} found"


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text and len(text.partition(".")[2]) > 2 else text
