"""Page of exports: choose what, start the job, take the file from the job's page."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import DomainError
from erp.core.jobs.models import Job
from erp.core.web.views import page
from ledger.interchange import background
from ledger.periods.models import Period


class ExportForm(forms.Form):
    """What is exported; packages of the standard are of one year, all else of all years without one."""

    form = forms.ChoiceField(
        label=_("What"),
        choices=[
            ("xlsx", _("All data, Excel")),
            ("csv", _("All data, CSV files in a zip")),
            ("gbt2024-xml", _("GB/T 24589.1-2024, XML")),
            ("gbt2024-json", _("GB/T 24589.1-2024, JSON")),
            ("gbt2010-xml", _("GB/T 24589.1-2010, XML")),
        ],
    )
    year = forms.TypedChoiceField(label=_("Year"), coerce=int, empty_value=None, required=False)
    encoding = forms.ChoiceField(label=_("Characters"), choices=[("utf-8", "UTF-8"), ("gb18030", "GB 18030")])

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        years = years_of(company)
        self.fields["year"].choices = [("", _("All years")), *((year, str(year)) for year in years)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if str(found.get("form", "")).startswith("gbt") and not found.get("year"):
            self.add_error("year", _("Choose the year of the package."))
        return found


def years_of(company: Company) -> list[int]:
    """Years with periods that have begun, the newest first."""
    rows = Period.objects.filter(company=company, start__lte=dt.date.today()).order_by("-year")
    return list(rows.values_list("year", flat=True).distinct())


@page("ledger.export_data")
def export_page(request: HttpRequest) -> HttpResponse:
    """Start an export; below it the last ones with their files."""
    company = request.company  # type: ignore[attr-defined]
    form = ExportForm(request.POST or None, company=company)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        try:
            job = background.start(
                company,
                chosen["form"],
                by=request.user,
                year=chosen["year"],
                encoding=chosen["encoding"],
                language=get_language() or "",
            )
            return redirect("job_detail", job.pk)
        except DomainError as refusal:
            messages.error(request, refusal.message)
    recent = Job.objects.filter(company=company, kind=background.EXPORT).select_related("started_by")[:20]
    return render(request, "ledger/interchange/export.html", {"form": form, "jobs": recent})
