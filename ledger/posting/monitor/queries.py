"""The state of the link between business and ledger: what is pending, failed and why."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Min, QuerySet
from django.urls import NoReverseMatch, reverse

from erp.core.companies.models import Company
from ledger.posting.models import BusinessEvent, EventState
from ledger.posting.reasons import Reason, explain


@dataclass(frozen=True, slots=True)
class LinkState:
    """Events by state, and since when the oldest one waits."""

    counts: Mapping[str, int]
    oldest_pending: dt.datetime | None

    def __getitem__(self, state: str) -> int:
        return self.counts.get(state, 0)


@dataclass(frozen=True, slots=True)
class FailedGroup:
    """Failed events that share a cause: mending it once lets all of them through. ``facts`` is the stored JSON."""

    reason: Reason
    cure_url: str
    facts: str
    count: int
    first_date: dt.date
    last_date: dt.date
    example_id: int


def link_state(company: Company) -> LinkState:
    """Two statements; the counts of what waits or failed come from their own small indexes."""
    events = BusinessEvent.objects.filter(company=company)
    counts = dict(events.order_by().values_list("state").annotate(count=Count("id")))
    oldest = events.filter(state=EventState.PENDING).aggregate(oldest=Min("created_at"))["oldest"]
    return LinkState(counts, oldest)


def failed_groups(company: Company, limit: int = 50) -> list[FailedGroup]:
    """Failed events by cause, the largest group first. One statement."""
    groups = (
        BusinessEvent.objects.filter(company=company, state=EventState.FAILED)
        .order_by()
        .values("reason_code", "reason_facts")
        .annotate(count=Count("id"), first=Min("business_date"), last=Max("business_date"), example=Min("id"))
        .order_by("-count", "reason_code")[:limit]
    )
    found = []
    for group in groups:
        reason = explain(group["reason_code"], group["reason_facts"])
        found.append(
            FailedGroup(
                reason=reason,
                cure_url=cure_url(reason),
                facts=json.dumps(group["reason_facts"], ensure_ascii=False, sort_keys=True),
                count=group["count"],
                first_date=group["first"],
                last_date=group["last"],
                example_id=group["example"],
            )
        )
    return found


def cure_url(reason: Reason) -> str:
    """Where the cause is mended; empty if there is no page for it."""
    try:
        return reverse(reason.url_name) if reason.url_name else ""
    except NoReverseMatch:
        return ""


def events(company: Company) -> QuerySet[BusinessEvent]:
    """The company's events, newest first, without their payload."""
    return (
        BusinessEvent.objects.filter(company=company).select_related("voucher__period").defer("payload").order_by("-id")
    )


def ids_of_group(company: Company, code: str, facts: Any) -> list[int]:
    """Failed events with exactly this cause."""
    group = BusinessEvent.objects.filter(company=company, state=EventState.FAILED, reason_code=code, reason_facts=facts)
    return list(group.values_list("id", flat=True))
