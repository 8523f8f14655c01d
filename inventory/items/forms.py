"""The form of an item, and the look-up cell that other forms choose an item with."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.web.lines import figure_input, make_lookup, not_found
from inventory.items import lookup
from inventory.items.models import Item, ItemCategory

# Rates that the VAT law knows; imported documents may carry others.
TAX_RATES = ("0.13", "0.09", "0.06", "0.05", "0.03", "0.01", "0")


def rate_choices(*, more: str = "", blank: Any = None) -> list[tuple[str, str]]:
    """Tax rates as shares with their percentage as label. ``more``: a rate that must be among them."""
    rates = list(TAX_RATES)
    if more and more not in rates:
        rates.append(more)
    choices = [(rate, f"{float(rate) * 100:g}%") for rate in rates]
    return choices if blank is None else [("", blank), *choices]


class ItemForm(forms.ModelForm):
    class Meta:
        model = Item
        fields = (
            "code", "name", "category", "kind", "unit", "spec", "tax_rate", "cost_method", "reference_cost",
            "is_active",
        )  # fmt: skip
        widgets = {"reference_cost": figure_input()}

    def __init__(self, *args: Any, company: Company, sees_cost: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.company = company
        fields: Any = self.fields
        fields["category"].queryset = ItemCategory.objects.filter(company=company)
        rate = f"{self.instance.tax_rate.normalize():f}" if self.instance.pk and self.instance.tax_rate else ""
        self.fields["tax_rate"].widget = forms.Select(choices=rate_choices(more=rate))
        self.initial["tax_rate"] = rate or ("0" if self.instance.pk else "0.13")
        if self.instance.reference_cost is not None:
            self.initial["reference_cost"] = f"{self.instance.reference_cost.normalize():f}"
        if not sees_cost:
            del self.fields["reference_cost"]
        if self.instance.pk:
            # What moves and postings were made by does not change afterwards.
            for name in ("code", "kind", "cost_method"):
                self.fields[name].disabled = True
        if sees_cost:
            self.fields["reference_cost"].help_text = _("Per unit; used when nothing else tells what goods cost.")

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"].strip().upper()
        if Item.objects.filter(company=self.instance.company, code=code).exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("Code %(code)s is taken. Choose another one.") % {"code": code})
        return code


class ItemCellMixin(forms.Form):
    """A line form's item: a look-up that people type in, and the hidden id that counts."""

    item_text = forms.CharField(label=_("Item"), required=False)
    item = forms.IntegerField(required=False, widget=forms.HiddenInput)
    company: Company

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company = company
        make_lookup(self, "item_text", "item", reverse("item_lookup"))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        text = cleaned.get("item_text")
        if not text:
            cleaned["item"] = None
        elif not cleaned.get("item"):
            found = lookup.by_code(self.company.pk, text)
            if found is None:
                self.add_error("item_text", not_found(text))
            else:
                cleaned["item"] = found.pk
        return cleaned
