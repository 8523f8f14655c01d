"""The story of a sales document on its page: order → deliveries → invoices → events → vouchers, and what is missing."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from inventory.documents.models import DocumentStatus
from inventory.documents.story import Step, day_and_time
from ledger.posting.events import EVENT_TYPES
from ledger.posting.links import document_label, document_url
from ledger.posting.models import EventState
from ledger.vouchers.models import VoucherStatus
from sales.orders.models import OrderStatus, SalesOrder
from sales.orders.queries import OrderState, TimelineStep, missing, timeline


def story(order: SalesOrder, state: OrderState, *, sees_voucher: bool) -> list[Step]:
    """The steps in order of time, and after them what the order still waits for."""
    steps = [Step("done", _("Entered"), text=order.created_by or _("System"), when=day_and_time(order.created_at))]
    if order.confirmed_at is not None:
        by = order.confirmed_by or _("System")
        steps.append(Step("done", _("Confirmed"), text=by, when=day_and_time(order.confirmed_at)))
    if order.status == OrderStatus.CANCELLED:
        steps.append(Step("done", _("Cancelled")))
    for row in timeline(order):
        steps.append(_document(row))
        if row.event_id is not None:
            steps.append(_posting(row, sees_voucher=sees_voucher))
    shown = "failed" if state.failed else "waiting"
    steps += [Step(shown, sentence) for sentence in missing(order, state)]
    return steps


def _document(row: TimelineStep) -> Step:
    title = f"{document_label(row.document_type)} {row.number}"
    text = _("Reversal") if row.is_reversal else ""
    is_reversed = row.status == DocumentStatus.REVERSED
    return Step(
        "done",
        title,
        document_url(row.document_type, row.document_id) or "",
        text,
        f"{row.date:%Y-%m-%d}",
        row.status if is_reversed else "",
        DocumentStatus.REVERSED.label if is_reversed else "",
    )


def _posting(row: TimelineStep, *, sees_voucher: bool) -> Step:
    kind = EVENT_TYPES.get(row.event_type)
    name: Any = kind.name if kind else row.event_type
    state = EventState(row.event_state)
    if row.voucher_id is not None:
        url = reverse("voucher_detail", args=[row.voucher_id]) if sees_voucher else ""
        status = VoucherStatus(row.voucher_status)
        title = _("Voucher %(voucher)s") % {"voucher": row.voucher_label}
        return Step("done", title, url, name, badge=status, badge_label=status.label)
    if row.reason is None:
        return Step("waiting", _("Voucher"), text=name, badge=state, badge_label=state.label)
    text = " ".join(part for part in (row.reason.sentence, row.reason.cure) if part)
    shown = "failed" if state == EventState.FAILED else "done"
    return Step(shown, _("Voucher"), text=text, badge=state, badge_label=state.label)
