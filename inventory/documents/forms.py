"""Entering other receipts and other issues: head, and a grid of lines that is filled in by keyboard."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.web.lines import figure_input, filled, name_cells, plain
from inventory.documents.drafts import REASONS, NewStockDocument, NewStockLine
from inventory.documents.models import DocumentKind, Reason, StockDocument
from inventory.items.forms import ItemCellMixin
from inventory.warehouses.models import Warehouse
from ledger.dimensions.models import DimensionValue

BLANK_LINES = 5
# Kinds that people enter here; deliveries and returns come from sales documents.
ENTERED = (DocumentKind.OTHER_RECEIPT, DocumentKind.OTHER_ISSUE)
CELLS = {"item": "item_text"}


class StockDocumentForm(forms.Form):
    date = forms.DateField(label=_("Date"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    warehouse = forms.ModelChoiceField(label=_("Warehouse"), queryset=Warehouse.objects.none(), empty_label=None)
    reason = forms.ChoiceField(label=_("Reason"))
    department = forms.ModelChoiceField(
        label=_("Department"),
        queryset=DimensionValue.objects.none(),
        required=False,
        empty_label=_("By the kind of document"),
    )
    external_no = forms.CharField(label=_("External no."), required=False, max_length=80)
    note = forms.CharField(label=_("Note"), required=False, max_length=200)

    def __init__(self, *args: Any, company: Company, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["warehouse"].queryset = Warehouse.objects.filter(company=company, is_active=True)
        fields["department"].queryset = DimensionValue.objects.filter(
            company=company, dimension_type__code="department", is_active=True
        )
        fields["reason"].choices = [(reason.value, reason.label) for reason in REASONS[kind]]


class StockLineForm(ItemCellMixin):
    """One line. ``on_hand`` only shows; unit cost is of receipts, market value and VAT of what is given away."""

    on_hand = forms.CharField(
        label=_("On hand"), required=False, widget=figure_input(readonly="readonly", tabindex="-1")
    )
    qty = forms.DecimalField(
        label=_("Quantity"), required=False, max_digits=18, decimal_places=6, widget=figure_input()
    )
    unit_cost = forms.DecimalField(
        label=_("Unit cost"), required=False, min_value=0, max_digits=24, decimal_places=10, widget=figure_input()
    )
    market_net = forms.DecimalField(
        label=_("Market value, net"),
        required=False,
        min_value=0,
        max_digits=18,
        decimal_places=2,
        widget=figure_input(),
    )
    output_tax = forms.DecimalField(
        label=_("Output VAT"), required=False, min_value=0, max_digits=18, decimal_places=2, widget=figure_input()
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=200)

    field_order = ("item_text", "on_hand", "qty", "unit_cost", "market_net", "output_tax", "note", "item")

    def __init__(self, *args: Any, kind: str, sees_cost: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["item_text"].widget.attrs |= {
            "data-lookup-url": f"{reverse('item_lookup')}?stock=1",
            "data-lookup-with": "warehouse:id_warehouse",
        }
        if kind == DocumentKind.OTHER_RECEIPT:
            del self.fields["market_net"], self.fields["output_tax"]
            if not sees_cost:
                del self.fields["unit_cost"]
        else:
            del self.fields["unit_cost"]
        name_cells(self)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("item") and cleaned.get("qty") is None and "qty" not in self.errors:
            self.add_error("qty", _("Enter a quantity."))
        if cleaned.get("qty") and not cleaned.get("item") and "item_text" not in self.errors:
            self.add_error("item_text", _("Choose an item."))
        return cleaned


StockLineFormSet = forms.formset_factory(StockLineForm, extra=0, can_delete=True, max_num=2_000, absolute_max=2_000)


def new_document(kind: str, head: StockDocumentForm, lines: Sequence[StockLineForm]) -> NewStockDocument:
    """What the service takes, from valid forms."""
    given = head.cleaned_data
    return NewStockDocument(
        kind=kind,
        date=given["date"],
        warehouse_id=given["warehouse"].pk,
        reason=Reason(given["reason"]),
        department_id=given["department"].pk if given["department"] else None,
        external_no=given["external_no"],
        note=given["note"],
        lines=[
            NewStockLine(
                item_id=line.cleaned_data["item"],
                qty=line.cleaned_data["qty"],
                unit_cost=line.cleaned_data.get("unit_cost"),
                market_net=line.cleaned_data.get("market_net") or Decimal(0),
                output_tax=line.cleaned_data.get("output_tax") or Decimal(0),
                note=line.cleaned_data["note"],
            )
            for line in lines
        ],
    )


def used_lines(formset: Any) -> list[Any]:
    return filled(formset, ("item", "qty", "unit_cost", "market_net"))


def initial(company: Company, document: StockDocument) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A draft as the form's first content."""
    head = {
        "date": document.date,
        "warehouse": document.warehouse_id,
        "reason": document.reason,
        "department": document.department_id,
        "external_no": document.external_no,
        "note": document.note,
    }
    lines = [
        {
            "item": line.item_id,
            "item_text": str(line.item),
            "qty": plain(line.qty),
            "unit_cost": plain(line.unit_cost),
            "market_net": plain(line.market_net) if line.market_net else "",
            "output_tax": plain(line.output_tax) if line.output_tax else "",
            "note": line.note,
        }
        for line in document.lines.select_related("item").order_by("line_no")
    ]
    return head, lines
