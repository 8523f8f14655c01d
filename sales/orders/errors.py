"""What sales documents are refused for."""

from django.utils.translation import gettext_lazy as _

from erp.core.errors import DomainError


class OrderHasNoLines(DomainError):
    code = "no_lines"
    template = _("The document has no lines. Enter at least one.")


class QuantitySign(DomainError):
    code = "quantity_sign"
    template = _("Line %(line)s: the quantity of a sale is greater than zero, that of a return less than zero.")


class TaxRateRange(DomainError):
    code = "tax_rate_range"
    template = _("Line %(line)s: a tax rate lies between 0 and 1 (13%% is 0.13).")


class OrderNotDraft(DomainError):
    code = "order_not_draft"
    template = _("%(number)s is %(state)s and cannot be changed. Reverse its documents, or enter a return.")


class OrderNotConfirmed(DomainError):
    code = "order_not_confirmed"
    template = _("%(number)s is %(state)s. Confirm it first.")


class NothingLeft(DomainError):
    code = "nothing_left"
    template = _("Nothing of %(number)s is left to deliver or invoice: it is done already.")


class MoreThanLeft(DomainError):
    code = "more_than_left"
    template = _("Line %(line)s: %(left)s is left, %(needed)s was asked for.")


class OverDelivery(MoreThanLeft):
    """More goods than were ordered and, where the order allows it, the share above that."""

    code = "over_delivery"
    template = _(
        "Line %(line)s: %(left)s can still be delivered, %(needed)s was asked for. Deliver less, or allow "
        "over-delivery in the order."
    )


class OverDeliveryRange(DomainError):
    code = "over_delivery_range"
    template = _("The share that may be delivered beyond the order lies between 0 and 1 (5%% is 0.05).")


class NothingDelivered(DomainError):
    code = "nothing_delivered"
    template = _(
        "Line %(line)s: %(open)s of the sold line was delivered and has not come back; %(needed)s cannot return."
    )
