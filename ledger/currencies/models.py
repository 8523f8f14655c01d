"""Foreign currencies (外币) and their exchange rates. The base currency of a company has no row and no rate."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from erp.core.audit.tracking import tracked
from erp.core.companies.models import Company
from erp.core.money import RateField


class RateKind(models.TextChoices):
    BOOKING = "booking", _("Booking rate")
    CLOSING = "closing", _("Closing rate")


class Currency(models.Model):
    """A currency beside the company's own."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="currencies")
    code = models.CharField(_("code"), max_length=3, validators=[RegexValidator(r"^[A-Z]{3}$")])
    name = models.CharField(_("name"), max_length=40)
    name_en = models.CharField(_("English name"), max_length=40, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("currency")
        verbose_name_plural = _("currencies")
        ordering = ["company", "code"]
        constraints = [models.UniqueConstraint(fields=["company", "code"], name="one_currency_per_code")]

    def __str__(self) -> str:
        english = (translation.get_language() or "").startswith("en")
        return f"{self.code} {(self.name_en or self.name) if english else self.name}"


@tracked()
class ExchangeRate(models.Model):
    """Base currency for one unit of the foreign one, from ``date`` on until a later row of the same kind."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    currency = models.ForeignKey(Currency, on_delete=models.PROTECT, related_name="rates", verbose_name=_("currency"))
    kind = models.CharField(_("kind"), max_length=8, choices=RateKind, default=RateKind.BOOKING)
    date = models.DateField(_("date"))
    rate = RateField(_("exchange rate"))

    class Meta:
        verbose_name = _("exchange rate")
        verbose_name_plural = _("exchange rates")
        ordering = ["company", "currency", "kind", "-date"]
        constraints = [
            models.UniqueConstraint(fields=["company", "currency", "kind", "date"], name="one_rate_per_day"),
            models.CheckConstraint(condition=models.Q(rate__gt=0), name="rate_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.currency_id} {self.date}"
