"""One page for currencies and their rates; a currency is changed in the drawer."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from erp.core.errors import DomainError
from erp.core.web.views import page
from ledger.currencies import services
from ledger.currencies.forms import CurrencyForm, RateForm
from ledger.currencies.models import Currency, ExchangeRate

PAGE_SIZE = 50


@page("ledger.view_account")
def currency_list(request: HttpRequest) -> HttpResponse:
    """Currencies, the rates (newest first, ``?currency=USD``), and the form that enters one."""
    return _list(request, None, None)


@page("ledger.manage_currency")
def rate_add(request: HttpRequest) -> HttpResponse:
    """Enter a rate; the same day's rate is replaced."""
    company = request.company  # type: ignore[attr-defined]
    if request.method != "POST":
        return redirect("currency_list")
    form = RateForm(request.POST, company=company)
    refusal = None
    if form.is_valid():
        given = form.cleaned_data
        try:
            services.set_rate(company, given["currency"], given["kind"], given["date"], given["rate"])
        except DomainError as error:
            refusal = error
        else:
            messages.success(request, _("The rate is saved."))
            return redirect("currency_list")
    return _list(request, form, refusal)


def _list(request: HttpRequest, form: RateForm | None, refusal: DomainError | None) -> HttpResponse:
    company = request.company  # type: ignore[attr-defined]
    rates = (
        ExchangeRate.objects.filter(company=company).select_related("currency").order_by("-date", "currency", "kind")
    )
    if wanted := request.GET.get("currency", ""):
        rates = rates.filter(currency__code=wanted)
    today = timezone.localdate()
    return render(
        request,
        "ledger/currencies/list.html",
        {
            "currencies": Currency.objects.filter(company=company).order_by("code"),
            "page_obj": Paginator(rates, PAGE_SIZE).get_page(request.GET.get("page")),
            "wanted": wanted,
            "form": form or RateForm(company=company, initial={"date": today, "kind": "closing"}),
            "refusal": refusal,
        },
    )


@page("ledger.manage_currency")
def currency_edit(request: HttpRequest, currency_id: int | None = None) -> HttpResponse:
    """Add or change a currency (in the drawer)."""
    company = request.company  # type: ignore[attr-defined]
    currency = get_object_or_404(Currency, company=company, pk=currency_id) if currency_id else None
    initial = (
        {"code": currency.code, "name": currency.name, "name_en": currency.name_en, "is_active": currency.is_active}
        if currency
        else {}
    )
    refusal = None
    if request.method == "POST":
        form = CurrencyForm(request.POST, is_new=currency is None, initial=initial)
        if form.is_valid():
            try:
                saved = services.save_currency(company, currency=currency, **form.cleaned_data)
            except DomainError as error:
                refusal = error
            else:
                messages.success(request, _("Currency %(currency)s is saved.") % {"currency": saved})
                return redirect("currency_list")
    else:
        form = CurrencyForm(is_new=currency is None, initial=initial)
    return render(request, "ledger/currencies/form.html", {"form": form, "currency": currency, "refusal": refusal})


@require_POST
@page("ledger.manage_currency")
def currency_usual(request: HttpRequest) -> HttpResponse:
    """Add the usual currencies."""
    count = services.install_usual(request.company)  # type: ignore[attr-defined]
    messages.success(request, _("%(count)s currencies are added.") % {"count": count})
    return redirect("currency_list")


@require_POST
@page("ledger.manage_currency")
def currency_delete(request: HttpRequest, currency_id: int) -> HttpResponse:
    """Delete a currency that nothing names."""
    currency = get_object_or_404(Currency, company=request.company, pk=currency_id)  # type: ignore[attr-defined]
    try:
        services.delete_currency(currency)
    except DomainError as refusal:
        messages.error(request, refusal.message)
    return redirect("currency_list")


@require_POST
@page("ledger.manage_currency")
def rate_delete(request: HttpRequest, rate_id: int) -> HttpResponse:
    """Take a rate away."""
    row = get_object_or_404(
        ExchangeRate.objects.select_related("company"),
        company=request.company,  # type: ignore[attr-defined]
        pk=rate_id,
    )
    try:
        services.delete_rate(row)
    except DomainError as refusal:
        messages.error(request, refusal.message)
    return redirect("currency_list")
