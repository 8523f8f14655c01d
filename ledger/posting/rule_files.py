"""Rules in and out as one JSON document: names and codes instead of ids, so that they travel between companies.

What comes in becomes a draft version: it counts only after somebody has approved it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import DomainError, NotFound
from ledger.accounts.models import Account
from ledger.posting import rules
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

RULE_FIELDS = ("name", "name_en", "event_type", "priority", "word", "merge_mode", "posts_to", "summary")
LINE_FIELDS = ("sequence", "side", "amount", "quantity", "optional_dimensions", "summary")


class NotARuleDocument(DomainError):
    code = "not_a_rule_document"
    template = _("This is not a list of posting rules: %(problem)s. Export a rule to see the form.")


def rule_document(rule: PostingRule) -> dict[str, Any]:
    """A rule version as plain values."""
    conditions = list(rule.conditions.all())
    return {
        "code": rule.code,
        "version": rule.version,
        "is_auto_reviewed": rule.is_auto_reviewed,
        **{name: getattr(rule, name) for name in RULE_FIELDS},
        "conditions": [_condition(row) for row in conditions if row.line_id is None],
        "lines": [
            {
                **{name: getattr(line, name) for name in LINE_FIELDS},
                "key": line.key.code if line.key else "",
                "account": line.account.code if line.account else "",
                "conditions": [_condition(row) for row in conditions if row.line_id == line.pk],
            }
            for line in rule.lines.select_related("key", "account").order_by("sequence")
        ],
    }


def _condition(row: PostingCondition) -> dict[str, str]:
    return {"field": row.field, "operator": row.operator, "value": row.value}


def install_documents(company: Company, documents: Iterable[Mapping[str, Any]], *, by: Any) -> list[PostingRule]:
    """Make a checked draft version of each rule, or none of them. Raises ``NotARuleDocument``, ``NotFound`` for
    unknown keys and accounts, and what ``rules.check`` finds."""
    with transaction.atomic():
        return [_install(company, document, by) for document in documents]


def _install(company: Company, document: Mapping[str, Any], by: Any) -> PostingRule:
    try:
        code = str(document["code"])
        versions = PostingRule.objects.filter(company=company, code=code)
        versions.filter(state=RuleState.DRAFT).delete()
        last = versions.aggregate(last=Max("version"))["last"] or 0
        rule = PostingRule(
            company=company,
            code=code,
            version=last + 1,
            is_auto_reviewed=bool(document.get("is_auto_reviewed", False)),
            author=by,
            **{name: document[name] for name in RULE_FIELDS if name in document},
        )
        _check_choices(rule)
        rule.full_clean(exclude=["author", "approved_by"])
        rule.save()
        _conditions(company, rule, None, document.get("conditions", ()))
        for position, given in enumerate(document["lines"], start=1):
            line = PostingRuleLine(
                company=company,
                rule=rule,
                **{"sequence": position, **{name: given[name] for name in LINE_FIELDS if name in given}},
                key=_key(company, given.get("key", "")),
                account=_account(company, given.get("account", "")),
            )
            line.side = LineSide(line.side)
            line.save()
            _conditions(company, rule, line, given.get("conditions", ()))
    except ValidationError as problem:
        raise NotARuleDocument(problem=" ".join(problem.messages)) from None
    except (KeyError, TypeError, AttributeError, ValueError) as problem:
        raise NotARuleDocument(problem=str(problem)) from None
    rules.check(rule)
    return rule


def _check_choices(rule: PostingRule) -> None:
    """Raise ``ValueError`` for a word that no list has."""
    RuleWord(rule.word)
    MergeMode(rule.merge_mode)
    PostsTo(rule.posts_to)


def _conditions(
    company: Company, rule: PostingRule, line: PostingRuleLine | None, given: Iterable[Mapping[str, Any]]
) -> None:
    for row in given:
        PostingCondition.objects.create(
            company=company,
            rule=rule,
            line=line,
            field=row["field"],
            operator=ConditionOperator(row["operator"]),
            value=str(row.get("value", "")),
        )


def _key(company: Company, code: str) -> AccountKey | None:
    if not code:
        return None
    key = AccountKey.objects.filter(company=company, code=code).first()
    if key is None:
        raise NotFound(what=_("Account key"), key=code)
    return key


def _account(company: Company, code: str) -> Account | None:
    if not code:
        return None
    account = Account.objects.filter(company=company, code=code).first()
    if account is None:
        raise NotFound(what=_("Account"), key=code)
    return account
