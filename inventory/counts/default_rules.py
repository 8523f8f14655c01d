"""The posting rules of stock counts that a new company starts with: how pending differences are settled.

The counts' own events (``stock_count_gain``, ``stock_count_loss``) are stock documents' (``inventory.default_rules``).
"""

from erp.core.companies.models import Standard
from inventory.documents.models import Reason
from ledger.posting.default_rules import ConditionSpec, LineSpec, RuleSpec
from ledger.posting.models import ConditionOperator

_PENDING = "stock_pending"


def _standard(standard: Standard) -> tuple[ConditionSpec, ...]:
    return (ConditionSpec("standard", ConditionOperator.EQ, standard.value),)


def _loss(key: str) -> tuple[LineSpec, ...]:
    return (
        LineSpec("debit", "claim", key="claim_employee"),
        LineSpec("debit", "amount - claim", key=key, optional_dimensions="department"),
        LineSpec("credit", "amount", key=_PENDING),
    )


RULES: tuple[RuleSpec, ...] = (
    RuleSpec(
        "count-gain-settled",
        "stock_count_gain_disposed",
        "盘盈转收益",
        "Count gain to income",
        (LineSpec("debit", "amount", key=_PENDING), LineSpec("credit", "amount", key="stock_gain")),
        conditions=_standard(Standard.SMALL),
    ),
    # 企业会计准则: a gain is a red debit of administrative expense.
    RuleSpec(
        "count-gain-settled-in-red",
        "stock_count_gain_disposed",
        "盘盈冲减管理费用",
        "Count gain reduces expense",
        (LineSpec("debit", "amount", key=_PENDING), LineSpec("debit", "-amount", key="stock_gain")),
        conditions=_standard(Standard.ENTERPRISE),
    ),
    RuleSpec(
        "count-loss-disaster",
        "stock_count_loss_disposed",
        "非常损失处理",
        "Extraordinary loss settled",
        _loss("stock_loss_extraordinary"),
        conditions=(ConditionSpec("reason", ConditionOperator.EQ, Reason.DISASTER.value),),
        priority=90,
    ),
    RuleSpec(
        "count-loss-settled",
        "stock_count_loss_disposed",
        "盘亏处理",
        "Count loss settled",
        _loss("stock_loss"),
    ),
)
