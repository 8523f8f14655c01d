"""What the pages of availability and reservations ask for."""

from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.web.lines import make_lookup, not_found
from inventory.items import lookup
from inventory.items.models import Item, ItemCategory
from inventory.warehouses.models import Warehouse, WarehouseKind


class AvailabilityFilter(forms.Form):
    text = forms.CharField(label=_("Code, name or pinyin"), required=False)
    category = forms.ModelChoiceField(
        label=_("Category"), queryset=ItemCategory.objects.none(), required=False, empty_label=_("All")
    )
    warehouse = forms.ModelChoiceField(
        label=_("Warehouse"), queryset=Warehouse.objects.none(), required=False, empty_label=_("All")
    )
    only = forms.ChoiceField(
        label=_("Show"),
        required=False,
        choices=[("", _("All")), ("short", _("Promised too much")), ("reserved", _("With reservations"))],
    )

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["category"].queryset = ItemCategory.objects.filter(company=company, service_type="")
        fields["warehouse"].queryset = Warehouse.objects.filter(company=company, kind=WarehouseKind.STOCK)


class ReserveForm(forms.Form):
    """Goods set aside by hand. ``item`` is the id that counts; ``item_text`` what is typed."""

    item_text = forms.CharField(label=_("Item"))
    warehouse = forms.ModelChoiceField(label=_("Warehouse"), queryset=Warehouse.objects.none(), empty_label=None)
    qty = forms.DecimalField(
        label=_("Quantity"),
        max_digits=18,
        decimal_places=6,
        widget=forms.TextInput({"class": "num", "inputmode": "decimal", "autocomplete": "off"}),
    )
    purpose = forms.CharField(label=_("Purpose"), required=False, max_length=60)
    item = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company = company
        fields: Any = self.fields
        fields["warehouse"].queryset = Warehouse.objects.filter(company=company, is_active=True)
        make_lookup(self, "item_text", "item", f"{reverse_lazy('item_lookup')}?stock=1")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        text = cleaned.get("item_text", "")
        pk = cleaned.get("item")
        chosen = None if pk is None else Item.objects.filter(company=self.company, pk=int(pk)).first()
        chosen = chosen or (lookup.by_code(self.company.pk, text) if text.strip() else None)
        if text and chosen is None:
            self.add_error("item_text", not_found(text))
        cleaned["item"] = chosen.pk if chosen else None
        return cleaned
