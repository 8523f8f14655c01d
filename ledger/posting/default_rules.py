"""Rules that a new company starts with: upper apps state them as specs, this installs them as data."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from erp.core.companies.models import Company
from ledger.accounts.models import Account
from ledger.posting.models import (
    AccountKey,
    ConditionOperator,
    LineSide,
    MergeMode,
    PostingCondition,
    PostingRule,
    PostingRuleLine,
    PostsTo,
    RuleState,
    RuleWord,
)


@dataclass(frozen=True, slots=True)
class ConditionSpec:
    field: str
    operator: str = ConditionOperator.EQ
    value: str = ""


@dataclass(frozen=True, slots=True)
class LineSpec:
    """``key`` is an account key, or ``account`` a fixed account code; ``amount`` an expression over measures."""

    side: str
    amount: str
    key: str = ""
    account: str = ""
    quantity: str = ""
    optional_dimensions: str = ""
    summary: str = ""
    conditions: tuple[ConditionSpec, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleSpec:
    code: str
    event_type: str
    name: str
    name_en: str
    lines: tuple[LineSpec, ...]
    conditions: tuple[ConditionSpec, ...] = ()
    word: str = RuleWord.TRANSFER
    merge_mode: str = MergeMode.DOCUMENT
    posts_to: str = PostsTo.VOUCHER
    priority: int = 100
    summary: str = "{event} {party} {document_no}"
    is_auto_reviewed: bool = True


def install_rules(company: Company, specs: Sequence[RuleSpec], *, author: Any = None, approved_by: Any = None) -> None:
    """Write version 1 of each spec, active. Rules whose code exists are left as they are."""
    known = set(PostingRule.objects.filter(company=company).values_list("code", flat=True))
    keys = dict(AccountKey.objects.filter(company=company).values_list("code", "id"))
    accounts = dict(Account.objects.filter(company=company).values_list("code", "id"))
    for spec in specs:
        if spec.code in known:
            continue
        rule = PostingRule.objects.create(
            company=company,
            code=spec.code,
            name=spec.name,
            name_en=spec.name_en,
            event_type=spec.event_type,
            priority=spec.priority,
            state=RuleState.ACTIVE,
            word=spec.word,
            merge_mode=spec.merge_mode,
            posts_to=spec.posts_to,
            summary=spec.summary,
            is_auto_reviewed=spec.is_auto_reviewed,
            author=author,
            approved_by=approved_by,
            activated_at=timezone.now(),
        )
        _conditions(company, rule, None, spec.conditions)
        for sequence, line in enumerate(spec.lines, start=1):
            row = PostingRuleLine.objects.create(
                company=company,
                rule=rule,
                sequence=sequence,
                side=LineSide(line.side),
                key_id=keys[line.key] if line.key else None,
                account_id=accounts[line.account] if line.account else None,
                amount=line.amount,
                quantity=line.quantity,
                optional_dimensions=line.optional_dimensions,
                summary=line.summary,
            )
            _conditions(company, rule, row, line.conditions)


def _conditions(
    company: Company, rule: PostingRule, line: PostingRuleLine | None, specs: Sequence[ConditionSpec]
) -> None:
    PostingCondition.objects.bulk_create(
        [
            PostingCondition(
                company=company, rule=rule, line=line, field=spec.field, operator=spec.operator, value=spec.value
            )
            for spec in specs
        ]
    )
