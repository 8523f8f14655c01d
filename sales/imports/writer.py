"""Write planned trade documents: masters and opening stock once, then sales, returns, gifts and corrections in bulk.

The file says what left but not what was there, so one receipt of opening stock, dated the first day of the company's
first period, covers what the file takes out of each code; its unit cost is a stated share of the code's median price.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from statistics import median
from typing import Any

from erp.core.errors import DomainError
from erp.core.excel import values
from erp.core.imports.mapping import MappedRow, compared
from erp.core.imports.models import ImportedDocument
from erp.core.imports.targets import BatchOutcome, PlannedDocument, WriteContext, Written
from erp.core.money import cost10, times
from inventory.documents.confirm import create_confirmed
from inventory.documents.drafts import NewStockDocument, NewStockLine
from inventory.documents.models import DocumentKind, Reason
from inventory.items.models import Item, ItemCategory, ItemKind
from inventory.items.services import NewItem, ensure_items
from inventory.warehouses.services import main_warehouse
from sales.customers.models import Customer
from sales.customers.services import CASH, GENERAL, NewCustomer, NewGroup, ensure_customers, ensure_groups
from sales.imports.kinds import ISSUES, OPENING, ORDERS, TradeKind
from sales.orders.fulfil import complete_many
from sales.orders.models import OrderKind
from sales.orders.services import NewOrder, NewOrderLine, create_orders, delete_draft

REASONS = {TradeKind.GIFT.value: Reason.GIFT, TradeKind.STOCK_CORRECTION.value: Reason.CORRECTION}
KINDS = {TradeKind.SALE.value: OrderKind.SALE, TradeKind.RETURN.value: OrderKind.RETURN}
SALES_ORDER = "sales_order"


class TradeWriter:
    """The writer of one run (see ``erp.core.imports.targets.Writer``)."""

    def __init__(self, context: WriteContext) -> None:
        self.context = context
        self.company = context.company
        self.items: dict[str, int] = {}
        self.customers: dict[str, int] = {}
        self.parties: dict[str, int] = {}
        self.warehouse_id = 0

    def prepare(self) -> Mapping[str, Any]:
        """Customers, items and opening stock that the documents need. Finds what an earlier attempt made."""
        rows = [row for document in self.context.documents for row in document.rows]
        self.warehouse_id = main_warehouse(self.company).pk
        figures: dict[str, Any] = {"new_items": 0, "new_customers": 0}
        figures["new_items"] = self._ensure_items(rows)
        figures["new_customers"] = self._ensure_customers(rows)
        return {**figures, **self._opening_stock(rows)}

    def write(self, documents: Sequence[PlannedDocument]) -> BatchOutcome:
        """One batch: orders are created and completed, gifts and corrections leave the stock."""
        outcome = BatchOutcome()
        self._write_orders([one for one in documents if one.kind in ORDERS], outcome)
        self._write_issues([one for one in documents if one.kind in ISSUES], outcome)
        return outcome

    # --- masters ------------------------------------------------------------------------------

    def _ensure_items(self, rows: Iterable[MappedRow]) -> int:
        """Items of the rows; a new one is named by its first description and is goods if its category is."""
        services = set(
            ItemCategory.objects.filter(company=self.company).exclude(service_type="").values_list("code", flat=True)
        )
        names: dict[str, str] = {}
        first: dict[str, MappedRow] = {}
        for row in rows:
            code = row.values["item_code"]
            first.setdefault(code, row)
            if row.values["item_name"] and code not in names:
                names[code] = row.values["item_name"]
        before = Item.objects.filter(company=self.company).count()
        self.items = ensure_items(
            self.company,
            [
                NewItem(
                    code=code,
                    name=names.get(code, code)[:200],
                    category_code=row.values["item_category"],
                    kind=ItemKind.SERVICE if row.values["item_category"] in services else ItemKind.STOCK,
                    tax_rate=row.values["tax_rate"],
                )
                for code, row in first.items()
            ],
        )
        return Item.objects.filter(company=self.company).count() - before

    def _ensure_customers(self, rows: Iterable[MappedRow]) -> int:
        regions: dict[str, str] = {}
        for row in rows:
            regions.setdefault(row.values["customer_code"], row.values["region"])
        named = self._names_from_sheet()
        groups = sorted({group for _name, group, _city in named.values() if group})
        ensure_groups(self.company, [NewGroup(GENERAL, "一般客户"), *(NewGroup(group[:30], group) for group in groups)])
        before = Customer.objects.filter(company=self.company).count()
        wanted = []
        for code, region in regions.items():
            name, group, city = named.get(code, ("", "", ""))
            wanted.append(
                NewCustomer(
                    code=code,
                    # The language of the books, as all masters that the product makes by itself.
                    name=name or f"客户 {code}",
                    group_code=group[:30] or GENERAL,
                    region=(city or region)[:60],
                    is_cash=code == CASH,
                )
            )
        self.customers = ensure_customers(self.company, wanted)
        self.parties = dict(
            Customer.objects.filter(company=self.company, code__in=regions).values_list("code", "dimension_value_id")
        )
        return Customer.objects.filter(company=self.company).count() - before

    def _names_from_sheet(self) -> dict[str, tuple[str, str, str]]:
        """Customer code → name, group, city, from the sheet that the profile names; nothing if it isn't there."""
        sheet = self.context.options["customer_sheet"]
        table = self.context.sheet(sheet) if sheet else None
        if table is None:
            return {}
        places = {compared(header): place for place, header in enumerate(table.headers)}
        wanted = [places.get(compared(name)) for name in ("CustomerID", "CustomerName", "Group", "City")]
        found: dict[str, tuple[str, str, str]] = {}
        for _row_no, cells in table.rows:
            code, *rest = ["" if place is None else values.text(cells[place]) for place in wanted]
            if code:
                found[values.code(code)] = (rest[0][:200], rest[1], rest[2])
        return found

    # --- opening stock ------------------------------------------------------------------------

    def _opening_stock(self, rows: Sequence[MappedRow]) -> dict[str, Any]:
        share: Decimal | None = self.context.options["opening_stock_share"]
        number = f"{OPENING}:{self.context.file_key}"
        here = ImportedDocument.objects.filter(profile_id=self.context.profile_id, external_no=number, kind=OPENING)
        if not share or here.exists():
            return {}
        stock_items = set(
            Item.objects.filter(company=self.company, kind=ItemKind.STOCK, pk__in=self.items.values()).values_list(
                "code", flat=True
            )
        )
        needed, costs = opening_stock(rows, stock_items, share)
        if not needed:
            return {}
        lines = [NewStockLine(self.items[code], qty, unit_cost=costs[code]) for code, qty in sorted(needed.items())]
        document = NewStockDocument(
            kind=DocumentKind.OTHER_RECEIPT,
            date=self.company.first_month(),
            warehouse_id=self.warehouse_id,
            lines=lines,
            reason=Reason.OPENING,
            external_no=number[:80],
        )
        (document_id,) = create_confirmed(self.company, [document], by=self.context.by)
        assert isinstance(document_id, int)
        ImportedDocument.objects.create(
            company=self.company,
            profile_id=self.context.profile_id,
            run_id=self.context.run_id,
            external_no=number,
            kind=OPENING,
            document_type=DocumentKind.OTHER_RECEIPT.value,
            document_id=document_id,
            row_count=0,
        )
        value = sum((times(line.qty, line.unit_cost or 0) for line in lines), Decimal("0.00"))
        return {"opening_items": len(lines), "opening_qty": str(sum(needed.values())), "opening_value": str(value)}

    # --- documents ----------------------------------------------------------------------------

    def _write_orders(self, documents: Sequence[PlannedDocument], outcome: BatchOutcome) -> None:
        ids = create_orders(self.company, [self._order(document) for document in documents], by=self.context.by)
        done = complete_many(self.company, ids, by=self.context.by, on_refusal="skip")
        for document, order_id in zip(documents, ids, strict=True):
            if refusal := done.refused.get(order_id):
                # What cannot be completed leaves no draft behind: mended, its rows come again.
                delete_draft(self.company, order_id, by=self.context.by)
                outcome.refused.append((document, refusal))
            else:
                outcome.written.append(Written(document, SALES_ORDER, order_id))

    def _order(self, document: PlannedDocument) -> NewOrder:
        first = document.rows[0].values
        return NewOrder(
            customer_id=self.customers[first["customer_code"]],
            date=first["date"],
            kind=KINDS[document.kind],
            warehouse_id=self.warehouse_id,
            external_no=document.external_no,
            region=first["region"],
            lines=[
                NewOrderLine(self.items[row["item_code"]], row["qty"], row["price"], row["tax_rate"])
                for row in (one.values for one in document.rows)
            ],
        )

    def _write_issues(self, documents: Sequence[PlannedDocument], outcome: BatchOutcome) -> None:
        made = create_confirmed(
            self.company, [self._issue(document) for document in documents], by=self.context.by, on_refusal="skip"
        )
        for document, result in zip(documents, made, strict=True):
            if isinstance(result, DomainError):
                outcome.refused.append((document, result))
            else:
                outcome.written.append(Written(document, DocumentKind.OTHER_ISSUE.value, result))

    def _issue(self, document: PlannedDocument) -> NewStockDocument:
        first = document.rows[0].values
        customer = first["customer_code"]
        is_gift = document.kind == TradeKind.GIFT
        return NewStockDocument(
            kind=DocumentKind.OTHER_ISSUE,
            date=first["date"],
            warehouse_id=self.warehouse_id,
            reason=REASONS[document.kind],
            party_id=self.parties[customer] if is_gift and customer != CASH else None,
            external_no=document.external_no,
            lines=[
                NewStockLine(
                    self.items[row["item_code"]],
                    abs(row["qty"]),
                    # What the source wrote there tells why the stock is wrong ("damages", "lost").
                    note="" if is_gift else row["item_name"][:200],
                )
                for row in (one.values for one in document.rows)
            ],
        )


def opening_stock(
    rows: Iterable[MappedRow], stock_items: set[str], share: Decimal
) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
    """Code → quantity that the rows take out (returns do not lessen it), and code → unit cost. Pure.

    The unit cost is ``share`` of the median of the code's positive prices; 0 where it has none.
    """
    needed: dict[str, Decimal] = defaultdict(Decimal)
    prices: dict[str, list[Decimal]] = defaultdict(list)
    for row in rows:
        found = row.values
        code = found["item_code"]
        if code not in stock_items:
            continue
        if found["price"] > 0:
            prices[code].append(found["price"])
        if found["document_kind"] != TradeKind.RETURN:
            needed[code] += abs(found["qty"])
    costs = {code: cost10(share * median(prices[code])) if prices[code] else Decimal(0) for code in needed}
    return dict(needed), costs
