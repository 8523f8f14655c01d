"""The form of a warehouse."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from inventory.warehouses.models import Warehouse


class WarehouseForm(forms.ModelForm):
    class Meta:
        model = Warehouse
        fields = ("code", "name", "is_active")

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.company = company
        self.fields["code"].disabled = bool(self.instance.pk)

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"].strip().upper()
        taken = Warehouse.objects.filter(company=self.instance.company, code=code).exclude(pk=self.instance.pk)
        if taken.exists():
            raise ValidationError(_("Code %(code)s is taken. Choose another one.") % {"code": code})
        return code
