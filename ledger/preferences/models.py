"""What a company decides about its ledger beside its posting policies."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from erp.core.audit.tracking import tracked
from erp.core.companies.models import Company


class ProfitTransfer(models.TextChoices):
    ONE = "one", _("One voucher, one net entry to profit of the year")
    SINGLE = "single", _("One voucher, an entry to profit of the year for each account")
    TWO = "two", _("Two vouchers: income and expenses")


@tracked(deletes=False)
class LedgerPreferences(models.Model):
    """One row a company; ``services.preferences_of`` makes it on first use."""

    company = models.OneToOneField(Company, on_delete=models.CASCADE, related_name="ledger_preferences")
    accounting_head = models.CharField(
        _("head of accounting"), max_length=60, blank=True, help_text=_("Printed on vouchers and statements.")
    )
    code_scheme = models.CharField(
        _("code scheme"),
        max_length=20,
        default="4-2-2-2-2",
        validators=[RegexValidator(r"^4(-[2-4]){1,5}$")],
        help_text=_("Digits of each level of account codes."),
    )
    profit_transfer = models.CharField(
        _("transfer of profit and loss"), max_length=6, choices=ProfitTransfer, default=ProfitTransfer.ONE
    )
    net_within_party = models.BooleanField(
        _("net receivables and advances of one party"),
        default=False,
        help_text=_("On the balance sheet: sum the accounts of one customer or supplier before the sign is looked at."),
    )
    vat_debit_in_taxes = models.BooleanField(
        _("VAT in debit stays in taxes payable"),
        default=False,
        help_text=_("With a minus sign, instead of other current assets."),
    )
    cash_flow_required = models.BooleanField(
        _("refuse vouchers with unassigned cash"), default=False, help_text=_("Else only closing refuses them.")
    )
    cashier_signature_required = models.BooleanField(_("cash vouchers need the cashier's signature"), default=False)
    warn_without_attachments = models.BooleanField(_("warn about vouchers without attachments"), default=True)

    class Meta:
        verbose_name = _("ledger settings")
        verbose_name_plural = _("ledger settings")

    def __str__(self) -> str:
        return str(self.company)
