"""Hash chain over posted vouchers: what was posted can be shown to be what is there (财会〔2024〕12号 art. 31, 34).

Posting puts each voucher in the queue (a seal without block, written by the posting trigger); sealing hashes the
queue's vouchers and chains them in one block, whose hash covers the block before it.
"""

import pgtrigger
from django.db import models

from erp.core.companies.models import Company


def _never(name: str, operation: pgtrigger.core.Operation, condition: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Row,
        when=pgtrigger.Before,
        operation=operation,
        func=f"""
            IF {condition} THEN
                RAISE EXCEPTION 'what is sealed never changes' USING ERRCODE = '23514', CONSTRAINT = '{name}';
            END IF;
            RETURN COALESCE(NEW, OLD);
        """,
    )


class SealBlock(models.Model):
    """``hash`` = sha256 of the block before, number, count and the hashes of its vouchers in order of id."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)
    vouchers = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["company", "number"]
        constraints = [models.UniqueConstraint(fields=["company", "number"], name="one_seal_block_per_number")]
        triggers = [_never("seal_block_stays", pgtrigger.Update | pgtrigger.Delete, "true")]


class VoucherSeal(models.Model):
    """The hash of one posted voucher, its lines included, and the block that chains it (NULL: not yet)."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    voucher_id = models.BigIntegerField()
    block = models.ForeignKey(SealBlock, on_delete=models.PROTECT, null=True, related_name="seals")
    content_hash = models.CharField(max_length=64, blank=True, db_default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "voucher_id"], name="one_seal_per_voucher")]
        indexes = [
            models.Index(fields=["company", "voucher_id"], name="seals_waiting", condition=models.Q(block__isnull=True))
        ]
        triggers = [_never("seal_stays", pgtrigger.Update | pgtrigger.Delete, "OLD.block_id IS NOT NULL")]
