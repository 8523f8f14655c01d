"""What becomes of count differences: the worked examples of the posting rules, under both standards."""

import datetime as dt
from decimal import Decimal

import pytest

from erp.core.companies.models import Company, Standard
from erp.core.companies.setup import create_company
from inventory.counts.disposals import NewDisposal, dispose, reverse_disposal
from inventory.counts.errors import ClaimNeedsEmployee, ClaimTooLarge, HasDisposals, MoreThanPending, NothingPending
from inventory.counts.models import CountDisposal, StockCount
from inventory.counts.pending import pending
from inventory.counts.services import count_now, reverse_count
from inventory.documents.confirm import create_confirmed
from inventory.documents.drafts import NewStockDocument, NewStockLine
from inventory.documents.errors import HasDependents
from inventory.documents.models import DocumentKind, Reason
from inventory.documents.reverse import reverse
from inventory.items.services import NewItem, ensure_items
from inventory.preferences import preferences_of
from inventory.warehouses.services import main_warehouse
from ledger.dimensions.models import DimensionValue
from ledger.dimensions.services import ValueRow, ensure_values
from ledger.posting import service
from ledger.posting.models import BusinessEvent, EventState
from ledger.vouchers.models import VoucherLine

pytestmark = pytest.mark.django_db
FIRST, DAY = dt.date(2025, 11, 1), dt.date(2025, 12, 20)


class Store:
    """A company with 100 pieces at 10.50, and what its ledger says."""

    def __init__(self, standard: Standard = Standard.SMALL) -> None:
        self.company: Company = create_company("store", "杭州礼遇贸易有限公司", first_period=FIRST, standard=standard)
        self.item = ensure_items(self.company, [NewItem("I1", "白色烛台")])["I1"]
        self.warehouse = main_warehouse(self.company)
        line = NewStockLine(self.item, Decimal(100), Decimal("10.50"))
        create_confirmed(
            self.company,
            [NewStockDocument(DocumentKind.OTHER_RECEIPT, FIRST, self.warehouse.pk, [line], Reason.OPENING)],
            by=None,
        )

    def count(self, counted: str, reason: str = "") -> StockCount:
        return count_now(
            self.company, self.warehouse.pk, DAY, [(self.item, Decimal(counted), None, None)], by=None, reason=reason
        )

    def voucher(self, source_type: str, source_id: int) -> list[tuple[str, str, str]]:
        """(account, debit, credit) of what the event posted."""
        service.post_pending(self.company.pk)
        event = BusinessEvent.objects.get(company=self.company, source_type=source_type, source_id=source_id)
        assert event.state == EventState.POSTED, (event.reason_code, event.reason_facts)
        lines = VoucherLine.objects.filter(company_id=self.company.pk, voucher=event.voucher).order_by("line_no")
        return [(line.account.code, str(line.debit), str(line.credit)) for line in lines.select_related("account")]

    def employee(self) -> DimensionValue:
        pk = ensure_values(self.company.pk, "employee", [ValueRow("E1", "王小明")])["E1"]
        return DimensionValue.objects.get(pk=pk)


def test_a_gain_becomes_income_of_a_small_business() -> None:
    store = Store()
    count = store.count("104")
    assert count.gain is not None
    assert store.voucher("count_gain", count.gain.pk) == [("1405", "42.00", "0.00"), ("190101", "0.00", "42.00")]
    made = dispose(store.company, NewDisposal(count.gain.pk), by=None)
    assert store.voucher("count_disposal", made.pk) == [("190101", "42.00", "0.00"), ("530104", "0.00", "42.00")]
    assert pending(store.company) == []


def test_a_gain_reduces_expense_in_red_under_the_enterprise_standard() -> None:
    store = Store(Standard.ENTERPRISE)
    count = store.count("104")
    assert count.gain is not None
    made = dispose(store.company, NewDisposal(count.gain.pk), by=None)
    assert store.voucher("count_disposal", made.pk) == [("190101", "42.00", "0.00"), ("660217", "-42.00", "0.00")]


@pytest.mark.parametrize(("standard", "account"), [(Standard.SMALL, "571101"), (Standard.ENTERPRISE, "660217")])
def test_a_loss_by_mismanagement_takes_input_vat_along_and_is_claimed(standard: Standard, account: str) -> None:
    store = Store(standard)
    count = store.count("95", Reason.MISMANAGEMENT)
    assert count.loss is not None
    assert store.voucher("count_loss", count.loss.pk) == [
        ("190101", "59.33", "0.00"), ("1405", "0.00", "52.50"), ("22210109", "0.00", "6.83"),
    ]  # fmt: skip
    (row,) = pending(store.company)
    assert (row.reason, row.open) == ("mismanagement", Decimal("59.33"))
    with pytest.raises(ClaimNeedsEmployee):
        dispose(store.company, NewDisposal(count.loss.pk, row.reason, claim=Decimal(20)), by=None)
    with pytest.raises(ClaimTooLarge):
        dispose(store.company, NewDisposal(count.loss.pk, row.reason, claim=Decimal(60)), by=None)
    claim = NewDisposal(count.loss.pk, row.reason, claim=Decimal(20), employee_id=store.employee().pk)
    made = dispose(store.company, claim, by=None)
    assert sorted(store.voucher("count_disposal", made.pk)) == sorted([
        ("122101", "20.00", "0.00"), (account, "39.33", "0.00"), ("190101", "0.00", "59.33"),
    ])  # fmt: skip


@pytest.mark.parametrize(("reason", "account"), [(Reason.DISASTER, "571106"), (Reason.NATURAL_LOSS, "571101")])
def test_disaster_and_shrinkage_leave_the_input_vat_where_it_is(reason: Reason, account: str) -> None:
    store = Store()
    count = store.count("95", reason)
    assert count.loss is not None
    assert store.voucher("count_loss", count.loss.pk) == [("190101", "52.50", "0.00"), ("1405", "0.00", "52.50")]
    made = dispose(store.company, NewDisposal(count.loss.pk, reason), by=None)
    assert store.voucher("count_disposal", made.pk) == [(account, "52.50", "0.00"), ("190101", "0.00", "52.50")]


def test_a_difference_is_settled_in_parts_and_never_beyond_what_is_open() -> None:
    store = Store()
    count = store.count("95")
    assert count.loss is not None
    dispose(store.company, NewDisposal(count.loss.pk, amount=Decimal("50.00")), by=None)
    with pytest.raises(MoreThanPending) as refused:
        dispose(store.company, NewDisposal(count.loss.pk, amount=Decimal("3.00")), by=None)
    assert str(refused.value.facts["open"]) == "2.50"
    dispose(store.company, NewDisposal(count.loss.pk), by=None)
    with pytest.raises(NothingPending):
        dispose(store.company, NewDisposal(count.loss.pk), by=None)


def test_a_reversed_decision_is_red_and_the_difference_waits_again() -> None:
    store = Store()
    count = store.count("95")
    assert count.loss is not None
    made = dispose(store.company, NewDisposal(count.loss.pk), by=None)
    service.post_pending(store.company.pk)
    with pytest.raises(HasDisposals) as refused:
        reverse_count(store.company, count.pk, by=None)
    assert refused.value.facts["later"] == made.number
    with pytest.raises(HasDependents):
        reverse(store.company, count.loss.pk, by=None)
    red = reverse_disposal(store.company, made.pk, by=None)
    assert store.voucher("count_disposal", red.pk) == [("571101", "-52.50", "0.00"), ("190101", "0.00", "-52.50")]
    assert [row.open for row in pending(store.company)] == [Decimal("52.50")]
    reverse_count(store.company, count.pk, by=None)
    assert pending(store.company) == []
    assert CountDisposal.objects.filter(company=store.company).count() == 2


def test_in_one_step_nothing_is_left_to_decide() -> None:
    store = Store()
    row = preferences_of(store.company)
    row.count_in_one_step = True
    row.save()
    count = store.count("104")
    assert count.gain is not None
    assert pending(store.company) == []
