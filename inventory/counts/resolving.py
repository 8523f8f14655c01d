"""Which line of the count a row means, and whether its figures are possible."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from erp.core.money import QUANTITY_STEP
from inventory.counts.errors import (
    BinUnknown,
    CostInvalid,
    CountedInvalid,
    ItemUnknown,
    LineIsAnother,
    LineUnknown,
    LotNeeded,
    LotNotKept,
    MomentInvalid,
    ReasonUnknown,
    SerialIsOne,
    SeveralLines,
)
from inventory.counts.models import StockCount, StockCountLine
from inventory.counts.snapshot import Spot
from inventory.documents.errors import NoStockItem
from inventory.documents.models import Reason
from inventory.items.models import Item, ItemKind, ItemUnit, Tracking
from inventory.lots.models import Lot
from inventory.warehouses.models import Bin

if TYPE_CHECKING:
    from inventory.counts.entry import CountedRow

# Why goods are missing or too many; decides about input VAT and about the account of the loss.
REASONS = (Reason.MISMANAGEMENT, Reason.NATURAL_LOSS, Reason.DISASTER, Reason.FOUND, Reason.OTHER)
NO_REASON = "-"  # takes a reason away
MOST = Decimal(10) ** 12


class Goods(NamedTuple):
    id: int
    code: str
    tracking: str
    is_stock: bool


class Resolver:
    """All that rows may name, read with a constant number of statements."""

    def __init__(
        self,
        count: StockCount,
        lines: Sequence[StockCountLine],
        goods: Mapping[int, Goods],
        named: Mapping[str, tuple[int, Decimal]],
        lots: dict[tuple[int, str], int],
        bins: Mapping[str, int],
    ) -> None:
        self.count, self.goods, self.named, self.lots, self.bins = count, goods, named, lots, bins
        self.by_no = {line.line_no: line for line in lines}
        self.by_spot = {Spot(line.item_id, line.lot_id, line.bin_id): line for line in lines}
        self.of_item: dict[int, list[StockCountLine]] = {}
        for line in lines:
            self.of_item.setdefault(line.item_id, []).append(line)
        self.lot_numbers = {pk: number for (_item, number), pk in lots.items()}

    @classmethod
    def read(cls, count: StockCount, rows: Sequence["CountedRow"]) -> "Resolver":
        company_id = count.company_id
        texts = sorted({row.item.strip() for row in rows if row.item.strip()})
        numbers = {row.line_no for row in rows if row.line_no is not None}
        named: dict[str, tuple[int, Decimal]] = {}
        for pk, barcode, factor in ItemUnit.objects.filter(company_id=company_id, barcode__in=texts).values_list(
            "item_id", "barcode", "factor"
        ):
            named[barcode.casefold()] = (pk, factor)
        found = (
            Item.objects.filter(company_id=company_id)
            .annotate(lower_code=Lower("code"))
            .filter(Q(lower_code__in=[text.lower() for text in texts]) | Q(barcode__in=texts))
        )
        one = Decimal(1)
        for pk, code, barcode in found.values_list("id", "code", "barcode"):
            if barcode:
                named[barcode.casefold()] = (pk, one)
            named.setdefault(code.casefold(), (pk, one))
        for pk, code in found.values_list("id", "code"):  # an exact code is stronger than another item's barcode
            if code in texts:
                named[code.casefold()] = (pk, one)
        wanted = {pk for pk, _factor in named.values()}
        lines = list(
            StockCountLine.objects.filter(company_id=company_id, count=count)
            .filter(Q(line_no__in=numbers) | Q(item_id__in=wanted))
            .select_related("counted_by")
        )
        wanted |= {line.item_id for line in lines}
        goods = {
            pk: Goods(pk, code, tracking, kind == ItemKind.STOCK)
            for pk, code, tracking, kind in Item.objects.filter(company_id=company_id)
            .extra(where=["inventory_item.id = ANY(%s)"], params=[sorted(wanted)])
            .values_list("id", "code", "tracking", "kind")
        }
        lot_texts = {row.lot.strip() for row in rows if row.lot.strip()}
        known = Q(number__in=lot_texts) | Q(pk__in={line.lot_id for line in lines if line.lot_id})
        lots = {
            (item, number): pk
            for pk, item, number in Lot.objects.filter(known, company_id=company_id, item_id__in=wanted).values_list(
                "id", "item_id", "number"
            )
        }
        bins = {
            code.casefold(): pk
            for pk, code in Bin.objects.filter(company_id=company_id, warehouse_id=count.warehouse_id).values_list(
                "id", "code"
            )
        }
        return cls(count, lines, goods, named, lots, bins)

    def code(self, spot: Spot) -> str:
        return self.goods[spot.item_id].code

    def find(self, row: "CountedRow") -> tuple[Spot, Decimal, StockCountLine | None]:
        """Spot, base units in one of what was counted, and the count's line if it has one."""
        if row.line_no is not None:
            line = self.by_no.get(row.line_no)
            if line is None:
                raise LineUnknown(line=row.line_no, field="line")
            goods = self.goods[line.item_id]
            if row.item.strip() and self._named(row.item)[0].id != goods.id:
                raise LineIsAnother(line=row.line_no, item=goods.code, text=row.item, field="item")
            return Spot(line.item_id, line.lot_id, line.bin_id), Decimal(1), line
        goods, factor = self._named(row.item)
        bin_id = self._bin(row.bin)
        if row.lot.strip() and not goods.tracking:
            raise LotNotKept(item=goods.code, lot=row.lot, field="lot")
        candidates = [
            line
            for line in self.of_item.get(goods.id, [])
            if (not row.lot.strip() or self.lot_numbers.get(line.lot_id or 0) == row.lot.strip())
            and (bin_id is None or line.bin_id == bin_id)
        ]
        if len(candidates) > 1:
            raise SeveralLines(item=goods.code, count=len(candidates), field="lot" if goods.tracking else "bin")
        if candidates:
            line = candidates[0]
            return Spot(line.item_id, line.lot_id, line.bin_id), factor, line
        if goods.tracking and not row.lot.strip():
            raise LotNeeded(item=goods.code, field="lot")
        return Spot(goods.id, self._lot(goods, row.lot.strip()), bin_id), factor, None

    def _named(self, text: str) -> tuple[Goods, Decimal]:
        found = self.named.get(text.strip().casefold())
        if found is None:
            raise ItemUnknown(text=text, field="item")
        goods = self.goods[found[0]]
        if not goods.is_stock:
            raise NoStockItem(item=goods.code, field="item")
        return goods, found[1]

    def _bin(self, text: str) -> int | None:
        if not text.strip():
            return None
        found = self.bins.get(text.strip().casefold())
        if found is None:
            raise BinUnknown(bin=text, warehouse=self.count.warehouse.name, field="bin")
        return found

    def _lot(self, goods: Goods, number: str) -> int | None:
        """The lot; one that was found on the shelf and is not known yet is made."""
        if not number:
            return None
        if (goods.id, number) not in self.lots:
            lot, _made = Lot.objects.get_or_create(company_id=self.count.company_id, item_id=goods.id, number=number)
            self.lots[goods.id, number] = lot.pk
            self.lot_numbers[lot.pk] = number
        return self.lots[goods.id, number]

    def checked(self, row: "CountedRow", spot: Spot, factor: Decimal, count: StockCount) -> Decimal | None:
        """The quantity in base units. Raises what is impossible about the row's figures."""
        goods = self.goods[spot.item_id]
        counted = row.counted
        if counted is not None:
            counted *= factor
            if not 0 <= counted < MOST or counted != counted.quantize(QUANTITY_STEP):
                raise CountedInvalid(item=goods.code, value=row.counted, field="counted")
            if goods.tracking == Tracking.SERIAL and spot.lot_id and counted not in (0, 1):
                raise SerialIsOne(
                    item=goods.code, lot=self.lot_numbers.get(spot.lot_id, ""), counted=counted, field="counted"
                )
        if row.unit_cost is not None and not 0 <= row.unit_cost < MOST:
            raise CostInvalid(item=goods.code, value=row.unit_cost, field="unit_cost")
        if row.reason and row.reason != NO_REASON and row.reason not in REASONS:
            raise ReasonUnknown(
                value=row.reason, allowed=", ".join(str(reason.label) for reason in REASONS), field="reason"
            )
        if isinstance(row.at, dt.datetime) and not count.snapshot_at <= row.at <= timezone.now():
            raise MomentInvalid(snapshot=f"{timezone.localtime(count.snapshot_at):%Y-%m-%d %H:%M}", field="at")
        return counted
