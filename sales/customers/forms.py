"""The form of a customer."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from sales.customers.models import Customer, CustomerGroup


class CustomerForm(forms.ModelForm):
    class Meta:
        model = Customer
        fields = ("code", "name", "group", "region", "is_active")

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.company = company
        groups = CustomerGroup.objects.filter(company=company)
        fields: Any = self.fields
        fields["group"].queryset = groups
        fields["group"].empty_label = None
        self.fields["code"].disabled = bool(self.instance.pk)

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"].strip().upper()
        taken = Customer.objects.filter(company=self.instance.company, code=code).exclude(pk=self.instance.pk)
        if taken.exists():
            raise ValidationError(_("Code %(code)s is taken. Choose another one.") % {"code": code})
        return code
