"""The pure engine: figures by hand, no database."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.posting.engine import Outcome, PostingEvent, run
from ledger.posting.expressions import BadExpression, compile_expression
from ledger.posting.rulebook import (
    AccountFacts,
    KeyBook,
    KeyMapping,
    PeriodFacts,
    Rule,
    RuleBook,
    RuleLine,
    compile_test,
)

MEASURES = ("qty", "net", "tax", "gross", "cost")
ITEM, CUSTOMER, DEPARTMENT, WAREHOUSE = 1, 2, 3, 4  # dimension types
GOODS, TOYS, FREIGHT = 10, 11, 12  # categories: toys lie below goods
RECEIVABLE, REVENUE, TOY_REVENUE, FREIGHT_EXPENSE, VAT, STOCK, COGS, PARENT = 101, 102, 103, 104, 105, 106, 107, 108
DAY = dt.date(2025, 12, 5)


def account(pk: int, *, required=(), optional=None, expense=False, quantity=False, postable=True) -> AccountFacts:
    return AccountFacts(pk, str(pk), postable, expense, quantity, tuple(required), optional or {})


def line(sequence: int, side: str, key: str, amount: str, **more) -> RuleLine:
    quantity = more.get("quantity")
    return RuleLine(
        id=sequence,
        sequence=sequence,
        side=side,
        key=key,
        account_id=more.get("account_id"),
        amount=compile_expression(amount, MEASURES),
        quantity=compile_expression(quantity, MEASURES) if quantity else None,
        optional_dimensions=tuple(more.get("optional", ())),
        summary="",
        tests=tuple(more.get("tests", ())),
    )


def rule(pk: int, event_type: str, *lines: RuleLine, **more) -> Rule:
    return Rule(
        id=pk,
        label=f"rule{pk} v1",
        event_type=event_type,
        event_name="销售发票",
        measures=MEASURES,
        word="转",
        merge_mode=more.get("merge_mode", "document"),
        posts_to=more.get("posts_to", "voucher"),
        summary="{event} {party} {document_no}",
        is_auto_reviewed=True,
        valid_from=more.get("valid_from"),
        valid_to=more.get("valid_to"),
        tests=tuple(more.get("tests", ())),
        lines=lines,
    )


def mapping(pk: int, account_id: int, rank=(0, 0), **selectors) -> KeyMapping:
    return KeyMapping(pk, account_id, {name: frozenset(values) for name, values in selectors.items()}, rank)


INVOICE = rule(
    1,
    "sales_invoice",
    line(1, "debit", "receivable", "gross"),
    line(2, "natural", "revenue", "net", optional=("department",)),
    line(3, "credit", "output_vat", "tax"),
)
DELIVERY = rule(
    2,
    "sales_delivery",
    line(4, "debit", "cogs", "cost"),
    line(5, "credit", "stock", "cost", quantity="qty", optional=("warehouse",)),
)
ACCOUNTS = {
    a.id: a
    for a in (
        account(RECEIVABLE, required=[("customer", CUSTOMER)]),
        account(REVENUE, optional={"department": DEPARTMENT, "item": ITEM}),
        account(TOY_REVENUE),
        account(FREIGHT_EXPENSE, expense=True),
        account(VAT),
        account(STOCK, required=[("item", ITEM)], optional={"warehouse": WAREHOUSE}, quantity=True),
        account(COGS),
        account(PARENT, postable=False),
    )
}


def book(*rules: Rule, revenue=None, closed_december=False, one_word=True) -> RuleBook:
    names = ("item", "item_category")
    by_type: dict[str, tuple[Rule, ...]] = {}
    for r in rules or (INVOICE, DELIVERY):
        by_type[r.event_type] = (*by_type.get(r.event_type, ()), r)
    revenue = revenue or (
        mapping(3, FREIGHT_EXPENSE, (0, 1), item_category=[FREIGHT]),
        mapping(2, REVENUE),
    )
    return RuleBook(
        currency="CNY",
        one_word=one_word,
        rules=by_type,
        by_id={r.id: r for r in rules or (INVOICE, DELIVERY)},
        keys={
            "receivable": KeyBook("receivable", ("customer",), False, (mapping(1, RECEIVABLE),)),
            "revenue": KeyBook("revenue", names, False, tuple(revenue)),
            "output_vat": KeyBook("output_vat", ("tax_rate",), True, (mapping(4, VAT),)),
            "stock": KeyBook("stock", names, False, (mapping(5, STOCK),)),
            "cogs": KeyBook("cogs", names, False, (mapping(6, COGS),)),
        },
        accounts=ACCOUNTS,
        periods=(
            PeriodFacts(1, dt.date(2025, 12, 1), dt.date(2025, 12, 31), not closed_december),
            PeriodFacts(2, dt.date(2026, 1, 1), dt.date(2026, 1, 31), True),
        ),
    )


def invoice(*lines, pk=1, day=DAY, customer=900, **facts) -> PostingEvent:
    rows = [
        {
            "id": n,
            "facts": {"item": 500 + n, "item_category": category},
            "measures": dict(zip(("net", "tax", "gross"), amounts, strict=True)),
        }
        for n, (category, *amounts) in enumerate(lines, start=1)
    ]
    payload = {"facts": {"department": 70, **({"customer": customer} if customer else {}), **facts}, "lines": rows}
    return PostingEvent(pk, "sales_invoice", day, f"FP-{pk}", "湖畔礼品店", payload)


def figures(outcome: Outcome) -> list[tuple[int, str, str]]:
    assert not outcome.failed, outcome.failed
    return [(row.account_id, str(row.debit), str(row.credit)) for draft in outcome.drafts for row in draft.lines]


def test_an_invoice_posts_receivable_revenue_and_vat_with_equal_lines_merged():
    outcome = run([invoice((GOODS, "100.00", "13.00", "113.00"), (GOODS, "100.00", "13.00", "113.00"))], book())
    assert figures(outcome) == [(RECEIVABLE, "226.00", "0"), (REVENUE, "0", "200.00"), (VAT, "0", "26.00")]
    receivable, revenue, _vat = outcome.drafts[0].lines
    assert receivable.dimensions == ((CUSTOMER, 900),)
    assert revenue.dimensions == ((DEPARTMENT, 70),), "optional dimensions only where the rule asks for them"
    assert revenue.source_lines == [1, 2] and revenue.mapping_id == 2 and revenue.rule_line_id == 2
    assert receivable.summary == "销售发票 湖畔礼品店 FP-1"


def test_a_return_is_red_on_the_same_sides():
    outcome = run([invoice((GOODS, "-40.00", "-5.20", "-45.20"))], book())
    assert figures(outcome) == [(RECEIVABLE, "-45.20", "0"), (REVENUE, "0", "-40.00"), (VAT, "0", "-5.20")]
    assert outcome.drafts[0].lines[0].summary.startswith("冲销 ")


def test_red_and_blue_amounts_are_never_netted_into_one_line():
    outcome = run([invoice((GOODS, "100.00", "0", "100.00"), (GOODS, "-30.00", "0", "-30.00"))], book())
    assert figures(outcome) == [
        (RECEIVABLE, "100.00", "0"),
        (RECEIVABLE, "-30.00", "0"),
        (REVENUE, "0", "100.00"),
        (REVENUE, "0", "-30.00"),
    ]


def test_an_expense_deducted_from_the_receivable_stands_on_debit():
    outcome = run([invoice((FREIGHT, "-50.00", "0.00", "-50.00"))], book())
    assert figures(outcome) == [(RECEIVABLE, "-50.00", "0"), (FREIGHT_EXPENSE, "50.00", "0")]


def test_the_most_specific_mapping_wins_and_a_category_passes_its_mapping_down():
    revenue = (
        mapping(9, TOY_REVENUE, (0, 2), item_category=[TOYS]),
        mapping(8, FREIGHT_EXPENSE, (0, 1), item_category=[GOODS, TOYS]),
        mapping(7, REVENUE),
    )
    outcome = run([invoice((TOYS, "10.00", "0", "10.00"), (GOODS, "5.00", "0", "5.00"))], book(revenue=revenue))
    assert [(row.account_id, row.mapping_id) for row in outcome.drafts[0].lines[1:]] == [
        (TOY_REVENUE, 9),
        (FREIGHT_EXPENSE, 8),
    ]


def test_tax_rates_are_kept_apart_on_the_vat_account_only():
    event = invoice((GOODS, "100.00", "13.00", "113.00"), (GOODS, "100.00", "9.00", "109.00"))
    for row, rate in zip(event.payload["lines"], ("0.13", "0.09"), strict=True):
        row["facts"]["tax_rate"] = rate
    assert figures(run([event], book())) == [
        (RECEIVABLE, "222.00", "0"),
        (REVENUE, "0", "200.00"),
        (VAT, "0", "13.00"),
        (VAT, "0", "9.00"),
    ]


def test_zero_lines_are_dropped_and_an_event_of_zeros_needs_no_voucher():
    outcome = run([invoice((GOODS, "0.00", "0.00", "0.00"))], book())
    assert [(s.code, s.event_id) for s in outcome.settled] == [("zero_amount", 1)] and not outcome.drafts
    assert figures(run([invoice((GOODS, "8.00", "0.00", "8.00"))], book())) == [
        (RECEIVABLE, "8.00", "0"),
        (REVENUE, "0", "8.00"),
    ]


def test_a_quantity_without_amount_stays_on_an_account_that_keeps_quantities():
    event = PostingEvent(
        1,
        "sales_delivery",
        DAY,
        "CK-1",
        "",
        {
            "facts": {"warehouse": 80},
            "lines": [
                {"id": 1, "facts": {"item": 501}, "measures": {"qty": "3", "cost": "0.00"}},
                {"id": 2, "facts": {"item": 502}, "measures": {"qty": "2", "cost": "9.00"}},
            ],
        },
    )
    cogs, free, paid = run([event], book()).drafts[0].lines
    assert (cogs.debit, free.credit, free.quantity) == (Decimal("9.00"), 0, 3)
    assert paid.unit_price == Decimal("4.5") and paid.dimensions == ((ITEM, 502), (WAREHOUSE, 80))


@pytest.mark.parametrize(
    ("event", "made", "code", "fact"),
    [
        (invoice((GOODS, "1", "0", "1"), customer=None), {}, "dimension_missing", ("dimension", "customer")),
        (invoice((GOODS, "1", "0", "2")), {}, "unbalanced", ("debit", "2.00")),
        (
            invoice((GOODS, "1", "0", "1")),
            {"revenue": [mapping(1, PARENT)]},
            "account_not_postable",
            ("account", str(PARENT)),
        ),
        (
            invoice((GOODS, "1", "0", "1")),
            {"revenue": [mapping(1, REVENUE, item_category=[99])]},
            "no_mapping",
            ("key", "revenue"),
        ),
        (invoice((GOODS, "1", "0", "1"), day=dt.date(2027, 1, 1)), {}, "no_open_period", ("date", "2027-01-01")),
        (invoice((GOODS, "one", "0", "1")), {}, "payload_broken", ("problem", None)),
        (PostingEvent(1, "barter", DAY, "X", "", {}), {}, "no_rule", ("event_type", "barter")),
    ],
)
def test_what_cannot_be_posted_fails_alone_with_its_reason(event, made, code, fact):
    good = invoice((GOODS, "1.00", "0", "1.00"), pk=2)
    outcome = run([event, good], book(**made))
    failed = [standing for standing in outcome.failed if standing.event_id == 1]
    assert [standing.code for standing in failed] == [code]
    assert fact[1] is None or failed[0].facts[fact[0]] == fact[1]
    if not made:
        assert [draft.event_ids for draft in outcome.drafts] == [[2]], "the other event is posted"


def test_a_document_of_a_closed_period_is_dated_on_the_first_day_of_the_earliest_open_one():
    draft = run([invoice((GOODS, "1.00", "0", "1.00"))], book(closed_december=True)).drafts[0]
    assert (draft.date, draft.period.id, draft.lines[0].business_date) == (dt.date(2026, 1, 1), 2, DAY)


def test_rules_are_tried_in_order_and_by_their_dates():
    later = rule(5, "sales_invoice", *INVOICE.lines, valid_from=dt.date(2026, 1, 1))
    assert run([invoice((GOODS, "1", "0", "1"))], book(later, INVOICE)).drafts[0].rule.id == 1
    assert run([invoice((GOODS, "1", "0", "1"), day=dt.date(2026, 1, 2))], book(later, INVOICE)).drafts[0].rule.id == 5


def test_documents_of_a_day_share_a_voucher_unless_their_signs_differ():
    daily = rule(6, "sales_invoice", *INVOICE.lines, merge_mode="day")
    events = [
        invoice((GOODS, "10.00", "0", "10.00"), pk=1),
        invoice((GOODS, "20.00", "0", "20.00"), pk=2),
        invoice((GOODS, "-5.00", "0", "-5.00"), pk=3),
    ]
    outcome = run(events, book(daily))
    assert [draft.event_ids for draft in outcome.drafts] == [[1, 2], [3]]
    assert figures(outcome)[:2] == [(RECEIVABLE, "30.00", "0"), (REVENUE, "0", "30.00")]


def test_a_line_per_document_line_when_the_rule_merges_nothing():
    apart = rule(7, "sales_invoice", *INVOICE.lines, merge_mode="none")
    outcome = run([invoice((GOODS, "1.00", "0", "1.00"), (GOODS, "2.00", "0", "2.00"))], book(apart))
    assert len(outcome.drafts[0].lines) == 4


def test_a_reversing_event_takes_the_rule_and_accounts_of_its_original():
    event = invoice((GOODS, "-1.00", "0", "-1.00"))
    event.rule_id, event.overrides = 1, {(2, 41): (TOY_REVENUE, 77)}
    event.payload["lines"][0]["of"] = 41
    newer = rule(8, "sales_invoice", *DELIVERY.lines)
    outcome = run([event], RuleBook(**{**_fields(book(newer)), "by_id": {1: INVOICE, 8: newer}}))
    assert [(row.account_id, row.mapping_id) for row in outcome.drafts[0].lines] == [(RECEIVABLE, 1), (TOY_REVENUE, 77)]


def _fields(b: RuleBook) -> dict:
    return {
        name: getattr(b, name) for name in ("currency", "one_word", "rules", "by_id", "keys", "accounts", "periods")
    }


def test_filters_compare_dimensions_texts_and_numbers():
    def ids(field: str, code: str) -> frozenset[int] | None:
        if field != "item_category":
            return None
        return frozenset([GOODS, TOYS]) if code == "GOODS" else frozenset()

    assert compile_test("item_category", "eq", "GOODS", ids)({"item_category": TOYS})
    assert not compile_test("item_category", "not_in", "GOODS,X", ids)({"item_category": TOYS})
    assert compile_test("reason", "in", "gift, sample", ids)({"reason": "sample"})
    assert compile_test("net", "gt", "1.5", ids)({"net": Decimal("1.50001")})
    assert not compile_test("net", "le", "1", ids)({"net": None})
    assert compile_test("reason", "empty", "", ids)({}) and compile_test("reason", "ne", "gift", ids)({})


@pytest.mark.parametrize(
    "text", ["__import__('os')", "net.real", "net ** 2", "foo", "net +", "net if tax else 0", "[net]", ""]
)
def test_an_amount_is_nothing_but_arithmetic_over_measures(text):
    with pytest.raises(BadExpression):
        compile_expression(text, MEASURES)


def test_amounts_are_decimal_to_the_last_digit():
    values = dict.fromkeys(MEASURES, Decimal(0)) | {"net": Decimal("0.1"), "tax": Decimal("0.2")}
    assert compile_expression("net + tax", MEASURES)(values) == Decimal("0.3")
    assert compile_expression("-(net * 1.10)", MEASURES)(values) == Decimal("-0.110")


CENTS = st.decimals(min_value=-9999, max_value=9999, places=2, allow_nan=False)


@given(
    st.lists(
        st.lists(st.tuples(st.sampled_from([GOODS, TOYS, FREIGHT]), CENTS, CENTS), min_size=1, max_size=6),
        min_size=1,
        max_size=5,
    )
)
def test_whatever_comes_in_every_voucher_balances_and_every_event_is_in_one_place(documents):
    events = [
        invoice(*((c, str(net), str(tax), str(net + tax)) for c, net, tax in lines), pk=n)
        for n, lines in enumerate(documents, start=1)
    ]
    outcome = run(events, book())
    for draft in outcome.drafts:
        assert sum(row.debit for row in draft.lines) == sum(row.credit for row in draft.lines)
        assert all((row.debit != 0) != (row.credit != 0) for row in draft.lines)
    ended = [e for d in outcome.drafts for e in d.event_ids] + [s.event_id for s in outcome.settled + outcome.failed]
    assert sorted(ended) == [event.id for event in events]
