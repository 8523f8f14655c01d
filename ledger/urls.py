"""Addresses of the ledger."""

from django.urls import include, path, re_path

from ledger.accounts import views as accounts
from ledger.books import views as books
from ledger.periods import views as periods
from ledger.posting.monitor import views as monitor
from ledger.vouchers import entry
from ledger.vouchers import views as vouchers

urlpatterns = [
    path("vouchers/", vouchers.voucher_list, name="voucher_list"),
    path("vouchers/export/", vouchers.voucher_export, name="voucher_export"),
    path("vouchers/bulk/", vouchers.voucher_bulk, name="voucher_bulk"),
    path("vouchers/new/", entry.voucher_create, name="voucher_create"),
    path("vouchers/print/", include("ledger.vouchers.print_urls")),
    path("vouchers/<int:voucher_id>/", vouchers.voucher_detail, name="voucher_detail"),
    path("vouchers/<int:voucher_id>/edit/", entry.voucher_edit, name="voucher_edit"),
    re_path(
        r"^vouchers/(?P<voucher_id>\d+)/(?P<action>review|unreview|post|sign|reverse|void|delete)/$",
        vouchers.voucher_action,
        name="voucher_action",
    ),
    path("vouchers/lines/<int:line_id>/why/", vouchers.line_why, name="line_why"),
    path("vouchers/", include("ledger.vouchers.urls")),
    path("lookup/chart/", books.account_lookup, name="book_account_lookup"),
    path("trial-balance/", books.trial_balance_page, name="trial_balance"),
    path("account-lines/", books.account_lines_page, name="account_lines"),
    path("accounts/", accounts.account_list, name="account_list"),
    path("accounts/first-level/", accounts.account_first_level, name="account_first_level"),
    path("accounts/<int:account_id>/move/", accounts.account_move, name="account_move"),
    path("accounts/<int:parent_id>/add/", accounts.account_add, name="account_add"),
    path("accounts/<int:account_id>/", accounts.account_edit, name="account_edit"),
    path("periods/", periods.period_list, name="period_list"),
    re_path(r"^periods/(?P<period_id>\d+)/(?P<action>close|reopen)/$", periods.period_action, name="period_action"),
    path("posting/", monitor.posting_monitor, name="posting_monitor"),
    path("posting/retry/", monitor.posting_retry, name="posting_retry"),
    path("posting/events/<int:event_id>/", monitor.event_detail, name="event_detail"),
    path("books/", include("ledger.books.urls")),
    path("entry-aids/", include("ledger.entry_aids.urls")),
    path("openings/", include("ledger.openings.urls")),
    path("currencies/", include("ledger.currencies.urls")),
    path("preferences/", include("ledger.preferences.urls")),
    path("cash-flow/", include("ledger.cash_flow.urls")),
    path("statements/", include("ledger.statements.urls")),
    path("closing/", include("ledger.closing.urls")),
    path("analysis/", include("ledger.analysis.urls")),
    path("bank/", include("ledger.bank.urls")),
    path("clearing/", include("ledger.clearing.urls")),
    path("interchange/", include("ledger.interchange.urls")),
    path("dimensions/", include("ledger.dimensions.urls")),
    path("imports/", include("ledger.imports.urls")),
]
