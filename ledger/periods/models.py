"""Periods: calendar months of a company. Open periods take postings, closed ones never change."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from erp.core.audit.tracking import tracked
from erp.core.companies.models import Company


class PeriodStatus(models.TextChoices):
    OPEN = "open", _("Open")
    CLOSING = "closing", _("Closing")
    CLOSED = "closed", _("Closed")


@tracked(deletes=False)
class Period(models.Model):
    """One month. ``number`` is 1–12, the fiscal year is the calendar year (会计法)."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="periods")
    year = models.PositiveSmallIntegerField(_("year"))
    number = models.PositiveSmallIntegerField(_("period"))
    start = models.DateField(_("first day"))
    end = models.DateField(_("last day"))
    status = models.CharField(_("status"), max_length=8, choices=PeriodStatus, default=PeriodStatus.OPEN)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("period")
        verbose_name_plural = _("periods")
        ordering = ["company", "year", "number"]
        constraints = [
            models.UniqueConstraint(fields=["company", "year", "number"], name="one_period_per_month"),
            models.CheckConstraint(
                condition=models.Q(number__range=(1, 12), end__gte=models.F("start")), name="period_is_a_month"
            ),
            # 会计法: the fiscal year is the calendar year.
            models.CheckConstraint(
                condition=models.Q(
                    start__year=models.F("year"),
                    start__month=models.F("number"),
                    start__day=1,
                    end__month=models.F("number"),
                ),
                name="year_is_the_calendar_year",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year}-{self.number:02d}"

    def contains(self, day: dt.date) -> bool:
        return self.start <= day <= self.end
