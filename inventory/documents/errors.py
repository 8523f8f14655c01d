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


class MoreThanOriginal(DomainError):
    code = "more_than_original"
    template = _("Line %(line)s, %(item)s: %(open)s of the original line is still open, %(needed)s cannot be returned.")


class NoOriginal(DomainError):
    code = "no_original"
    template = _(
        "Line %(line)s, %(item)s: what it refers to is no line of a confirmed document of this item and lot. "
        "Choose the original line."
    )


class NothingInStock(DomainError):
    code = "nothing_in_stock"
    template = _(
        "Line %(line)s, %(item)s: nothing lies in warehouse %(warehouse)s on %(date)s whose cost could be adjusted."
    )


class NegativeValue(DomainError):
    code = "negative_value"
    template = _(
        "Line %(line)s, %(item)s: the adjustment would leave stock worth less than nothing (%(left)s) in warehouse "
        "%(warehouse)s. Enter a smaller amount."
    )


class NothingToSpread(DomainError):
    code = "nothing_to_spread"
    template = _("The receipt's lines have nothing to spread the cost by (%(by)s). Choose another way to spread.")


class PartyNeeded(DomainError):
    code = "party_needed"
    template = _("A document of kind “%(kind)s” needs a supplier. Choose one.")


class ToWarehouseNeeded(DomainError):
    code = "to_warehouse_needed"
    template = _("Choose the warehouse that the goods go to.")


class SameWarehouse(DomainError):
    code = "same_warehouse"
    template = _("The goods would go to the warehouse they come from. Choose another one.")


class AssemblyIncomplete(DomainError):
    code = "assembly_incomplete"
    template = _("An assembly needs lines that are consumed and lines that are produced.")


class AmountNegative(DomainError):
    code = "amount_negative"
    template = _("The amount must not be less than zero.")


class CostNegative(DomainError):
    code = "cost_negative"
    template = _("Line %(line)s: the unit cost must not be less than zero.")


class AmountNeeded(DomainError):
    code = "amount_needed"
    template = _("Line %(line)s: enter the amount.")


class LotNeeded(DomainError):
    code = "lot_needed"
    template = _("Line %(line)s, %(item)s is tracked: choose its lot or serial number.")


class SerialIsOne(DomainError):
    code = "serial_is_one"
    template = _("Line %(line)s, %(item)s: a serial number is one piece. Enter one line for each.")


class SerialTwice(DomainError):
    code = "serial_twice"
    template = _("Line %(line)s, %(item)s: this serial number stands on the document already.")


class SerialInStock(DomainError):
    code = "serial_in_stock"
    template = _("Line %(line)s, %(item)s: serial number %(lot)s is in stock already.")


class NotStandardCost(DomainError):
    code = "not_standard_cost"
    template = _("Line %(line)s, %(item)s is not valued at standard cost.")


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


class HasDependents(DomainError):
    code = "has_dependents"
    template = _("%(later)s depends on %(number)s. Reverse that document first.")


class NotReversibleLater(DomainError):
    code = "not_reversible_later"
    template = _("%(number)s can only be reversed on its own date. Enter a new document of this kind instead.")


def plain(qty: Decimal) -> str:
    """A quantity as people write it: no trailing zeros, no exponent."""
    return f"{qty.normalize():f}" if qty else "0"
