"""Every kind of stock document × every cost method × both pools: confirmed, posted, costed again for what comes in
before it, reversed in place and on a later day. After each step ``verify`` finds nothing and no event waits."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from erp.core.companies.models import Company
from inventory.documents.confirm import create_confirmed
from inventory.documents.errors import NotReversibleLater
from inventory.documents.kinds import KINDS
from inventory.documents.models import DocumentKind, LineRole, Reason, StockDocumentLine
from inventory.documents.new import NewStockDocument, NewStockLine
from inventory.documents.reverse import reverse
from inventory.items.models import Item, ItemCategory, Tracking
from inventory.items.services import save_item
from inventory.lots.models import Lot
from inventory.preferences import preferences_of
from inventory.scenarios import compare, months
from inventory.scenarios.company import furnish, make_company
from inventory.scenarios.files import NewItem, Scenario, Step
from inventory.scenarios.runner import prepare
from inventory.scenarios.steps import World

JAN = {day: dt.date(2024, 1, day) for day in range(1, 32)}
FEB = dt.date(2024, 2, 5)
FEB_EARLY = dt.date(2024, 2, 2)
BY_HAND = [kind for kind in DocumentKind if KINDS[kind].by_hand]
# What came back goes out again by a new document; a standard cost changes back by another change.
IN_PLACE_ONLY = {"purchase_return", "sales_return", "production_return", "price_change"}
METHODS = ["moving_average", "fifo", "specific", "standard", "monthly_average"]
# (method, pool, lots are kept, may go below zero, costed again by a worker)
CASES = [
    (method, pool, method == "specific", False, pool == "warehouse") for method in METHODS
    for pool in ("warehouse", "company")
] + [
    ("moving_average", "warehouse", True, False, True),
    ("standard", "company", True, False, True),
    ("moving_average", "company", False, True, False),
    ("fifo", "warehouse", False, True, True),
]  # fmt: skip


@dataclass
class Books:
    """One company, its items by the kind of document that moves them (``+`` what an assembly makes)."""

    world: World
    items: dict[str, int] = field(default_factory=dict)
    lots: dict[str, int | None] = field(default_factory=dict)
    made: dict[str, int] = field(default_factory=dict)
    first_lines: dict[str, int] = field(default_factory=dict)

    def place(self, code: str) -> int:
        return self.world.warehouses[code].pk

    def line(self, name: str, qty: str, **more: Any) -> NewStockLine:
        return NewStockLine(self.items[name], Decimal(qty), lot_id=self.lots[name], **more)

    def document(self, kind: DocumentKind, day: dt.date, place: str, lines: list[NewStockLine], **more: Any) -> Any:
        supplier = self.world.supplier.dimension_value_id
        if KINDS[kind].needs_party:
            more["party_id"] = supplier
        if to := more.pop("to", None):
            more["to_warehouse_id"] = self.place(to)
        if more.get("reason") is None:
            reasons = KINDS[kind].reasons
            more["reason"] = str(reasons[-1])
        return NewStockDocument(str(kind), day, self.place(place), lines, **more)

    def confirm(self, *documents: NewStockDocument) -> list[int]:
        return [int(made) for made in create_confirmed(self.world.company, documents, by=None)]  # type: ignore[arg-type]

    def line_of(self, document_id: int, number: int = 0) -> int:
        rows = StockDocumentLine.objects.filter(company=self.world.company, document=document_id).order_by("line_no")
        return rows[number].pk

    # What happens

    def base(self) -> None:
        receipt = DocumentKind.PURCHASE_RECEIPT
        documents = []
        for name in self.items:
            documents.append(self.document(receipt, JAN[3], "W1", [self.line(name, "10", unit_cost=Decimal("4.01"))]))
            documents.append(self.document(receipt, JAN[8], "W1", [self.line(name, "5", unit_cost=Decimal("5.53"))]))
            documents.append(self.document(receipt, JAN[8], "W2", [self.line(name, "2", unit_cost=Decimal("7.77"))]))
        made = self.confirm(*documents)
        lines = dict(
            StockDocumentLine.objects.filter(company=self.world.company, document__in=made).values_list(
                "document_id", "id"
            )
        )
        self.receipts = {name: made[number * 3] for number, name in enumerate(self.items)}
        self.receipt_lines = {name: lines[self.receipts[name]] for name in self.items}
        originals = [
            (DocumentKind.SALES_RETURN, DocumentKind.DELIVERY, {}),
            (DocumentKind.PRODUCTION_RETURN, DocumentKind.PRODUCTION_ISSUE, {}),
            (DocumentKind.TRANSFER_IN, DocumentKind.TRANSFER_OUT, {"to": "T"}),
        ]
        made = self.confirm(
            *(self.document(of, JAN[10], "W1", [self.line(kind, "6")], **more) for kind, of, more in originals)
        )
        for (kind, _of, _more), document_id in zip(originals, made, strict=True):
            self.first_lines[kind] = self.line_of(document_id)
            self.made[f"of {kind}"] = document_id

    def kinds(self) -> None:
        standard = self.world.scenario.items[0].method == "standard"
        documents = {}
        for kind in BY_HAND:
            if kind != DocumentKind.PRICE_CHANGE or standard:
                documents[kind] = self._of_kind(kind)
        made = self.confirm(*documents.values())
        self.made.update(zip(documents, made, strict=True))

    def _of_kind(self, kind: DocumentKind) -> NewStockDocument:
        of = self.first_lines.get(kind)
        spec = KINDS[kind]
        match kind:
            case DocumentKind.PURCHASE_RETURN:
                lines = [self.line(kind, "3", of_line_id=self.receipt_lines[kind])]
                return self.document(kind, JAN[20], "W1", lines, of_document_id=self.receipts[kind])
            case DocumentKind.LANDED_COST:
                return self.document(
                    kind, JAN[20], "W1", [], of_document_id=self.receipts[kind], amount=Decimal("11.11"),
                    party_id=self.world.supplier.dimension_value_id, tax=Decimal("0.67"),
                )  # fmt: skip
            case DocumentKind.COST_ADJUSTMENT:
                return self.document(kind, JAN[20], "W1", [self.line(kind, "0", amount=Decimal("-7.07"))])
            case DocumentKind.PRICE_CHANGE:
                return self.document(kind, JAN[20], "W1", [self.line(kind, "0", unit_cost=Decimal("5.05"))])
            case DocumentKind.TRANSFER:
                return self.document(kind, JAN[20], "W1", [self.line(kind, "4")], to="W2")
            case DocumentKind.TRANSFER_OUT:
                return self.document(kind, JAN[20], "W1", [self.line(kind, "4")], to="T")
            case DocumentKind.TRANSFER_IN:
                lines = [
                    self.line(kind, "4", of_line_id=of),
                    self.line(kind, "1", of_line_id=of, reason=str(Reason.IN_TRANSIT)),
                ]
                return self.document(kind, JAN[20], "T", lines, to="W2", of_document_id=self.made[f"of {kind}"])
            case DocumentKind.ASSEMBLY | DocumentKind.DISASSEMBLY:
                made = {
                    DocumentKind.ASSEMBLY: ["assembly+"],
                    DocumentKind.DISASSEMBLY: ["disassembly+", "disassembly-"],
                }
                lines = [self.line(kind, "3", role=str(LineRole.CONSUMED))]
                for share, name in enumerate(made[kind], start=1):
                    lines.append(self.line(name, "2", role=str(LineRole.PRODUCED), share=Decimal(share)))
                return self.document(kind, JAN[20], "W1", lines, amount=Decimal("1.01"))
        more: dict[str, Any] = {"of_line_id": of} if of else {}
        if kind in (DocumentKind.PURCHASE_RECEIPT, DocumentKind.OTHER_RECEIPT, DocumentKind.FINISHED_RECEIPT):
            more["unit_cost"] = Decimal("6.17")
        if kind in (DocumentKind.COUNT_LOSS, DocumentKind.SCRAP, DocumentKind.OTHER_ISSUE):
            more["input_tax_out"] = Decimal("0.13")
        assert spec.has_quantity
        return self.document(kind, JAN[20], "W1", [self.line(kind, "4", **more)])

    def issues(self) -> None:
        """What comes after: a piece of everything leaves."""
        issue = DocumentKind.OTHER_ISSUE
        self.confirm(
            *(
                self.document(issue, JAN[25], place, [self.line(name, "1")], reason=str(Reason.CONSUMPTION))
                for name in self.items
                for place in ("W1", "W2")
            )
        )

    def back_dated(self) -> None:
        """Dearer goods, a charge on the first receipt, an issue and another standard cost, all before the kinds."""
        documents = []
        for name in self.items:
            line = self.line(name, "7", unit_cost=Decimal("9.13"))
            documents.append(self.document(DocumentKind.PURCHASE_RECEIPT, JAN[5], "W1", [line]))
            documents.append(self.document(DocumentKind.DELIVERY, JAN[9], "W1", [self.line(name, "2")]))
            documents.append(
                self.document(
                    DocumentKind.LANDED_COST, JAN[9], "W1", [], of_document_id=self.receipts[name],
                    amount=Decimal("3.33"),
                )
            )  # fmt: skip
            if self.world.scenario.items[0].method == "standard":
                line = self.line(name, "0", unit_cost=Decimal("6.66"))
                documents.append(self.document(DocumentKind.PRICE_CHANGE, JAN[6], "W1", [line]))
        self.confirm(*documents)

    def close_january(self) -> None:
        months.close(self.world, JAN[31])

    def late(self) -> None:
        """After the month is closed: goods for everything, and another standard cost, before what was reversed."""
        documents = []
        standard = self.world.scenario.items[0].method == "standard"
        for name in self.items:
            line = self.line(name, "3", unit_cost=Decimal("8.88"))
            documents.append(self.document(DocumentKind.PURCHASE_RECEIPT, FEB_EARLY, "W1", [line]))
            documents.append(self.document(DocumentKind.DELIVERY, FEB_EARLY, "W1", [self.line(name, "1")]))
            documents.append(
                self.document(
                    DocumentKind.LANDED_COST, FEB_EARLY, "W1", [], of_document_id=self.receipts[name],
                    amount=Decimal("2.22"),
                )
            )  # fmt: skip
            if standard:
                line = self.line(name, "0", unit_cost=Decimal("7.01"))
                documents.append(self.document(DocumentKind.PRICE_CHANGE, FEB_EARLY, "W1", [line]))
        self.confirm(*documents)

    def settled(self, step: str) -> dict[str, Any]:
        """The workers have finished: the books hold. Returns how they stand."""
        months.calculate(self.world)
        self.world.settle()
        assert not (broken := list(compare.broken(self.world))), (step, broken)
        return {
            "stock": {place: held for place, held in compare.stock_held(self.world.company).items() if any(held)},
            "accounts": compare.account_balances(self.world.company),
        }

    def reversed(self, date: dt.date | None) -> list[str]:
        """Reverse every document of a kind. Returns those that can be reversed in place only."""
        left = []
        for kind in [kind for kind in BY_HAND if kind in self.made]:
            try:
                reverse(self.world.company, self.made[kind], by=None, date=date)
            except NotReversibleLater:
                left.append(str(kind))
        return left


@pytest.fixture(scope="module")
def template(django_db_setup: Any, django_db_blocker: Any) -> Iterator[Company]:
    """A company whose every run is rolled back."""
    with django_db_blocker.unblock():
        atomic = transaction.atomic()
        atomic.__enter__()
        prepare()
        yield make_company([_scenario("moving_average", "warehouse", False)])
        transaction.set_rollback(True)
        atomic.__exit__(None, None, None)


def _scenario(method: str, pool: str, negative: bool) -> Scenario:
    standard = Decimal("4.20") if method == "standard" else None
    steps = [Step(JAN[1], "receipt", "R"), Step(FEB, "receipt", "S")]
    return Scenario(
        "every kind", "", pool, ["W1", "W2"], ["T"], negative, [NewItem("I", method, standard)], steps, [], {}
    )


def _books(template: Company, method: str, pool: str, lots: bool, negative: bool, later: bool) -> Books:
    books = Books(furnish(template, _scenario(method, pool, negative)))
    preferences = preferences_of(template)
    preferences.recost_at_once = 0 if later else 10_000
    preferences.save()
    category = ItemCategory.objects.get(company=template, code="GOODS")
    for name in [*BY_HAND, "assembly+", "disassembly+", "disassembly-"]:
        item = save_item(
            Item(
                company=template, category=category, code=str(name), name=str(name), cost_method=method,
                standard_cost=Decimal("4.20") if method == "standard" else None, may_go_negative=negative,
                tracking=Tracking.LOT if lots else Tracking.NONE,
            ),
            by=None,
        )  # fmt: skip
        books.items[name] = item.pk
        books.lots[name] = Lot.objects.create(company=template, item=item, number="L").pk if lots else None
    return books


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "pool", "lots", "negative", "later"), CASES)
def test_every_kind_posts_recosts_and_turns_round(
    template: Company, django_db_blocker: Any, method: str, pool: str, lots: bool, negative: bool, later: bool
) -> None:
    with django_db_blocker.unblock():
        in_order = _run(template, (method, pool, lots, negative, later), ["base", "back_dated", "kinds", "issues"])
        without = _run(template, (method, pool, lots, negative, later), ["base", "back_dated", "issues"])
        with transaction.atomic():
            books = _books(template, method, pool, lots, negative, later)
            books.base()
            books.kinds()
            books.issues()
            books.settled("as entered")
            books.back_dated()
            assert books.settled("costed again") == in_order
            with transaction.atomic():
                assert not books.reversed(None)
                assert books.settled("reversed in place") == without
                transaction.set_rollback(True)
            left = books.reversed(FEB)
            assert set(left) <= IN_PLACE_ONLY
            books.settled("reversed on a later day")
            books.back_dated()
            books.settled("costed again after that")
            books.close_january()
            books.late()
            books.settled("costed again from the closing")
            transaction.set_rollback(True)


def _run(template: Company, case: tuple[str, str, bool, bool, bool], steps: list[str]) -> dict[str, Any]:
    with transaction.atomic():
        books = _books(template, *case)
        for step in steps:
            getattr(books, step)()
        end = books.settled(" ".join(steps))
        transaction.set_rollback(True)
    return end
