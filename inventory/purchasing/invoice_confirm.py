"""Confirm supplier invoices: estimates of what they are matched with are settled, variances placed, the ledger told.

Locks in this order: invoices, lines of receipts and returns, then whatever the variance's stock document locks.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from django.db import transaction
from django.utils import timezone

from erp.core.companies.models import Company, PurchaseVariancePolicy
from erp.core.errors import DomainError, NotFound
from erp.core.money import ZERO, split
from erp.core.retries import transactional
from inventory.items.facts import ItemFacts
from inventory.items.models import CostMethod
from inventory.items.queries import item_facts
from inventory.purchasing import events, goods
from inventory.purchasing.goods import Receipt, Return
from inventory.purchasing.models import (
    EstimateReversal,
    InvoiceKind,
    InvoiceMatch,
    InvoiceStatus,
    SupplierInvoice,
    SupplierInvoiceLine,
)
from inventory.purchasing.refusals import (
    AllowanceNeedsInvoice,
    InvoiceState,
    MatchNeeded,
    NotInvoiced,
    NotMatchable,
    OverInvoicing,
)
from inventory.purchasing.variance import Part
from inventory.purchasing.variance_documents import place_variances
from inventory.suppliers.queries import SupplierFacts, supplier_facts
from inventory.warehouses.models import Warehouse
from ledger.periods.services import hold_open
from ledger.posting.events import raise_events

OnRefusal = Literal["raise", "skip"]


@dataclass(slots=True)
class Outcome:
    """Ids confirmed, in the order given; and id → why it is still a draft."""

    confirmed: list[int] = field(default_factory=list)
    refused: dict[int, DomainError] = field(default_factory=dict)


@dataclass(slots=True)
class Settled:
    """A part of an invoice, the match it comes from and the receipt line that takes its variance."""

    part: Part
    match: InvoiceMatch | None = None
    receipt: Receipt | None = None


@transactional
def confirm_invoices(
    company: Company, invoice_ids: Sequence[int], *, by: Any, on_refusal: OnRefusal = "raise"
) -> Outcome:
    """Confirm drafts. With ``raise`` the first refusal undoes all; with ``skip`` refused ones stay drafts.

    Refusals: ``InvoiceState``, ``PeriodClosed``, ``NoPeriod``, ``MatchNeeded``, ``NotMatchable``, ``OverInvoicing``,
    ``NotInvoiced``, ``AllowanceNeedsInvoice`` and what stock documents refuse.
    """
    rows = {
        row.pk: row
        for row in SupplierInvoice.objects.select_for_update()
        .filter(company=company, pk__in=invoice_ids)
        .order_by("pk")
    }
    matched = InvoiceMatch.objects.filter(company=company, invoice_line__invoice__in=rows)
    goods.lock_lines(company.pk, set(matched.values_list("stock_line_id", flat=True)) | _original_lines(company, rows))
    closed = hold_open(company.pk, {row.date for row in rows.values()})
    outcome = Outcome()
    for invoice_id in dict.fromkeys(invoice_ids):
        try:
            with transaction.atomic():
                _confirm(company, rows.get(invoice_id), invoice_id, closed, by)
        except DomainError as refusal:
            if on_refusal == "raise":
                raise
            outcome.refused[invoice_id] = refusal
        else:
            outcome.confirmed.append(invoice_id)
    return outcome


def confirm_invoice(company: Company, invoice_id: int, *, by: Any) -> SupplierInvoice:
    """Confirm one draft. Raises what ``confirm_invoices`` names."""
    confirm_invoices(company, [invoice_id], by=by)
    return SupplierInvoice.objects.get(company=company, pk=invoice_id)


def _original_lines(company: Company, rows: Mapping[int, SupplierInvoice]) -> set[int]:
    """Lines of receipts that the invoices lowered by allowances are matched with."""
    originals = [row.of_invoice_id for row in rows.values() if row.of_invoice_id is not None]
    matches = InvoiceMatch.objects.filter(company=company, invoice_line__invoice__in=originals, is_live=True)
    return set(matches.values_list("stock_line_id", flat=True))


def _confirm(
    company: Company, invoice: SupplierInvoice | None, invoice_id: int, closed: Mapping[Any, DomainError], by: Any
) -> None:
    if invoice is None:
        raise NotFound(what=SupplierInvoice._meta.verbose_name, key=invoice_id)
    if invoice.status != InvoiceStatus.DRAFT:
        raise InvoiceState(number=invoice.number, state=invoice.get_status_display(), needed=InvoiceStatus.DRAFT.label)
    if problem := closed.get(invoice.date):
        raise problem
    lines = list(SupplierInvoiceLine.objects.filter(company=company, invoice=invoice).order_by("line_no"))
    matches = list(
        InvoiceMatch.objects.filter(company=company, invoice_line__invoice=invoice).order_by("invoice_line", "pk")
    )
    items = item_facts(company.pk, {line.item_id for line in lines if line.item_id is not None})
    supplier = supplier_facts(company.pk, [invoice.supplier_id])[invoice.supplier_id]
    if invoice.kind == InvoiceKind.BLUE:
        settled = _blue(company, invoice, lines, matches, items, supplier)
    else:
        settled = _red(company, invoice, lines, matches, items, supplier)
    _book_matches(settled, lines)
    for row in settled:
        if row.receipt is not None and row.receipt.item_id not in items:
            items |= item_facts(company.pk, [row.receipt.item_id])
    variance_id = _place(company, invoice, supplier, settled, items, by)
    warehouses = dict(
        Warehouse.objects.filter(
            company=company, pk__in={row.part.warehouse_id for row in settled if row.part.warehouse_id}
        ).values_list("id", "dimension_value_id")
    )
    raise_events(
        company.pk,
        [
            events.invoice_event(
                company, invoice, supplier, [row.part for row in settled], {line.pk: line.tax_rate for line in lines},
                items, warehouses, event_type=events.invoice_event_type(invoice, has_goods=bool(matches)),
            )
        ],
    )  # fmt: skip
    invoice.estimate = sum((line.estimate for line in lines), ZERO)
    invoice.variance_document_id = variance_id
    invoice.status = InvoiceStatus.CONFIRMED
    invoice.confirmed_by, invoice.confirmed_at = by, timezone.now()
    invoice.save()


def _blue(
    company: Company,
    invoice: SupplierInvoice,
    lines: Sequence[SupplierInvoiceLine],
    matches: Sequence[InvoiceMatch],
    items: Mapping[int, ItemFacts],
    supplier: SupplierFacts,
) -> list[Settled]:
    states = goods.receipts(company.pk, {match.stock_line_id for match in matches})
    settled: list[Settled] = []
    for line in lines:
        own = [match for match in matches if match.invoice_line_id == line.pk]
        if not _is_goods(line, items):
            settled.append(_charge(company, invoice, line))
            continue
        _require_matched(line, own, items)
        costs = split(_cost(company, invoice, line), [match.qty for match in own])
        for place, (match, cost) in enumerate(zip(own, costs, strict=True)):
            receipt = states.get(match.stock_line_id)
            if receipt is None or (receipt.party_id, receipt.item_id) != (supplier.value_id, line.item_id):
                raise _not_matchable(line, items, receipt)
            if match.qty > receipt.open_qty:
                raise OverInvoicing(
                    field=f"lines-{line.line_no}-qty", item=receipt.item_code, number=receipt.number,
                    open=f"{receipt.open_qty.normalize():f}", needed=f"{match.qty.normalize():f}",
                )  # fmt: skip
            estimate = receipt.take(match.qty)
            held = min(estimate, receipt.taken_back)
            carried = held
            if held:
                _release(company, receipt, match.qty, held)
                if receipt.carried != receipt.estimate:  # standard cost
                    carried = goods.part_of(receipt.carried, held, receipt.estimate)
            part = Part(
                line.pk, line.item_id, receipt.warehouse_id, match.qty, cost, estimate, estimate - held, carried
            )
            settled.append(Settled(_with_tax(company, invoice, line, part, place), match, receipt))
    return settled


def _red(
    company: Company,
    invoice: SupplierInvoice,
    lines: Sequence[SupplierInvoiceLine],
    matches: Sequence[InvoiceMatch],
    items: Mapping[int, ItemFacts],
    supplier: SupplierFacts,
) -> list[Settled]:
    backs = goods.returns(company.pk, {match.stock_line_id for match in matches})
    states = goods.receipts(company.pk, {back.of_line_id for back in backs.values() if back.of_line_id is not None})
    if invoice.of_invoice_id is not None:
        _within(company, invoice)
    settled: list[Settled] = []
    for line in lines:
        own = [match for match in matches if match.invoice_line_id == line.pk]
        if not line.qty:
            settled.extend(_allowance(company, invoice, line, items))
            continue
        if not _is_goods(line, items):
            settled.append(_charge(company, invoice, line))
            continue
        _require_matched(line, own, items)
        costs = split(_cost(company, invoice, line), [match.qty for match in own])
        for place, (match, cost) in enumerate(zip(own, costs, strict=True)):
            back = backs.get(match.stock_line_id)
            if back is None or (back.party_id, back.item_id) != (supplier.value_id, line.item_id):
                raise _not_matchable(line, items, back)
            receipt = states.get(back.of_line_id or 0)
            possible = back.open_qty
            if receipt is not None:
                possible = min(possible, receipt.invoiced_qty - receipt.red_qty)
            if match.qty > possible:
                raise NotInvoiced(
                    field=f"lines-{line.line_no}-qty", what=back.item_code, number=back.number,
                    open=f"{max(possible, ZERO).normalize():f}", needed=f"{match.qty.normalize():f}",
                )  # fmt: skip
            estimate = back.take(match.qty)
            if receipt is not None:
                receipt.give_back(match.qty, estimate)
            part = Part(line.pk, line.item_id, back.warehouse_id, -match.qty, cost, -estimate, -estimate)
            settled.append(Settled(_with_tax(company, invoice, line, part, place), match, receipt))
    return settled


def _allowance(
    company: Company, invoice: SupplierInvoice, line: SupplierInvoiceLine, items: Mapping[int, ItemFacts]
) -> list[Settled]:
    """A red line without goods: over the receipts of the invoice it lowers (those of its item), by what they cost."""
    if invoice.of_invoice_id is None:
        raise AllowanceNeedsInvoice(field="of_invoice")
    lowered = InvoiceMatch.objects.filter(company=company, invoice_line__invoice=invoice.of_invoice_id, is_live=True)
    if line.item_id is not None and items[line.item_id].is_stock:
        lowered = lowered.filter(invoice_line__item_id=line.item_id)
    rows = list(lowered.order_by("pk"))
    states = goods.receipts(company.pk, {row.stock_line_id for row in rows})
    rows = [row for row in rows if row.stock_line_id in states]
    if not rows:
        return [_charge(company, invoice, line)]
    settled = []
    costs = split(_cost(company, invoice, line), [row.estimate + row.variance for row in rows])
    for place, (row, cost) in enumerate(zip(rows, costs, strict=True)):
        receipt = states[row.stock_line_id]
        part = Part(line.pk, receipt.item_id, receipt.warehouse_id, ZERO, cost)
        settled.append(Settled(_with_tax(company, invoice, line, part, place), None, receipt))
    return settled


def _within(company: Company, invoice: SupplierInvoice) -> None:
    """Red invoices of an invoice take back at most what it charged."""
    original = SupplierInvoice.objects.select_for_update().get(company=company, pk=invoice.of_invoice_id or 0)
    if original.status != InvoiceStatus.CONFIRMED:
        raise InvoiceState(
            number=original.number, state=original.get_status_display(), needed=InvoiceStatus.CONFIRMED.label
        )
    others = SupplierInvoice.objects.filter(
        company=company, of_invoice=original, status=InvoiceStatus.CONFIRMED, reversal_of=None
    ).values_list("gross", flat=True)
    left = original.gross + sum(others, ZERO)
    if -invoice.gross > left:
        raise NotInvoiced(
            field="lines", what=original._meta.verbose_name, number=original.number, open=left, needed=-invoice.gross
        )


def _is_goods(line: SupplierInvoiceLine, items: Mapping[int, ItemFacts]) -> bool:
    return line.item_id is not None and items[line.item_id].is_stock and bool(line.qty)


def _require_matched(line: SupplierInvoiceLine, own: Iterable[InvoiceMatch], items: Mapping[int, ItemFacts]) -> None:
    matched = sum((match.qty for match in own), Decimal(0))
    if matched != abs(line.qty):
        raise MatchNeeded(
            field=f"lines-{line.line_no}-qty", line=line.line_no, item=items[line.item_id or 0].code,
            matched=f"{matched.normalize():f}", qty=f"{abs(line.qty).normalize():f}",
        )  # fmt: skip


def _not_matchable(
    line: SupplierInvoiceLine, items: Mapping[int, ItemFacts], found: Receipt | Return | None
) -> NotMatchable:
    return NotMatchable(
        field=f"lines-{line.line_no}-qty",
        line=line.line_no,
        item=items[line.item_id or 0].code,
        number=found.number if found else "–",
    )


def _cost(company: Company, invoice: SupplierInvoice, line: SupplierInvoiceLine) -> Decimal:
    """Net, and the tax too where it is not deductible."""
    folds = events.tax_is_cost(company, is_deductible=invoice.is_deductible)
    return line.net + line.tax if folds else line.net


def _charge(company: Company, invoice: SupplierInvoice, line: SupplierInvoiceLine) -> Settled:
    """A line without goods: a charge, which no stock takes."""
    part = Part(line.pk, line.item_id, None, line.qty, ZERO)
    part.charge = _cost(company, invoice, line)
    return Settled(_with_tax(company, invoice, line, part, 0))


def _with_tax(company: Company, invoice: SupplierInvoice, line: SupplierInvoiceLine, part: Part, place: int) -> Part:
    """The first part of a line carries its net, tax and gross."""
    if place:
        return part
    part.net, part.gross = line.net, line.net + line.tax
    if events.tax_is_cost(company, is_deductible=invoice.is_deductible):
        return part
    if not invoice.is_certified:
        part.tax_pending = line.tax
    elif invoice.kind == InvoiceKind.RED and part.estimate and events.takes_tax_out(company):
        part.tax_out = -line.tax
    else:
        part.tax = line.tax
    return part


def _release(company: Company, receipt: Receipt, qty: Decimal, held: Decimal) -> None:
    """The invoice takes the place of an estimate that the monthly reversal holds."""
    row = EstimateReversal.objects.get(company=company, stock_line_id=receipt.line_id, renewed=False)
    row.qty, row.amount = max(row.qty - qty, Decimal(0)), row.amount - held
    row.save(update_fields=["qty", "amount"])
    receipt.taken_back -= held


def _book_matches(settled: Sequence[Settled], lines: Sequence[SupplierInvoiceLine]) -> None:
    of_line = {line.pk: line for line in lines}
    for line in lines:
        line.estimate = ZERO
    matches = []
    for row in settled:
        of_line[row.part.line_id].estimate += row.part.estimate
        if row.match is not None:
            row.match.estimate, row.match.variance, row.match.is_live = row.part.estimate, row.part.variance, True
            matches.append(row.match)
    InvoiceMatch.objects.bulk_update(matches, ["estimate", "variance", "is_live"])
    SupplierInvoiceLine.objects.bulk_update(lines, ["estimate"])


def _place(
    company: Company,
    invoice: SupplierInvoice,
    supplier: SupplierFacts,
    settled: Sequence[Settled],
    items: Mapping[int, ItemFacts],
    by: Any,
) -> int | None:
    """Send each variance where it belongs; the id of the (first) stock document that carries stock's part."""
    to_stock: list[tuple[Part, Receipt]] = []
    for row in settled:
        if row.part.charge or row.part.item_id is None:
            continue
        if items[row.part.item_id].cost_method == CostMethod.STANDARD:
            row.part.place(stock=None, standard=True)
        elif (
            row.receipt is None
            or not row.part.variance
            or company.purchase_variance_policy == PurchaseVariancePolicy.ALL_TO_COGS
        ):
            row.part.place(stock=ZERO, standard=False)
        else:
            to_stock.append((row.part, row.receipt))
    return place_variances(company, invoice, supplier.value_id, to_stock, by=by)
