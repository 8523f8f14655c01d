"""Entering sales and returns: customer, lines with price and tax rate, net, tax and gross computed as one types."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.web.lines import figure_input, filled, make_lookup, name_cells, not_found, plain
from inventory.items.forms import ItemCellMixin, rate_choices
from inventory.warehouses.models import Warehouse
from sales.customers import lookup
from sales.orders.models import OrderKind, SalesOrder
from sales.orders.queries import Done
from sales.orders.services import NewOrder, NewOrderLine

BLANK_LINES = 5
CELLS = {"item": "item_text"}


class SalesOrderForm(forms.Form):
    customer_text = forms.CharField(label=_("Customer"))
    date = forms.DateField(label=_("Date"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    warehouse = forms.ModelChoiceField(label=_("Warehouse"), queryset=Warehouse.objects.none(), empty_label=None)
    price_includes_tax = forms.BooleanField(label=_("Prices include tax"), required=False)
    over_delivery = forms.DecimalField(
        label=_("Over-delivery allowed (%)"),
        required=False,
        min_value=0,
        max_value=100,
        decimal_places=2,
        widget=figure_input(),
    )
    external_no = forms.CharField(label=_("External no."), required=False, max_length=80)
    note = forms.CharField(label=_("Note"), required=False, max_length=200)
    customer = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company = company
        fields: Any = self.fields
        fields["warehouse"].queryset = Warehouse.objects.filter(company=company, is_active=True)
        make_lookup(self, "customer_text", "customer", reverse("customer_lookup"))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("customer_text") and not cleaned.get("customer"):
            found = lookup.by_code(self.company.pk, cleaned["customer_text"])
            if found is None:
                self.add_error("customer_text", not_found(cleaned["customer_text"]))
            else:
                cleaned["customer"] = found.pk
        return cleaned


class OrderLineForm(ItemCellMixin):
    """One line; net, tax and gross only show, the service computes them again.

    ``of_line``: the sold line that comes back.
    """

    qty = forms.DecimalField(
        label=_("Quantity"), required=False, max_digits=18, decimal_places=6, widget=figure_input()
    )
    unit_price = forms.DecimalField(
        label=_("Unit price"), required=False, min_value=0, max_digits=18, decimal_places=6, widget=figure_input()
    )
    tax_rate = forms.TypedChoiceField(label=_("Tax rate"), required=False, coerce=Decimal, empty_value=None)
    net = forms.CharField(label=_("Net"), required=False, widget=figure_input(readonly="readonly", tabindex="-1"))
    tax = forms.CharField(label=_("Tax"), required=False, widget=figure_input(readonly="readonly", tabindex="-1"))
    gross = forms.CharField(label=_("Gross"), required=False, widget=figure_input(readonly="readonly", tabindex="-1"))
    note = forms.CharField(label=_("Note"), required=False, max_length=200)
    of_line = forms.IntegerField(required=False, widget=forms.HiddenInput)

    field_order = ("item_text", "qty", "unit_price", "tax_rate", "net", "tax", "gross", "note", "item", "of_line")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["item_text"].widget.attrs["data-lookup-with"] = "warehouse:id_warehouse"
        given = str(
            self.data.get(self.add_prefix("tax_rate"), "") if self.is_bound else self.initial.get("tax_rate", "")
        )
        fields: Any = self.fields
        fields["tax_rate"].choices = rate_choices(more=given if _is_rate(given) else "", blank="")
        name_cells(self)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("item"):
            for name, message in (("qty", _("Enter a quantity.")), ("unit_price", _("Enter a price."))):
                if cleaned.get(name) is None and name not in self.errors:
                    self.add_error(name, message)
        elif cleaned.get("qty") and "item_text" not in self.errors:
            self.add_error("item_text", _("Choose an item."))
        return cleaned


def _is_rate(text: str) -> bool:
    """Whether it may stand among the tax rates: a share with at most four decimals."""
    whole, _point, decimals = text.partition(".")
    return whole == "0" and len(decimals) <= 4 and (not decimals or decimals.isdigit())


OrderLineFormSet = forms.formset_factory(OrderLineForm, extra=0, can_delete=True, max_num=2_000, absolute_max=2_000)


def used_lines(formset: Any) -> list[Any]:
    return filled(formset, ("item", "qty", "unit_price"))


def new_order(kind: str, head: SalesOrderForm, lines: Sequence[OrderLineForm]) -> NewOrder:
    """What the service takes, from valid forms. People type what comes back as a positive quantity."""
    given = head.cleaned_data
    sign = -1 if kind == OrderKind.RETURN else 1
    return NewOrder(
        customer_id=given["customer"],
        date=given["date"],
        kind=kind,
        warehouse_id=given["warehouse"].pk,
        price_includes_tax=given["price_includes_tax"],
        over_delivery=(given.get("over_delivery") or Decimal(0)) / 100,
        external_no=given["external_no"],
        note=given["note"],
        lines=[
            NewOrderLine(
                item_id=line.cleaned_data["item"],
                qty=sign * line.cleaned_data["qty"],
                unit_price=line.cleaned_data["unit_price"],
                tax_rate=line.cleaned_data["tax_rate"],
                of_line_id=line.cleaned_data["of_line"] if kind == OrderKind.RETURN else None,
                note=line.cleaned_data["note"],
            )
            for line in lines
        ],
    )


def head_of(order: SalesOrder) -> dict[str, Any]:
    """The head of an order as the form's first content."""
    return {
        "customer": order.customer_id,
        "customer_text": str(order.customer),
        "date": order.date,
        "warehouse": order.warehouse_id,
        "price_includes_tax": order.price_includes_tax,
        "over_delivery": plain(order.over_delivery * 100) if order.over_delivery else "",
        "external_no": order.external_no,
        "note": order.note,
    }


def lines_of(order: SalesOrder) -> list[dict[str, Any]]:
    """The lines of a draft as the grid's first content."""
    return [
        {
            "item": line.item_id,
            "item_text": str(line.item),
            "qty": plain(abs(line.qty)),
            "unit_price": plain(line.unit_price),
            "tax_rate": plain(line.tax_rate),
            "note": line.note,
            "of_line": line.of_line_id,
        }
        for line in order.lines.select_related("item").order_by("line_no")
    ]


def returnable_lines(order: SalesOrder, returned: dict[int, Decimal], done: dict[int, Done]) -> list[dict[str, Any]]:
    """What was delivered (goods) or invoiced (services) of a sale and has not come back, as lines of a return."""
    rows = []
    for line in order.lines.select_related("item").order_by("line_no"):
        so_far = done.get(line.pk, Done())
        left = (so_far.delivered if line.item.is_stock else so_far.invoiced) - returned.get(line.pk, Decimal(0))
        if left > 0:
            rows.append(
                {
                    "item": line.item_id,
                    "item_text": str(line.item),
                    "qty": plain(left),
                    "unit_price": plain(line.unit_price),
                    "tax_rate": plain(line.tax_rate),
                    "of_line": line.pk,
                }
            )
    return rows


class FulfilForm(forms.Form):
    """How much of each line is delivered or invoiced now: fields ``qty-<line id>``."""

    date = forms.DateField(label=_("Date"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, *args: Any, left: dict[int, Decimal], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.left = left
        for line_id, qty in left.items():
            self.fields[f"qty-{line_id}"] = forms.DecimalField(
                label=_("Quantity"),
                required=False,
                min_value=0,
                max_digits=18,
                decimal_places=6,
                initial=plain(qty),
                widget=figure_input(),
            )

    def quantities(self) -> dict[int, Decimal]:
        return {line_id: qty for line_id in self.left if (qty := self.cleaned_data[f"qty-{line_id}"])}
