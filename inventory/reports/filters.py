"""What the pages of stock ask for."""

from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.web.lines import make_lookup, not_found
from inventory.items import lookup
from inventory.items.models import Item, ItemCategory
from inventory.warehouses.models import Warehouse


class StockFilter(forms.Form):
    text = forms.CharField(label=_("Code, name or pinyin"), required=False)
    category = forms.ModelChoiceField(
        label=_("Category"), queryset=ItemCategory.objects.none(), required=False, empty_label=_("All")
    )
    warehouse = forms.ModelChoiceField(
        label=_("Warehouse"), queryset=Warehouse.objects.none(), required=False, empty_label=_("All")
    )
    zero = forms.ChoiceField(label=_("Without stock"), choices=[("", _("Hide")), ("1", _("Show"))], required=False)

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["category"].queryset = ItemCategory.objects.filter(company=company)
        fields["warehouse"].queryset = Warehouse.objects.filter(company=company)


class MoveFilter(forms.Form):
    """``item`` is the id that counts; ``item_text`` what is typed."""

    item_text = forms.CharField(label=_("Item"), required=False)
    warehouse = forms.ModelChoiceField(
        label=_("Warehouse"), queryset=Warehouse.objects.none(), required=False, empty_label=_("All")
    )
    first = forms.DateField(label=_("From"), required=False, widget=forms.DateInput({"type": "date"}))
    last = forms.DateField(label=_("To"), required=False, widget=forms.DateInput({"type": "date"}))
    item = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, company: Company) -> None:
        self.company = company
        given = data.copy()
        self.chosen = self._chosen(given)
        if self.chosen is not None:
            given["item"], given["item_text"] = self.chosen.pk, str(self.chosen)
        super().__init__(given)
        fields: Any = self.fields
        fields["warehouse"].queryset = Warehouse.objects.filter(company=company)
        make_lookup(self, "item_text", "item", f"{reverse_lazy('item_lookup')}?stock=1")

    def _chosen(self, given: Any) -> Item | None:
        """The item by id, else by the code that was typed."""
        pk, text = given.get("item", ""), given.get("item_text", "")
        if str(pk).isdigit():
            return Item.objects.filter(company=self.company, pk=pk).first()
        return lookup.by_code(self.company.pk, text) if text.strip() else None

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("item_text") and self.chosen is None:
            self.add_error("item_text", not_found(cleaned["item_text"]))
        return cleaned
