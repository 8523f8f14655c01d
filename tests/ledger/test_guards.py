"""The database itself refuses what the law forbids: raw SQL, no program of ours in between."""

import pytest
from django.db import IntegrityError, connection, transaction

from ledger.periods.models import Period
from ledger.vouchers import services
from ledger.vouchers.models import Voucher

pytestmark = pytest.mark.django_db


def run(sql: str, *parameters: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def refused(rule: str, sql: str, *parameters: object) -> None:
    with pytest.raises(IntegrityError) as error:
        run(sql, *parameters)
    assert error.value.__cause__.diag.constraint_name == rule


@pytest.mark.parametrize(
    "change",
    [
        "date = date + 1",
        "total = total + 1",
        "number = 99",
        "status = 'draft'",
        "preparer_name = 'somebody'",
        "reviewer_name = 'somebody'",
        "poster_name = 'somebody'",
    ],
)
def test_no_column_of_a_posted_voucher_changes(posted, change):
    """V04: what is posted keeps date, amounts, accounts and names."""
    refused("posted_voucher_never_changes", f"UPDATE ledger_voucher SET {change} WHERE id = %s", posted().pk)


@pytest.mark.parametrize(
    "change", ["debit = debit * 2, credit = credit * 2", "account_id = account_id", "summary = 'x'"]
)
def test_no_column_of_a_posted_line_changes(posted, change):
    refused("posted_line_never_changes", f"UPDATE ledger_voucherline SET {change} WHERE voucher_id = %s", posted().pk)


def test_posted_rows_cannot_be_deleted(posted):
    """V03: nothing posted is deleted."""
    voucher = posted()
    refused("posted_line_never_changes", "DELETE FROM ledger_voucherline WHERE voucher_id = %s", voucher.pk)
    refused("posted_voucher_never_changes", "DELETE FROM ledger_voucher WHERE id = %s", voucher.pk)


def test_lines_cannot_be_added_to_a_posted_voucher(posted):
    refused(
        "posted_line_never_changes",
        """INSERT INTO ledger_voucherline (company_id, voucher_id, period_id, line_no, summary, account_id,
                  dimension_set_id, debit, credit, currency)
           SELECT company_id, voucher_id, period_id, line_no + 10, summary, account_id, dimension_set_id, debit,
                  credit, currency FROM ledger_voucherline WHERE voucher_id = %s""",
        posted().pk,
    )


def test_posted_tables_cannot_be_truncated(posted):
    posted()
    run("SET CONSTRAINTS ALL IMMEDIATE")  # else the checks waiting for the commit stand before ours
    refused("voucher_never_truncated", "TRUNCATE ledger_voucher CASCADE")
    refused("line_never_truncated", "TRUNCATE ledger_voucherline")


def test_a_voucher_cannot_become_unbalanced(draft):
    refused(
        "voucher_is_balanced",
        "UPDATE ledger_voucherline SET debit = debit + 1 WHERE voucher_id = %s AND debit <> 0",
        draft().pk,
    )
    refused("voucher_is_balanced", "DELETE FROM ledger_voucherline WHERE debit <> 0")


def test_posting_into_a_closed_period_is_refused(company, draft, reviewer):
    voucher = draft()
    services.review(voucher, by=reviewer)
    Period.objects.filter(pk=voucher.period_id).update(status="closed")
    refused("voucher_period_is_open", "UPDATE ledger_voucher SET status = 'posted' WHERE id = %s", voucher.pk)


def test_a_draft_cannot_be_posted_past_its_review(draft):
    refused("voucher_status_order", "UPDATE ledger_voucher SET status = 'posted' WHERE id = %s", draft().pk)


def test_a_voucher_cannot_be_inserted_as_posted(draft):
    refused(
        "voucher_starts_as_draft",
        """INSERT INTO ledger_voucher (company_id, period_id, word, number, date, status, kind, attachments, total,
                  preparer_name, reviewer_name, poster_name, cashier_name, created_at)
           SELECT company_id, period_id, word, 99, date, 'posted', kind, 0, total, '', '', '', '', now()
             FROM ledger_voucher WHERE id = %s""",
        draft().pk,
    )


def test_a_line_cannot_go_to_an_account_with_sub_accounts(draft, account):
    refused(
        "posting_to_leaf_accounts",
        "UPDATE ledger_voucherline SET account_id = %s WHERE voucher_id = %s",
        account("1002").pk,
        draft().pk,
    )


def test_the_reviewer_cannot_be_the_preparer(draft, accountant):
    refused("preparer_is_not_reviewer", "UPDATE ledger_voucher SET reviewer_id = preparer_id WHERE id = %s", draft().pk)


def test_turnover_cannot_be_written_past_the_vouchers(posted):
    posted()
    refused("turnover_only_by_posting", "UPDATE ledger_accountbalance SET debit = debit + 1")
    refused("turnover_only_by_posting", "DELETE FROM ledger_accountbalance")


def test_an_account_with_lines_cannot_become_a_parent(draft, account):
    draft()
    refused(
        "parent_is_no_leaf",
        """INSERT INTO ledger_account (company_id, code, name, name_en, parent_id, level, account_class, direction,
                  cash_kind, tracks_quantity, is_control, is_leaf, is_active, search_key)
           SELECT company_id, code || '01', name, '', id, 2, account_class, direction, cash_kind, false, false, true,
                  true, '' FROM ledger_account WHERE id = %s""",
        account("1001").pk,
    )
    assert Voucher.objects.count() == 1
