"""What the month end of stock refuses."""

from django.utils.translation import gettext_lazy as _

from erp.core.errors import DomainError, PeriodClosed


class StockClosed(PeriodClosed):
    """The ledger may still take vouchers of the period, but no goods move in it any more."""

    template = _(
        "The stock of period %(period)s is closed. Choose a date in a period whose stock is open, or reopen its stock."
    )


class StockNotReady(DomainError):
    code = "stock_not_ready"
    template = _("The stock of period %(period)s cannot be closed. %(items)s")


class StockNotClosed(DomainError):
    code = "stock_not_closed"
    template = _("The stock of period %(period)s is not closed.")


class EarlierStockOpen(DomainError):
    code = "earlier_stock_open"
    template = _("Close the stock of period %(earlier)s first: the stock of periods closes in order.")


class LaterStockClosed(DomainError):
    code = "later_stock_closed"
    template = _("Reopen the stock of period %(later)s first: the stock of periods reopens from the last backwards.")


class LedgerClosed(DomainError):
    code = "ledger_closed"
    template = _(
        "The ledger of period %(period)s is closed: its stock cannot be reopened under it. Reopen the period in the "
        "ledger first."
    )


class StockReasonNeeded(DomainError):
    code = "reason_needed"
    template = _("Reopening the stock of a period needs a reason; it stays in the period's trace.")
