"""Events become posted vouchers exactly once, in the real database, with several workers at a time."""

import datetime as dt
import threading
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Sum

from erp.core.companies.models import Company
from erp.core.companies.setup import create_company
from ledger.accounts.models import Account
from ledger.balances.models import AccountBalance, OpeningBalance
from ledger.dimensions.services import ValueRow, ensure_values
from ledger.periods.models import Period
from ledger.posting import events, mappings, rules, service
from ledger.posting.default_rules import ConditionSpec, LineSpec, RuleSpec, install_rules
from ledger.posting.events import EventType, NewEvent, raise_events
from ledger.posting.models import AccountKey, AccountMapping, BusinessEvent, PostingRule
from ledger.vouchers.models import Voucher, VoucherLine

DAY = dt.date(2025, 12, 5)
SALE = EventType("test_sale", "Sale of the tests", "测试销售", ("net", "tax", "gross", "qty", "cost"))
RULE = RuleSpec(
    "test-sale",
    "test_sale",
    "测试销售",
    "Test sale",
    (
        LineSpec("debit", "gross", key="receivable"),
        LineSpec("natural", "net", key="revenue", optional_dimensions="department"),
        LineSpec("credit", "tax", key="output_vat"),
    ),
)


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is woken: each test posts when it says so."""
    monkeypatch.setitem(events.EVENT_TYPES, SALE.code, SALE)
    monkeypatch.setattr(events, "wake", lambda company_id: None)


class Shop:
    """A company with the rule, two customers and two categories."""

    def __init__(self) -> None:
        self.company: Company = create_company("shop", "礼品店", first_period=dt.date(2025, 11, 1))
        install_rules(self.company, [RULE])
        pk = self.company.pk
        self.customers = list(ensure_values(pk, "customer", [ValueRow("C1", "甲"), ValueRow("C2", "乙")]).values())
        self.categories = ensure_values(
            pk, "item_category", [ValueRow("GOODS", "商品"), ValueRow("TOYS", "玩具", "GOODS")]
        )
        self.raised = 0

    def sell(
        self, count: int = 1, *, net: str = "100.00", day: dt.date = DAY, category: str = "GOODS", **more: Any
    ) -> None:
        tax = (Decimal(net) * Decimal("0.13")).quantize(Decimal("0.01"))
        made = []
        for _index in range(count):
            self.raised += 1
            measures = {"net": net, "tax": str(tax), "gross": str(Decimal(net) + tax)}
            made.append(
                NewEvent(
                    "test_sale",
                    "test_document",
                    self.raised,
                    day,
                    f"T-{self.raised}",
                    "甲",
                    {"customer": self.customers[self.raised % 2]},
                    [{"id": self.raised, "facts": {"item_category": self.categories[category]}, "measures": measures}],
                    **more,
                )
            )
        with transaction.atomic():
            raise_events(self.company.pk, made)

    def post(self, **options: Any) -> service.PostingResult:
        return service.post_pending(self.company.pk, **options)

    def lines(self) -> list[tuple[str, Decimal, Decimal]]:
        rows = VoucherLine.objects.filter(company=self.company).order_by("voucher__number", "line_no")
        return list(rows.values_list("account__code", "debit", "credit"))

    def states(self) -> list[tuple[str, str]]:
        return list(
            BusinessEvent.objects.filter(company=self.company).order_by("id").values_list("state", "reason_code")
        )


@pytest.fixture
def shop(db: Any) -> Shop:
    return Shop()


def test_a_sale_becomes_a_posted_voucher_with_its_turnover(shop):
    """V19: business drives accounting."""
    shop.sell()
    result = shop.post()
    assert (result.posted, result.vouchers, result.failed) == (1, 1, 0)
    assert shop.lines() == [
        ("1122", Decimal("113.00"), 0),
        ("500101", 0, Decimal("100.00")),
        ("22210107", 0, Decimal("13.00")),
    ]
    voucher = Voucher.objects.get(company=shop.company)
    assert (voucher.status, voucher.kind, voucher.word, voucher.number, voucher.attachments) == (
        "posted",
        "generated",
        "记",
        1,
        1,
    )
    assert voucher.reviewer_name == "test-sale v1", "the voucher names the preset rule that reviewed it"
    turnover = AccountBalance.objects.filter(company=shop.company).aggregate(Sum("debit"), Sum("credit"))
    assert turnover == {"debit__sum": Decimal("113.00"), "credit__sum": Decimal("113.00")}


def test_posting_again_posts_nothing_twice(shop):
    shop.sell(3)
    shop.post()
    assert shop.post().events == 0
    assert Voucher.objects.filter(company=shop.company).count() == 3


def test_the_statements_of_a_batch_do_not_grow_with_it(shop, django_assert_max_num_queries):
    counts = []
    for size in (2, 60):
        shop.sell(size)
        with connection.execute_wrapper(_counting(counts)):
            counts.append(0)
            shop.post()
    assert counts[1] <= counts[0] + 1, counts


def _counting(counts: list[int]):
    def count(execute, sql, params, many, context):
        counts[-1] += 1
        return execute(sql, params, many, context)

    return count


def test_a_failed_event_waits_with_its_reason_and_is_posted_after_the_cure(shop):
    AccountMapping.objects.filter(company=shop.company, key__code="output_vat").update(is_active=False)
    shop.sell()
    assert shop.post().failed == 1
    event = BusinessEvent.objects.get(company=shop.company)
    assert (event.state, event.reason_code, event.reason_facts["key"]) == ("failed", "no_mapping", "output_vat")
    AccountMapping.objects.filter(company=shop.company, key__code="output_vat").update(is_active=True)
    assert service.retry(shop.company.pk, [event.pk]) == 1
    assert shop.post().posted == 1
    event.refresh_from_db()
    assert event.state == "posted" and event.voucher_id and event.attempts == 2


def test_what_the_database_refuses_fails_alone(shop):
    shop.sell(5)
    third = BusinessEvent.objects.filter(company=shop.company).order_by("id")[2]
    third.payload["lines"][0]["id"] = 2**70  # no document line can have this id
    third.save()
    result = shop.post()
    assert (result.posted, result.failed) == (4, 1)
    third.refresh_from_db()
    assert third.reason_code == "database_refused"
    numbers = Voucher.objects.filter(company=shop.company).order_by("number").values_list("number", flat=True)
    assert list(numbers) == [1, 2, 3, 4], "the refused one tears no gap"


def test_a_new_mapping_counts_for_new_documents_and_old_lines_keep_theirs(shop):
    shop.sell(category="TOYS")
    shop.post()
    key = AccountKey.objects.get(company=shop.company, code="revenue")
    other = Account.objects.get(company=shop.company, code="500102")
    selector = mappings.Selector("item_category", shop.categories["GOODS"])
    made = mappings.save_mapping(shop.company.pk, key.pk, other.pk, [selector])
    shop.sell(category="TOYS")
    shop.post()
    revenue = VoucherLine.objects.filter(company=shop.company, account__code__startswith="5001").order_by("id")
    assert [(line.account.code, line.mapping_id == made.pk) for line in revenue] == [
        ("500101", False),
        ("500102", True),
    ]
    with pytest.raises(mappings.MappingTie):
        mappings.save_mapping(shop.company.pk, key.pk, other.pk, [selector])


def test_a_used_mapping_is_replaced_not_edited(shop):
    shop.sell()
    shop.post()
    old = AccountMapping.objects.get(company=shop.company, key__code="revenue", selector_key="")
    other = Account.objects.get(company=shop.company, code="500103")
    new = mappings.save_mapping(shop.company.pk, old.key_id, other.pk, [], replaces=old)
    old.refresh_from_db()
    assert (old.is_active, old.account.code, old.replaced_by_id) == (False, "500101", new.pk)


def test_a_new_rule_version_counts_after_somebody_else_approved_it(shop, django_user_model):
    """V16: automatic review by an approved preset."""
    author, approver = (django_user_model.objects.create_user(name) for name in ("author", "approver"))
    shop.sell()
    shop.post()
    first = PostingRule.objects.get(company=shop.company, code="test-sale")
    draft = rules.new_version(first, by=author)
    draft.lines.filter(side="natural").update(
        account=Account.objects.get(company=shop.company, code="505103"), key=None
    )
    with pytest.raises(rules.AuthorApproves):
        rules.activate(draft, by=author)
    rules.activate(draft, by=approver)
    shop.sell()
    shop.post()
    assert [code for code, _debit, _credit in shop.lines()] == [
        "1122",
        "500101",
        "22210107",
        "1122",
        "505103",
        "22210107",
    ]
    labels = Voucher.objects.filter(company=shop.company).order_by("number").values_list("rule__version", flat=True)
    assert list(labels) == [1, 2]


def test_an_opening_document_adds_to_the_opening_balances(shop):
    install_rules(
        shop.company,
        [
            RuleSpec(
                "test-opening",
                "test_sale",
                "期初",
                "Opening",
                (LineSpec("debit", "net", key="bank"), LineSpec("credit", "net", key="opening_contra")),
                conditions=(ConditionSpec("reason", "eq", "opening"),),
                priority=10,
                posts_to="opening",
            )
        ],
    )
    shop.sell(2)
    BusinessEvent.objects.filter(company=shop.company).update(
        payload={"facts": {"reason": "opening"}, "lines": [{"id": 1, "measures": {"net": "7.00"}}]}
    )
    shop.post()
    assert shop.states() == [("settled", "opening_balance")] * 2
    rows = OpeningBalance.objects.filter(company=shop.company).order_by("account__code")
    assert list(rows.values_list("account__code", "debit", "credit")) == [
        ("100201", Decimal("14.00"), 0),
        ("3001", 0, Decimal("14.00")),
    ]


def test_a_reversing_document_mirrors_its_original_after_mapping_and_rule_changed(shop):
    shop.sell()
    shop.post()
    original = BusinessEvent.objects.get(company=shop.company)
    other = Account.objects.get(company=shop.company, code="500103")
    old = AccountMapping.objects.get(company=shop.company, key__code="revenue", selector_key="")
    mappings.save_mapping(shop.company.pk, old.key_id, other.pk, [], replaces=old)
    shop.sell(net="-100.00", reversal_of_id=original.pk)
    event = BusinessEvent.objects.order_by("id").last()
    event.payload["lines"][0]["of"] = original.payload["lines"][0]["id"]
    event.payload["facts"] = original.payload["facts"]
    event.save()
    shop.post()
    sums = (
        VoucherLine.objects.filter(company=shop.company)
        .values("account__code")
        .annotate(d=Sum("debit"), c=Sum("credit"))
    )
    assert {row["account__code"]: (row["d"], row["c"]) for row in sums} == {
        "1122": (0, 0), "500101": (0, 0), "22210107": (0, 0)
    }  # fmt: skip


def test_a_closed_period_sends_the_voucher_to_the_next_open_day(shop):
    Period.objects.filter(company=shop.company, end__lt=dt.date(2026, 1, 1)).update(status="closed")
    shop.sell()
    shop.post()
    voucher = Voucher.objects.get(company=shop.company)
    assert voucher.date == dt.date(2026, 1, 1)
    assert voucher.lines.first().business_date == DAY


@pytest.mark.django_db(transaction=True)
def test_four_workers_share_the_work_and_nothing_doubles():
    shop = Shop()
    shop.sell(400)
    errors: list[BaseException] = []

    def work() -> None:
        try:
            service.post_pending(shop.company.pk, batch=20)
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not errors
    service.post_pending(shop.company.pk)  # what a worker left while another still held it
    assert shop.states() == [("posted", "")] * 400
    numbers = sorted(Voucher.objects.filter(company=shop.company).values_list("number", flat=True))
    assert numbers == list(range(1, 401))
    total = AccountBalance.objects.filter(company=shop.company, account__code="1122").aggregate(s=Sum("debit"))["s"]
    assert total == 400 * Decimal("113.00")


@pytest.mark.django_db(transaction=True)
def test_an_event_dies_with_its_transaction():
    shop = Shop()
    with pytest.raises(RuntimeError), transaction.atomic():
        shop.sell()
        raise RuntimeError("the document could not be confirmed")
    assert not BusinessEvent.objects.exists()
