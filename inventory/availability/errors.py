"""What reservations are refused for."""

from django.utils.translation import gettext_lazy as _

from erp.core.errors import DomainError


class NotFree(DomainError):
    code = "not_free"
    template = _(
        "%(item)s %(item_name)s: %(free)s of %(on_hand)s in warehouse %(warehouse)s are free, the rest is reserved; "
        "%(needed)s needed. Reserve less, choose another warehouse, or release a reservation."
    )


class NothingToReserve(DomainError):
    code = "nothing_to_reserve"
    template = _("Enter a quantity greater than zero.")


class TooManyDigits(DomainError):
    code = "too_many_digits"
    template = _("A quantity has six decimals at most.")
