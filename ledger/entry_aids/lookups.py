"""The summary library behind F7 in the summary cell, and the key that adds to it. JSON only."""

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from erp.core.errors import DomainError
from erp.core.web.views import page
from ledger.entry_aids import phrases


@page("ledger.enter_voucher")
def summary_lookup(request: HttpRequest) -> JsonResponse:
    """Phrases by code, text or pinyin; those used most come first."""
    found = phrases.find(request.company, request.GET.get("q", ""))  # type: ignore[attr-defined]
    return JsonResponse({"results": [{"id": phrase.pk, "name": phrase.text, "hint": phrase.code} for phrase in found]})


@require_POST
@page("ledger.manage_entry_aid")
def summary_keep(request: HttpRequest) -> JsonResponse:
    """Add the summary of the cell to the library (F9 in the grid)."""
    try:
        phrase = phrases.save(request.company, request.POST.get("text", ""))  # type: ignore[attr-defined]
    except DomainError as refusal:
        return JsonResponse({"message": refusal.message}, status=409)
    return JsonResponse({"message": _("“%(text)s” is in the summary library now.") % {"text": phrase.text}})
