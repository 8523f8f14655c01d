"""断号整理: gaps are closed by what is not posted; posted vouchers keep number, content and names for ever."""

import contextlib
import datetime as dt
import threading
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from erp.core.errors import DomainError, PeriodClosed
from erp.core.verify import verify
from ledger.accounts.models import Account
from ledger.periods.models import Period
from ledger.vouchers import services
from ledger.vouchers.checks import LineInput
from ledger.vouchers.models import FreeVoucherNumber, Voucher, VoucherLine
from ledger.vouchers.renumber import PostedKeepTheirNumbers, gaps, renumber

LATE, EARLY = dt.date(2025, 12, 20), dt.date(2025, 12, 2)


@pytest.fixture
def december(company) -> Period:
    return Period.objects.get(company=company, year=2025, number=12)


def numbers(*vouchers: Voucher) -> list[int]:
    return [Voucher.objects.get(pk=voucher.pk).number for voucher in vouchers]


def test_drafts_take_the_gaps_in_order_of_date(company, accountant, draft, december):
    """V02: after deleting, what is left runs 1…n again, by date."""
    late, gone, early, middle = draft("1", LATE), draft("2", EARLY), draft("3", EARLY), draft("4", dt.date(2025, 12, 9))
    services.delete_draft(gone, by=accountant)
    assert [(gap.word, gap.numbers) for gap in gaps(company.pk, december.pk)] == [("记", (2,))]
    outcome = renumber(company.pk, december.pk, by=accountant)
    assert (outcome.changed, list(outcome.gaps)) == (3, [])
    assert numbers(early, middle, late) == [1, 2, 3]
    assert not FreeVoucherNumber.objects.exists()
    assert draft("5", EARLY).number == 4
    assert [result for result in verify(company) if result.differences] == []


def test_posted_and_void_vouchers_keep_their_numbers(company, accountant, draft, posted, december):
    gone, fixed, void, last = draft("1", LATE), posted("2", LATE), draft("3", LATE), draft("4", EARLY)
    services.void(void, by=accountant)
    services.delete_draft(gone, by=accountant)
    assert renumber(company.pk, december.pk, by=accountant).changed == 1
    assert numbers(last, fixed, void) == [1, 2, 3]


def test_a_gap_below_a_posted_voucher_is_refused_when_nothing_else_can_fill_it(
    company, accountant, draft, posted, december
):
    gone, fixed = draft(), posted()
    services.delete_draft(gone, by=accountant)
    with pytest.raises(PostedKeepTheirNumbers) as refused:
        renumber(company.pk, december.pk, by=accountant)
    assert refused.value.facts["numbers"] == "1"
    assert numbers(fixed) == [2]
    assert draft().number == 1


def test_what_a_few_drafts_cannot_fill_stays_free(company, accountant, draft, posted, december):
    first, second, fixed, last = draft(), draft(), posted(), draft()
    services.delete_draft(first, by=accountant)
    services.delete_draft(second, by=accountant)
    outcome = renumber(company.pk, december.pk, by=accountant)
    assert (outcome.changed, outcome.gaps[0].numbers) == (1, (2,))
    assert numbers(last, fixed) == [1, 3]
    assert draft().number == 2
    assert draft().number == 4
    assert [result for result in verify(company) if result.differences] == []


def test_a_closed_period_is_not_renumbered(company, accountant, december):
    Period.objects.filter(pk=december.pk).update(status="closed")
    with pytest.raises(PeriodClosed):
        renumber(company.pk, december.pk, by=accountant)


@pytest.mark.django_db(transaction=True)
def test_renumbering_while_others_save_and_delete_leaves_one_run_of_numbers(company, accountant, december):
    lines = [
        LineInput("提取备用金", Account.objects.get(company=company, code="1001").pk, debit=Decimal(1)),
        LineInput("提取备用金", Account.objects.get(company=company, code="100201").pk, credit=Decimal(1)),
    ]
    errors: list[BaseException] = []

    def save(day: int) -> None:
        for turn in range(15):
            voucher = services.create_voucher(company, dt.date(2025, 12, day), None, lines, by=accountant)
            if turn % 3 == 0:
                services.delete_draft(voucher, by=accountant)

    def tidy() -> None:
        for _turn in range(10):
            with contextlib.suppress(PostedKeepTheirNumbers):
                renumber(company.pk, december.pk, by=accountant)

    def run(work: Any, *arguments: Any) -> None:
        try:
            work(*arguments)
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(save, day)) for day in (3, 17)]
    threads.append(threading.Thread(target=run, args=(tidy,)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    renumber(company.pk, december.pk, by=accountant)
    found = list(Voucher.objects.filter(company=company).order_by("number").values_list("number", "date"))
    assert [number for number, _date in found] == list(range(1, 21))
    assert [date for _number, date in found] == sorted(date for _number, date in found)


OTHER_VALUES: dict[str, Any] = {
    "period_id": "period_id - 1",
    "preparer_id": "NULL",
    "line_no": "line_no + 10",
    "word": "'转'",
    "status": "'draft'",
    "kind": "'transfer'",
    "date": "date + 1",
    "created_at": "now()",
    "reviewed_at": "now()",
    "posted_at": "now()",
    "signed_at": "now()",
    "summary": "'另一个'",
    "currency": "'USD'",
    "business_date": "business_date + 1",
    "account_id": "(SELECT min(a.id) FROM ledger_account a WHERE a.is_leaf AND a.company_id = {table}.company_id)",
    "dimension_set_id": "(SELECT min(id) FROM ledger_dimensionset d WHERE d.company_id = {table}.company_id)",
    "source_lines": "'{{1}}'",
}


def changes(model: Any) -> list[tuple[str, str, str]]:
    """(table, column, another value) for each column of the model but its id."""
    found = []
    for field in model._meta.concrete_fields:
        if field.primary_key:
            continue
        kind = field.get_internal_type()
        plain = "'x'" if kind == "CharField" else f"coalesce({field.column}, 0) + 1"
        table = model._meta.db_table
        found.append((table, field.column, OTHER_VALUES.get(field.column, plain).format(table=table)))
    return found


@pytest.mark.parametrize(("table", "column", "value"), changes(Voucher) + changes(VoucherLine))
def test_no_column_of_a_posted_voucher_can_be_changed(posted, table, column, value):
    """V03: neither head nor line, whichever column, even for a program of its own on the database."""
    voucher = posted()
    key = "id" if table == "ledger_voucher" else "voucher_id"
    with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = {value} WHERE {key} = %s", [voucher.pk])
    message = str(refused.value)
    # A column that names another row may be refused because that row does not fit, before it comes to this.
    assert any(text in message for text in ("never change", "line_has_one_side", "lines name voucher")), message


def test_nothing_takes_a_posting_back(posted, accountant, reviewer):
    """V03: there is no un-posting; every way back from posted is refused."""
    voucher = posted()
    for attempt in (
        lambda: services.unreview(voucher, by=reviewer),
        lambda: services.void(voucher, by=accountant),
        lambda: services.delete_draft(voucher, by=accountant),
        lambda: services.post(voucher, by=accountant),
    ):
        with pytest.raises(DomainError):
            attempt()
    for change in ("UPDATE ledger_voucher SET status = 'reviewed'", "DELETE FROM ledger_voucher"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"{change} WHERE id = %s", [voucher.pk])


def test_a_renamed_user_leaves_old_vouchers_as_they_were_signed(posted, accountant, reviewer):
    """V04: the printed names are those of the day."""
    voucher = posted()
    for user in (accountant, reviewer):
        user.display_name = "改名了"
        user.save()
    voucher.refresh_from_db()
    assert (voucher.preparer_name, voucher.reviewer_name, voucher.poster_name) == ("王会计", "李审核", "王会计")
