"""Entering purchase orders: supplier, lines with unit, price and tax rate; and receiving what is open of one.

Quantities and prices are of the unit that a line names; what is stored is of the item's own unit.
"""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.money import WIDE, rounded
from erp.core.web.lines import figure_input, filled, make_lookup, name_cells, not_found, plain
from inventory.items.forms import ItemCellMixin, rate_choices
from inventory.purchasing.cells import SupplierCellMixin, UnitOf
from inventory.purchasing.models import PurchaseOrder
from inventory.warehouses.models import Warehouse

BLANK_LINES = 5
CELLS = {"item": "item_text"}
PRICE_STEP = Decimal("0.000001")


def day_input() -> forms.DateInput:
    return forms.DateInput({"type": "date"}, format="%Y-%m-%d")


class PurchaseOrderForm(SupplierCellMixin):
    date = forms.DateField(label=_("Date"), widget=day_input())
    warehouse = forms.ModelChoiceField(label=_("Warehouse"), queryset=Warehouse.objects.none(), empty_label=None)
    expected_on = forms.DateField(label=_("Expected"), required=False, widget=day_input())
    external_no = forms.CharField(label=_("External no."), required=False, max_length=80)
    note = forms.CharField(label=_("Note"), required=False, max_length=200)

    field_order = ("supplier_text", "date", "warehouse", "expected_on", "external_no", "note", "supplier")

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, company=company, **kwargs)
        fields: Any = self.fields
        fields["warehouse"].queryset = Warehouse.objects.filter(company=company, is_active=True)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        day, expected = cleaned.get("date"), cleaned.get("expected_on")
        if isinstance(day, dt.date) and isinstance(expected, dt.date) and expected < day:
            self.add_error("expected_on", _("Goods cannot be expected before the day of the order."))
        return cleaned


class OrderLineForm(ItemCellMixin):
    """One line; net, tax and gross only show, the service computes them again."""

    unit = forms.CharField(label=_("Unit"), required=False, max_length=12)
    qty = forms.DecimalField(
        label=_("Quantity"), required=False, min_value=0, max_digits=18, decimal_places=6, widget=figure_input()
    )
    unit_price = forms.DecimalField(
        label=_("Unit price, net"), required=False, min_value=0, max_digits=18, decimal_places=6, widget=figure_input()
    )
    tax_rate = forms.TypedChoiceField(label=_("Tax rate"), required=False, coerce=Decimal, empty_value=None)
    net = forms.CharField(label=_("Net"), required=False, widget=figure_input(readonly="readonly", tabindex="-1"))
    tax = forms.CharField(label=_("Tax"), required=False, widget=figure_input(readonly="readonly", tabindex="-1"))
    gross = forms.CharField(label=_("Gross"), required=False, widget=figure_input(readonly="readonly", tabindex="-1"))
    note = forms.CharField(label=_("Note"), required=False, max_length=200)

    field_order = ("item_text", "unit", "qty", "unit_price", "tax_rate", "net", "tax", "gross", "note", "item")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        make_lookup(self, "item_text", "item", reverse("purchase_item_lookup"))
        self.fields["item_text"].widget.attrs["data-lookup-with"] = "supplier:id_supplier"
        self.fields["unit"].widget.attrs.update(
            {
                "data-lookup-url": reverse("purchase_unit_lookup"),
                "data-lookup-with": f"item:id_{self.add_prefix('item')}",
                "data-lookup-free": "",
                "autocomplete": "off",
            }
        )
        given = str(
            self.data.get(self.add_prefix("tax_rate"), "") if self.is_bound else self.initial.get("tax_rate", "")
        )
        fields: Any = self.fields
        fields["tax_rate"].choices = rate_choices(more=given if is_rate(given) else "", blank="")
        name_cells(self)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("item"):
            for name, message in (("qty", _("Enter a quantity.")), ("unit_price", _("Enter a price."))):
                if cleaned.get(name) is None and name not in self.errors:
                    self.add_error(name, message)
            self.unit_of = UnitOf.named(self.company.pk, cleaned["item"], cleaned.get("unit") or "")
            if self.unit_of is None:
                self.add_error("unit", not_found(cleaned["unit"]))
        elif cleaned.get("qty") and "item_text" not in self.errors:
            self.add_error("item_text", _("Choose an item."))
        return cleaned

    @property
    def unit_id(self) -> int | None:
        """The larger unit that was named; None for the item's own."""
        return self.unit_of.unit_id if self.unit_of is not None else None

    @property
    def base_qty(self) -> Decimal:
        assert self.unit_of is not None
        return rounded(WIDE.multiply(self.cleaned_data["qty"], self.unit_of.factor), PRICE_STEP)

    @property
    def base_price(self) -> Decimal:
        """The price of one of the item's own unit."""
        assert self.unit_of is not None
        return rounded(WIDE.divide(self.cleaned_data["unit_price"], self.unit_of.factor), PRICE_STEP)


def is_rate(text: str) -> bool:
    """Whether it may stand among the tax rates: a share with at most four decimals."""
    whole, _point, decimals = text.partition(".")
    return whole == "0" and len(decimals) <= 4 and (not decimals or decimals.isdigit())


OrderLineFormSet = forms.formset_factory(OrderLineForm, extra=0, can_delete=True, max_num=2_000, absolute_max=2_000)


def used_lines(formset: Any) -> list[OrderLineForm]:
    return filled(formset, ("item", "qty", "unit_price"))


def head_of(order: PurchaseOrder) -> dict[str, Any]:
    """The head of an order as the form's first content."""
    return {
        "supplier": order.supplier_id,
        "supplier_text": str(order.supplier),
        "date": order.date,
        "warehouse": order.warehouse_id,
        "expected_on": order.expected_on,
        "external_no": order.external_no,
        "note": order.note,
    }


def lines_of(order: PurchaseOrder) -> list[dict[str, Any]]:
    """The lines of an order as the grid's first content, in the units they were entered in."""
    rows = []
    for line in order.lines.select_related("item", "unit").order_by("line_no"):
        in_unit = line.unit is not None and line.unit_qty is not None
        factor = line.unit.factor if line.unit is not None and in_unit else Decimal(1)
        rows.append(
            {
                "item": line.item_id,
                "item_text": str(line.item),
                "unit": line.unit.name if line.unit is not None and in_unit else line.item.unit,
                "qty": plain(line.unit_qty if in_unit else line.qty),
                "unit_price": plain(rounded(WIDE.multiply(line.unit_price, factor), PRICE_STEP)),
                "tax_rate": plain(line.tax_rate),
                "note": line.note,
            }
        )
    return rows


class ReceiveForm(forms.Form):
    """How much of each open line of an order comes in now: fields ``qty-<line id>``, filled with what is open.

    ``tracked``: lines whose item is kept by lots, and whether these expire: ``lot-<line id>``, ``expires_on-…``.
    """

    date = forms.DateField(label=_("Date"), widget=day_input())
    warehouse = forms.ModelChoiceField(label=_("Warehouse"), queryset=Warehouse.objects.none(), empty_label=None)
    external_no = forms.CharField(label=_("Delivery note no."), required=False, max_length=80)
    note = forms.CharField(label=_("Note"), required=False, max_length=200)

    def __init__(
        self,
        *args: Any,
        company: Company,
        open_lines: dict[int, Decimal],
        tracked: Mapping[int, bool] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.open_lines, self.tracked = open_lines, dict(tracked or {})
        fields: Any = self.fields
        fields["warehouse"].queryset = Warehouse.objects.filter(company=company, is_active=True)
        for line_id, qty in open_lines.items():
            self.fields[f"qty-{line_id}"] = forms.DecimalField(
                label=_("Quantity"),
                required=False,
                min_value=0,
                max_digits=18,
                decimal_places=6,
                initial=plain(qty),
                widget=figure_input(),
            )
        for line_id, expires in self.tracked.items():
            self.fields[f"lot-{line_id}"] = forms.CharField(label=_("Lot or serial no."), required=False, max_length=60)
            if expires:
                self.fields[f"expires_on-{line_id}"] = forms.DateField(
                    label=_("Expires on"), required=False, widget=day_input()
                )
        name_cells(self)

    def lots(self) -> dict[int, tuple[str, dt.date | None]]:
        """Line id → number of the lot and when it expires, of lines that come in and name one."""
        return {
            line_id: (number, self.cleaned_data.get(f"expires_on-{line_id}"))
            for line_id in self.quantities()
            if line_id in self.tracked and (number := self.cleaned_data[f"lot-{line_id}"].strip())
        }

    def quantities(self) -> dict[int, Decimal]:
        """Line id → quantity that comes; lines left blank or at zero do not come."""
        found = {line_id: self.cleaned_data.get(f"qty-{line_id}") for line_id in self.open_lines}
        return {line_id: qty for line_id, qty in found.items() if qty}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not self.quantities():
            raise forms.ValidationError(_("Enter what has come: at least one quantity."))
        return cleaned
