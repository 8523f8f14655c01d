"""Documents of one batch beside each other, and what a reversal or a return does to those before and after it."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from erp.core.errors import DomainError
from inventory import verify_balances
from inventory.costing import recost
from inventory.documents.confirm import confirm_many, create_confirmed
from inventory.documents.drafts import create_document
from inventory.documents.errors import InsufficientStock, MoreThanOriginal, NoOriginal, NothingToSpread, SerialInStock
from inventory.documents.models import DocumentKind, StockDocument, StockDocumentLine
from inventory.documents.new import NewStockDocument, NewStockLine
from inventory.documents.reverse import reverse
from inventory.items.method_changes import change_cost_method
from inventory.items.models import Tracking
from inventory.lots.models import Lot
from inventory.moves.models import PoolBalance, StockBalance, StockMove
from inventory.preferences import preferences_of
from inventory.scenarios import compare, months
from inventory.scenarios.company import furnish, make_company
from inventory.scenarios.files import NewItem, Scenario, Step
from inventory.scenarios.runner import prepare
from inventory.scenarios.steps import World
from ledger.accounts.models import Account

pytestmark = pytest.mark.django_db

D = Decimal
JAN = {day: dt.date(2024, 1, day) for day in range(1, 32)}
FEB = dt.date(2024, 2, 5)
RECEIPT, RETURN, DELIVERY = DocumentKind.PURCHASE_RECEIPT, DocumentKind.PURCHASE_RETURN, DocumentKind.DELIVERY


class Shop:
    """A company with items A and B, warehouses W1 and W2, and T for goods on the way."""

    def __init__(self, method: str = "moving_average", *, pool: str = "warehouse", negative: bool = False) -> None:
        prepare()
        standard = D("4.20") if method == "standard" else None
        items = [NewItem(code, method, standard) for code in "AB"]
        steps = [Step(JAN[1], "receipt", "R"), Step(FEB, "receipt", "S")]
        scenario = Scenario("batches", "", pool, ["W1", "W2"], ["T"], negative, items, steps, [], {})
        self.world: World = furnish(make_company([scenario]), scenario)
        self.company = self.world.company
        self.delivery = self.back = 0

    def document(self, kind: DocumentKind, day: dt.date, *lines: Any, to: str = "", **more: Any) -> NewStockDocument:
        """``lines``: (item, quantity, fields of the line)."""
        if kind in (RECEIPT, RETURN):
            more["party_id"] = self.world.supplier.dimension_value_id
        if to:
            more["to_warehouse_id"] = self.world.warehouses[to].pk
        place = self.world.warehouses[more.pop("at", "W1")].pk
        rows = [NewStockLine(self.world.items[item].pk, D(qty), **fields) for item, qty, fields in lines]
        return NewStockDocument(str(kind), day, place, rows, **more)

    def confirm(self, *documents: NewStockDocument, skip: bool = False) -> list[Any]:
        return create_confirmed(self.company, documents, by=None, on_refusal="skip" if skip else "raise")

    def receive(self, day: dt.date, item: str, qty: str, cost: str | None, **more: Any) -> int:
        line = (item, qty, {"unit_cost": D(cost) if cost is not None else None})
        return int(self.confirm(self.document(RECEIPT, day, line, **more))[0])

    def deliver(self, day: dt.date, item: str, qty: str, **more: Any) -> int:
        return int(self.confirm(self.document(DELIVERY, day, (item, qty, {}), **more))[0])

    def lines(self, document_id: int) -> list[int]:
        rows = StockDocumentLine.objects.filter(company=self.company, document=document_id).order_by("line_no")
        return list(rows.values_list("id", flat=True))

    def wait_for_workers(self) -> None:
        preferences = preferences_of(self.company)
        preferences.recost_at_once = 0
        preferences.save()

    def holds(self) -> None:
        self.world.settle()
        assert not (broken := list(compare.broken(self.world))), broken


def test_a_refused_return_takes_nothing_of_the_price_that_the_next_one_gets() -> None:
    shop = Shop()
    costs = {"unit_cost": D("10")}
    (receipt,) = shop.confirm(shop.document(RECEIPT, JAN[3], ("A", "10", costs), ("B", "5", costs)))
    first, second = shop.lines(receipt)
    refused, made = shop.confirm(
        shop.document(RETURN, JAN[5], ("A", "4", {"of_line_id": first}), ("B", "6", {"of_line_id": second})),
        shop.document(RETURN, JAN[5], ("A", "10", {"of_line_id": first})),
        skip=True,
    )
    assert isinstance(refused, (MoreThanOriginal, InsufficientStock))
    assert StockMove.objects.get(company=shop.company, document=made).given == D("100")
    shop.holds()


def test_a_serial_number_in_stock_refuses_its_own_document_only() -> None:
    shop = Shop()
    item = shop.world.items["A"]
    type(item).objects.filter(pk=item.pk).update(tracking=Tracking.SERIAL)
    one, two = (Lot.objects.create(company=shop.company, item=item, number=number).pk for number in ("S1", "S2"))
    cost = {"unit_cost": D("10")}
    shop.confirm(shop.document(RECEIPT, JAN[3], ("A", "1", {"lot_id": one, **cost})))
    refused, made = shop.confirm(
        shop.document(RECEIPT, JAN[4], ("A", "1", {"lot_id": one, **cost})),
        shop.document(RECEIPT, JAN[4], ("A", "1", {"lot_id": two, **cost})),
        skip=True,
    )
    assert isinstance(refused, SerialInStock)
    assert isinstance(made, int)
    shop.holds()


@pytest.mark.parametrize("method", ["moving_average", "fifo"])
@pytest.mark.parametrize("at_once", [True, False])
def test_goods_that_settle_a_shortage_of_the_same_batch_are_told_once(method: str, at_once: bool) -> None:
    shop = Shop(method, negative=True)
    if not at_once:
        shop.wait_for_workers()
    shop.receive(JAN[2], "A", "1", "2")
    shop.receive(JAN[20], "A", "3", "9")
    shop.confirm(
        shop.document(DELIVERY, JAN[5], ("A", "8", {})),
        shop.document(RECEIPT, JAN[6], ("A", "10", {"unit_cost": D("7")})),
    )
    shop.holds()
    shop.confirm(
        shop.document(DELIVERY, JAN[21], ("A", "9", {})),
        shop.document(RECEIPT, JAN[22], ("A", "10", {"unit_cost": D("3")})),
    )
    shop.holds()


@pytest.mark.parametrize("method", ["moving_average", "fifo"])
def test_goods_that_come_back_by_a_later_reversal_settle_what_had_gone_short(method: str) -> None:
    shop = Shop(method, negative=True)
    shop.receive(JAN[2], "A", "5", "1")
    first = shop.deliver(JAN[3], "A", "5")
    shop.receive(JAN[4], "A", "5", "3")
    shop.deliver(JAN[5], "A", "10")
    shop.holds()
    reverse(shop.company, first, by=None, date=FEB)
    shop.holds()


def test_what_goods_without_a_price_are_estimated_at_is_owed_whatever_is_recosted() -> None:
    shop = Shop()
    shop.receive(JAN[2], "A", "10", "5")
    estimated = shop.receive(JAN[10], "A", "4", None)
    shop.receive(JAN[5], "A", "10", "9")
    shop.holds()
    shop.confirm(shop.document(RETURN, JAN[12], ("A", "1", {"of_line_id": shop.lines(estimated)[0]})))
    shop.receive(JAN[6], "A", "10", "11")
    shop.holds()


def test_a_receipt_with_two_lines_of_an_item_is_reversed_only_while_all_of_it_is_there() -> None:
    shop = Shop()
    cost = {"unit_cost": D("4")}
    (receipt,) = shop.confirm(shop.document(RECEIPT, JAN[3], ("A", "5", cost), ("A", "5", cost)))
    shop.deliver(JAN[5], "A", "3")
    with pytest.raises(InsufficientStock):
        reverse(shop.company, receipt, by=None)
    shop.receive(JAN[9], "A", "20", "4")
    with pytest.raises(InsufficientStock):
        reverse(shop.company, receipt, by=None)
    shop.holds()


def test_no_more_arrives_than_was_shipped() -> None:
    shop = Shop()
    shop.receive(JAN[2], "A", "20", "5")
    shipped = DocumentKind.TRANSFER_OUT
    one, _other = shop.confirm(
        shop.document(shipped, JAN[3], ("A", "4", {}), to="T"), shop.document(shipped, JAN[3], ("A", "4", {}), to="T")
    )
    arrived = DocumentKind.TRANSFER_IN
    of = {"of_line_id": shop.lines(one)[0]}
    with pytest.raises(MoreThanOriginal):
        shop.confirm(shop.document(arrived, JAN[5], ("A", "5", of), at="T", to="W2"))
    made, refused = shop.confirm(
        shop.document(arrived, JAN[5], ("A", "3", of), at="T", to="W2"),
        shop.document(arrived, JAN[5], ("A", "2", of), at="T", to="W2"),
        skip=True,
    )
    assert isinstance(made, int)
    assert isinstance(refused, MoreThanOriginal)
    wrong = {"of_line_id": shop.lines(one)[0]}
    with pytest.raises(NoOriginal):
        shop.confirm(shop.document(arrived, JAN[5], ("B", "1", wrong), at="T", to="W2"))
    shop.holds()


@pytest.mark.parametrize("method", ["moving_average", "monthly_average", "standard"])
def test_nothing_comes_back_before_it_was_given(method: str) -> None:
    shop = Shop(method)
    shop.wait_for_workers()
    shop.receive(JAN[2], "A", "20", "5")
    delivery = shop.deliver(JAN[10], "A", "6")
    of = {"of_line_id": shop.lines(delivery)[0]}
    with pytest.raises(DomainError):
        shop.confirm(shop.document(DocumentKind.SALES_RETURN, JAN[8], ("A", "2", of)))
    shop.holds()


def test_what_a_worker_cannot_cost_holds_up_no_other_item() -> None:
    shop = Shop()
    shop.wait_for_workers()
    shop.receive(JAN[10], "A", "10", "5")
    with pytest.raises(DomainError):
        adjust = DocumentKind.COST_ADJUSTMENT
        shop.confirm(shop.document(adjust, JAN[5], ("A", "0", {"amount": D("3")})))  # nothing was there yet
    shop.receive(JAN[10], "B", "10", "5")
    shop.deliver(JAN[12], "B", "5")
    shop.receive(JAN[11], "B", "10", "6")
    recost.run_pending(shop.company)
    shop.holds()
    assert StockDocument.objects.filter(company=shop.company).count() == 4


@pytest.mark.parametrize("waiting", [True, False])
def test_a_return_at_standard_cost_follows_what_its_delivery_comes_to_cost(waiting: bool) -> None:
    """As in date order: price 6 before the delivery, 5 before the return. Turned round, nothing of it is left."""
    change = DocumentKind.PRICE_CHANGE

    def run(order: list[int], shop: Shop) -> dict[str, Decimal]:
        if waiting:
            shop.wait_for_workers()
        shop.receive(JAN[2], "A", "20", "4.20")
        for step in order:
            match step:
                case 0:
                    shop.confirm(shop.document(change, JAN[4], ("A", "0", {"unit_cost": D("6")})))
                case 1:
                    shop.delivery = shop.deliver(JAN[5], "A", "7")
                case 2:
                    shop.confirm(shop.document(change, JAN[6], ("A", "0", {"unit_cost": D("5")})))
                case 3:
                    of = {"of_line_id": shop.lines(shop.delivery)[0]}
                    back = DocumentKind.SALES_RETURN
                    (shop.back,) = shop.confirm(shop.document(back, JAN[8], ("A", "3", of)))
                case 4:
                    reverse(shop.company, shop.back, by=None)
            shop.holds()
        codes = dict(Account.objects.filter(company=shop.company).values_list("id", "code"))
        return {codes[pk]: amount for pk, amount in compare.account_balances(shop.company).items()}

    assert run([1, 3, 2, 0], Shop("standard")) == run([0, 1, 2, 3], Shop("standard"))
    assert run([1, 3, 2, 0, 4], Shop("standard")) == run([0, 1, 2], Shop("standard"))
    assert run([1, 2, 3, 0, 4], Shop("standard")) == run([0, 1, 2], Shop("standard"))


@pytest.mark.parametrize("pool", ["warehouse", "company"])
def test_an_item_that_changes_to_standard_cost_stands_at_its_standard(pool: str) -> None:
    shop = Shop(pool=pool)
    shop.receive(JAN[2], "A", "10", "4")
    shop.deliver(JAN[5], "A", "10")
    shop.holds()
    months.close(shop.world, JAN[31])
    item = shop.world.items["A"].pk
    change_cost_method(
        shop.company, item, "standard", date=dt.date(2024, 2, 1), reason="计划价", standard_cost=D("4.20"), by=None
    )
    shop.receive(FEB, "A", "10", "5")
    assert compare.stock_held(shop.company)["A", "W1"].value == D("42")
    shop.holds()
    shop.receive(dt.date(2024, 2, 2), "A", "10", "5")
    assert compare.stock_held(shop.company)["A", "W1"].value == D("84")
    shop.deliver(FEB, "A", "3")
    assert compare.stock_held(shop.company)["A", "W1"].value == D("71.40")
    shop.holds()


@pytest.mark.parametrize("pool", ["warehouse", "company"])
def test_lots_wait_for_a_worker_at_an_average_that_is_right(pool: str) -> None:
    """A receipt is taken back while much comes after it: until the worker has come, stock stands at today's average."""
    shop = Shop(pool=pool)
    item = shop.world.items["A"]
    type(item).objects.filter(pk=item.pk).update(tracking=Tracking.LOT)
    lot = Lot.objects.create(company=shop.company, item=item, number="L").pk
    line = ("A", "10", {"lot_id": lot, "unit_cost": D("4")})
    first, _second = shop.confirm(shop.document(RECEIPT, JAN[2], line), shop.document(RECEIPT, JAN[3], line))
    shop.confirm(shop.document(DELIVERY, JAN[5], ("A", "3", {"lot_id": lot})))
    shop.wait_for_workers()
    reverse(shop.company, first, by=None)
    assert not list(verify_balances.balances(shop.company)) + list(verify_balances.pools(shop.company))
    kept = StockBalance if pool == "warehouse" else PoolBalance
    assert kept.objects.get(company=shop.company, item=item).last_cost == D("4")
    shop.confirm(shop.document(DELIVERY, JAN[6], ("A", "2", {"lot_id": lot})))
    shop.holds()


def test_a_price_difference_follows_goods_that_go_back() -> None:
    """An invoice above its estimate, then a return, then dearer goods before all of it, then all of it turned round."""
    for method in ("moving_average", "fifo", "standard", "monthly_average"):
        shop = Shop(method)
        receipt = shop.receive(JAN[3], "A", "10", "5")
        shop.deliver(JAN[5], "A", "4")
        kind = DocumentKind.INVOICE_VARIANCE
        of = {"of_line_id": shop.lines(receipt)[0]}
        (variance,) = shop.confirm(
            shop.document(
                kind, JAN[8], ("A", "0", {"amount": D("7.77"), **of}), party_id=shop.world.supplier.dimension_value_id
            )
        )
        shop.confirm(shop.document(RETURN, JAN[9], ("A", "2", of)))
        shop.receive(JAN[2], "A", "7", "9.13")
        assert not list(verify_balances.pools(shop.company)), method
        reverse(shop.company, variance, by=None)
        assert not list(verify_balances.pools(shop.company)), method


def test_what_cannot_be_costed_in_its_place_refuses_its_own_document_only() -> None:
    shop = Shop()
    shop.receive(JAN[10], "A", "10", "5")
    adjust = shop.document(DocumentKind.COST_ADJUSTMENT, JAN[5], ("A", "0", {"amount": D("3")}))  # nothing there yet
    receipt = shop.document(RECEIPT, JAN[5], ("B", "1", {"unit_cost": D("2")}))
    unweighed = shop.document(
        DocumentKind.LANDED_COST, JAN[12], allocate_by="weight", amount=D("5"),
        of_document_id=shop.receive(JAN[11], "B", "1", "2"),
    )  # fmt: skip
    refused, made, unspread = shop.confirm(adjust, receipt, unweighed, skip=True)
    assert isinstance(refused, recost.LaterMoveRefused)
    assert isinstance(made, int)
    assert isinstance(unspread, NothingToSpread)
    drafts = [
        create_document(shop.company, document, by=None).pk
        for document in (adjust, shop.document(RECEIPT, JAN[4], ("B", "1", {"unit_cost": D("2")})))
    ]
    done = confirm_many(shop.company, drafts, by=None, on_refusal="skip")
    assert done.confirmed == [drafts[1]]
    assert isinstance(done.refused[drafts[0]], recost.LaterMoveRefused)
    with pytest.raises(recost.LaterMoveRefused):
        confirm_many(shop.company, drafts[:1], by=None)
    shop.holds()
