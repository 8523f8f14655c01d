"""Versions of posting rules: copy, check, approve, retire.

An active version never changes. ``new_version`` copies it as a draft; ``activate`` checks the draft, retires the
version before it and lets new events take it. Who approves is not who wrote it (财会〔2024〕12号 art. 21, W17).
"""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from erp.core.errors import DomainError, WrongState
from ledger.posting.events import EVENT_TYPES
from ledger.posting.expressions import compile_expression
from ledger.posting.models import PostingCondition, PostingRule, PostingRuleLine, PostsTo, RuleState

_NUMERIC = {"gt", "ge", "lt", "le"}


class AuthorApproves(DomainError):
    code = "author_approves"
    template = _("Rule %(rule)s was written by %(author)s. Somebody else must approve it.")


class UnknownEvent(DomainError):
    code = "unknown_event"
    template = _("There is no event “%(event)s”. Choose one of: %(events)s.")


class TooFewLines(DomainError):
    code = "too_few_lines"
    template = _("Rule %(rule)s needs at least one debit and one credit line.")


class NotANumber(DomainError):
    code = "not_a_number"
    template = _("The filter on %(field)s compares sizes, but “%(value)s” is no number.")


def new_version(rule: PostingRule, *, by: Any) -> PostingRule:
    """A draft copy of a rule with the next version number; lines and filters are copied with it."""
    with transaction.atomic():
        versions = PostingRule.objects.select_for_update().filter(company_id=rule.company_id, code=rule.code)
        if draft := versions.filter(state=RuleState.DRAFT).first():
            return draft
        last = versions.aggregate(last=Max("version"))["last"]
        copy = PostingRule.objects.get(pk=rule.pk)
        copy.pk, copy.version, copy.state = None, last + 1, RuleState.DRAFT
        copy.author, copy.approved_by, copy.activated_at, copy.retired_at = by, None, None, None
        copy._state.adding = True
        copy.save()
        lines: dict[int | None, PostingRuleLine | None] = {None: None}
        for line in rule.lines.all():
            old = line.pk
            line.pk, line.rule, line._state.adding = None, copy, True
            line.save()
            lines[old] = line
        for condition in rule.conditions.all():
            condition.line = lines[condition.line_id]
            condition.pk, condition.rule, condition._state.adding = None, copy, True
            condition.save()
    return copy


def check(rule: PostingRule) -> None:
    """Raise the first thing that keeps the rule from working: unknown event, bad amount, too few lines."""
    event_type = EVENT_TYPES.get(rule.event_type)
    if event_type is None:
        raise UnknownEvent(field="event_type", event=rule.event_type, events=", ".join(sorted(EVENT_TYPES)))
    lines = list(rule.lines.all())
    sides = {line.side for line in lines}
    if rule.posts_to != PostsTo.NOTHING and (len(lines) < 2 or "debit" not in sides or sides == {"debit"}):
        raise TooFewLines(field="lines", rule=rule)
    for line in lines:
        check_amounts(line, event_type.measures)
    for condition in rule.conditions.all():
        check_condition(condition)


def check_amounts(line: PostingRuleLine, measures: tuple[str, ...]) -> None:
    """Raise ``BadExpression`` if the amount or quantity of a line is not arithmetic over the measures."""
    compile_expression(line.amount, measures)
    if line.quantity:
        compile_expression(line.quantity, measures)


def check_condition(condition: PostingCondition) -> None:
    """Raise ``NotANumber`` if a size comparison has no number to compare with."""
    if condition.operator in _NUMERIC:
        try:
            Decimal(condition.value)
        except InvalidOperation:
            raise NotANumber(field=condition.field, value=condition.value) from None


def activate(rule: PostingRule, *, by: Any) -> PostingRule:
    """Approve a draft: it counts from now on, the version before it is retired.

    Raises ``WrongState``, ``AuthorApproves``, or what ``check`` finds.
    """
    with transaction.atomic():
        versions = list(PostingRule.objects.select_for_update().filter(company_id=rule.company_id, code=rule.code))
        rule = next(version for version in versions if version.pk == rule.pk)
        if rule.state != RuleState.DRAFT:
            raise WrongState(what=_("Rule"), key=rule, state=rule.get_state_display(), needed=RuleState.DRAFT.label)
        if rule.author_id is not None and by is not None and rule.author_id == by.pk:
            raise AuthorApproves(rule=rule, author=rule.author)
        check(rule)
        now = timezone.now()
        for version in versions:
            if version.state == RuleState.ACTIVE:
                version.state, version.retired_at = RuleState.RETIRED, now
                version.save(update_fields=["state", "retired_at"])
        rule.state, rule.approved_by, rule.activated_at = RuleState.ACTIVE, by, now
        rule.save(update_fields=["state", "approved_by", "activated_at"])
    return rule


def retire(rule: PostingRule) -> PostingRule:
    """Take an active rule out of use; events it took stay as they are."""
    PostingRule.objects.filter(pk=rule.pk, state=RuleState.ACTIVE).update(
        state=RuleState.RETIRED, retired_at=timezone.now()
    )
    rule.refresh_from_db()
    return rule
