"""Celery tasks of the seam. They carry ids only, are safe to run twice and safe to die at any line."""

from celery import shared_task

from ledger.posting import service
from ledger.posting.models import BusinessEvent, EventState


@shared_task(name="ledger.posting.post_pending")
def post_pending(company_id: int) -> None:
    """Post whatever is pending in the company."""
    service.post_pending(company_id)


@shared_task(name="ledger.posting.sweep")
def sweep() -> None:
    """Find companies with pending events whose wake-up call was lost, and post them."""
    companies = BusinessEvent.objects.filter(state=EventState.PENDING).values_list("company_id", flat=True)
    for company_id in sorted(set(companies.distinct())):
        service.post_pending(company_id)
