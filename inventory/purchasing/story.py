"""The stories of purchasing documents on their pages: what led to what, down to the vouchers."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from inventory.documents.dates import working_date
from inventory.documents.models import DocumentStatus
from inventory.documents.story import Step, day_and_time, event_step, events_of
from inventory.purchasing.listing import Follower, followers
from inventory.purchasing.models import InvoiceStatus, OrderStatus, PurchaseOrder
from ledger.posting.links import document_label, document_url


def order_story(order: PurchaseOrder, *, sees_voucher: bool) -> list[Step]:
    """Entered, confirmed, its receipts, returns and invoices with their vouchers, and how it ended."""
    steps = [entered(order)]
    if order.status == OrderStatus.DRAFT:
        steps.append(Step("waiting", _("To be confirmed"), text=_("Confirm it when the supplier has agreed.")))
        return steps
    if order.confirmed_at is not None:
        steps.append(confirmed(order))
    later = followers(order.company_id, order.pk)
    for follower in later:
        steps.append(_document(follower))
        steps += posted(order.company_id, follower.kind, follower.id, sees_voucher=sees_voucher)
    if order.status == OrderStatus.CONFIRMED and not later:
        steps.append(Step("waiting", _("To be received"), text=_("Receive the goods when they come.")))
    if order.status in (OrderStatus.CLOSED, OrderStatus.CANCELLED):
        steps.append(Step("done", OrderStatus(order.status).label))
    return steps


def entered(document: Any) -> Step:
    """Who entered the document, and when."""
    return Step("done", _("Entered"), text=document.created_by or _("System"), when=day_and_time(document.created_at))


def confirmed(document: Any) -> Step:
    """Who confirmed the document, and when."""
    by = document.confirmed_by or _("System")
    return Step("done", _("Confirmed"), text=by, when=day_and_time(document.confirmed_at))


def posted(company_id: int, source_type: str, source_id: int, *, sees_voucher: bool) -> Iterable[Step]:
    """What became of the events of a document."""
    return [event_step(event, sees_voucher=sees_voucher) for event in events_of(company_id, source_type, source_id)]


def _document(follower: Follower) -> Step:
    if follower.kind == "supplier_invoice":
        label, url = _("Supplier invoice"), reverse("supplier_invoice_detail", args=[follower.id])
    else:
        label, url = document_label(follower.kind), document_url(follower.kind, follower.id) or ""
    status = DocumentStatus(follower.status)
    is_plain = status == DocumentStatus.CONFIRMED
    return Step(
        "waiting" if status == DocumentStatus.DRAFT else "done",
        f"{label} {follower.number}",
        url,
        when=f"{follower.date:%Y-%m-%d}",
        badge="" if is_plain else status,
        badge_label="" if is_plain else status.label,
    )


def invoice_story(invoice: Any, *, sees_voucher: bool, sees_prices: bool = True) -> list[Step]:
    """Entered, confirmed, its vouchers and those of the variance in stock, reversed, paid or not."""
    steps = [entered(invoice)]
    if invoice.reversal_of is not None:
        url = reverse("supplier_invoice_detail", args=[invoice.reversal_of_id])
        steps.append(Step("done", _("Reverses %(number)s") % {"number": invoice.reversal_of.number}, url))
    if invoice.status == InvoiceStatus.DRAFT:
        text = _("Estimates are settled and the payable stands when the invoice is confirmed.")
        return [*steps, Step("waiting", _("To be confirmed"), text=text)]
    steps.append(confirmed(invoice))
    steps += posted(invoice.company_id, "supplier_invoice", invoice.pk, sees_voucher=sees_voucher)
    if invoice.variance_document_id is not None:
        steps += posted(invoice.company_id, "invoice_variance", invoice.variance_document_id, sees_voucher=sees_voucher)
    steps += _reversed_by(invoice, "supplier_invoice_detail")
    if invoice.status == InvoiceStatus.CONFIRMED and invoice.reversal_of_id is None and invoice.gross > 0:
        steps.append(_payment_step(invoice, sees_prices=sees_prices))
    return steps


def _payment_step(invoice: Any, *, sees_prices: bool) -> Step:
    if not invoice.open:
        return Step("done", _("Paid in full"))
    late = invoice.due_on is not None and invoice.due_on < working_date(invoice.company)
    text = _("%(amount)s is open, due on %(day)s.") % {
        "amount": f"{invoice.open:,.2f}",
        "day": f"{invoice.due_on:%Y-%m-%d}" if invoice.due_on else "–",
    }
    shown = "failed" if late else "waiting"
    return Step(shown, _("Overdue") if late else _("To be paid"), text=text if sees_prices else "")


def payment_story(payment: Any, allocations: Iterable[Any], *, sees_voucher: bool) -> list[Step]:
    """Entered, confirmed, its voucher, what it was allocated to later, reversed."""
    steps = [entered(payment)]
    if payment.reversal_of is not None:
        url = reverse("supplier_payment_detail", args=[payment.reversal_of_id])
        steps.append(Step("done", _("Reverses %(number)s") % {"number": payment.reversal_of.number}, url))
    if payment.status == InvoiceStatus.DRAFT:
        return [*steps, Step("waiting", _("To be confirmed"), text=_("Money counts as paid when it is confirmed."))]
    steps.append(confirmed(payment))
    steps += posted(payment.company_id, "supplier_payment", payment.pk, sees_voucher=sees_voucher)
    for allocation in allocations:
        if not allocation.at_entry:
            steps.append(Step("done", f"{_('Allocation')} {allocation.number}", when=f"{allocation.date:%Y-%m-%d}"))
            steps += posted(payment.company_id, "payable_allocation", allocation.pk, sees_voucher=sees_voucher)
    steps += _reversed_by(payment, "supplier_payment_detail")
    return steps


def _reversed_by(document: Any, page: str) -> list[Step]:
    reversing = type(document).objects.filter(company_id=document.company_id, reversal_of=document).first()
    if reversing is None:
        return []
    title = _("Reversed by %(number)s") % {"number": reversing.number}
    when = day_and_time(reversing.confirmed_at)
    return [Step("done", title, reverse(page, args=[reversing.pk]), when=when)]
