"""Django finds the ledger's tables here; each lives with its subject."""

from ledger.accounts.models import Account, AccountDimension
from ledger.balances.models import AccountBalance, OpeningBalance
from ledger.dimensions.models import DimensionSet, DimensionSetItem, DimensionType, DimensionValue
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
from ledger.vouchers.models import FreeVoucherNumber, Voucher, VoucherLine

__all__ = [
    "Account",
    "AccountBalance",
    "AccountDimension",
    "AccountKey",
    "AccountMapping",
    "AccountMappingSelector",
    "BusinessEvent",
    "DimensionSet",
    "DimensionSetItem",
    "DimensionType",
    "DimensionValue",
    "FreeVoucherNumber",
    "OpeningBalance",
    "Period",
    "PostingCondition",
    "PostingRule",
    "PostingRuleLine",
    "Voucher",
    "VoucherLine",
]
