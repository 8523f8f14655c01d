"""月初一次回冲: estimates of receipts are reversed at the beginning of a period, and made again at its end where the
invoice has still not come.

No stock moves: the goods have not left. Until the invoice comes, or the estimate is renewed, the stock accounts are
lower than the stock by what is held here; the comparison of stock and ledger takes it into account.
"""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Max

from erp.core.companies.models import Company, GrniPolicy
from erp.core.money import ZERO
from erp.core.retries import transactional
from inventory.events import default_departments
from inventory.items.queries import item_facts
from inventory.purchasing import events, goods
from inventory.purchasing.goods import Receipt
from inventory.purchasing.models import EstimateReversal
from inventory.purchasing.refusals import EstimatesReversedAlready, NotMonthlyReversal
from inventory.suppliers.queries import suppliers_of_values
from inventory.warehouses.models import Warehouse
from ledger.periods.models import Period
from ledger.periods.services import hold_open
from ledger.posting.events import NewEvent, raise_events
from ledger.posting.models import BusinessEvent

REVERSED, ESTIMATED = "purchase_estimate_reversed", "purchase_receipt_estimated"


@transactional
def reverse_estimates(company: Company, period: Period, *, by: Any) -> list[int]:
    """Take back, on the first day of the period, what earlier receipts estimate and no invoice has settled.

    Returns ids of the receipts. Raises ``NotMonthlyReversal``, ``EstimatesReversedAlready``, ``PeriodClosed``.
    """
    _require_policy(company)
    if problem := hold_open(company.pk, [period.start]).get(period.start):
        raise problem
    Period.objects.select_for_update(no_key=True).get(pk=period.pk)
    if EstimateReversal.objects.filter(company=company, period=period).exists():
        raise EstimatesReversedAlready(period=period)
    waiting = [row for row in goods.open_receipts(company.pk) if row.date < period.start and row.open_qty > 0]
    goods.lock_lines(company.pk, [row.line_id for row in waiting])
    states = goods.receipts(company.pk, [row.line_id for row in waiting])
    rows = [row for row in states.values() if row.open_qty > 0 and not row.taken_back and row.open_estimate]
    EstimateReversal.objects.bulk_create(
        [
            EstimateReversal(
                company=company, period=period, stock_line_id=row.line_id, qty=row.open_qty, amount=row.open_estimate,
                created_by=by,
            )
            for row in rows
        ]
    )  # fmt: skip
    amounts = {row.line_id: -row.open_estimate for row in rows}
    return _raise(company, REVERSED, rows, amounts, period.start)


@transactional
def renew_estimates(company: Company, period: Period, *, by: Any) -> list[int]:
    """Estimate again, on the last day of the period, what was taken back and has still no invoice.

    Returns ids of the receipts. Raises ``NotMonthlyReversal``, ``PeriodClosed``.
    """
    _require_policy(company)
    if problem := hold_open(company.pk, [period.end]).get(period.end):
        raise problem
    held = list(
        EstimateReversal.objects.select_for_update()
        .filter(company=company, period__start__lte=period.start, renewed=False)
        .order_by("pk")
    )
    standing = [row for row in held if row.amount]
    states = goods.receipts(company.pk, [row.stock_line_id for row in standing])
    amounts = {row.stock_line_id: row.amount for row in standing if row.stock_line_id in states}
    EstimateReversal.objects.filter(pk__in=[row.pk for row in held]).update(renewed=True)
    return _raise(company, ESTIMATED, [states[line_id] for line_id in amounts], amounts, period.end)


def held_estimates(company: Company) -> list[EstimateReversal]:
    """What is taken back and stands for no invoice yet, by period and receipt."""
    rows = EstimateReversal.objects.filter(company=company, renewed=False).exclude(amount=0)
    related = rows.select_related("period", "stock_line__document__party", "stock_line__item")
    return list(related.order_by("period__start", "stock_line__document", "stock_line"))


def _require_policy(company: Company) -> None:
    if company.grni_policy != GrniPolicy.MONTHLY_REVERSAL:
        raise NotMonthlyReversal(policy=GrniPolicy.MONTHLY_REVERSAL.label)


def _raise(
    company: Company, event_type: str, rows: Sequence[Receipt], amounts: dict[int, Decimal], day: Any
) -> list[int]:
    """An event for each receipt, the next generation of its kind, with the estimates of its lines. Its source is the
    opening of a period, not the receipt: no stock moved, and the receipt's own event stays the only one."""
    first = 1 if event_type == REVERSED else 2  # the receipt itself estimated first
    of_document: dict[int, list[Receipt]] = defaultdict(list)
    for row in rows:
        of_document[row.document_id].append(row)
    items = item_facts(company.pk, {row.item_id for row in rows})
    suppliers = suppliers_of_values(company.pk, {row.party_id for row in rows if row.party_id is not None})
    warehouses = dict(
        Warehouse.objects.filter(company=company, pk__in={row.warehouse_id for row in rows}).values_list(
            "id", "dimension_value_id"
        )
    )
    last = dict(
        BusinessEvent.objects.filter(
            company=company, source_type=events.OPENING, source_id__in=of_document, event_type=event_type
        )
        .values_list("source_id")
        .annotate(last=Max("generation"))
    )
    department = default_departments(company.pk).get("WH")
    raised = []
    for document_id, own in sorted(of_document.items()):
        supplier = suppliers.get(own[0].party_id or 0)
        facts: dict[str, int | str] = dict(supplier.facts) if supplier else {}
        facts["warehouse"] = warehouses[own[0].warehouse_id]
        if department is not None:
            facts["department"] = department
        lines = []
        for row in own:
            item, amount = items[row.item_id], amounts[row.line_id]
            cost = amount if row.carried == row.estimate else goods.part_of(row.carried, amount, row.estimate)
            figures = {"cost": cost, "price": amount, "variance": amount - cost}
            line_facts: dict[str, int | str] = {"item": item.value_id, "item_category": item.category_value_id}
            if item.cost_method == "standard":
                line_facts["method"] = "standard"
            measures = {name: str(value) for name, value in figures.items() if value != ZERO}
            lines.append({"id": row.line_id, "facts": line_facts, "measures": measures})
        raised.append(
            NewEvent(
                event_type=event_type,
                source_type=events.OPENING,
                source_id=document_id,
                business_date=day,
                document_no=own[0].number,
                party=supplier.name if supplier else "",
                facts=facts,
                lines=lines,
                generation=max(last.get(document_id, 0) + 1, first),
            )
        )
    raise_events(company.pk, raised)
    return sorted(of_document)
