"""What purchasing refuses, and how to go on."""

from django.utils.translation import gettext_lazy as _

from erp.core.errors import DomainError


class PurchaseNoLines(DomainError):
    code = "no_lines"
    template = _("The document has no lines. Enter at least one.")


class NumberNotPositive(DomainError):
    code = "quantity_not_positive"
    template = _("Line %(line)s: the quantity must be greater than zero.")


class PriceNegative(DomainError):
    code = "price_negative"
    template = _("Line %(line)s: the price is negative. Enter a discount as a line without quantity.")


class RateRange(DomainError):
    code = "tax_rate_range"
    template = _("Line %(line)s: the tax rate %(rate)s is not between 0 and 1 (13 %% is 0.13).")


class UnitOfOtherItem(DomainError):
    code = "unit_of_other_item"
    template = _("Line %(line)s: the unit does not belong to %(item)s. Choose one of its units.")


class OrderState(DomainError):
    code = "wrong_state"
    template = _("Purchase order %(number)s is %(state)s; this needs it to be %(needed)s.")


class OrderHasReceipts(DomainError):
    code = "has_dependents"
    template = _("Goods of purchase order %(number)s were received with %(later)s. Reverse that first, or close it.")


class NothingOpen(DomainError):
    code = "nothing_open"
    template = _("Nothing of %(number)s is open any more.")


class NotOfOrder(DomainError):
    code = "not_of_order"
    template = _("Line %(line)s does not belong to purchase order %(number)s.")


class OverReceipt(DomainError):
    code = "over_receipt"
    template = _(
        "%(item)s: %(open)s of purchase order %(number)s can still be received, %(needed)s was entered. Lower the "
        "quantity, or raise the over-receipt share in the stock settings."
    )


class InvoiceState(DomainError):
    code = "wrong_state"
    template = _("Supplier invoice %(number)s is %(state)s; this needs it to be %(needed)s.")


class InvoiceNumberTaken(DomainError):
    code = "invoice_no_taken"
    template = _("Invoice no. %(invoice_no)s of this supplier is entered already, as %(number)s.")


class AmountMissing(DomainError):
    code = "amount_missing"
    template = _("Line %(line)s: enter an amount, or a quantity and a price.")


class MatchNeeded(DomainError):
    code = "match_needed"
    template = _(
        "Line %(line)s, %(item)s: %(matched)s of %(qty)s is matched with receipts. Match the whole quantity, or "
        "receive the goods first."
    )


class NotMatchable(DomainError):
    code = "not_matchable"
    template = _(
        "Line %(line)s, %(item)s: %(number)s is no confirmed document of this supplier with this item. Choose another."
    )


class OverInvoicing(DomainError):
    code = "over_invoicing"
    template = _(
        "%(item)s of %(number)s: %(open)s is received and not yet invoiced, %(needed)s cannot be. Lower the quantity."
    )


class NotInvoiced(DomainError):
    code = "not_invoiced"
    template = _(
        "%(what)s of %(number)s: %(open)s was invoiced and can be taken back, not %(needed)s. Lower the red invoice."
    )


class AllowanceNeedsInvoice(DomainError):
    code = "of_invoice_needed"
    template = _("A red invoice without goods needs the confirmed invoice that it lowers. Choose it.")


class HasDependents(DomainError):
    code = "has_dependents"
    template = _("%(later)s hangs on %(number)s. Reverse or undo it first.")


class AlreadyCertified(DomainError):
    code = "already_certified"
    template = _("Invoice %(number)s has no input VAT that waits for certification.")


class PaymentState(DomainError):
    code = "wrong_state"
    template = _("Supplier payment %(number)s is %(state)s; this needs it to be %(needed)s.")


class AmountNotPositive(DomainError):
    code = "amount_not_positive"
    template = _("The amount must be greater than zero.")


class NotABankAccount(DomainError):
    code = "not_a_bank_account"
    template = _("The bank account is no value of the dimension “bank account” of this company. Choose another.")


class MoreThanOpen(DomainError):
    code = "more_than_open"
    template = _("%(number)s: %(open)s is open, %(needed)s is more. Lower the amount, or see who settled it.")


class DiscountWithoutInvoice(DomainError):
    code = "discount_without_invoice"
    template = _("A discount settles invoices: allocate at least %(discount)s of the payment to some.")


class OtherSupplier(DomainError):
    code = "other_supplier"
    template = _("%(number)s is of another supplier. Only documents of one supplier settle each other.")


class AllocationUndone(DomainError):
    code = "allocation_undone"
    template = _("Allocation %(number)s is undone already, or is itself an undoing.")


class DiscountStays(DomainError):
    code = "discount_stays"
    template = _("Payment %(number)s was made with a discount for what it settles. Reverse the payment instead.")


class NotMonthlyReversal(DomainError):
    code = "not_monthly_reversal"
    template = _("Estimates are reversed monthly only under the policy “%(policy)s”, chosen for the company.")


class EstimatesReversedAlready(DomainError):
    code = "estimates_reversed"
    template = _("The estimates of %(period)s are reversed already.")
