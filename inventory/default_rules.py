"""The posting rules of stock documents that a new company starts with (names and summaries in the books' language)."""

from inventory.documents.models import Reason
from ledger.posting.default_rules import ConditionSpec, LineSpec, RuleSpec
from ledger.posting.models import ConditionOperator, PostsTo

COST = "cost"


def _when(field: str, operator: str, value: str = "") -> tuple[ConditionSpec, ...]:
    return (ConditionSpec(field, operator, value),)


def _reason(*reasons: Reason) -> tuple[ConditionSpec, ...]:
    return _when("reason", ConditionOperator.IN, ",".join(reasons))


def _stock(side: str, amount: str = COST, quantity: str = "qty") -> LineSpec:
    return LineSpec(side, amount, key="stock", quantity=quantity, optional_dimensions="warehouse")


def _place(side: str, amount: str, quantity: str) -> tuple[LineSpec, LineSpec]:
    """Stock, or goods on the way where the warehouse stands for them."""
    return (
        LineSpec(
            side, amount, key="stock", quantity=quantity, optional_dimensions="warehouse",
            conditions=_when("place", ConditionOperator.NE, "transit"),
        ),
        LineSpec(
            side, amount, key="stock_in_transit", quantity=quantity, optional_dimensions="warehouse",
            conditions=_when("place", ConditionOperator.EQ, "transit"),
        ),
    )  # fmt: skip


_GAP = LineSpec("debit", "gap", key="cost_variance")
_MOVED = (*_place("debit", "cost_in", "qty_in"), *_place("credit", "cost_out", "qty_out"), _GAP)
_COST_OF_SALES = (LineSpec("debit", COST, key="cogs", optional_dimensions="department"), _stock("credit"))
_COST_RETURNED = (
    LineSpec("debit", "cost + variance", key="cogs", optional_dimensions="department"),
    _stock("credit"),
    LineSpec("debit", "0 - variance", key="cost_variance"),
)
_RECEIVED = (
    _stock("debit"),
    LineSpec("debit", "variance", key="cost_variance"),
    LineSpec("credit", "price", key="grni"),
)
_MADE = (_stock("debit", "cost_in", "qty_in"), _stock("credit", "cost_out", "qty_out"), _GAP)
_FEE = LineSpec("credit", "fee", key="overhead_absorbed")
_VAT_OUT = LineSpec("credit", "input_tax_out", key="input_vat_transfer_out")
_ONE_STEP = _when("one_step", ConditionOperator.EQ, "1")
_LOST = (LineSpec("debit", "cost + input_tax_out", key="stock_pending"), _stock("credit"), _VAT_OUT)
_SPREAD = (
    _stock("debit", COST, ""),
    LineSpec(
        "debit", "variance", key="cogs", optional_dimensions="department",
        conditions=_when("method", ConditionOperator.NE, "standard"),
    ),
    LineSpec(
        "debit", "variance", key="cost_variance", conditions=_when("method", ConditionOperator.EQ, "standard")
    ),
)  # fmt: skip


def _disposed(key: str, amount: str, sign: str) -> tuple[LineSpec, ...]:
    """The same voucher clears the pending difference, where the company wants one step."""
    pending, result = ("debit", "credit") if sign == "gain" else ("credit", "debit")
    return (
        LineSpec(pending, amount, key="stock_pending", conditions=_ONE_STEP),
        LineSpec(result, amount, key=key, optional_dimensions="department", conditions=_ONE_STEP),
    )


RULES = (
    RuleSpec(
        "purchase-receipt", "purchase_receipt_estimated", "采购暂估入库", "Goods received, not invoiced", _RECEIVED
    ),
    RuleSpec("purchase-return", "purchase_return_uninvoiced", "采购退货", "Goods returned to suppliers", _RECEIVED),
    RuleSpec("sales-delivery", "sales_delivery", "销售出库结转成本", "Cost of goods delivered", _COST_OF_SALES),
    RuleSpec(
        "sales-return-uninvoiced",
        "sales_return_uninvoiced",
        "未开票销售退货冲成本",
        "Cost of goods returned before invoicing",
        _COST_RETURNED,
    ),
    RuleSpec(
        "sales-return-cost",
        "sales_return_invoiced",
        "已开票销售退货冲成本",
        "Cost of goods returned after invoicing",
        _COST_RETURNED,
        conditions=_when("part", ConditionOperator.EQ, "cost"),
    ),
    RuleSpec(
        "opening-stock",
        "other_receipt",
        "期初存货",
        "Opening stock",
        (_stock("debit"), LineSpec("credit", COST, key="opening_contra")),
        conditions=_reason(Reason.OPENING),
        posts_to=PostsTo.OPENING,
        priority=10,
    ),
    RuleSpec(
        "receipt-donation",
        "other_receipt",
        "接受捐赠入库",
        "Goods received as a donation",
        (_stock("debit"), LineSpec("credit", COST, key="donation_income")),
        conditions=_reason(Reason.DONATION),
    ),
    RuleSpec(
        "receipt-found",
        "other_receipt",
        "盘盈入库待处理",
        "Goods found, pending approval",
        (_stock("debit"), LineSpec("credit", COST, key="stock_pending")),
        conditions=_reason(Reason.FOUND),
    ),
    RuleSpec(
        "issue-given-away",
        "other_issue",
        "赠品及样品出库（视同销售）",
        "Gifts and samples (deemed sale)",
        (
            LineSpec("debit", "cost + output_tax", key="sample_expense"),
            _stock("credit"),
            LineSpec("credit", "output_tax", key="output_vat"),
        ),
        conditions=_reason(Reason.GIFT, Reason.SAMPLE),
    ),
    RuleSpec(
        "issue-donation",
        "other_issue",
        "对外捐赠（视同销售）",
        "Goods donated (deemed sale)",
        (
            LineSpec("debit", "cost + output_tax", key="donation"),
            _stock("credit"),
            LineSpec("credit", "output_tax", key="output_vat"),
        ),
        conditions=_reason(Reason.DONATION),
    ),
    RuleSpec(
        "issue-welfare",
        "other_issue",
        "外购商品用于职工福利",
        "Bought goods used for staff welfare",
        (LineSpec("debit", "cost + input_tax_out", key="welfare"), _stock("credit"), _VAT_OUT),
        conditions=_reason(Reason.WELFARE),
    ),
    RuleSpec(
        "issue-consumption",
        "other_issue",
        "领用出库",
        "Own consumption",
        (LineSpec("debit", COST, key="consumption"), _stock("credit")),
        conditions=_reason(Reason.CONSUMPTION),
    ),
    RuleSpec(
        "issue-correction",
        "other_issue",
        "库存调减待处理",
        "Stock corrections, pending approval",
        (LineSpec("debit", COST, key="stock_pending"), _stock("credit")),
        conditions=_reason(Reason.CORRECTION),
    ),
    RuleSpec("transfer", "stock_transferred", "调拨", "Transfers between warehouses", _MOVED),
    RuleSpec("transfer-shipped", "stock_transfer_shipped", "调拨出库（在途）", "Transfers on the way", _MOVED),
    RuleSpec(
        "transfer-received",
        "stock_transfer_received",
        "调拨入库",
        "Transfers received, and what was lost on the way",
        (*_MOVED, LineSpec("debit", "loss", key="stock_pending")),
    ),
    RuleSpec(
        "count-gain",
        "stock_count_gain",
        "盘盈",
        "Goods found by a count",
        (_stock("debit"), LineSpec("credit", COST, key="stock_pending"), *_disposed("stock_gain", COST, "gain")),
    ),
    RuleSpec(
        "count-loss",
        "stock_count_loss",
        "盘亏",
        "Goods missing by a count",
        (*_LOST, *_disposed("stock_loss", "cost + input_tax_out", "loss")),
    ),
    RuleSpec("scrap", "stock_scrapped", "报废", "Goods scrapped", _LOST),
    RuleSpec("assembly", "stock_assembled", "组装", "Assembly", (*_MADE, _FEE)),
    RuleSpec("disassembly", "stock_disassembled", "拆卸", "Disassembly", (*_MADE, _FEE)),
    RuleSpec(
        "production-issue",
        "production_issued",
        "生产领料",
        "Material issued to production",
        (LineSpec("debit", COST, key="wip"), _stock("credit")),
    ),
    RuleSpec(
        "production-return",
        "production_returned",
        "生产退料",
        "Material returned from production",
        (LineSpec("debit", COST, key="wip"), _stock("credit")),
    ),
    RuleSpec(
        "finished-goods",
        "finished_goods_received",
        "完工入库",
        "Finished goods received",
        (_stock("debit"), LineSpec("credit", COST, key="wip")),
    ),
    RuleSpec(
        "landed-cost-invoiced",
        "landed_cost_allocated",
        "采购费用分摊（已到票）",
        "Landed cost with the invoice of the charge",
        (
            *_SPREAD,
            LineSpec("debit", "tax", key="input_vat"),
            LineSpec("credit", "price + tax", key="payable"),
        ),
        conditions=_when("has_supplier", ConditionOperator.EQ, "1"),
        priority=50,
    ),
    RuleSpec(
        "landed-cost",
        "landed_cost_allocated",
        "采购费用分摊",
        "Landed cost, the invoice still to come",
        (*_SPREAD, LineSpec("credit", "price", key="landed_cost_clearing")),
    ),
    RuleSpec(
        "cost-adjustment",
        "stock_cost_adjusted",
        "成本调整",
        "Cost adjustments",
        (
            _stock("debit", COST, ""),
            LineSpec("debit", "variance", key="cost_variance"),
            LineSpec("debit", "0 - price", key="cost_adjustment_contra", optional_dimensions="department"),
        ),
    ),
    RuleSpec(
        "standard-cost-change",
        "standard_cost_revised",
        "计划价调整",
        "Changes of standard cost",
        (_stock("debit", COST, ""), LineSpec("credit", COST, key="cost_variance")),
    ),
)
