"""Pages of archive packages: make one, take it away, compare it with its manifest, delete it when its time is over."""

from pathlib import PurePath
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from erp.core.companies.models import Company
from erp.core.errors import DomainError
from erp.core.web.views import allowed, page, require
from ledger.interchange import archive, background
from ledger.interchange.models import ArchivePackage
from ledger.interchange.views import years_of


class ArchiveForm(forms.Form):
    year = forms.TypedChoiceField(label=gettext_lazy("Year"), coerce=int)
    content = forms.ChoiceField(
        label=gettext_lazy("Content"),
        choices=[
            (archive.BOOKS, gettext_lazy("Vouchers, books, data and attachments (30 years)")),
            (archive.STATEMENTS, gettext_lazy("Yearly statements (for ever)")),
        ],
    )

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["year"].choices = [(year, str(year)) for year in years_of(company)]  # type: ignore[attr-defined]


@page("ledger.export_data")
def archive_page(request: HttpRequest) -> HttpResponse:
    """The packages, and the form that starts a new one."""
    company = request.company  # type: ignore[attr-defined]
    form = ArchiveForm(request.POST or None, company=company)
    if request.method == "POST":
        require(request, "ledger.make_archive")
        if form.is_valid():
            chosen = form.cleaned_data
            language = get_language() or ""
            job = background.start_archive(
                company, chosen["year"], chosen["content"], by=request.user, language=language
            )
            return redirect("job_detail", job.pk)
    packages = ArchivePackage.objects.filter(company=company).select_related("made_by").defer("manifest")
    return render(
        request,
        "ledger/interchange/archives.html",
        {"form": form, "packages": packages, "may_make": allowed(request, "ledger.make_archive")},
    )


@page("ledger.export_data")
def archive_file(request: HttpRequest, package_id: int) -> HttpResponse:
    """The package as a download."""
    package = _package(request, package_id)
    name = PurePath(str(package.file.name)).name
    return cast(HttpResponse, FileResponse(package.file.open("rb"), as_attachment=True, filename=name))


@require_POST
@page("ledger.export_data")
def archive_check(request: HttpRequest, package_id: int) -> HttpResponse:
    """Compare the kept file with its manifest and its hash."""
    package = _package(request, package_id)
    problems = archive.check_package(package.file.path, package.sha256)
    if not problems:
        messages.success(request, _("The package is as it was archived."))
    for problem in problems[:5]:
        messages.error(request, problem)
    return redirect("interchange_archives")


@require_POST
@page("ledger.make_archive")
def archive_delete(request: HttpRequest, package_id: int) -> HttpResponse:
    """Delete a package after its day; before, the refusal says until when it is kept."""
    try:
        archive.delete_package(_package(request, package_id))
        messages.success(request, _("The package is deleted."))
    except DomainError as refusal:
        messages.error(request, refusal.message)
    return redirect("interchange_archives")


def _package(request: HttpRequest, package_id: int) -> ArchivePackage:
    return get_object_or_404(ArchivePackage, company=request.company, pk=package_id)  # type: ignore[attr-defined]
