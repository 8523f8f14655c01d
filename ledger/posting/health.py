"""Is the link to the ledger keeping up? Told by the age of the oldest event that waits."""

from django.db.models import Count, Min, Q
from django.utils import timezone

from erp.core.health.checks import Finding, Level
from ledger.posting.models import BusinessEvent, EventState

LATE_SECONDS = 300


def posting_queue() -> Finding:
    """Degraded when an event waits for five minutes: the sweep should have taken it long before."""
    found = BusinessEvent.objects.filter(state__in=[EventState.PENDING, EventState.FAILED]).aggregate(
        pending=Count("id", filter=Q(state=EventState.PENDING)),
        failed=Count("id", filter=Q(state=EventState.FAILED)),
        oldest=Min("created_at", filter=Q(state=EventState.PENDING)),
    )
    age = int((timezone.now() - found["oldest"]).total_seconds()) if found["oldest"] else 0
    figures = {"pending": found["pending"], "failed": found["failed"], "oldest_pending_seconds": age}
    if age > LATE_SECONDS:
        return Finding(Level.DEGRADED, "Events wait for posting. Are a worker and beat running?", figures)
    return Finding(Level.OK, figures=figures)
