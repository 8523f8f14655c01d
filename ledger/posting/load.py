"""Read a company's rule book from the database in a constant number of statements."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from erp.core.companies.models import Company, VoucherWords
from ledger.accounts.models import Account, AccountClass, AccountDimension
from ledger.dimensions.models import DimensionType, DimensionValue
from ledger.periods.models import Period, PeriodStatus
from ledger.posting import mappings
from ledger.posting.events import EVENT_TYPES
from ledger.posting.expressions import compile_expression
from ledger.posting.models import AccountKey, PostingCondition, PostingRule, RuleState
from ledger.posting.rulebook import AccountFacts, KeyBook, PeriodFacts, Rule, RuleBook, RuleLine, Test, compile_test


def load(company_id: int, *, also: frozenset[int] = frozenset(), drafts: bool = False) -> RuleBook:
    """The rule book of a company. ``also``: rules to know by id whatever their state (for reversing events);
    ``drafts`` lets draft versions count, for a dry run."""
    company = Company.objects.get(pk=company_id)
    by_id = _rules(company_id, also, drafts)
    rules: dict[str, list[Rule]] = defaultdict(list)
    for rule, counts in by_id.values():
        if counts:
            rules[rule.event_type].append(rule)
    compiled = mappings.compiled(company_id)
    keys = {
        key.code: KeyBook(
            key.code, tuple(key.selectors), "tax_rate" in key.selectors, tuple(compiled.get(key.code, ()))
        )
        for key in AccountKey.objects.filter(company_id=company_id)
    }
    periods = Period.objects.filter(company_id=company_id).order_by("start")
    return RuleBook(
        currency=company.currency,
        one_word=company.voucher_words == VoucherWords.ONE,
        rules={event_type: tuple(found) for event_type, found in rules.items()},
        by_id={rule_id: rule for rule_id, (rule, _counts) in by_id.items()},
        keys=keys,
        accounts=_accounts(company_id),
        periods=tuple(PeriodFacts(p.pk, p.start, p.end, p.status == PeriodStatus.OPEN) for p in periods),
    )


def _accounts(company_id: int) -> dict[int, AccountFacts]:
    required: dict[int, list[tuple[str, int]]] = defaultdict(list)
    optional: dict[int, dict[str, int]] = defaultdict(dict)
    for row in AccountDimension.objects.filter(company_id=company_id).select_related("dimension_type"):
        code = row.dimension_type.code
        if row.is_required:
            required[row.account_id].append((code, row.dimension_type_id))
        else:
            optional[row.account_id][code] = row.dimension_type_id
    return {
        account.pk: AccountFacts(
            id=account.pk,
            code=account.code,
            is_postable=account.is_leaf and account.is_active,
            is_expense=account.account_class == AccountClass.EXPENSE,
            tracks_quantity=account.tracks_quantity,
            required=tuple(required[account.pk]),
            optional=optional[account.pk],
        )
        for account in Account.objects.filter(company_id=company_id)
    }


def _rules(company_id: int, also: frozenset[int], drafts: bool) -> dict[int, tuple[Rule, bool]]:
    """Rule id → rule and whether new events may take it, in order of priority."""
    states = [RuleState.ACTIVE, *([RuleState.DRAFT] if drafts else [])]
    rows = (
        PostingRule.objects.filter(company_id=company_id)
        .order_by("priority", "code")
        .prefetch_related("lines__key", "conditions")
    )
    rows = rows.filter(state__in=states) | rows.filter(pk__in=also)
    ids = _value_ids(company_id)
    found: dict[int, tuple[Rule, bool]] = {}
    for row in rows:
        event_type = EVENT_TYPES.get(row.event_type)
        if event_type is None:
            continue
        whole: list[Test] = []
        of_line: dict[int, list[Test]] = defaultdict(list)
        for condition in row.conditions.all():
            (whole if condition.line_id is None else of_line[condition.line_id]).append(_test(condition, ids))
        lines = tuple(
            RuleLine(
                id=line.pk,
                sequence=line.sequence,
                side=line.side,
                key=line.key.code if line.key else "",
                account_id=line.account_id,
                amount=compile_expression(line.amount, event_type.measures),
                quantity=compile_expression(line.quantity, event_type.measures) if line.quantity else None,
                optional_dimensions=tuple(code.strip() for code in line.optional_dimensions.split(",") if code.strip()),
                summary=line.summary,
                tests=tuple(of_line[line.pk]),
            )
            for line in sorted(row.lines.all(), key=lambda line: line.sequence)
        )
        rule = Rule(
            id=row.pk,
            label=f"{row.code} v{row.version}",
            event_type=row.event_type,
            event_name=event_type.name_zh,
            measures=event_type.measures,
            word=row.word,
            merge_mode=row.merge_mode,
            posts_to=row.posts_to,
            summary=row.summary,
            is_auto_reviewed=row.is_auto_reviewed,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            tests=tuple(whole),
            lines=lines,
        )
        found[row.pk] = (rule, row.state in states)
    return found


def _test(condition: PostingCondition, ids: Callable[[str, str], frozenset[int] | None]) -> Test:
    return compile_test(condition.field, condition.operator, condition.value, ids)


def _value_ids(company_id: int) -> Callable[[str, str], frozenset[int] | None]:
    """Dimension code and value code → the value's id and those below it; None when it is no dimension."""
    types = dict(DimensionType.objects.filter(company_id=company_id).values_list("code", "id"))
    trees: list[dict[int, frozenset[int]]] = []

    def ids(field: str, code: str) -> frozenset[int] | None:
        if field not in types:
            return None
        if not trees:
            trees.append(mappings.value_trees(company_id)[1])
        values: Any = DimensionValue.objects.filter(company_id=company_id, dimension_type_id=types[field], code=code)
        found = values.values_list("id", flat=True).first()
        return frozenset() if found is None else trees[0].get(found, frozenset([found]))

    return ids
