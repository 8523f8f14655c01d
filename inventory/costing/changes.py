"""Write what a costing run found: moves get their new value, the ledger the differences, the trace what changed.

A constant number of statements, however many moves. The differences of one kind of document, month and set of facts
become one event of the run, whose fact ``posts_as`` names the event type of the documents: the same rule takes it.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import Any, NamedTuple

from django.db import connection
from django.utils import timezone

from erp.core.bulk import copy_rows
from erp.core.companies.models import Company
from erp.core.money import ZERO
from erp.core.numbering.services import document_numbers
from inventory.costing import returned
from inventory.costing.models import CostRun, RunKind, RunState
from inventory.documents.models import DocumentKind
from inventory.documents.new import NewStockDocument
from inventory.events import ADJUSTED, SETTLED, Costed, Known, event_type, gap, measures
from inventory.items.queries import item_facts
from inventory.known import known_of, warehouse_facts
from inventory.valuation.engine import Effect
from ledger.accounts.models import AccountClass, AccountDimension
from ledger.posting.events import NewEvent, raise_events

SOURCE = "cost_run"
_NAMES = {RunKind.RECOST.value: "成本调整", RunKind.MONTHLY.value: "月末加权结转"}  # the books' language
_CHUNK = 20_000
Revalued = tuple[int, int, int]  # (move id, new signed value in cents, new unit cost in 1e-10)


@dataclass(slots=True)
class Applied:
    """``run`` is None where nothing changed for documents that were told before; ``fresh``: move id → value."""

    run: CostRun | None = None
    changed: int = 0
    fresh: dict[int, Decimal] = field(default_factory=dict)


class _Group(NamedTuple):
    kind: str
    source_type: str
    month: dt.date
    effect: int
    line_reason: str
    reason: str
    party_id: int | None
    department_id: int | None
    document_warehouse_id: int
    warehouse_id: int
    item_id: int
    moves: int
    qty: Decimal
    difference: Decimal
    date: dt.date
    cost_before: Decimal
    cost_after: Decimal
    variance: Decimal = ZERO  # of sales returns at standard cost, apart from what their stock value changes


class _Changed(NamedTuple):
    """What a run names in its document number and row."""

    kind: RunKind
    cause_id: int | None
    since: dt.date | None
    period_id: int | None
    by: Any
    read: int


def apply(
    company: Company,
    rows: Iterable[Revalued],
    *,
    fresh: Collection[int] = (),
    kind: RunKind = RunKind.RECOST,
    cause_id: int | None = None,
    since: dt.date | None = None,
    period_id: int | None = None,
    by: Any = None,
    read: int = 0,
    always_run: bool = False,
) -> Applied:
    """Give moves their new value and unit cost. ``fresh``: documents whose events are yet to be raised with the
    values returned; for all others the difference is raised here, in the transaction of the caller.

    ``always_run`` leaves a row of the run even if nothing changed.
    """
    with connection.cursor() as cursor:
        changed = _fill(cursor, rows)
        result = Applied(changed=changed)
        if changed:
            by_party = _party_counts(company)
            groups = _groups(cursor, company.pk, fresh, by_party=by_party)
            groups += _of_returns(cursor, company.pk, fresh, by_party=by_party)
            cursor.execute(
                """UPDATE inventory_stockmove m
                      SET value = c.value * 0.01, unit_cost = c.unit_cost * 0.0000000001
                     FROM recosted c WHERE m.company_id = %s AND m.id = c.id""",
                [company.pk],
            )
            if fresh:
                cursor.execute(
                    """SELECT m.id, m.value FROM inventory_stockmove m
                        WHERE m.company_id = %s AND m.document_id = ANY(%s)""",
                    [company.pk, list(fresh)],
                )
                result.fresh = dict(cursor.fetchall())
        else:
            groups = []
    if groups or always_run:
        facts = _Changed(kind, cause_id, since, period_id, by, read)
        result.run = _record(company, groups, facts, changed)
    return result


def _fill(cursor: Any, rows: Iterable[Revalued]) -> int:
    """COPY the new values into a temporary table; a move that comes twice counts with its last value."""
    cursor.execute(
        "CREATE TEMP TABLE IF NOT EXISTS recosted_in (n serial, id bigint, value bigint, unit_cost numeric)"
        " ON COMMIT DROP"
    )
    cursor.execute("TRUNCATE recosted_in")
    count = 0
    stream = iter(rows)
    # The rows come from a cursor on this very connection, so none is asked for while a COPY runs.
    while chunk := [f"{move_id}\t{value}\t{cost}\n" for move_id, value, cost in islice(stream, _CHUNK)]:
        count += len(chunk)
        with cursor.copy("COPY recosted_in (id, value, unit_cost) FROM STDIN") as copy:
            copy.write("".join(chunk))
    return count


def _groups(cursor: Any, company_id: int, fresh: Collection[int], *, by_party: bool) -> list[_Group]:
    """Differences by what tells events apart; the temporary table ``recosted`` has each move once afterwards."""
    cursor.execute("DROP TABLE IF EXISTS recosted")
    cursor.execute(
        """CREATE TEMP TABLE recosted ON COMMIT DROP AS
           SELECT DISTINCT ON (id) id, value, unit_cost FROM recosted_in ORDER BY id, n DESC"""
    )
    cursor.execute("ANALYZE recosted")
    cursor.execute(
        f"""WITH grouped AS (
               SELECT d.kind, d.source_type, date_trunc('month', m.date)::date AS month, m.effect,
                      CASE WHEN m.kind IN ('count_loss', 'scrap') THEN
                           (SELECT l.reason FROM inventory_stockdocumentline l WHERE l.id = m.document_line_id)
                           ELSE '' END AS line_reason,
                      d.reason, {"d.party_id" if by_party else "NULL::bigint"} AS party_id, d.department_id,
                      d.warehouse_id AS document_warehouse_id, m.warehouse_id, m.item_id,
                      count(*) AS moves, sum(m.qty) AS qty, sum(c.value * 0.01 - m.value) AS difference,
                      max(m.date) AS date, max(m.id) AS last
                 FROM recosted c
                 JOIN inventory_stockmove m ON m.id = c.id AND m.company_id = %s
                 JOIN inventory_stockdocument d ON d.id = m.document_id AND d.company_id = m.company_id
                WHERE NOT (d.id = ANY(%s))
                GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
           SELECT g.kind, g.source_type, g.month, g.effect, g.line_reason, g.reason, g.party_id, g.department_id,
                  g.document_warehouse_id, g.warehouse_id, g.item_id, g.moves, g.qty, g.difference, g.date,
                  o.unit_cost, c.unit_cost * 0.0000000001
             FROM grouped g
             JOIN inventory_stockmove o ON o.id = g.last AND o.company_id = %s
             JOIN recosted c ON c.id = g.last
            ORDER BY 1, 2, 3, 5, 6, 7, 8, 9, 4, 10, 11""",
        [company_id, list(fresh), company_id],
    )
    return [_Group(*row) for row in cursor.fetchall()]


def _of_returns(cursor: Any, company_id: int, fresh: Collection[int], *, by_party: bool) -> list[_Group]:
    """Variances of returns whose deliveries cost something else now."""
    found = []
    for row in returned.variances(cursor, company_id, fresh):
        source_type, month, reason, party, department, document_warehouse, warehouse, item, date, variance = row
        found.append(
            _Group(
                DocumentKind.SALES_RETURN, source_type, month, Effect.BACK, "", reason, party if by_party else None,
                department, document_warehouse, warehouse, item, 0, ZERO, ZERO, date, ZERO, ZERO, variance,
            )
        )  # fmt: skip
    return found


def _party_counts(company: Company) -> bool:
    """Whether an account of cost or stock asks for the customer: only then are differences kept apart by party."""
    return AccountDimension.objects.filter(
        company=company,
        is_required=True,
        dimension_type__code__in=["customer", "customer_group"],
        account__account_class__in=[AccountClass.EXPENSE, AccountClass.ASSET],
        account__is_control=False,
    ).exists()


def _record(company: Company, groups: list[_Group], facts: _Changed, changed: int) -> CostRun:
    now = timezone.now()
    prefix = "CBCS" if facts.kind == RunKind.RECOST else "YMJQ"
    (number,) = document_numbers(company.pk, prefix, f"{timezone.localdate(now):%Y%m}", 1)
    run = CostRun.objects.create(
        company=company,
        kind=facts.kind,
        state=RunState.DONE,
        number=number,
        period_id=facts.period_id,
        since=facts.since,
        cause_id=facts.cause_id,
        moves_read=facts.read,
        moves_changed=changed,
        difference=sum((group.difference for group in groups if group.effect != Effect.INTO), ZERO),
        started_by=facts.by,
        ended_at=now,
    )
    copy_rows(
        "inventory_costchange",
        (
            "company_id", "run_id", "item_id", "warehouse_id", "month", "kind", "moves", "qty", "difference",
            "unit_cost_before", "unit_cost_after",
        ),
        (
            (
                company.pk, run.pk, group.item_id, group.warehouse_id, group.month, group.kind, group.moves, group.qty,
                group.difference, group.cost_before, group.cost_after,
            )
            for group in groups
            if group.moves
        ),
    )  # fmt: skip
    raise_events(company.pk, _events(company, run, groups))
    return run


def _events(company: Company, run: CostRun, groups: list[_Group]) -> list[NewEvent]:
    """One event per event type, month and set of facts; a line per item, warehouse and what its moves do."""
    documents = {group: _document(group) for group in groups}
    warehouses = {group.warehouse_id for group in groups} | {group.document_warehouse_id for group in groups}
    known = known_of(
        company,
        list(documents.values()),
        item_facts(company.pk, {group.item_id for group in groups}),
        warehouse_facts(company.pk, warehouses),
    )
    by_event: dict[tuple[Any, ...], list[_Group]] = defaultdict(list)
    for group in groups:
        if group.difference or group.variance:
            # A transfer's lines say where each end is, so that the heads of one month make one event.
            facts = known.facts(documents[group], group.line_reason)
            key = (event_type(group.kind, group.source_type), group.month, tuple(sorted(facts.items())), group.kind)
            by_event[key].append(group)
    found = []
    for index, ((posts_as, _month, facts, kind), members) in enumerate(by_event.items(), start=1):
        lines = [line for position, group in enumerate(members, start=1)
                 if (line := _line(position, kind, documents[group], group, known))["measures"]]  # fmt: skip
        if not lines:
            continue
        if rest := gap(lines):
            lines[0]["measures"]["gap"] = str(rest)
        found.append(
            NewEvent(
                event_type=SETTLED if run.kind == RunKind.MONTHLY else ADJUSTED,
                source_type=SOURCE,
                source_id=run.pk,
                business_date=max(group.date for group in members),
                document_no=run.number,
                party=known.party_name(documents[members[0]]),
                facts={**dict(facts), "posts_as": posts_as, "event_name": _NAMES[run.kind]},
                lines=lines,
                line_group=str(index),
            )
        )
    return found


def _document(group: _Group) -> NewStockDocument:
    return NewStockDocument(
        group.kind, group.date, group.document_warehouse_id, [], group.reason, group.party_id, group.department_id,
        group.source_type,
    )  # fmt: skip


def _line(position: int, kind: str, document: NewStockDocument, group: _Group, known: Known) -> dict[str, Any]:
    move = Costed(0, group.item_id, group.warehouse_id, Effect(group.effect), Decimal(0), group.difference, ZERO)
    figures = measures(kind, move)
    if group.variance:
        figures["variance"] = group.variance
    return {
        "id": position,
        "facts": known.line_facts(document, move),
        "measures": {name: str(value) for name, value in figures.items() if value},
    }
