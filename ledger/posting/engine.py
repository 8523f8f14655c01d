"""The posting engine: (events, rule book) → voucher drafts, opening amounts, standing reasons, refusals.

A pure function: no database, no clock, no settings. It holds the rules R-SIGN (red amounts stay on their side),
R-ZERO (zero lines are dropped), R-DATE, R-DIM, R-MERGE (red and blue never share a line, documents of opposite
sign never share a voucher) and R-WORD of the posting rules.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, DecimalException
from typing import Any

from ledger.posting.rulebook import AccountFacts, PeriodFacts, Rule, RuleBook, RuleLine

_CENT = Decimal("0.01")
_PRICE = Decimal("1E-10")
_ZERO = Decimal(0)
Choice = tuple[AccountFacts, int | None, Any, tuple[tuple[int, int], ...]]
Prepared = tuple[int, dict[str, Any], dict[str, Decimal]]  # document line, its facts, its measures
RED_PREFIX = "冲销"  # books are kept in Chinese (R-SUMMARY)
PAIR = tuple[int, int]


@dataclass(slots=True)
class PostingEvent:
    """An event as the engine takes it. ``payload`` as in ``BusinessEvent``; ``overrides`` of a reversing event:
    (rule line, original document line) → (account, mapping) that the original voucher used."""

    id: int
    event_type: str
    business_date: date
    document_no: str
    party: str
    payload: Mapping[str, Any]
    rule_id: int | None = None
    overrides: Mapping[tuple[int, int], tuple[int, int | None]] | None = None


@dataclass(slots=True)
class DraftLine:
    """``debit``/``credit`` in company currency; ``dimensions`` are sorted (type id, value id) pairs."""

    summary: str
    account_id: int
    dimensions: tuple[PAIR, ...]
    debit: Decimal
    credit: Decimal
    quantity: Decimal | None
    business_date: date
    rule_line_id: int
    mapping_id: int | None
    source_lines: list[int]

    @property
    def unit_price(self) -> Decimal | None:
        """Amount ÷ quantity, 10 decimals."""
        if not self.quantity:
            return None
        return ((self.debit or self.credit) / self.quantity).quantize(_PRICE, ROUND_HALF_UP)


@dataclass(slots=True)
class Draft:
    """A balanced voucher to be written, and the events it is for."""

    rule: Rule
    word: str
    period: PeriodFacts
    date: date
    event_ids: list[int]
    lines: list[DraftLine]


@dataclass(frozen=True, slots=True)
class Standing:
    """An event that ends without a voucher: settled for a standing reason, or failed until the cause is mended."""

    event_id: int
    code: str
    facts: Mapping[str, str]
    rule_id: int | None = None


@dataclass(slots=True)
class Outcome:
    """What a batch came to; each event is in exactly one of the lists."""

    drafts: list[Draft] = field(default_factory=list)
    openings: list[Draft] = field(default_factory=list)
    settled: list[Standing] = field(default_factory=list)
    failed: list[Standing] = field(default_factory=list)


class Refused(Exception):
    """Inside the engine: this event cannot be posted."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = {name: str(value) for name, value in facts.items()}


def run(events: Iterable[PostingEvent], book: RuleBook) -> Outcome:
    """Turn a batch of events of one company into what has to be written."""
    outcome = Outcome()
    groups: dict[tuple[Any, ...], Draft] = {}
    for event in events:
        rule: Rule | None = None
        try:
            rule = choose_rule(event, book)
            if rule.posts_to == "nothing":
                outcome.settled.append(Standing(event.id, "no_voucher_by_rule", {"rule": rule.label}, rule.id))
                continue
            lines = build_lines(event, rule, book)
            if not any(line.debit or line.credit for line in lines):
                outcome.settled.append(Standing(event.id, "zero_amount", {}, rule.id))
                continue
            if moves_nothing(lines):
                outcome.settled.append(Standing(event.id, "same_account", {}, rule.id))
                continue
            draft = _draft(event, rule, lines, book)
        except Refused as refusal:
            outcome.failed.append(Standing(event.id, refusal.code, refusal.facts, rule.id if rule else None))
            continue
        if rule.posts_to == "opening":
            outcome.openings.append(draft)
        elif rule.merge_mode in ("none", "document"):
            outcome.drafts.append(draft)
        else:
            _merge(draft, event, groups)
    outcome.drafts.extend(groups.values())
    return outcome


def choose_rule(event: PostingEvent, book: RuleBook) -> Rule:
    """The first active rule whose conditions hold; a reversing event keeps the version of its original.

    A later difference of documents names their event type in the fact ``posts_as``: it posts as they did.
    """
    if event.rule_id is not None and (original := book.by_id.get(event.rule_id)):
        return original
    facts = event.payload.get("facts", {})
    kind = facts.get("posts_as") or event.event_type
    for rule in book.rules.get(kind, ()):
        if rule.takes(facts, event.business_date):
            return rule
    raise Refused("no_rule", event_type=kind)


def build_lines(event: PostingEvent, rule: Rule, book: RuleBook) -> list[DraftLine]:
    """The merged lines of one event, in order of the rule's lines and of the document. Zero lines are gone."""
    common = event.payload.get("facts", {})
    prepared = _prepared(event, rule, common)
    own = frozenset(name for line in event.payload.get("lines", ()) for name in line.get("facts", ()))
    made: list[DraftLine] = []
    for line in rule.lines:
        made.extend(_rule_line(event, rule, line, prepared, own, book))
    return made


def _rule_line(
    event: PostingEvent, rule: Rule, line: RuleLine, prepared: Sequence[Prepared], own: frozenset[str], book: RuleBook
) -> Iterable[DraftLine]:
    """What one line of the rule makes of the document's lines, merged (R-MERGE: equal account, mapping, dimensions,
    colour and, where the key keeps them apart, tax rate)."""
    summary = _summary(line.summary or rule.summary, rule, event)
    choose = _chooser(event, line, own, book)
    merged: dict[tuple[Any, ...], DraftLine] = {}
    apart = rule.merge_mode == "none"
    tests, amount_of, quantity_of = line.tests, line.amount, line.quantity
    for position, (source, facts, measures) in enumerate(prepared):
        if tests and not all(test({**facts, **measures}) for test in tests):
            continue
        try:
            amount = amount_of(measures).quantize(_CENT, ROUND_HALF_UP)
            quantity = quantity_of(measures) if quantity_of else None
        except (DecimalException, ArithmeticError) as problem:
            raise Refused(
                "bad_expression", rule=rule.label, line=line.sequence, problem=type(problem).__name__
            ) from None
        if not amount and not quantity:
            continue
        account, mapping_id, tax_rate, dimensions = choose(facts)
        if not account.tracks_quantity:
            if not amount:
                continue
            quantity = None
        red = amount < 0 or (not amount and quantity is not None and quantity < 0)
        key = (account.id, mapping_id, dimensions, red, tax_rate, position if apart else -1)
        row = merged.get(key)
        if row is None:
            merged[key] = DraftLine(
                summary,
                account.id,
                dimensions,
                amount,
                _ZERO,
                quantity,
                event.business_date,
                line.id,
                mapping_id,
                [source],
            )
            continue
        row.debit += amount
        if quantity is not None:
            row.quantity = (row.quantity or _ZERO) + quantity
        row.source_lines.append(source)
    if line.side != "debit":
        for row in merged.values():
            if line.side == "natural" and book.accounts[row.account_id].is_expense:
                row.debit = -row.debit
            else:
                row.debit, row.credit = _ZERO, row.debit
    return merged.values()


def _prepared(event: PostingEvent, rule: Rule, common: Mapping[str, Any]) -> list[Prepared]:
    """Document lines with their facts joined to the event's, measures as decimals (absent ones are zero)."""
    prepared = []
    zeros = dict.fromkeys(rule.measures, _ZERO)
    overridden = event.overrides is not None
    for line in event.payload.get("lines", ()):
        try:
            measures = zeros.copy()
            for name, value in line["measures"].items():
                measures[name] = Decimal(value)
            facts = {**common, **line["facts"]} if "facts" in line else dict(common)
            if overridden:
                facts["of"] = line.get("of")
            prepared.append((line["id"], facts, measures))
        except (DecimalException, KeyError, TypeError) as problem:
            raise Refused("payload_broken", problem=repr(problem)) from None
    return prepared


def _chooser(
    event: PostingEvent, line: RuleLine, own: frozenset[str], book: RuleBook
) -> Callable[[Mapping[str, Any]], Choice]:
    """How a rule line finds its place from a document line's facts: (account, mapping that gave it, tax rate if the
    key keeps rates apart, dimensions). A reversing event takes what its original took.

    The fact ``account:<key>`` names the account itself, where no mapping can (any more).
    ``own`` are the facts that differ from line to line: where none of them matters, the first answer serves all.
    """
    key = book.keys.get(line.key) if line.account_id is None else None
    said = f"account:{line.key}"

    def choose(facts: Mapping[str, Any]) -> Choice:
        mapping_id: int | None = None
        tax_rate = None
        if event.overrides and (original := event.overrides.get((line.id, facts.get("of") or 0))):
            account_id, mapping_id = original
        elif line.account_id is not None:
            account_id = line.account_id
        elif isinstance(given := facts.get(said), int):  # the event knows the account: what it moves away from
            account_id = given
        else:
            mapping = key.resolve(facts) if key else None
            if key is None or mapping is None:
                names = key.names if key else ()
                shown = ", ".join(f"{name}={facts[name]}" for name in names if facts.get(name)) or "-"
                raise Refused("no_mapping", key=line.key, selectors=shown)
            account_id, mapping_id = mapping.account_id, mapping.id
            if key.by_tax_rate:
                tax_rate = facts.get("tax_rate")
        account = book.accounts.get(account_id)
        if account is None or not account.is_postable:
            raise Refused("account_not_postable", account=account.code if account else account_id)
        return account, mapping_id, tax_rate, _dimensions(account, line.optional_dimensions, facts)

    if (
        event.overrides
        or said in own
        or (key and (not own.isdisjoint(key.tested) or (key.by_tax_rate and "tax_rate" in own)))
    ):
        return choose
    first: list[Choice] = []

    def choose_once(facts: Mapping[str, Any]) -> Choice:
        if first:
            return first[0]
        choice = choose(facts)
        needed = [code for code, _type in choice[0].required]
        if own.isdisjoint(needed) and own.isdisjoint(line.optional_dimensions):
            first.append(choice)
        return choice

    return choose_once


def _dimensions(account: AccountFacts, optional: Sequence[str], facts: Mapping[str, Any]) -> tuple[PAIR, ...]:
    """R-DIM: what the account requires, and of the optional ones those that the rule line asks for."""
    pairs: list[PAIR] = []
    for code, type_id in account.required:
        value = facts.get(code)
        if not isinstance(value, int):
            raise Refused("dimension_missing", account=account.code, dimension=code)
        pairs.append((type_id, value))
    for code in optional:
        optional_type = account.optional.get(code)
        if optional_type is not None and isinstance(value := facts.get(code), int):
            pairs.append((optional_type, value))
    if len(pairs) > 1:
        pairs.sort()
    return tuple(pairs)


def _draft(event: PostingEvent, rule: Rule, lines: list[DraftLine], book: RuleBook) -> Draft:
    debit = sum((line.debit for line in lines), _ZERO)
    credit = sum((line.credit for line in lines), _ZERO)
    if debit != credit or len(lines) < 2:
        raise Refused("unbalanced", rule=rule.label, debit=debit, credit=credit)
    place = book.voucher_day(event.business_date)
    if place is None:
        raise Refused("no_open_period", date=event.business_date)
    period, day = place
    if is_red(lines) and "posts_as" not in event.payload.get("facts", {}):
        for line in lines:
            line.summary = f"{RED_PREFIX} {line.summary}"[:200]
    return Draft(rule, "记" if book.one_word else rule.word, period, day, [event.id], lines)


def moves_nothing(lines: Sequence[DraftLine]) -> bool:
    """Whether every account and dimension set is debited and credited alike, as by a transfer within one account."""
    sums: dict[tuple[Any, ...], list[Decimal]] = {}
    for line in lines:
        row = sums.setdefault((line.account_id, line.dimensions), [_ZERO, _ZERO])
        row[0] += line.debit - line.credit
        if line.quantity:
            row[1] += line.quantity if line.debit else -line.quantity
    return not any(amount or quantity for amount, quantity in sums.values())


def is_red(lines: Sequence[DraftLine]) -> bool:
    """Whether a voucher is a red one: no line is blue, or its amounts come to less than nothing together.

    An expense that is deducted from a receivable stands blue beside it; the sign of the first line decides then.
    """
    total = sum((line.debit + line.credit for line in lines), _ZERO)
    return total < 0 or (total == 0 and (lines[0].debit + lines[0].credit) < 0)


def _merge(draft: Draft, event: PostingEvent, groups: dict[tuple[Any, ...], Draft]) -> None:
    """R-MERGE: join documents of one rule, day or period (and party) and sign into one voucher."""
    mode = draft.rule.merge_mode
    when: Any = draft.period.id if mode == "period_party" else draft.date
    party = event.party if mode in ("day_party", "period_party") else None
    key = (draft.rule.id, event.event_type, when, party, is_red(draft.lines))
    whole = groups.get(key)
    if whole is None:
        groups[key] = draft
        return
    whole.date = max(whole.date, draft.date)
    whole.event_ids.extend(draft.event_ids)
    index = {_identity(line): line for line in whole.lines}
    for line in draft.lines:
        same = index.get(_identity(line))
        if same is None:
            whole.lines.append(line)
            continue
        same.debit += line.debit
        same.credit += line.credit
        if line.quantity is not None:
            same.quantity = (same.quantity or _ZERO) + line.quantity
        same.source_lines.extend(line.source_lines)


def _identity(line: DraftLine) -> tuple[Any, ...]:
    amount = line.debit or line.credit
    return line.rule_line_id, line.account_id, line.mapping_id, line.dimensions, bool(line.debit), amount < 0


def _summary(template: str, rule: Rule, event: PostingEvent) -> str:
    text = (
        template.replace("{event}", event.payload.get("facts", {}).get("event_name") or rule.event_name)
        .replace("{party}", event.party)
        .replace("{document_no}", event.document_no)
        .replace("{date}", event.business_date.isoformat())
    )
    return " ".join(text.split())[:190]
