"""The forms of a supplier and of a supplier group."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from inventory.items.forms import rate_choices
from inventory.suppliers.models import Supplier, SupplierGroup


class _CodedForm(forms.ModelForm):
    """A master whose code is capital letters, taken once, and stays."""

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.company = company
        self.fields["code"].disabled = bool(self.instance.pk)

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"].strip().upper()
        model: Any = type(self.instance)
        if model.objects.filter(company=self.instance.company, code=code).exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("Code %(code)s is taken. Choose another one.") % {"code": code})
        return code


class SupplierForm(_CodedForm):
    class Meta:
        model = Supplier
        fields = (
            "code", "name", "group", "tax_id", "tax_rate", "payment_days", "bank_name", "bank_account", "contact",
            "phone", "address", "note", "is_active",
        )  # fmt: skip

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, company=company, **kwargs)
        fields: Any = self.fields
        fields["group"].queryset = SupplierGroup.objects.filter(company=company)
        fields["group"].empty_label = _("None")
        rate = f"{self.instance.tax_rate.normalize():f}" if self.instance.pk else ""
        self.fields["tax_rate"].widget = forms.Select(choices=rate_choices(more=rate))
        self.initial["tax_rate"] = rate or "0.13"

    def clean_tax_id(self) -> str:
        return "".join(self.cleaned_data["tax_id"].split()).upper()


class SupplierGroupForm(_CodedForm):
    class Meta:
        model = SupplierGroup
        fields = ("code", "name", "parent")
        labels = {"parent": _("Below")}

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, company=company, **kwargs)
        fields: Any = self.fields
        fields["parent"].queryset = SupplierGroup.objects.filter(company=company).exclude(pk=self.instance.pk)
        fields["parent"].empty_label = _("None: at the top")
