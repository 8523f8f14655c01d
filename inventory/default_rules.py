"""The posting rules of stock documents that a new company starts with (names and summaries in the books' language)."""

from inventory.documents.models import Reason
from ledger.posting.default_rules import ConditionSpec, LineSpec, RuleSpec
from ledger.posting.models import ConditionOperator, PostsTo

COST = "cost"


def _stock(side: str, amount: str = COST) -> LineSpec:
    return LineSpec(side, amount, key="stock", quantity="qty", optional_dimensions="warehouse")


def _reason(*reasons: Reason) -> tuple[ConditionSpec, ...]:
    return (ConditionSpec("reason", ConditionOperator.IN, ",".join(reasons)),)


_COST_OF_SALES = (LineSpec("debit", COST, key="cogs", optional_dimensions="department"), _stock("credit"))

RULES = (
    RuleSpec("sales-delivery", "sales_delivery", "销售出库结转成本", "Cost of goods delivered", _COST_OF_SALES),
    RuleSpec(
        "sales-return-uninvoiced",
        "sales_return_uninvoiced",
        "未开票销售退货冲成本",
        "Cost of goods returned before invoicing",
        _COST_OF_SALES,
    ),
    RuleSpec(
        "sales-return-cost",
        "sales_return_invoiced",
        "已开票销售退货冲成本",
        "Cost of goods returned after invoicing",
        _COST_OF_SALES,
        conditions=(ConditionSpec("part", ConditionOperator.EQ, "cost"),),
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
)
