"""What vouchers refuse: our own checks by name, and the database's guards turned into the same kind of sentence.

The guards hold for everybody; these sentences are for the person in front of the screen.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from erp.core.errors import DomainError, SeveralRefusals


class VoucherRefused(SeveralRefusals):
    """Several refusals of one voucher at once, each with its row."""


def each_of(error: DomainError) -> list[DomainError]:
    """The single refusals that an error holds."""
    return error.errors if isinstance(error, SeveralRefusals) else [error]


class TooFewLines(DomainError):
    code = "too_few_lines"
    template = _("A voucher has at least two lines. Add the other side.")


class NotBalanced(DomainError):
    code = "voucher_not_balanced"
    template = _(
        "Debit %(debit)s and credit %(credit)s differ by %(difference)s. Press = in an amount cell to fill it."
    )


class OneSideOnly(DomainError):
    code = "line_has_one_side"
    template = _("Give an amount on one side, debit or credit.")


class SummaryMissing(DomainError):
    code = "summary_missing"
    template = _("Give a summary; .. copies the one above.")


class AccountNotPostable(DomainError):
    code = "account_not_postable"
    template = _("Account %(account)s takes no postings. Choose one of its sub-accounts, or enable it.")


class ControlAccount(DomainError):
    code = "control_account"
    template = _("Account %(account)s is kept by documents. Enter or reverse the document instead of a voucher.")


class DimensionMissing(DomainError):
    code = "dimension_missing"
    template = _("Account %(account)s needs the dimension “%(dimension)s”. Choose a value.")


class DimensionNotOfAccount(DomainError):
    code = "dimension_not_of_account"
    template = _("Account %(account)s has no dimension “%(dimension)s”. Leave it empty.")


class WrongCurrency(DomainError):
    code = "wrong_currency"
    template = _("Account %(account)s is kept in %(needed)s. Give the amount in that currency.")


class BaseCurrencyOnly(DomainError):
    code = "base_currency_only"
    template = _("Account %(account)s is kept in the company's currency. Leave the currency empty.")


class UnknownCurrency(DomainError):
    code = "unknown_currency"
    template = _("Currency %(currency)s is not in use here. Add it to the currencies first.")


class OriginalAmountMissing(DomainError):
    code = "original_amount_missing"
    template = _("Give the amount in %(currency)s.")


class RateMissing(DomainError):
    code = "rate_missing"
    template = _("Give the exchange rate of %(currency)s, greater than zero.")


class BaseAmountDiffers(DomainError):
    code = "base_amount_differs"
    template = _("Original amount × rate is %(right)s. Correct the amount or the rate.")


class UnknownCashFlowItem(DomainError):
    code = "unknown_cash_flow_item"
    template = _("This cash-flow item does not exist or is not used any more. Choose another.")


class FormerYear(DomainError):
    code = "former_year"
    template = _(
        "Voucher %(voucher)s belongs to the closed year %(year)s: errors of former years are corrected by a blue "
        "voucher, not reversed in red. Use “Correct”."
    )


class WrongWord(DomainError):
    code = "wrong_word"
    template = _("Voucher word %(word)s does not fit these accounts. Choose %(needed)s.")


class VoucherChanged(DomainError):
    code = "voucher_state"
    template = _("Voucher %(voucher)s is %(state)s; this needs it to be %(needed)s.")


class OwnVoucher(DomainError):
    code = "preparer_is_not_reviewer"
    template = _("Voucher %(voucher)s was prepared by %(name)s, so somebody else must review it.")


class GeneratedVoucher(DomainError):
    code = "generated_voucher"
    template = _("Voucher %(voucher)s comes from a document. Change or reverse the document instead.")


class ReversalIsFixed(DomainError):
    code = "reversal_is_fixed"
    template = _("Voucher %(voucher)s mirrors the one that it reverses. Delete it instead of editing it.")


class AlreadyReversed(DomainError):
    code = "already_reversed"
    template = _("Voucher %(voucher)s is already reversed by %(reversal)s.")


class NotACashVoucher(DomainError):
    code = "not_a_cash_voucher"
    template = _("Voucher %(voucher)s has no cash or bank line, so the cashier does not sign it.")


class SignatureMissing(DomainError):
    code = "cashier_signature_missing"
    template = _("Voucher %(voucher)s touches cash or bank, so the cashier signs it before it is posted.")


# Guard (constraint name) → field of the form, sentence with its cure.
_GUARDS: dict[str, tuple[str | None, Any]] = {
    "voucher_is_balanced": (None, _("Debit and credit of the voucher differ. Correct the amounts.")),
    "line_has_one_side": (None, OneSideOnly.template),
    "one_voucher_per_number": ("number", _("This voucher number was taken a moment ago. Save again.")),
    "voucher_number_from_1": ("number", _("Voucher numbers begin with 1.")),
    "preparer_is_not_reviewer": (None, _("Preparer and reviewer must be two people. Ask a colleague to review.")),
    "voucher_starts_as_draft": (None, _("A voucher is saved first and posted after its review.")),
    "voucher_date_in_period": ("date", _("The date does not lie in the voucher's period. Choose another date.")),
    "voucher_period_is_open": ("date", _("The period is closed. Choose a date in an open period, or reopen it.")),
    "posted_voucher_never_changes": (
        None,
        _("A posted or void voucher never changes. Reverse it in red and enter the right one."),
    ),
    "posted_line_never_changes": (
        None,
        _("Lines of a posted or void voucher never change. Reverse it in red and enter the right one."),
    ),
    "voucher_status_order": (None, _("Review a voucher before posting it; only drafts can be void.")),
    "posting_to_leaf_accounts": (
        "account",
        _("An account with sub-accounts takes no postings. Choose one of its sub-accounts."),
    ),
    "required_dimensions_given": ("dimensions", _("An account lacks a dimension that it requires. Choose a value.")),
    "line_dimensions_exist": ("dimensions", _("A dimension value is not of this company. Choose another.")),
    "line_fits_its_voucher": (None, _("A line does not belong to the voucher's company and period.")),
    "parent_is_no_leaf": (
        "code",
        _("The account above has postings and cannot get sub-accounts. Choose another code."),
    ),
    "one_account_per_code": ("code", _("This account code is taken. Choose another.")),
    "one_active_mapping_per_selectors": (
        "selectors",
        _("Another active mapping of this key has the same selectors. Change that one."),
    ),
}


def from_database(error: IntegrityError) -> DomainError:
    """The refusal that a guard's or constraint's error means. An unknown rule is named as it is."""
    rule = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or "database"
    field, sentence = _GUARDS.get(rule, (None, None))
    if sentence is None:
        return DomainError(rule, _("The database refused this: rule “%(rule)s”."), rule=rule)
    return DomainError(rule, sentence, field=field)


@contextmanager
def guards_in_words() -> Iterator[None]:
    """Around a transaction: what a guard refuses becomes a ``DomainError``."""
    try:
        yield
    except IntegrityError as error:
        raise from_database(error) from error
