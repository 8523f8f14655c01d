"""The forms of a warehouse and of a bin in it."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from inventory.warehouses.models import Bin, Warehouse, WarehouseKind


class WarehouseForm(forms.ModelForm):
    class Meta:
        model = Warehouse
        fields = ("code", "name", "kind", "has_bins", "is_active")

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.company = company
        self.fields["code"].disabled = bool(self.instance.pk)
        self.fields["kind"].required = False  # what is not said stays, or is stock
        self.fields["has_bins"].help_text = _(
            "Documents may say on which shelf the goods lie. Cost does not know bins."
        )

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"].strip().upper()
        taken = Warehouse.objects.filter(company=self.instance.company, code=code).exclude(pk=self.instance.pk)
        if taken.exists():
            raise ValidationError(_("Code %(code)s is taken. Choose another one.") % {"code": code})
        return code

    def clean_kind(self) -> str:
        return self.cleaned_data["kind"] or self.instance.kind or WarehouseKind.STOCK


class BinForm(forms.ModelForm):
    class Meta:
        model = Bin
        fields = ("code", "name", "is_active")

    def __init__(self, *args: Any, warehouse: Warehouse, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.company_id, self.instance.warehouse = warehouse.company_id, warehouse
        self.fields["code"].disabled = bool(self.instance.pk)

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"].strip().upper()
        taken = Bin.objects.filter(warehouse=self.instance.warehouse, code=code).exclude(pk=self.instance.pk)
        if taken.exists():
            raise ValidationError(_("Code %(code)s is taken. Choose another one.") % {"code": code})
        return code
