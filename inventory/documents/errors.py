"""What stock documents are refused for."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from erp.core.errors import DomainError


class InsufficientStock(DomainError):
    """Facts: item, item_name, warehouse, available, needed, line."""

    code = "insufficient_stock"
    template = _(
        "%(item)s %(item_name)s: warehouse %(warehouse)s has %(available)s available, %(needed)s needed. "
        "Change the quantity or the warehouse, or receive goods first."
    )


class ReturnExceedsDelivery(DomainError):
    code = "return_exceeds_delivery"
    template = _(
        "Line %(line)s, %(item)s: %(open)s of the delivered quantity is still out, %(needed)s cannot come back."
    )


class NotReturnable(DomainError):
    code = "not_returnable"
    template = _("Line %(line)s, %(item)s: what it returns is no line of a confirmed delivery of this item.")


class NoStockItem(DomainError):
    code = "no_stock_item"
    template = _("%(item)s is a service and cannot stand on a stock document. Remove the line.")


class ReasonNeeded(DomainError):
    code = "reason_needed"
    template = _("A document of kind “%(kind)s” cannot have the reason “%(reason)s”. Choose one of: %(allowed)s.")


class NoLines(DomainError):
    code = "no_lines"
    template = _("The document has no lines. Enter at least one.")


class QuantityNotPositive(DomainError):
    code = "quantity_not_positive"
    template = _("Line %(line)s: the quantity must be greater than zero.")


class OpeningDate(DomainError):
    code = "opening_date"
    template = _("Opening stock belongs to the company's first period, %(period)s. Choose a date in it.")


class AlreadyConfirmed(DomainError):
    code = "already_confirmed"
    template = _("%(number)s is confirmed already.")


class NotReversible(DomainError):
    code = "not_reversible"
    template = _("%(number)s is %(state)s. Only a confirmed document that is not itself a reversal can be reversed.")


class HasReturns(DomainError):
    code = "has_returns"
    template = _("Goods of %(number)s have come back with %(later)s. Reverse that document first.")


class ValueGone(DomainError):
    code = "value_gone"
    template = _(
        "%(item)s %(item_name)s in warehouse %(warehouse)s: taking %(value)s back would leave value without quantity, "
        "because part of it was issued since at another cost. Reverse the later issues first."
    )


def plain(qty: Decimal) -> str:
    """A quantity as people write it: no trailing zeros, no exponent."""
    return f"{qty.normalize():f}" if qty else "0"
