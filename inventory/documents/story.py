"""The story of one stock document: entered, confirmed, told to the ledger, posted, reversed."""

from itertools import groupby
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from erp.core.web.templatetags.ui import unit_cost
from inventory.costing.models import CostChange
from inventory.documents.models import DocumentStatus, StockDocument
from ledger.posting import reasons
from ledger.posting.events import EVENT_TYPES
from ledger.posting.links import document_url
from ledger.posting.models import BusinessEvent, EventState
from ledger.vouchers.models import VoucherStatus

COST_RUN = "cost_run"
MOST_VOUCHERS = 3  # of one run; the run's own page has them all


class Step(NamedTuple):
    """What ``components/timeline.html`` shows; ``state``: done, waiting or failed."""

    state: str
    title: Any
    url: str = ""
    text: Any = ""
    when: str = ""
    badge: str = ""
    badge_label: Any = ""


def events_of(company_id: int, source_type: str, source_id: int) -> QuerySet[BusinessEvent]:
    """The events of a document with their vouchers."""
    found = BusinessEvent.objects.filter(company_id=company_id, source_type=source_type, source_id=source_id)
    return found.select_related("voucher").order_by("id")


def event_step(event: BusinessEvent, *, sees_voucher: bool) -> Step:
    """What became of an event: its voucher, or why it has none and what to do."""
    kind = EVENT_TYPES.get(event.event_type)
    name = str(kind.name) if kind else event.event_type
    state = EventState(event.state)
    match state:
        case EventState.POSTED:
            voucher = event.voucher
            assert voucher is not None
            url = reverse("voucher_detail", args=[voucher.pk]) if sees_voucher else ""
            title = _("Voucher %(voucher)s") % {"voucher": f"{voucher.word}-{voucher.number}"}
            status = VoucherStatus(voucher.status)
            return Step("done", title, url, name, day_and_time(event.settled_at), status, status.label)
        case EventState.PENDING:
            return Step("waiting", name, text=_("The voucher is being made."), badge=state, badge_label=state.label)
    reason = reasons.explain(event.reason_code, event.reason_facts)
    text = " ".join(part for part in (reason.sentence, reason.cure) if part)
    shown = "failed" if state == EventState.FAILED else "done"
    return Step(shown, name, text=text, badge=state, badge_label=state.label)


def story(document: StockDocument, *, sees_voucher: bool, sees_cost: bool = False) -> list[Step]:
    """The steps of the document in order of time: entered, confirmed, its events, what recosting changed of it."""
    steps = [
        Step("done", _("Entered"), text=document.created_by or _("System"), when=day_and_time(document.created_at))
    ]
    if document.reversal_of is not None:
        url = reverse("stock_document_detail", args=[document.reversal_of_id])
        steps.append(Step("done", _("Reverses %(number)s") % {"number": document.reversal_of.number}, url))
    if document.status == DocumentStatus.DRAFT:
        steps.append(Step("waiting", _("To be confirmed"), text=_("Goods move when the document is confirmed.")))
        return steps
    steps.append(
        Step(
            "done", _("Confirmed"), text=document.confirmed_by or _("System"), when=day_and_time(document.confirmed_at)
        )
    )
    for event in events_of(document.company_id, document.kind, document.pk):
        steps.append(event_step(event, sees_voucher=sees_voucher))
    if sees_cost:
        steps += _recosts(document, sees_voucher=sees_voucher)
    for reversing in StockDocument.objects.filter(reversal_of=document, company_id=document.company_id):
        url = reverse("stock_document_detail", args=[reversing.pk])
        title = _("Reversed by %(number)s") % {"number": reversing.number}
        steps.append(Step("done", title, url, when=day_and_time(reversing.confirmed_at)))
    return steps


def _recosts(document: StockDocument, *, sees_voucher: bool) -> list[Step]:
    """Runs after the document was confirmed that changed the cost of its goods, what caused them, their vouchers."""
    changes = (
        CostChange.objects.filter(
            company=document.company_id,
            item__in=document.lines.values("item"),
            warehouse__in=[document.warehouse_id, document.to_warehouse_id or document.warehouse_id],
            month=document.date.replace(day=1),
            kind=document.kind,
            run__started_at__gte=document.confirmed_at,
        )
        .select_related("run__cause", "item")
        .order_by("run", "item__code")
    )
    steps: list[Step] = []
    for run, found in groupby(changes, key=lambda change: change.run):
        cause = run.cause
        title = _("Cost changed by %(cause)s") % {"cause": cause if cause is not None else run.number}
        url = document_url(COST_RUN, run.pk) or ""
        if cause is not None:
            url = reverse("stock_document_detail", args=[cause.pk])
        text = "; ".join(_change(change) for change in found)
        steps.append(Step("done", title, url, text, day_and_time(run.ended_at or run.started_at)))
        for event in events_of(document.company_id, COST_RUN, run.pk)[:MOST_VOUCHERS]:
            steps.append(event_step(event, sees_voucher=sees_voucher))
    return steps


def _change(change: CostChange) -> str:
    return _("%(item)s: unit cost from %(before)s to %(after)s") % {
        "item": change.item.code,
        "before": unit_cost(change.unit_cost_before),
        "after": unit_cost(change.unit_cost_after),
    }


def day_and_time(moment: Any) -> str:
    """A moment as it is read in the company's time zone."""
    return f"{localtime(moment):%Y-%m-%d %H:%M}" if moment else ""
