"""Settings of a company's stock keeping."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from erp.core.audit.tracking import tracked
from erp.core.companies.models import Company
from erp.core.money import TaxRateField


@tracked()
class StockPreferences(models.Model):
    """One row per company, made when it is first asked for (``of``)."""

    company = models.OneToOneField(Company, on_delete=models.CASCADE, related_name="stock_preferences")
    count_in_one_step = models.BooleanField(
        _("dispose of count differences at once"),
        default=False,
        help_text=_("The voucher of a stock count clears the account of pending differences in the same voucher."),
    )
    over_receipt = TaxRateField(_("over-receipt allowed (share)"), default=0)
    recost_at_once = models.PositiveIntegerField(
        _("recost at once up to"),
        default=5000,
        validators=[MaxValueValidator(1_000_000)],
        help_text=_("Moves. Above it a job recosts, with progress; goods move at once in any case."),
    )
    reserve_orders = models.BooleanField(
        _("orders reserve stock"), default=False, help_text=_("A confirmed sales order reserves what is on hand.")
    )
    print_costs = models.BooleanField(_("print costs on documents"), default=False)

    class Meta:
        verbose_name = _("stock settings")
        verbose_name_plural = _("stock settings")

    def __str__(self) -> str:
        return str(self.company)


def preferences_of(company: Company) -> StockPreferences:
    """The company's settings; made with their defaults when there are none."""
    return StockPreferences.objects.get_or_create(company=company)[0]
