"""The events that stock documents tell the ledger, with their measures and facts.

Goods that leave on a sale carry positive quantity and cost, goods that come back negative ones (R-SIGN: same accounts,
same sides, red). ``price`` is what the document stated, ``variance`` = price − cost what stock does not take of it;
``gap`` what left and never arrived: the estimate of goods that went out before they were there, put right since.
"""

from django.utils.translation import gettext_lazy as _

from ledger.posting.events import EventType, register_event_type

_ITEM = ("department", "warehouse", "item", "item_category", "place")
_CUSTOMER = ("customer", "customer_group", *_ITEM)
_SUPPLIER = ("supplier", "supplier_group", *_ITEM, "method")
_MOVED = ("qty_in", "cost_in", "qty_out", "cost_out", "gap")

EVENT_TYPES = (
    EventType(
        "purchase_receipt_estimated", _("Purchase receipt (estimated)"), "暂估入库",
        ("qty", "cost", "price", "variance"), _SUPPLIER,
    ),
    EventType(
        "purchase_return_uninvoiced", _("Purchase return"), "采购退货", ("qty", "cost", "price", "variance"), _SUPPLIER
    ),
    EventType("sales_delivery", _("Sales delivery"), "销售出库", ("qty", "cost"), _CUSTOMER),
    EventType(
        "sales_return_uninvoiced", _("Sales return before invoicing"), "销售退货", ("qty", "cost", "variance"),
        ("part", *_CUSTOMER),
    ),
    EventType(
        "sales_return_invoiced", _("Sales return after invoicing"), "销售退货",
        ("qty", "cost", "variance", "net", "tax", "gross"), ("part", *_CUSTOMER, "service_type", "tax_rate"),
    ),
    EventType("other_receipt", _("Other receipt"), "其他入库", ("qty", "cost"), ("reason", *_ITEM)),
    EventType(
        "other_issue", _("Other issue"), "其他出库", ("qty", "cost", "market_net", "output_tax", "input_tax_out"),
        ("reason", *_CUSTOMER),
    ),
    EventType("stock_transferred", _("Transfer"), "调拨", _MOVED, _ITEM),
    EventType("stock_transfer_shipped", _("Transfer shipped"), "调拨出库", _MOVED, _ITEM),
    EventType("stock_transfer_received", _("Transfer received"), "调拨入库", (*_MOVED, "loss"), _ITEM),
    EventType("stock_count_gain", _("Count gain"), "盘盈", ("qty", "cost"), ("one_step", *_ITEM)),
    EventType(
        "stock_count_loss", _("Count loss"), "盘亏", ("qty", "cost", "input_tax_out"), ("one_step", "reason", *_ITEM)
    ),
    EventType("stock_scrapped", _("Scrap"), "报废", ("qty", "cost", "input_tax_out"), ("reason", *_ITEM)),
    EventType("stock_assembled", _("Assembly"), "组装", (*_MOVED, "fee"), _ITEM),
    EventType("stock_disassembled", _("Disassembly"), "拆卸", (*_MOVED, "fee"), _ITEM),
    EventType("production_issued", _("Production issue"), "生产领料", ("qty", "cost"), _ITEM),
    EventType("production_returned", _("Production return"), "生产退料", ("qty", "cost"), _ITEM),
    EventType("finished_goods_received", _("Finished goods receipt"), "完工入库", ("qty", "cost"), _ITEM),
    EventType(
        "landed_cost_allocated", _("Landed cost"), "采购费用分摊", ("cost", "price", "variance", "tax"),
        (*_SUPPLIER, "has_supplier"),
    ),
    EventType("stock_cost_adjusted", _("Cost adjustment"), "成本调整", ("cost", "price", "variance"), _ITEM),
    EventType("monthly_average_settled", _("Monthly average settled"), "月末加权结转", ("cost",), _ITEM),
    EventType("standard_cost_revised", _("Standard cost change"), "计划价调整", ("cost",), _ITEM),
)  # fmt: skip


def register() -> None:
    """Make the event types known to the ledger."""
    for event_type in EVENT_TYPES:
        register_event_type(event_type)
