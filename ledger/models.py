"""Django finds the ledger's tables here; each lives with its subject."""

from ledger.accounts.models import Account, AccountDimension
from ledger.analysis.models import Budget, BudgetLine, PivotView
from ledger.balances.models import AccountBalance, OpeningBalance
from ledger.bank.models import BankLine, BankMatch, BankMatchItem, BankStatement
from ledger.books.models import BookFilters, MulticolumnBook
from ledger.cash_flow.models import CashFlowDefault, CashFlowEntry, CashFlowItem, CashFlowOpening
from ledger.clearing.models import Clearing, ClearingItem
from ledger.closing.models import ClosingRun, PeriodTrace, TransferLine, TransferTemplate
from ledger.currencies.models import Currency, ExchangeRate
from ledger.dimensions.models import DimensionSet, DimensionSetItem, DimensionType, DimensionValue
from ledger.entry_aids.models import (
    RecurringRun,
    RecurringVoucher,
    SummaryPhrase,
    VoucherTemplate,
    VoucherTemplateLine,
)
from ledger.interchange.models import ArchivePackage
from ledger.periods.models import Period
from ledger.posting.models import (
    AccountKey,
    AccountMapping,
    AccountMappingSelector,
    BusinessEvent,
    PostingCondition,
    PostingRule,
    PostingRuleLine,
)
from ledger.preferences.models import LedgerPreferences
from ledger.statements.models import (
    Statement,
    StatementAdjustment,
    StatementColumn,
    StatementRow,
    StatementSnapshot,
)
from ledger.vouchers.attachments.models import VoucherAttachment
from ledger.vouchers.models import FreeVoucherNumber, Voucher, VoucherLine
from ledger.vouchers.seals.models import SealBlock, VoucherSeal

__all__ = [
    "Account",
    "AccountBalance",
    "AccountDimension",
    "AccountKey",
    "AccountMapping",
    "AccountMappingSelector",
    "ArchivePackage",
    "BankLine",
    "BankMatch",
    "BankMatchItem",
    "BankStatement",
    "BookFilters",
    "Budget",
    "BudgetLine",
    "BusinessEvent",
    "CashFlowDefault",
    "CashFlowEntry",
    "CashFlowItem",
    "CashFlowOpening",
    "Clearing",
    "ClearingItem",
    "ClosingRun",
    "Currency",
    "DimensionSet",
    "DimensionSetItem",
    "DimensionType",
    "DimensionValue",
    "ExchangeRate",
    "FreeVoucherNumber",
    "LedgerPreferences",
    "MulticolumnBook",
    "OpeningBalance",
    "Period",
    "PeriodTrace",
    "PivotView",
    "PostingCondition",
    "PostingRule",
    "PostingRuleLine",
    "RecurringRun",
    "RecurringVoucher",
    "SealBlock",
    "Statement",
    "StatementAdjustment",
    "StatementColumn",
    "StatementRow",
    "StatementSnapshot",
    "SummaryPhrase",
    "TransferLine",
    "TransferTemplate",
    "Voucher",
    "VoucherAttachment",
    "VoucherLine",
    "VoucherSeal",
    "VoucherTemplate",
    "VoucherTemplateLine",
]
