"""Pages of decisions about count differences: what waits, a decision, what was decided."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from erp.core.errors import DomainError
from erp.core.money import ZERO
from erp.core.web.views import allowed, page
from inventory.counts import disposals
from inventory.counts.events import DISPOSAL
from inventory.counts.forms import DisposalForm
from inventory.counts.models import CountDisposal, DisposalKind
from inventory.counts.pending import pending
from inventory.documents.dates import working_date
from ledger.posting.models import BusinessEvent

SEE, DECIDE = "inventory.view_cost", "inventory.dispose_difference"


@page(SEE)
def disposal_list(request: Any) -> HttpResponse:
    """What waits for a decision, and what was decided with its voucher."""
    waiting = pending(request.company)
    decided = (
        CountDisposal.objects.filter(company=request.company)
        .select_related("document", "employee", "department", "reversal_of", "reversal", "created_by")
        .order_by("-date", "-id")
    )
    page_obj = Paginator(decided, 30).get_page(request.GET.get("page"))
    events = {
        event.source_id: event
        for event in BusinessEvent.objects.filter(
            company=request.company, source_type=DISPOSAL, source_id__in=[row.pk for row in page_obj]
        ).select_related("voucher")
    }
    context = {
        "waiting": waiting,
        "net": sum((row.open if row.kind == DisposalKind.GAIN else -row.open for row in waiting), ZERO),
        "page_obj": page_obj,
        "rows": [(row, events.get(row.pk)) for row in page_obj],
        "may_decide": allowed(request, DECIDE),
        "sees_voucher": allowed(request, "ledger.view_voucher"),
    }
    return render(request, "inventory/counts/disposals.html", context)


@page(DECIDE)
def disposal_new(request: Any, document_id: int) -> HttpResponse:
    """Decide about the difference of a document, for one reason (``?reason=``)."""
    company, reason = request.company, request.GET.get("reason", "")
    row = next((row for row in pending(company, document_ids=[document_id]) if row.reason == reason), None)
    if row is None:
        raise Http404
    initial = {"date": working_date(company, not_before=row.date), "amount": str(row.open)}
    form = DisposalForm(request.POST or None, initial=initial, company=company, is_loss=row.kind == DisposalKind.LOSS)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        new = disposals.NewDisposal(
            document_id,
            reason,
            given["amount"],
            given.get("claim") or ZERO,
            given["employee"].pk if given.get("employee") else None,
            given["department"].pk if given["department"] else None,
            given["date"],
            given["note"],
        )
        try:
            made = disposals.dispose(company, new, by=request.user)
        except DomainError as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        else:
            messages.success(request, _("%(number)s is kept; its voucher follows.") % {"number": made.number})
            return redirect("count_disposals")
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "inventory/counts/disposal_new.html", {"form": form, "row": row}, status=status)


@require_POST
@page(DECIDE)
def disposal_reverse(request: Any, pk: int) -> HttpResponse:
    """Take a decision back."""
    try:
        made = disposals.reverse_disposal(request.company, pk, by=request.user)
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Reversed by %(number)s.") % {"number": made.number})
    return redirect("count_disposals")
