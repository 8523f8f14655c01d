"""What the pages of stock ask for."""

from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.reports import BadParameter
from erp.core.reports.dates import date_range
from erp.core.web.lines import make_lookup, not_found
from inventory.items import lookup
from inventory.items.models import Item
from inventory.lots.models import Lot
from inventory.warehouses.models import Warehouse


class MoveFilter(forms.Form):
    """``item`` is the id that counts; ``item_text`` what is typed. Other reports say it in their own words: the
    warehouse by code, the range by periods (``from``, ``to``) or days (``day_from``, ``day_to``)."""

    item_text = forms.CharField(label=_("Item"), required=False)
    warehouse = forms.ModelChoiceField(
        label=_("Warehouse"), queryset=Warehouse.objects.none(), required=False, empty_label=_("All")
    )
    lot = forms.CharField(label=_("Lot or serial no."), required=False, max_length=60)
    first = forms.DateField(label=_("From"), required=False, widget=forms.DateInput({"type": "date"}))
    last = forms.DateField(label=_("To"), required=False, widget=forms.DateInput({"type": "date"}))
    item = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, company: Company) -> None:
        self.company = company
        self.chosen_lot: Lot | None = None
        given = data.copy()
        self.chosen = self._chosen(given)
        if self.chosen is not None:
            given["item"], given["item_text"] = self.chosen.pk, str(self.chosen)
        self._translate(given)
        super().__init__(given)
        fields: Any = self.fields
        fields["warehouse"].queryset = Warehouse.objects.filter(company=company)
        make_lookup(self, "item_text", "item", f"{reverse_lazy('item_lookup')}?stock=1")

    def _translate(self, given: Any) -> None:
        if code := given.get("warehouse_code"):
            found = Warehouse.objects.filter(company=self.company, code=code).first()
            given["warehouse"] = found.pk if found else ""
        try:
            first, last = date_range(given)
        except BadParameter:
            first = last = None
        for name, day, period in (("first", "day_from", first), ("last", "day_to", last)):
            if not given.get(name) and (known := given.get(day) or (period and period.isoformat())):
                given[name] = known

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
        if text := (cleaned.get("lot") or "").strip():
            self.chosen_lot = self.chosen.lots.filter(number=text).first() if self.chosen else None
            if self.chosen_lot is None:
                self.add_error("lot", not_found(text))
        return cleaned
