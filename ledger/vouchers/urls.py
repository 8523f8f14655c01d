"""Addresses of what the entry grid asks for, and of what belongs to one voucher."""

from django.urls import path, re_path

from ledger.entry_aids import lookups as aids
from ledger.vouchers import correct_views, lookups, period_views
from ledger.vouchers.attachments import views as files

urlpatterns = [
    path("periods/<int:period_id>/", period_views.voucher_period, name="voucher_period"),
    re_path(
        r"^periods/(?P<period_id>\d+)/(?P<action>review|post|renumber)/$",
        period_views.voucher_period_action,
        name="voucher_period_action",
    ),
    path("<int:voucher_id>/correct/", correct_views.voucher_correct, name="voucher_correct"),
    path("<int:voucher_id>/files/", files.voucher_attach, name="voucher_attach"),
    path("files/<int:file_id>/", files.voucher_file, name="voucher_file"),
    path("files/<int:file_id>/remove/", files.voucher_file_remove, name="voucher_file_remove"),
    path("lookup/accounts/", lookups.account_lookup, name="account_lookup"),
    path("lookup/accounts/<int:account_id>/balance/", lookups.account_balance, name="account_balance"),
    path("lookup/values/", lookups.value_lookup, name="value_lookup"),
    path("lookup/currencies/", lookups.currency_lookup, name="currency_lookup"),
    path("lookup/settlement/", lookups.settlement_lookup, name="settlement_lookup"),
    path("lookup/cash-flow/", lookups.cash_flow_lookup, name="cash_flow_lookup"),
    path("lookup/summaries/", aids.summary_lookup, name="summary_lookup"),
    path("lookup/summaries/keep/", aids.summary_keep, name="summary_keep"),
]
