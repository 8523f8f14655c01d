"""The upload form of imports."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.excel.safety import LIMITS, too_large
from erp.core.imports.models import ImportProfile


class UploadForm(forms.Form):
    """A file and the profile that reads it."""

    profile = forms.ModelChoiceField(label=_("Import profile"), queryset=ImportProfile.objects.none(), empty_label=None)
    file = forms.FileField(
        label=_("File"),
        allow_empty_file=True,  # the reader says more about a file of 0 bytes
        widget=forms.ClearableFileInput({"accept": ".xlsx,.xls,.csv"}),
        help_text=_("Excel or CSV. Nothing is written before you confirm."),
    )

    def __init__(self, company: Company, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["profile"].queryset = ImportProfile.objects.filter(company=company, is_active=True)  # type: ignore[attr-defined]

    def clean_file(self) -> Any:
        """Too large a file is refused before it is read into memory."""
        file = self.cleaned_data["file"]
        if file.size > LIMITS.file_bytes:
            raise forms.ValidationError(too_large(file.name, file.size).message)
        return file
