"""Match invoices with receipts (勾稽): what a draft could settle, and an invoice made of receipts in one step."""

import datetime as dt
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from erp.core.companies.models import Company
from erp.core.errors import NotFound
from erp.core.money import ZERO
from erp.core.retries import transactional
from inventory.documents.models import DocumentKind, DocumentStatus, StockDocument
from inventory.purchasing import goods
from inventory.purchasing.goods import Receipt, Return
from inventory.purchasing.invoice_confirm import confirm_invoices
from inventory.purchasing.invoices import NewInvoice, NewInvoiceLine, NewMatch, create_invoice, today
from inventory.purchasing.models import InvoiceKind, PurchaseOrderLine, SupplierInvoice
from inventory.purchasing.refusals import NothingOpen, NotInvoiced, OtherSupplier, OverInvoicing
from inventory.suppliers.models import Supplier
from inventory.suppliers.queries import supplier_facts, suppliers_of_values


class Wanted(NamedTuple):
    """A line of an invoice that looks for its goods."""

    item_id: int
    qty: Decimal


def suggest_matches(
    company: Company,
    supplier_id: int,
    lines: Sequence[Wanted],
    *,
    kind: str = InvoiceKind.BLUE,
    document_ids: Collection[int] | None = None,
) -> list[list[NewMatch]]:
    """For each line the receipts (red: returns) that it settles, oldest first; less than wanted where less is open."""
    party = supplier_facts(company.pk, [supplier_id])[supplier_id].value_id
    items = {line.item_id for line in lines}
    found: Sequence[Receipt | Return]
    if kind == InvoiceKind.BLUE:
        found = goods.open_receipts(company.pk, party_id=party, item_ids=items, document_ids=document_ids)
    else:
        found = goods.open_returns(company.pk, party_id=party, item_ids=items, document_ids=document_ids)
    left = {row.line_id: row.open_qty for row in found if row.open_qty > 0}
    result = []
    for line in lines:
        matches, missing = [], line.qty
        for row in found:
            if row.item_id == line.item_id and missing > 0 and left.get(row.line_id):
                part = min(missing, left[row.line_id])
                matches.append(NewMatch(row.line_id, part))
                left[row.line_id] -= part
                missing -= part
        result.append(matches)
    return result


@transactional
def invoice_receipts(
    company: Company,
    receipt_ids: Sequence[int],
    *,
    by: Any,
    date: dt.date | None = None,
    invoice_no: str = "",
    lines: Sequence[NewInvoiceLine] | None = None,
    is_deductible: bool = True,
    is_certified: bool = True,
    note: str = "",
    confirm: bool = True,
) -> SupplierInvoice:
    """An invoice of receipts of one supplier (of purchase returns: a red one), matched and confirmed in one step.

    Without ``lines`` everything open is invoiced, at the receipts' prices and the tax rates of their orders, else of
    the supplier. ``lines`` state quantity and price by item; each takes the receipts' lines in order. Raises
    ``OverInvoicing`` or ``NotInvoiced`` when they ask for more than is open, ``NothingOpen``, ``OtherSupplier``.
    """
    documents = _documents(company, receipt_ids)
    first = documents[0]
    is_red = first.kind == DocumentKind.PURCHASE_RETURN
    kind = InvoiceKind.RED if is_red else InvoiceKind.BLUE
    supplier = suppliers_of_values(company.pk, [first.party_id or 0]).get(first.party_id or 0)
    if supplier is None:
        raise NotFound(what=Supplier._meta.verbose_name, key=first.number)
    goods.lock_lines(company.pk, list(_line_ids(company, receipt_ids)))
    if lines is None:
        ready = _all_open(company, receipt_ids, is_red=is_red)
        if not ready:
            raise NothingOpen(number=first.number)
    else:
        ready = _matched(company, supplier.id, kind, receipt_ids, lines, number=first.number)
    invoice = create_invoice(
        company,
        NewInvoice(
            supplier.id,
            date or today(),
            ready,
            kind=kind,
            invoice_no=invoice_no,
            is_deductible=is_deductible,
            is_certified=is_certified,
            note=note,
        ),
        by=by,
    )
    if confirm:
        confirm_invoices(company, [invoice.pk], by=by)
        invoice.refresh_from_db()
    return invoice


def _documents(company: Company, ids: Sequence[int]) -> list[StockDocument]:
    rows = {
        row.pk: row
        for row in StockDocument.objects.filter(
            company=company,
            pk__in=ids,
            kind__in=[DocumentKind.PURCHASE_RECEIPT, DocumentKind.PURCHASE_RETURN],
            status=DocumentStatus.CONFIRMED,
            reversal_of=None,
        )
    }
    if missing := [pk for pk in ids if pk not in rows]:
        raise NotFound(what=DocumentKind.PURCHASE_RECEIPT.label, key=missing[0])
    ordered = [rows[pk] for pk in dict.fromkeys(ids)]
    if not ordered:
        raise NotFound(what=DocumentKind.PURCHASE_RECEIPT.label, key="-")
    for row in ordered[1:]:
        if (row.party_id, row.kind) != (ordered[0].party_id, ordered[0].kind):
            raise OtherSupplier(number=row.number)
    return ordered


def _line_ids(company: Company, ids: Collection[int]) -> set[int]:
    rows = StockDocument.objects.filter(company=company, pk__in=ids).values_list("lines__id", flat=True)
    return {pk for pk in rows if pk is not None}


def _all_open(company: Company, ids: Collection[int], *, is_red: bool) -> list[NewInvoiceLine]:
    """A line for each line of the receipts with what is open of it, at its price."""
    ready = []
    if is_red:
        for back in goods.open_returns(company.pk, document_ids=ids):
            net = back.estimate - back.invoiced_estimate
            price = goods.price_of(net, back.open_qty)
            match = NewMatch(back.line_id, back.open_qty)
            ready.append(NewInvoiceLine(back.item_id, back.open_qty, price, net=net, matches=[match]))
        return ready
    found = [row for row in goods.open_receipts(company.pk, document_ids=ids) if row.open_qty > 0]
    rates = _rates(company, [row.line_id for row in found])
    for row in found:
        price = row.unit_cost if row.unit_cost is not None else goods.price_of(row.open_estimate, row.open_qty)
        ready.append(
            NewInvoiceLine(
                row.item_id,
                row.open_qty,
                price,
                tax_rate=rates.get(row.line_id),
                net=row.open_estimate,
                matches=[NewMatch(row.line_id, row.open_qty)],
            )
        )
    return ready


def _rates(company: Company, line_ids: Collection[int]) -> dict[int, Decimal]:
    """Receipt line → tax rate of the order line it came from."""
    rows = StockDocument.objects.filter(company=company, source_type="purchase_order", lines__id__in=line_ids)
    sources = dict(rows.values_list("lines__id", "lines__source_line_id"))
    wanted = {source for source in sources.values() if source is not None}
    rates = dict(PurchaseOrderLine.objects.filter(company=company, pk__in=wanted).values_list("id", "tax_rate"))
    return {line: rates[source] for line, source in sources.items() if line in set(line_ids) and source in rates}


def _matched(
    company: Company,
    supplier_id: int,
    kind: str,
    ids: Sequence[int],
    lines: Sequence[NewInvoiceLine],
    *,
    number: str,
) -> list[NewInvoiceLine]:
    wanted = [Wanted(line.item_id, line.qty) for line in lines if line.item_id is not None and line.qty]
    suggested = iter(suggest_matches(company, supplier_id, wanted, kind=kind, document_ids=ids))
    codes = goods.item_codes(company.pk, {line.item_id for line in wanted})
    for line in lines:
        if line.item_id is None or not line.qty:
            continue
        line.matches = next(suggested)
        matched = sum((match.qty for match in line.matches), ZERO)
        if matched == line.qty:
            continue
        facts: dict[str, Any] = {
            "number": number,
            "open": f"{matched.normalize():f}",
            "needed": f"{line.qty.normalize():f}",
        }
        if kind == InvoiceKind.BLUE:
            raise OverInvoicing(field="lines", item=codes[line.item_id], **facts)
        raise NotInvoiced(field="lines", what=codes[line.item_id], **facts)
    return list(lines)
