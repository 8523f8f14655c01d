"""Cells that purchasing forms share: the supplier, and the unit of a line."""

from decimal import Decimal
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.web.lines import make_lookup, not_found
from inventory.items.models import Item, ItemUnit
from inventory.suppliers import lookup


class SupplierCellMixin(forms.Form):
    """A supplier that people type in, and the hidden id that counts."""

    supplier_text = forms.CharField(label=_("Supplier"))
    supplier = forms.IntegerField(required=False, widget=forms.HiddenInput)
    company: Company

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company = company
        make_lookup(self, "supplier_text", "supplier", reverse("supplier_lookup"))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        text = cleaned.get("supplier_text")
        if text and not cleaned.get("supplier"):
            found = lookup.by_code(self.company.pk, text)
            if found is None:
                self.add_error("supplier_text", not_found(text))
            else:
                cleaned["supplier"] = found.pk
        return cleaned


class UnitOf:
    """The unit that was named for an item, and quantities in it as quantities in the item's own unit."""

    def __init__(self, unit_id: int | None, factor: Decimal) -> None:
        self.unit_id = unit_id
        self.factor = factor

    @classmethod
    def named(cls, company_id: int, item_id: int, name: str) -> "UnitOf | None":
        """None if the item has no such unit; its own unit is meant by its name and by nothing."""
        wanted = name.strip()
        if not wanted:
            return cls(None, Decimal(1))
        unit = ItemUnit.objects.filter(company_id=company_id, item_id=item_id, name__iexact=wanted).first()
        if unit is not None:
            return cls(unit.pk, unit.factor)
        is_own = Item.objects.filter(company_id=company_id, pk=item_id, unit__iexact=wanted).exists()
        return cls(None, Decimal(1)) if is_own else None
