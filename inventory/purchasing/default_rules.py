"""The posting rules of purchasing that a new company starts with."""

from erp.core.companies.models import GrniPolicy
from ledger.posting.default_rules import ConditionSpec, LineSpec, RuleSpec
from ledger.posting.models import ConditionOperator, PostsTo, RuleWord


def _stock(amount: str, quantity: str = "") -> LineSpec:
    return LineSpec("debit", amount, key="stock", quantity=quantity, optional_dimensions="warehouse")


def _freight(goes_to: str) -> tuple[ConditionSpec, ...]:
    """Freight that goods will bear waits for its landed cost document; other charges are expenses."""
    return (ConditionSpec("freight", ConditionOperator.EQ, goes_to),)


_BEHIND = (
    LineSpec("debit", "variance_cogs", key="cogs", optional_dimensions="department"),
    LineSpec("debit", "variance_price", key="cost_variance"),
    LineSpec("debit", "charge", key="landed_cost_clearing", conditions=_freight("stock")),
    LineSpec("debit", "charge", key="purchase_freight", conditions=_freight("expense")),
    LineSpec("debit", "charge", key="consumption", conditions=_freight("")),
    LineSpec("debit", "tax", key="input_vat"),
    LineSpec("debit", "tax_pending", key="input_vat_pending"),
    LineSpec("credit", "gross", key="payable"),
    LineSpec("credit", "tax_out", key="input_vat_transfer_out"),
)
# 单到回冲: the estimate in red beside the actual in blue. 月初一次回冲 has no estimate left to reverse (est_open = 0).
_REVERSE = (
    _stock("-est_open"),
    LineSpec("credit", "-est_open", key="grni"),
    _stock("est_open + back + variance_stock"),
    *_BEHIND,
)
# 单到补差: the estimate is turned over, stock takes the difference only.
_DIFFERENCE = (LineSpec("debit", "est_open", key="grni"), _stock("back + variance_stock"), *_BEHIND)
_DIFFERENCE_ONLY = (ConditionSpec("policy", ConditionOperator.EQ, GrniPolicy.DIFFERENCE_ONLY.value),)


def _both(code: str, event_type: str, name: str, name_en: str) -> tuple[RuleSpec, RuleSpec]:
    return (
        RuleSpec(
            f"{code}-difference",
            event_type,
            f"{name}（单到补差）",
            f"{name_en}, difference only",
            _DIFFERENCE,
            conditions=_DIFFERENCE_ONLY,
            priority=90,
        ),
        RuleSpec(code, event_type, name, name_en, _REVERSE),
    )


RULES: tuple[RuleSpec, ...] = (
    *_both("purchase-invoice", "purchase_invoice", "采购发票", "Supplier invoices of goods received"),
    *_both(
        "purchase-return-invoiced", "purchase_return_invoiced", "采购退货红字发票", "Red invoices of goods returned"
    ),
    RuleSpec("purchase-price-adjusted", "purchase_price_adjusted", "采购折让", "Purchase allowances", _REVERSE),
    RuleSpec(
        "purchase-receipt-invoiced",
        "purchase_receipt_invoiced",
        "票货同到入库",
        "Goods received with their invoice",
        (
            _stock("cost", "qty"),
            LineSpec("debit", "tax", key="input_vat"),
            LineSpec("credit", "gross", key="payable"),
        ),
    ),
    RuleSpec(
        "purchase-invoice-in-transit",
        "purchase_invoice_in_transit",
        "票到货未到",
        "Invoices before the goods",
        (
            LineSpec("debit", "amount_net", key="purchase_in_transit"),
            LineSpec("debit", "tax", key="input_vat"),
            LineSpec("debit", "tax_pending", key="input_vat_pending"),
            LineSpec("credit", "gross", key="payable"),
        ),
    ),
    RuleSpec(
        "purchase-in-transit-received",
        "purchase_in_transit_received",
        "在途物资验收入库",
        "Invoiced goods received",
        (
            _stock("cost", "qty"),
            LineSpec("debit", "claim + tax", key="claim_supplier"),
            LineSpec("credit", "cost + claim", key="purchase_in_transit"),
            LineSpec("credit", "tax", key="input_vat_transfer_out"),
        ),
    ),
    RuleSpec(
        "purchase-estimate-reversed",
        "purchase_estimate_reversed",
        "月初暂估红冲",
        "Estimates reversed at the beginning of the month",
        (
            _stock("cost"),
            LineSpec("debit", "price - cost", key="cost_variance"),
            LineSpec("credit", "price", key="grni"),
        ),
    ),
    RuleSpec(
        "input-vat-certified",
        "input_vat_certified",
        "进项税额认证",
        "Input VAT certified",
        (LineSpec("debit", "tax", key="input_vat"), LineSpec("credit", "tax", key="input_vat_pending")),
    ),
    RuleSpec(
        "supplier-payment",
        "supplier_payment",
        "支付货款",
        "Supplier payments",
        (
            LineSpec("debit", "allocated", key="payable"),
            LineSpec("debit", "prepaid", key="prepayments"),
            LineSpec("debit", "fee", key="bank_charge"),
            LineSpec("debit", "-discount", key="cash_discount_received"),
            LineSpec("credit", "amount + fee", key="bank"),
        ),
        word=RuleWord.PAYMENT,
    ),
    RuleSpec(
        "supplier-prepayment",
        "supplier_prepayment",
        "预付货款",
        "Prepayments to suppliers",
        (LineSpec("debit", "amount", key="prepayments"), LineSpec("credit", "amount", key="bank")),
        word=RuleWord.PAYMENT,
    ),
    RuleSpec(
        "supplier-refund",
        "supplier_refund",
        "供应商退款",
        "Refunds by suppliers",
        (
            LineSpec("debit", "amount", key="bank"),
            LineSpec("credit", "allocated", key="payable"),
            LineSpec("credit", "prepaid", key="prepayments"),
        ),
        word=RuleWord.RECEIPT,
    ),
    RuleSpec(
        "allocation-same-account",
        "prepayment_allocated",
        "同一科目内核销，不生成凭证",
        "Allocations within one account need no voucher",
        (LineSpec("debit", "amount", key="payable"), LineSpec("credit", "amount", key="payable")),
        conditions=(ConditionSpec("within", ConditionOperator.EQ, "one_account"),),
        posts_to=PostsTo.NOTHING,
        priority=90,
    ),
    RuleSpec(
        "prepayment-allocated",
        "prepayment_allocated",
        "预付冲应付",
        "Prepayments allocated to invoices",
        (LineSpec("debit", "amount", key="payable"), LineSpec("credit", "amount", key="prepayments")),
    ),
    RuleSpec(
        "payable-rounded-off",
        "payable_written_off",
        "应付尾差",
        "Cent differences of payables",
        (LineSpec("debit", "amount", key="payable"), LineSpec("debit", "-amount", key="rounding")),
        conditions=(ConditionSpec("reason", ConditionOperator.EQ, "rounding"),),
        priority=90,
    ),
    RuleSpec(
        "payable-written-off",
        "payable_written_off",
        "无法支付的应付款",
        "Payables that cannot be paid",
        (LineSpec("debit", "amount", key="payable"), LineSpec("credit", "amount", key="unpayable_gain")),
    ),
)
