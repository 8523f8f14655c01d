"""What period end refuses, and the cure."""

from django.utils.translation import gettext_lazy as _

from erp.core.errors import DomainError


class VouchersWait(DomainError):
    code = "vouchers_wait"
    template = _(
        "%(count)s vouchers up to period %(period)s are not posted: %(vouchers)s. Post, void or delete them first."
    )


class RunWaits(DomainError):
    code = "closing_run_waits"
    template = _(
        "Voucher %(voucher)s that this step made is reviewed, but not posted. Post it, or take its review back."
    )


class AlreadyRun(DomainError):
    code = "transfer_already_run"
    template = _(
        "“%(transfer)s” is already in voucher %(voucher)s of period %(period)s. Reverse that voucher to run it again."
    )


class KeyWithoutAccount(DomainError):
    code = "key_without_account"
    template = _("No account is set for the key “%(key)s”. Set it under account mappings.")


class RateMissing(DomainError):
    code = "closing_rate_missing"
    template = _("The closing rate of %(currencies)s in period %(period)s is missing. Enter it under exchange rates.")


class ProfitNotTransferred(DomainError):
    code = "profit_not_transferred"
    template = _("Accounts of profit and loss still hold %(amount)s in %(period)s. Transfer profit and loss first.")


class NotYearEnd(DomainError):
    code = "not_year_end"
    template = _("Period %(period)s is not the last of its year: the year-end transfer belongs to December.")


class TransferNotDue(DomainError):
    code = "transfer_not_due"
    template = _("“%(transfer)s” does not run in period %(period)s: it runs %(frequency)s.")


class TransferNotBalanced(DomainError):
    code = "transfer_not_balanced"
    template = _(
        "“%(transfer)s” gives debit %(debit)s and credit %(credit)s. Correct its formulas, or give one line the rest."
    )
