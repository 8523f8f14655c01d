"""Celery tasks of stock. They carry ids only, are safe to run twice and safe to die at any line."""

from contextlib import suppress

from celery import shared_task

from erp.core.companies.models import Company
from inventory.costing import recost
from inventory.costing.models import RecostRequest


@shared_task(name="inventory.recost_pending")
def recost_pending(company_id: int) -> None:
    """Recost what waits in the company."""
    recost.run_pending(Company.objects.get(pk=company_id))


@shared_task(name="inventory.sweep_recosts")
def sweep() -> None:
    """Find companies whose recosting waits because a wake-up call was lost or a worker died."""
    for company_id in sorted(set(RecostRequest.objects.values_list("company_id", flat=True).distinct())):
        with suppress(recost.LaterMoveRefused):  # logged; the month end names it, the other companies go on
            recost.run_pending(Company.objects.get(pk=company_id))
