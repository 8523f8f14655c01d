"""What is wrong with a row of a voucher file, with the cure."""

from django.utils.translation import gettext_lazy as _

from erp.core.errors import DomainError


class UnknownAccount(DomainError):
    code = "unknown_account"
    template = _(
        "Account %(key)s %(name)s is not in the chart; %(count)s rows use it. Add it, or say which of yours it is."
    )


class UnknownValue(DomainError):
    code = "unknown_dimension_value"
    template = _(
        "%(kind)s “%(key)s” does not exist; %(count)s rows use it. Add it, or tick “make missing dimension values”."
    )


class UnknownDimension(DomainError):
    code = "unknown_dimension"
    template = _("“%(name)s” is no dimension of this company. Add the dimension, or rename it in the file.")


class UnknownCurrency(DomainError):
    code = "unknown_currency"
    template = _("Currency “%(currency)s” is not kept here. Add it under currencies.")


class NumberMissing(DomainError):
    code = "voucher_number_missing"
    template = _("The voucher has no number. Give each voucher one; it keeps the lines together.")


class PeriodContradicts(DomainError):
    code = "period_contradicts_date"
    template = _("Date %(date)s is not in period %(period)s that the row gives. Correct one of them.")


class AmountUnclear(DomainError):
    code = "amount_unclear"
    template = _("“%(value)s” does not say debit or credit. Write 借 or 贷, D or C, 1 or 0.")
