"""Link monitor (衔接监控): what waits, what failed and why, what cures it, and trying again."""

import json

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from django_tables2 import RequestConfig

from erp.core.reports.render import xlsx_response
from erp.core.web.views import page, require
from ledger.posting import service
from ledger.posting.events import EVENT_TYPES
from ledger.posting.links import document_label, document_url
from ledger.posting.models import BusinessEvent
from ledger.posting.monitor import queries
from ledger.posting.monitor.filters import EventFilter, EventTable
from ledger.posting.monitor.report import EVENTS, EVENTS_PARAMETERS
from ledger.posting.reasons import explain

PAGE_SIZE = 50


@page("ledger.view_posting")
def posting_monitor(request: HttpRequest) -> HttpResponse:
    """Tiles, failed events by cause, and the list of events."""
    company = request.company  # type: ignore[attr-defined]
    if request.GET.get("export") == "xlsx":
        given = {name: request.GET[name] for name in EVENTS_PARAMETERS if request.GET.get(name)}
        return xlsx_response(EVENTS, company, EVENTS.clean(given))
    shown = EventFilter(request.GET, queryset=queries.events(company))
    table = EventTable(shown.qs)
    RequestConfig(request, paginate={"per_page": PAGE_SIZE}).configure(table)
    state = queries.link_state(company)
    return render(
        request,
        "ledger/posting/monitor.html",
        {
            "filter": shown,
            "table": table,
            "state": {name: state[name] for name in ("pending", "posted", "failed", "settled")},
            "waiting_since": timesince(state.oldest_pending) if state.oldest_pending else "",
            "groups": queries.failed_groups(company) if state["failed"] else [],
        },
    )


@page("ledger.view_posting")
def event_detail(request: HttpRequest, event_id: int) -> HttpResponse:
    """One event: its figures, its tries, its voucher. Shown in the drawer."""
    company = request.company  # type: ignore[attr-defined]
    event = get_object_or_404(
        BusinessEvent.objects.select_related("voucher__period", "rule"), company=company, pk=event_id
    )
    known = EVENT_TYPES.get(event.event_type)
    reason = explain(event.reason_code, event.reason_facts) if event.reason_code else None
    return render(
        request,
        "ledger/posting/event.html",
        {
            "event": event,
            "name": known.name if known else event.event_type,
            "document": f"{document_label(event.source_type)} {event.document_no}",
            "document_url": document_url(event.source_type, event.source_id),
            "reason": reason,
            "cure_url": queries.cure_url(reason) if reason else "",
            "payload": json.dumps(event.payload, ensure_ascii=False, indent=1)[:20_000],
        },
    )


@require_POST
@page("ledger.view_posting")
def posting_retry(request: HttpRequest) -> HttpResponse:
    """Try failed events again: the chosen ones, those with one cause, or all."""
    company = request.company  # type: ignore[attr-defined]
    require(request, "ledger.retry_posting")
    ids: list[int] | None = None
    if "code" in request.POST:
        ids = queries.ids_of_group(company, request.POST["code"], json.loads(request.POST.get("facts", "{}")))
    elif "all" not in request.POST:
        ids = [int(text) for text in request.POST.getlist("event") if text.isdigit()]
    count = service.retry(company.pk, ids)
    text = ngettext("%(count)d event is tried again.", "%(count)d events are tried again.", count) % {"count": count}
    messages.success(request, text) if count else messages.info(request, _("Choose failed events first."))
    query = request.POST.get("query", "")
    return redirect(f"{reverse('posting_monitor')}?{query}" if query else "posting_monitor")
