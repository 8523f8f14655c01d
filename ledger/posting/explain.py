"""Why a generated line is there: event → document lines → rule version → mapping that matched, and those that lost.

It tells from what the line itself kept (document lines, rule line, mapping), so the answer stays right after rules
and mappings have changed. The losers are today's other mappings of the key.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ledger.accounts.models import Account
from ledger.dimensions.models import DimensionType, DimensionValue
from ledger.posting.events import EVENT_TYPES
from ledger.posting.expressions import compile_expression
from ledger.posting.links import document_label, document_url
from ledger.posting.mappings import candidates
from ledger.posting.models import AccountMapping, BusinessEvent, PostingCondition, PostingRule, PostingRuleLine
from ledger.posting.rulebook import KeyMapping
from ledger.vouchers.models import VoucherLine

SHOWN = 30


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A document line that went into the voucher line, what was measured of it, and what it gave."""

    document: str
    url: str | None
    line_id: int
    facts: list[tuple[str, str]]
    measures: list[tuple[str, Decimal]]
    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class EventRow:
    id: int
    name: str
    document: str
    url: str | None
    party: str
    date: Any


@dataclass(frozen=True, slots=True)
class MappingRow:
    """A mapping of the key. ``verdict``: chosen, less_specific, no_match or closed; ``selectors`` with whether each
    holds for the document line."""

    id: int
    account: str
    selectors: list[tuple[str, str, bool]]
    verdict: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class Why:
    line: VoucherLine
    events: list[EventRow]
    event_count: int
    document_lines: list[DocumentLine]
    document_line_count: int
    rule: PostingRule
    rule_conditions: list[PostingCondition]
    rule_line: PostingRuleLine
    line_conditions: list[PostingCondition]
    mappings: list[MappingRow]


def explain_line(line: VoucherLine) -> Why:
    """The whole answer for one generated line, in a constant number of statements."""
    company_id = line.company_id
    rule_line = PostingRuleLine.objects.select_related("rule__author", "rule__approved_by", "key", "account").get(
        pk=line.rule_line_id or 0
    )
    wanted = set(line.source_lines or ())
    found: list[tuple[BusinessEvent, Mapping[str, Any]]] = []
    for event in BusinessEvent.objects.filter(company_id=company_id, voucher=line.voucher_id).order_by("id"):
        found += [(event, part) for part in event.payload.get("lines", ()) if part["id"] in wanted]
    events = list({event.pk: event for event, _part in found}.values())
    names = _Names(company_id, found[:SHOWN])
    amount_of = _amount(rule_line)
    conditions = list(PostingCondition.objects.filter(company_id=company_id, rule=rule_line.rule_id))
    return Why(
        line=line,
        events=[_event_row(event) for event in events[:SHOWN]],
        event_count=len(events),
        document_lines=[
            DocumentLine(
                document=f"{document_label(event.source_type)} {event.document_no}",
                url=document_url(event.source_type, event.source_id),
                line_id=part["id"],
                facts=names.of({**event.payload.get("facts", {}), **part.get("facts", {})}),
                measures=[(name, Decimal(value)) for name, value in part["measures"].items()],
                amount=amount_of(part["measures"]),
            )
            for event, part in found[:SHOWN]
        ],
        document_line_count=len(found),
        rule=rule_line.rule,
        rule_conditions=[row for row in conditions if row.line_id is None],
        rule_line=rule_line,
        line_conditions=[row for row in conditions if row.line_id == rule_line.pk],
        mappings=_mappings(line, rule_line, _facts(found), names),
    )


def _facts(found: Sequence[tuple[BusinessEvent, Mapping[str, Any]]]) -> dict[str, Any]:
    """Facts of the first document line: the mapping was chosen for all of them alike."""
    if not found:
        return {}
    event, part = found[0]
    return {**event.payload.get("facts", {}), **part.get("facts", {})}


def _event_row(event: BusinessEvent) -> EventRow:
    known = EVENT_TYPES.get(event.event_type)
    return EventRow(
        id=event.pk,
        name=str(known.name) if known else event.event_type,
        document=f"{document_label(event.source_type)} {event.document_no}",
        url=document_url(event.source_type, event.source_id),
        party=event.party,
        date=event.business_date,
    )


def _amount(rule_line: PostingRuleLine) -> Any:
    """How the rule line computes an amount, for measures as text; None where it cannot."""
    known = EVENT_TYPES.get(rule_line.rule.event_type)
    if known is None:
        return lambda measures: None
    compute = compile_expression(rule_line.amount, known.measures)
    zeros = dict.fromkeys(known.measures, Decimal(0))
    return lambda measures: compute({**zeros, **{name: Decimal(value) for name, value in measures.items()}})


def _mappings(
    line: VoucherLine, rule_line: PostingRuleLine, facts: Mapping[str, Any], names: "_Names"
) -> list[MappingRow]:
    """The mapping that gave the account, then the others of the key in the order in which they are tried."""
    if rule_line.key is None:
        return []
    tried: list[tuple[KeyMapping, bool]] = candidates(line.company_id, rule_line.key.code, facts)
    rows = {
        row.pk: row
        for row in AccountMapping.objects.filter(company_id=line.company_id, key=rule_line.key)
        .select_related("account")
        .prefetch_related("selectors__value")
    }
    accounts = {row.account_id for row in rows.values()}
    labels = {account.pk: str(account) for account in Account.objects.filter(pk__in=accounts)}
    verdicts: list[tuple[int, str]] = []
    if line.mapping_id is not None:
        verdicts.append((line.mapping_id, "chosen"))
    for mapping, matched in tried:
        if mapping.id != line.mapping_id:
            verdicts.append((mapping.id, "less_specific" if matched else "no_match"))
    by_id = {mapping.id: mapping for mapping, _matched in tried}
    found = []
    for mapping_id, verdict in verdicts:
        row = rows.get(mapping_id)
        if row is None:
            continue
        if verdict == "less_specific" and row.created_at > (line.voucher.created_at):
            verdict = "newer"
        tests = by_id[mapping_id].selectors if mapping_id in by_id else {}
        found.append(
            MappingRow(
                id=row.pk,
                account=labels[row.account_id],
                selectors=[
                    (
                        names.type_name(selector.name),
                        str(selector.value) if selector.value_id else selector.text,
                        verdict == "chosen" or facts.get(selector.name) in tests.get(selector.name, ()),
                    )
                    for selector in row.selectors.all()
                ],
                verdict=verdict,
                is_active=row.is_active,
            )
        )
    return found


class _Names:
    """Names of dimensions and of the values in the facts of some document lines. Two statements."""

    def __init__(self, company_id: int, found: Sequence[tuple[BusinessEvent, Mapping[str, Any]]]) -> None:
        self.types = {row.code: str(row) for row in DimensionType.objects.filter(company_id=company_id)}
        ids = {
            value
            for event, part in found
            for name, value in {**event.payload.get("facts", {}), **part.get("facts", {})}.items()
            if name in self.types and isinstance(value, int)
        }
        self.values = {row.pk: str(row) for row in DimensionValue.objects.filter(company_id=company_id, pk__in=ids)}

    def type_name(self, code: str) -> str:
        return self.types.get(code, code)

    def of(self, facts: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Facts as (name, value) in words."""
        return [
            (self.type_name(name), self.values.get(value, str(value)) if isinstance(value, int) else str(value))
            for name, value in facts.items()
            if value not in (None, "")
        ]
