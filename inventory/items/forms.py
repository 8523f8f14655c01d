"""The form of an item with its units, and the look-up cell that other forms choose an item with."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.web.lines import figure_input, make_lookup, name_cells, not_found, plain
from inventory.items import lookup
from inventory.items.models import CostMethod, Item, ItemCategory
from inventory.items.rules import STAYS
from inventory.items.unit_services import NewUnit
from inventory.suppliers import lookup as suppliers
from inventory.warehouses.models import Warehouse, WarehouseKind

# Rates that the VAT law knows; imported documents may carry others.
TAX_RATES = ("0.13", "0.09", "0.06", "0.05", "0.03", "0.01", "0")

SECTIONS = (
    (_("What it is"), ("code", "name", "category", "kind", "unit", "spec", "barcode", "tax_rate", "is_active")),
    (_("Cost"), ("cost_method", "standard_cost", "reference_cost")),
    (_("Stock keeping"), ("tracking", "has_expiry", "shelf_life_days", "may_go_negative", "safety_stock",
                          "maximum_stock", "default_warehouse", "weight", "volume")),
    (_("Purchasing"), ("supplier_text", "default_supplier", "purchase_price")),
)  # fmt: skip
FIGURES = ("standard_cost", "reference_cost", "safety_stock", "maximum_stock", "purchase_price", "weight", "volume")
COSTS = ("standard_cost", "reference_cost", "purchase_price")


def rate_choices(*, more: str = "", blank: Any = None) -> list[tuple[str, str]]:
    """Tax rates as shares with their percentage as label. ``more``: a rate that must be among them."""
    rates = list(TAX_RATES)
    if more and more not in rates:
        rates.append(more)
    choices = [(rate, f"{float(rate) * 100:g}%") for rate in rates]
    return choices if blank is None else [("", blank), *choices]


class ItemForm(forms.ModelForm):
    """``is_used``: the item has moves, so what they rest on is shown but stays."""

    supplier_text = forms.CharField(label=_("Default supplier"), required=False)

    class Meta:
        model = Item
        fields = (
            "code", "name", "category", "kind", "unit", "spec", "barcode", "tax_rate", "is_active", "cost_method",
            "standard_cost", "reference_cost", "tracking", "has_expiry", "shelf_life_days", "may_go_negative",
            "safety_stock", "maximum_stock", "default_warehouse", "weight", "volume", "default_supplier",
            "purchase_price",
        )  # fmt: skip
        widgets = {name: figure_input() for name in FIGURES} | {"default_supplier": forms.HiddenInput()}

    def __init__(self, *args: Any, company: Company, sees_cost: bool, is_used: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.company = company
        self._choices(company)
        self._shown_figures()
        make_lookup(self, "supplier_text", "default_supplier", reverse("supplier_lookup"))  # type: ignore[arg-type]
        if self.instance.pk and self.instance.default_supplier is not None:
            self.initial["supplier_text"] = self.instance.default_supplier.name
        if self.instance.pk:
            for name in ("code", "kind", *(STAYS if is_used else ())):
                self.fields[name].disabled = True
        if is_used:
            self.fields["cost_method"].help_text = _("Goods have moved: it changes on the item's page, with a reason.")
        self.fields["safety_stock"].required = False
        self.fields["reference_cost"].help_text = _("Per unit; used when nothing else tells what goods cost.")
        for name in () if sees_cost else COSTS:
            del self.fields[name]

    def _choices(self, company: Company) -> None:
        fields: Any = self.fields
        fields["category"].queryset = ItemCategory.objects.filter(company=company)
        fields["default_warehouse"].queryset = Warehouse.objects.filter(company=company).exclude(
            kind=WarehouseKind.TRANSIT
        )
        fields["default_warehouse"].empty_label = _("None")
        fields["default_supplier"].queryset = fields["default_supplier"].queryset.filter(company=company)
        rate = f"{self.instance.tax_rate.normalize():f}" if self.instance.pk and self.instance.tax_rate else ""
        fields["tax_rate"].widget = forms.Select(choices=rate_choices(more=rate))
        self.initial["tax_rate"] = rate or ("0" if self.instance.pk else "0.13")

    def _shown_figures(self) -> None:
        for name in FIGURES:
            value = getattr(self.instance, name)
            self.initial[name] = plain(value) if isinstance(value, Decimal) else value

    def sections(self) -> Iterator[tuple[Any, list[forms.BoundField]]]:
        """Heading and fields, as the page shows them; hidden fields stand in the section of their text."""
        for title, names in SECTIONS:
            if shown := [self[name] for name in names if name in self.fields]:
                yield title, shown

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"].strip().upper()
        if Item.objects.filter(company=self.instance.company, code=code).exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("Code %(code)s is taken. Choose another one.") % {"code": code})
        return code

    def clean_barcode(self) -> str:
        return str(self.cleaned_data["barcode"]).strip()

    def clean_safety_stock(self) -> Decimal:
        return self.cleaned_data["safety_stock"] or Decimal(0)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        text = (cleaned.get("supplier_text") or "").strip()
        if not text:
            cleaned["default_supplier"] = None
        elif cleaned.get("default_supplier") is None:
            cleaned["default_supplier"] = suppliers.by_code(self.instance.company.pk, text)
            if cleaned["default_supplier"] is None:
                self.add_error("supplier_text", not_found(text))
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        # The service refuses in words what the checks of these columns would refuse by the name of a constraint.
        return super()._get_validation_exclusions() | {"tracking", "standard_cost"}  # type: ignore[misc]


class UnitForm(forms.Form):
    """Another unit of the item: one of it is ``factor`` base units."""

    name = forms.CharField(label=_("Unit"), max_length=12, required=False)
    factor = forms.DecimalField(
        label=_("Base units in one"), max_digits=18, decimal_places=6, required=False, widget=figure_input()
    )
    barcode = forms.CharField(label=_("Barcode"), max_length=60, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name_cells(self)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if (cleaned.get("factor") is not None or cleaned.get("barcode")) and not cleaned.get("name"):
            self.add_error("name", _("Enter the name of the unit, e.g. 箱."))
        if cleaned.get("name") and cleaned.get("factor") is None and "factor" not in self.errors:
            self.add_error("factor", _("Enter how many base units are in one."))
        return cleaned

    def as_unit(self) -> NewUnit:
        row = self.cleaned_data
        return NewUnit(row["name"].strip(), row["factor"], row["barcode"].strip())


UnitFormSet = forms.formset_factory(UnitForm, extra=1, can_delete=True)


class MethodChangeForm(forms.Form):
    """From when the item is costed otherwise, and why."""

    method = forms.ChoiceField(label=_("New cost method"), choices=CostMethod.choices)
    date = forms.DateField(label=_("From"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    standard_cost = forms.DecimalField(
        label=_("Standard cost"),
        max_digits=24,
        decimal_places=10,
        min_value=Decimal(0),
        required=False,
        widget=figure_input(),
        help_text=_("Per unit; for the standard-cost method only."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=200)


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


class CategoryForm(forms.ModelForm):
    class Meta:
        model = ItemCategory
        fields = ("code", "name", "parent", "service_type")
        labels = {"parent": _("Below")}

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.company = company
        fields: Any = self.fields
        fields["parent"].queryset = ItemCategory.objects.filter(company=company).exclude(pk=self.instance.pk)
        fields["parent"].empty_label = _("None: at the top")
        self.fields["code"].disabled = bool(self.instance.pk)

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"].strip().upper()
        taken = ItemCategory.objects.filter(company=self.instance.company, code=code).exclude(pk=self.instance.pk)
        if taken.exists():
            raise ValidationError(_("Code %(code)s is taken. Choose another one.") % {"code": code})
        return code
