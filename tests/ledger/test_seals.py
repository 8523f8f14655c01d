"""What was posted is what is there (财会〔2024〕12号 art. 31, 34): seals name what was tampered with."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import IntegrityError, connection, transaction

from ledger.vouchers.models import Voucher
from ledger.vouchers.seals import tasks
from ledger.vouchers.seals.models import SealBlock, VoucherSeal
from ledger.vouchers.seals.services import seal
from ledger.vouchers.seals.verify import seals
from tests.ledger.test_batches import together


@contextmanager
def triggers_off() -> Iterator[None]:
    """As a superuser of the database could."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        yield
        cursor.execute("SET session_replication_role = DEFAULT")


def test_posting_queues_and_sealing_chains(company, posted):
    first, second = posted("100.00"), posted("200.00")
    assert VoucherSeal.objects.filter(company=company, block__isnull=True).count() == 2
    assert seal(company.pk) == 2
    assert seal(company.pk) == 0
    third = posted("300.00")
    tasks.seal_company(company.pk)
    one, two = SealBlock.objects.filter(company=company)
    assert (one.number, one.vouchers, one.previous_hash) == (1, 2, "")
    assert (two.number, two.vouchers, two.previous_hash) == (2, 1, one.hash)
    assert set(one.seals.values_list("voucher_id", flat=True)) == {first.pk, second.pk}
    assert two.seals.get().voucher_id == third.pk
    assert len(two.seals.get().content_hash) == 64
    assert list(seals(company)) == []


def test_the_sweep_seals_whatever_waits(company, posted):
    posted()
    tasks.sweep()
    assert not VoucherSeal.objects.filter(block__isnull=True).exists()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger_voucherline SET debit = debit + 0.01 WHERE voucher_id = %s AND debit <> 0",
        "UPDATE ledger_voucherline SET summary = '别的' WHERE voucher_id = %s AND line_no = 2",
        "UPDATE ledger_voucher SET date = date + 1 WHERE id = %s",
        "UPDATE ledger_voucher SET reviewer_name = '别人' WHERE id = %s",
        "DELETE FROM ledger_voucherline WHERE voucher_id = %s AND line_no = 1",
    ],
)
def test_a_change_behind_the_guards_is_found_and_names_its_voucher(company, posted, change):
    """V04: with triggers off one figure is changed; the check names that voucher and no other."""
    posted("100.00")
    victim = posted("200.00")
    seal(company.pk)
    with triggers_off(), connection.cursor() as cursor:
        cursor.execute(change, [victim.pk])
    (sentence,) = seals(company)
    assert str(victim) in sentence


def test_deleted_vouchers_lost_seals_and_broken_blocks_are_found(company, posted):
    first, second, third = posted("1.00"), posted("2.00"), posted("3.00")
    seal(company.pk)
    with triggers_off(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_voucher WHERE id = %s", [first.pk])
        cursor.execute("DELETE FROM ledger_voucherseal WHERE voucher_id = %s", [second.pk])
    found = list(seals(company))
    assert len(found) == 3
    assert str(first.pk) in found[0]
    assert str(second) in found[1]
    assert str(third) not in "".join(found[:2])
    assert "1" in found[2]


def test_a_forged_seal_breaks_its_block_and_a_forged_block_the_chain(company, posted):
    victim = posted("1.00")
    seal(company.pk)
    posted("2.00")
    seal(company.pk)
    with triggers_off(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE ledger_voucherseal SET content_hash = repeat('0', 64) WHERE voucher_id = %s", [victim.pk]
        )
        cursor.execute("UPDATE ledger_sealblock SET hash = repeat('1', 64) WHERE number = 1")
    assert len(list(seals(company))) == 3  # the voucher differs; block 1 is not its hash; block 2 follows another


def test_what_is_sealed_never_changes(company, posted):
    posted()
    seal(company.pk)
    for change in (
        "UPDATE ledger_sealblock SET hash = ''",
        "DELETE FROM ledger_sealblock",
        "UPDATE ledger_voucherseal SET content_hash = ''",
        "DELETE FROM ledger_voucherseal",
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)


@pytest.mark.django_db(transaction=True)
def test_posting_wakes_the_sealer_and_sealers_take_turns(company, posted):
    vouchers = [posted(f"{n}.00") for n in range(1, 6)]
    assert not VoucherSeal.objects.filter(company=company, block__isnull=True).exists()
    Voucher.objects.filter(company=company)
    together(*[lambda: seal(company.pk)] * 4)
    blocks = list(SealBlock.objects.filter(company=company))
    assert [block.number for block in blocks] == list(range(1, len(blocks) + 1))
    assert sum(block.vouchers for block in blocks) == len(vouchers)
    assert list(seals(company)) == []
