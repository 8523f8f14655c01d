"""The posting rules of invoices that a new company starts with, and where the revenue of each kind of service goes."""

from erp.core.companies.models import Standard
from ledger.posting.default_rules import ConditionSpec, LineSpec, RuleSpec
from ledger.posting.models import ConditionOperator

# The revenue line stands on the natural side of its account: a marketplace fee or bank charge that is deducted on an
# invoice is an expense, and an expense is debited.
_INVOICE = (
    LineSpec("debit", "gross", key="receivable"),
    LineSpec("natural", "net", key="revenue", optional_dimensions="department"),
    LineSpec("credit", "tax", key="output_vat"),
)

RULES = (
    RuleSpec("sales-invoice", "sales_invoice", "销售发票确认收入", "Revenue of sales invoices", _INVOICE),
    RuleSpec(
        "sales-return-invoice",
        "sales_return_invoiced",
        "红字发票冲收入",
        "Revenue taken back by red-letter invoices",
        _INVOICE,
        conditions=(ConditionSpec("part", ConditionOperator.EQ, "invoice"),),
    ),
)

# Item category → account of key ``revenue``; everything else takes the key's default.
REVENUE_ACCOUNTS = {
    Standard.SMALL: {
        "FREIGHT": "505102",
        "MANUAL": "505103",
        "DISCOUNT": "500190",
        "SAMPLE": "560190",
        "PLATFORM_FEE": "560108",
        "BANK_CHARGE": "560304",
        "GIFT_VOUCHER": "2203",
    },
    Standard.ENTERPRISE: {
        "FREIGHT": "605102",
        "MANUAL": "605103",
        "DISCOUNT": "600190",
        "SAMPLE": "660190",
        "PLATFORM_FEE": "660108",
        "BANK_CHARGE": "660304",
        "GIFT_VOUCHER": "2204",
    },
}
