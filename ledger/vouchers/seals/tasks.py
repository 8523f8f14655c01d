"""Celery tasks of sealing. They carry ids only, are safe to run twice and safe to die at any line."""

from celery import shared_task

from ledger.vouchers.seals.models import VoucherSeal
from ledger.vouchers.seals.services import seal


@shared_task(name="ledger.seal")
def seal_company(company_id: int) -> None:
    """Seal what was posted in the company."""
    seal(company_id)


@shared_task(name="ledger.seal.sweep")
def sweep() -> None:
    """Seal what waits anywhere: after a lost wake-up call, and what the seam posted."""
    waiting = VoucherSeal.objects.filter(block__isnull=True).values_list("company_id", flat=True)
    for company_id in sorted(set(waiting.distinct())):
        seal(company_id)
