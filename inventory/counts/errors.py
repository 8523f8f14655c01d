"""What stock counts are refused for."""

from django.utils.translation import gettext_lazy as _

from erp.core.errors import DomainError


class NothingToCount(DomainError):
    code = "nothing_to_count"
    template = _("Warehouse %(warehouse)s has no goods of this choice. Choose another category, or name the items.")


class BeingCounted(DomainError):
    """The same goods in two open counts would be corrected twice."""

    code = "being_counted"
    template = _(
        "%(item)s %(item_name)s (%(items)s items in all) is being counted with %(number)s. Confirm or cancel that "
        "count first."
    )


class CountNotOpen(DomainError):
    code = "count_not_open"
    template = _("%(number)s is %(state)s; only a count in progress can be changed.")


class CountNotConfirmed(DomainError):
    code = "count_not_confirmed"
    template = _("%(number)s is %(state)s; only a confirmed count can be reversed.")


class ItemUnknown(DomainError):
    code = "item_unknown"
    template = _("No item has the code or barcode “%(text)s”. Check it, or add the item first.")


class LineUnknown(DomainError):
    code = "count_line_unknown"
    template = _("The count has no line %(line)s.")


class LineIsAnother(DomainError):
    code = "count_line_is_another"
    template = _("Line %(line)s of the count is %(item)s, the row says “%(text)s”. Use the sheet of this count.")


class LotNeeded(DomainError):
    code = "lot_needed"
    template = _("%(item)s is kept by lot or serial number. Say which one was counted.")


class LotNotKept(DomainError):
    code = "lot_not_kept"
    template = _("%(item)s is not kept by lot or serial number. Leave the lot “%(lot)s” out.")


class BinUnknown(DomainError):
    code = "bin_unknown"
    template = _("Warehouse %(warehouse)s has no bin “%(bin)s”. Check it, or add the bin first.")


class SeveralLines(DomainError):
    code = "several_lines"
    template = _("%(item)s has %(count)s lines in this count. Say the lot or the bin.")


class CountedInvalid(DomainError):
    code = "counted_invalid"
    template = _("%(item)s: “%(value)s” is no quantity. Enter zero or more, with six decimals at most.")


class SerialIsOne(DomainError):
    code = "serial_is_one"
    template = _("%(item)s, serial number %(lot)s: one piece has the number; %(counted)s cannot be counted of it.")


class CostInvalid(DomainError):
    code = "cost_invalid"
    template = _("%(item)s: a unit cost of “%(value)s” is not possible. Enter zero or more.")


class ReasonUnknown(DomainError):
    code = "reason_unknown"
    template = _("“%(value)s” is no reason of a count difference. Use one of: %(allowed)s.")


class MomentInvalid(DomainError):
    code = "moment_invalid"
    template = _("The moment of counting must lie between the snapshot, %(snapshot)s, and now.")


class CostNeeded(DomainError):
    code = "count_cost_needed"
    template = _(
        "Line %(line)s, %(item)s: %(gain)s more than in the books, and no cost is known. Enter a unit cost; zero needs "
        "a reason."
    )


class LossExceedsStock(DomainError):
    code = "loss_exceeds_stock"
    template = _(
        "Line %(line)s, %(item)s %(item_name)s: %(loss)s are missing, but only %(available)s are in the books now "
        "(%(warehouse)s). Count it once more at the present moment, then confirm."
    )


class HasDisposals(DomainError):
    code = "has_disposals"
    template = _("The difference of %(number)s was settled with %(later)s. Reverse that first.")


class NothingPending(DomainError):
    code = "nothing_pending"
    template = _("Nothing of %(number)s is waiting for a decision.")


class MoreThanPending(DomainError):
    code = "more_than_pending"
    template = _("%(number)s: %(open)s is waiting for a decision; %(amount)s is more. Enter %(open)s at most.")


class ClaimTooLarge(DomainError):
    code = "claim_too_large"
    template = _("A claim of %(claim)s is more than the loss of %(amount)s. Enter %(amount)s at most.")


class ClaimNeedsEmployee(DomainError):
    code = "claim_needs_employee"
    template = _("Say which employee is to pay %(claim)s.")


class NotDisposable(DomainError):
    code = "not_disposable"
    template = _("%(number)s is no confirmed count gain or count loss.")
