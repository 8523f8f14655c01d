"""Currencies and rates in the admin: for lists in and out; they are kept on the page of currencies."""

from django.contrib import admin

from erp.core.web.company_admin import ReadOnlyAdmin
from ledger.currencies.models import Currency, ExchangeRate


@admin.register(Currency)
class CurrencyAdmin(ReadOnlyAdmin):
    view_permission = "ledger.view_account"
    list_display = ("code", "name", "name_en", "is_active")
    search_fields = ("code", "name", "name_en")


@admin.register(ExchangeRate)
class ExchangeRateAdmin(ReadOnlyAdmin):
    """Changed by the service only: the closing rate of a closed period stays."""

    view_permission = "ledger.view_account"
    list_display = ("date", "currency", "kind", "rate")
    list_filter = ("kind", ("currency", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("currency",)
    date_hierarchy = "date"
