"""Vouchers as a file that other systems, and we ourselves, read: Kingdee's standard format or our own columns.

Both carry everything a voucher is made of, so that export, import and export again are equal. Codes are text cells,
each row carries its voucher's head, red amounts are negative.
"""

import datetime as dt
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from erp.core.companies.models import Company
from erp.core.excel.write import Sheet, SheetColumn, write_workbook
from ledger.cash_flow.models import CashFlowEntry
from ledger.dimensions.models import DimensionSetItem
from ledger.vouchers.models import Voucher, VoucherLine, VoucherStatus

BASE_IN_KINGDEE = "RMB"


@dataclass(frozen=True, slots=True)
class Item:
    """A dimension value of a line, with the words of the books."""

    kind: str
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Row:
    line: Any
    voucher: Voucher
    serial: int
    entry: int
    items: tuple[Item, ...]
    cash_flow: str


Cell = Callable[[Row], Any]


def reference_of(voucher: Voucher) -> str:
    """The number in the other system if it came from one, else our own: it is that for whoever imports the file."""
    return voucher.reference or f"{voucher.word}-{voucher.number}"


def _foreign(row: Row) -> bool:
    return bool(row.line.currency != row.voucher.company.currency)


def _items(row: Row) -> str:
    return ";".join(f"{item.kind}---{item.code}---{item.name}" for item in row.items)


def _side(amount: Decimal) -> Decimal | None:
    return amount or None


def _original(row: Row) -> Decimal:
    return row.line.original_amount if _foreign(row) else row.line.debit or row.line.credit


# key, heading, kind of cell, value
KINGDEE: tuple[tuple[str, str, str, Cell], ...] = (
    ("FDate", "凭证日期", "date", lambda r: r.voucher.date),
    ("FYear", "会计年度", "int", lambda r: r.voucher.date.year),
    ("FPeriod", "会计期间", "int", lambda r: r.voucher.date.month),
    ("FGroupID", "凭证字", "text", lambda r: r.voucher.word),
    ("FNumber", "凭证号", "int", lambda r: r.voucher.number),
    ("FAccountNum", "科目代码", "text", lambda r: r.line.account.code),
    ("FAccountName", "科目名称", "text", lambda r: r.line.account.name),
    ("FCurrencyNum", "币别代码", "text", lambda r: r.line.currency if _foreign(r) else BASE_IN_KINGDEE),
    ("FCurrencyName", "币别名称", "text", lambda r: "" if _foreign(r) else "人民币"),
    ("FAmountFor", "原币金额", "amount", _original),
    ("FDebit", "借方", "amount", lambda r: _side(r.line.debit)),
    ("FCredit", "贷方", "amount", lambda r: _side(r.line.credit)),
    ("FPreparerID", "制单", "text", lambda r: r.voucher.preparer_name),
    ("FCheckerID", "审核", "text", lambda r: r.voucher.reviewer_name),
    ("FApproveID", "核准", "text", lambda r: ""),
    ("FCashierID", "出纳", "text", lambda r: r.voucher.cashier_name),
    ("FHandler", "经办", "text", lambda r: ""),
    ("FSettleTypeID", "结算方式", "text", lambda r: r.line.settlement_method),
    ("FSettleNo", "结算号", "text", lambda r: r.line.settlement_no),
    ("FExplanation", "凭证摘要", "text", lambda r: r.line.summary),
    ("FQuantity", "数量", "quantity", lambda r: r.line.quantity),
    ("FMeasureUnitID", "数量单位", "text", lambda r: r.line.account.unit),
    ("FUnitPrice", "单价", "cost", lambda r: r.line.unit_price),
    ("FReference", "参考信息", "text", lambda r: reference_of(r.voucher)),
    ("FTransDate", "业务日期", "date", lambda r: r.line.business_date or r.voucher.date),
    ("FTransNo", "往来业务编号", "text", lambda r: r.line.business_no),
    ("FAttachments", "附件数", "int", lambda r: r.voucher.attachments),
    ("FSerialNum", "序号", "int", lambda r: r.serial),
    ("FObjectName", "系统模块", "text", lambda r: ""),
    ("FParameter", "业务描述", "text", lambda r: ""),
    ("FExchangeRateType", "汇率类型", "text", lambda r: "公司汇率" if _foreign(r) else ""),
    ("FExchangeRate", "汇率", "text", lambda r: _plain(r.line.rate) if _foreign(r) else "1"),
    ("FEntryID", "分录序号", "int", lambda r: r.entry),
    ("FItem", "核算项目", "text", _items),
    ("FPosted", "过账", "int", lambda r: int(r.voucher.status == VoucherStatus.POSTED)),
    ("FInternalInd", "机制凭证", "text", lambda r: ""),
    ("FCashFlow", "现金流量", "text", lambda r: r.cash_flow),
)  # fmt: skip

OWN: tuple[tuple[str, str, Cell], ...] = (
    ("日期", "date", lambda r: r.voucher.date),
    ("凭证字", "text", lambda r: r.voucher.word),
    ("凭证号", "int", lambda r: r.voucher.number),
    ("分录序号", "int", lambda r: r.entry),
    ("摘要", "text", lambda r: r.line.summary),
    ("科目代码", "text", lambda r: r.line.account.code),
    ("科目名称", "text", lambda r: r.line.account.name),
    ("借方金额", "amount", lambda r: _side(r.line.debit)),
    ("贷方金额", "amount", lambda r: _side(r.line.credit)),
    ("币别", "text", lambda r: r.line.currency),
    ("原币金额", "amount", lambda r: r.line.original_amount),
    ("汇率", "text", lambda r: _plain(r.line.rate)),
    ("数量", "quantity", lambda r: r.line.quantity),
    ("单价", "cost", lambda r: r.line.unit_price),
    ("结算方式", "text", lambda r: r.line.settlement_method),
    ("结算号", "text", lambda r: r.line.settlement_no),
    ("往来业务编号", "text", lambda r: r.line.business_no),
    ("核算项目", "text", _items),
    ("现金流量项目", "text", lambda r: r.cash_flow),
    ("附件数", "int", lambda r: r.voucher.attachments),
    ("参考信息", "text", lambda r: reference_of(r.voucher)),
    ("制单", "text", lambda r: r.voucher.preparer_name),
    ("审核", "text", lambda r: r.voucher.reviewer_name),
    ("过账", "text", lambda r: r.voucher.poster_name),
)


def _plain(number: Decimal | None) -> str:
    return f"{number.normalize():f}" if number is not None else ""


def rows_of(company: Company, first: dt.date, last: dt.date) -> list[Row]:
    """Lines of all vouchers of the days but void ones, in the order of the books. A constant number of statements."""
    lines = list(
        VoucherLine.objects.filter(company=company, voucher__date__range=(first, last))
        .exclude(voucher__status=VoucherStatus.VOID)
        .select_related("voucher", "voucher__company", "account")
        .order_by("voucher__period__start", "voucher__word", "voucher__number", "line_no")
    )
    items: dict[int, list[Item]] = {}
    found = DimensionSetItem.objects.filter(
        company=company, dimension_set__in={line.dimension_set_id for line in lines}
    ).order_by("dimension_type_id")
    for set_id, kind, code, name in found.values_list(
        "dimension_set_id", "dimension_type__name", "value__code", "value__name"
    ):
        items.setdefault(set_id, []).append(Item(kind, code, name))
    return list(_rows(company, lines, items))


def _rows(company: Company, lines: list[VoucherLine], items: dict[int, list[Item]]) -> Iterator[Row]:
    flows = cash_flow_codes(company, [line.pk for line in lines])
    serials: dict[int, int] = {}
    for line in lines:
        yield Row(
            line,
            line.voucher,
            serials.setdefault(line.voucher_id, len(serials) + 1),
            line.line_no,
            tuple(items.get(line.dimension_set_id, ())),
            flows.get(line.pk, ""),
        )


def cash_flow_codes(company: Company, line_ids: list[int]) -> dict[int, str]:
    """Line → code of its cash-flow item, where it has exactly one."""
    found: dict[int, str] = {}
    rows = CashFlowEntry.objects.filter(company=company, line__in=line_ids, item__isnull=False)
    for line_id, code in rows.values_list("line_id", "item__code"):
        found[line_id] = "" if line_id in found else code
    return found


def kingdee_workbook(company: Company, first: dt.date, last: dt.date) -> bytes:
    """The two sheets of Kingdee's standard format: the vouchers, and ``t_Schema`` that names its columns."""
    columns = [SheetColumn(heading, kind) for _key, heading, kind, _cell in KINGDEE]
    cells = [cell for _key, _heading, _kind, cell in KINGDEE]
    data = ([cell(row) for cell in cells] for row in rows_of(company, first, last))
    schema = [
        [number, key, heading, {"date": "DateTime", "text": "Text"}.get(kind, "Number")]
        for number, (key, heading, kind, _cell) in enumerate(KINGDEE, start=1)
    ]
    schema_columns = [
        SheetColumn("序号", "int"), SheetColumn("FieldName"), SheetColumn("Caption"), SheetColumn("FieldType")
    ]  # fmt: skip
    stream = io.BytesIO()
    write_workbook(stream, [Sheet("Page1", columns, data), Sheet("t_Schema", schema_columns, schema)])
    return stream.getvalue()


def own_workbook(company: Company, first: dt.date, last: dt.date) -> bytes:
    """Our own columns, one row for each line."""
    columns = [SheetColumn(heading, kind) for heading, kind, _cell in OWN]
    cells = [cell for _heading, _kind, cell in OWN]
    data = ([cell(row) for cell in cells] for row in rows_of(company, first, last))
    stream = io.BytesIO()
    write_workbook(stream, [Sheet("凭证", columns, data)])
    return stream.getvalue()
