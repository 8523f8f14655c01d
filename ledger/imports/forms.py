"""Forms of the import of vouchers."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from erp.core.excel.safety import LIMITS, too_large


class FileForm(forms.Form):
    """A file that is read but not yet believed."""

    file = forms.FileField(
        label=_("File"),
        allow_empty_file=True,  # the reader says more about a file of 0 bytes
        widget=forms.ClearableFileInput({"accept": ".xlsx,.xls,.csv"}),
        help_text=_("Excel or CSV. Nothing is written before you confirm."),
    )

    def clean_file(self) -> Any:
        """Too large a file is refused before it is read into memory."""
        file = self.cleaned_data["file"]
        if file.size > LIMITS.file_bytes:
            raise forms.ValidationError(too_large(file.name, file.size).message)
        return file


class VoucherFileForm(FileForm):
    create_missing = forms.BooleanField(label=_("Make missing dimension values"), required=False)
    control_accounts = forms.BooleanField(
        label=_("Lines may stand on control accounts"),
        required=False,
        initial=True,
        help_text=_("For vouchers of another system whose documents are not entered here."),
    )


class ExportForm(forms.Form):
    """Months whose vouchers are exported, and the layout."""

    first = forms.DateField(label=_("From"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    last = forms.DateField(label=_("To"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    layout = forms.ChoiceField(
        label=_("Layout"), choices=[("own", _("Tongzhang")), ("kingdee", _("Kingdee standard format"))]
    )
