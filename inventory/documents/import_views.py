"""The page that imports stock documents: template, upload, and then the dry run of the general import pages."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from erp.core.errors import DomainError
from erp.core.imports import background, services
from erp.core.imports.reading import open_file
from erp.core.reports.render import XLSX
from erp.core.web.views import allowed, page, require
from inventory.documents import import_target


class ImportForm(forms.Form):
    file = forms.FileField(label=_("File"))
    confirms = forms.BooleanField(label=_("Confirm the documents at once"), required=False)


@page("core.run_import")
def stock_document_import(request: Any) -> HttpResponse:
    """Upload a workbook; its dry run shows what would come and what is wrong, row by row."""
    require(request, "inventory.enter_document")
    may_confirm = allowed(request, "inventory.confirm_document")
    form = ImportForm(request.POST or None, request.FILES or None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        confirms = bool(form.cleaned_data["confirms"]) and may_confirm
        try:
            profile = import_target.profile_of(request.company, confirms=confirms)
            opened = open_file(profile, upload.read(), upload.name)
        except DomainError as error:
            refusal = error
        else:
            run = services.create_run(profile, opened, by=request.user, is_dry_run=True)
            background.start(run, by=request.user, language=translation.get_language() or "")
            return redirect("import_detail", pk=run.pk)
    context = {"form": form, "refusal": refusal, "may_confirm": may_confirm}
    status = 422 if refusal or (form.is_bound and form.errors) else 200
    return render(request, "inventory/documents/import.html", context, status=status)


@page("core.run_import")
def stock_document_import_template(request: Any) -> HttpResponse:
    """The empty workbook."""
    response = HttpResponse(import_target.template(), content_type=XLSX)
    response["Content-Disposition"] = 'attachment; filename="stock-documents-template.xlsx"'
    return response
