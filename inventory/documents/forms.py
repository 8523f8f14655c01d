"""Head and lines of a stock document as a form that adapts to the kind; ``entry_lines`` makes documents of it."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.web.lines import figure_input, filled, make_lookup, name_cells, not_found, plain
from inventory.documents import lookups
from inventory.documents.kinds import KINDS
from inventory.documents.models import AllocateBy, DocumentKind, LineRole
from inventory.documents.shapes import COST_COLUMNS, SHAPES
from inventory.items.forms import ItemCellMixin
from inventory.warehouses.models import Warehouse, WarehouseKind
from ledger.dimensions.models import DimensionValue

BLANK_LINES = 5
# Where a refusal of the services stands in the grid.
CELLS = {
    "item": "item_text",
    "lot": "lot_text",
    "bin": "bin_text",
    "to_bin": "to_bin_text",
    "unit_cost": "unit_cost",
    "of_line": "qty",
}
# Columns that stand for another cell.
_CELL_OF = {"lot": "lot_text", "bin": "bin_text", "to_bin": "to_bin_text"}


def figure(label: Any, places: int, digits: int = 18, **attrs: str) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, required=False, min_value=0, max_digits=digits, decimal_places=places, widget=figure_input(**attrs)
    )


def shown_only(label: Any) -> forms.CharField:
    return forms.CharField(label=label, required=False, widget=figure_input(readonly="readonly", tabindex="-1"))


def day_input() -> forms.DateInput:
    return forms.DateInput({"type": "date"}, format="%Y-%m-%d")


class StockDocumentForm(forms.Form):
    date = forms.DateField(label=_("Date"), widget=day_input())
    party_text = forms.CharField(label=_("Party"), required=False)
    warehouse = forms.ModelChoiceField(label=_("Warehouse"), queryset=Warehouse.objects.none(), empty_label=None)
    to_warehouse = forms.ModelChoiceField(label=_("To warehouse"), queryset=Warehouse.objects.none())
    reason = forms.ChoiceField(label=_("Reason"), required=False)
    amount = figure(_("Amount"), 2)
    tax = figure(_("Input VAT"), 2)
    allocate_by = forms.ChoiceField(label=_("Spread"), choices=AllocateBy.choices)
    department = forms.ModelChoiceField(
        label=_("Department"),
        queryset=DimensionValue.objects.none(),
        required=False,
        empty_label=_("By the kind of document"),
    )
    external_no = forms.CharField(label=_("External no."), required=False, max_length=80)
    note = forms.CharField(label=_("Note"), required=False, max_length=200)
    party = forms.IntegerField(required=False, widget=forms.HiddenInput)
    of_document = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, company: Company, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company, self.kind = company, kind
        self.spec, self.shape = KINDS[kind], SHAPES[kind]
        fields: Any = self.fields
        places = Warehouse.objects.filter(company=company, is_active=True)
        fields["warehouse"].queryset = fields["to_warehouse"].queryset = places
        stay, on_the_way = places.exclude(kind=WarehouseKind.TRANSIT), places.filter(kind=WarehouseKind.TRANSIT)
        if kind == DocumentKind.TRANSFER_OUT:
            fields["warehouse"].queryset, fields["to_warehouse"].queryset = stay, on_the_way
            fields["to_warehouse"].label = _("On the way in")
            fields["to_warehouse"].empty_label = None
            if not on_the_way:
                fields["to_warehouse"].help_text = _("Add a warehouse of the kind “In transit” first.")
        if kind == DocumentKind.TRANSFER_IN:
            fields["warehouse"].queryset, fields["to_warehouse"].queryset = on_the_way, stay
            fields["warehouse"].label, fields["to_warehouse"].label = _("On the way in"), _("Arrives in")
        fields["department"].queryset = DimensionValue.objects.filter(
            company=company, dimension_type__code="department", is_active=True
        )
        reasons = self.spec.reasons
        fields["reason"].choices = [(reason.value, reason.label) for reason in reasons]
        if self.shape.fee:
            fields["amount"].label = self.shape.fee
            fields["amount"].required = self.shape.spread
        if self.spec.has_party:
            url = f"{reverse('stock_document_party_lookup')}?dimension={self.spec.has_party}"
            make_lookup(self, "party_text", "party", url)
            fields["party_text"].label = _("Supplier") if self.spec.has_party == "supplier" else _("Customer")
            fields["party_text"].required = self.spec.needs_party
        self._leave_out(len(reasons) == 1)

    def _leave_out(self, one_reason: bool) -> None:
        shape = self.shape
        needed = {
            "party_text": bool(self.spec.has_party),
            "party": bool(self.spec.has_party),
            "to_warehouse": shape.to_warehouse,
            "reason": not one_reason,
            "amount": bool(shape.fee),
            "tax": shape.tax,
            "allocate_by": shape.spread,
            "department": shape.department,
        }
        for name, is_needed in needed.items():
            if not is_needed:
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        text = cleaned.get("party_text", "").strip()
        if not text:
            cleaned["party"] = None
        elif self.spec.has_party:
            known = lookups.parties(self.company.pk, self.spec.has_party)
            chosen = cleaned.get("party")
            found = known.filter(pk=chosen).first() if chosen else known.filter(code__iexact=text.split()[0]).first()
            if found is None:
                self.add_error("party_text", not_found(text))
            cleaned["party"] = found.pk if found else None
        return cleaned


class UnitSelect(forms.Select):
    """The unit cell: each option tells the page how many base units it counts."""

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(*args, **kwargs)
        factor = getattr(self, "factors", {}).get(str(option["value"]))
        if factor:
            option["attrs"]["data-factor"] = factor
        return option


class StockLineForm(ItemCellMixin):
    """One line with all that any kind asks for; the columns of the kind stay. ``qty`` counts in ``unit``; ``base``,
    ``on_hand``, ``available`` and ``open_qty`` only show. ``cost_amount`` is another way to state the unit cost,
    ``lost`` what of a shipment does not arrive."""

    on_hand = shown_only(_("On hand"))
    available = shown_only(_("Available"))
    open_qty = shown_only(_("Quantity still open"))
    qty = forms.DecimalField(
        label=_("Quantity"), required=False, max_digits=18, decimal_places=6, widget=figure_input()
    )
    unit = forms.CharField(label=_("Unit"), required=False, widget=UnitSelect)
    base = shown_only(_("In base unit"))
    lost = figure(_("Lost on the way"), 6)
    lot_text = forms.CharField(label=_("Lot or serial no."), required=False, max_length=60)
    expires_on = forms.DateField(label=_("Expires on"), required=False, widget=day_input())
    bin_text = forms.CharField(label=_("Bin"), required=False, max_length=30)
    to_bin_text = forms.CharField(label=_("To bin"), required=False, max_length=30)
    unit_cost = figure(_("Unit cost"), 10, 24)
    standard_cost = figure(_("New standard cost"), 10, 24)
    cost_amount = figure(_("Amount"), 2)
    amount = forms.DecimalField(
        label=_("Amount (− lowers)"), required=False, max_digits=18, decimal_places=2, widget=figure_input()
    )
    role = forms.ChoiceField(label=_("Role"), required=False, choices=[one for one in LineRole.choices if one[0]])
    share = figure(_("Cost share"), 6)
    reason = forms.ChoiceField(label=_("Reason"), required=False)
    market_net = figure(_("Market value, net"), 2)
    output_tax = figure(_("Output VAT"), 2)
    input_tax_out = figure(_("Input VAT out"), 2)
    note = forms.CharField(label=_("Note"), required=False, max_length=200)
    lot = forms.IntegerField(required=False, widget=forms.HiddenInput)
    bin = forms.IntegerField(required=False, widget=forms.HiddenInput)
    to_bin = forms.IntegerField(required=False, widget=forms.HiddenInput)
    of_line = forms.IntegerField(required=False, widget=forms.HiddenInput)
    source_line = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, kind: str, columns: Collection[str], units: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shape, spec = SHAPES[kind], KINDS[kind]
        self.fields["item_text"].widget.attrs |= {
            "data-lookup-url": f"{reverse('stock_document_item_lookup')}?kind={kind}",
            "data-lookup-with": "warehouse:id_warehouse",
        }
        self._places(shape.takes)
        wanted = [_CELL_OF.get(name, name) for name in columns]
        hidden = [name for name in columns if name in _CELL_OF]
        order = [*wanted, *hidden, "item", "of_line", "source_line"]
        self.fields = {name: self.fields[name] for name in order}
        if "unit" in self.fields:
            item = self["item"].value() if not self.is_bound else self.data.get(self.add_prefix("item"))
            _set_units(self.fields["unit"].widget, units, item)
        if kind == DocumentKind.DISASSEMBLY:
            roles: Any = self.fields["role"]
            roles.choices = list(reversed(roles.choices))
        if "reason" in self.fields:
            labels = [(one.value, one.label if one.value else _("as the document")) for one in spec.reasons]
            self.fields["reason"].choices = labels  # type: ignore[attr-defined]
        name_cells(self)

    def _places(self, takes: bool) -> None:
        prefix = self.prefix or ""
        for name, where in (("lot", "stock_document_lot_lookup"), ("bin", "stock_document_bin_lookup")):
            make_lookup(self, f"{name}_text", name, reverse(where))
        make_lookup(self, "to_bin_text", "to_bin", reverse("stock_document_bin_lookup"))
        self.fields["lot_text"].widget.attrs |= {
            "data-lookup-url": f"{reverse('stock_document_lot_lookup')}?takes={int(takes)}",
            "data-lookup-with": f"item:id_{prefix}-item warehouse:id_warehouse",
            "data-lookup-free": "1",
        }
        for name, place in (("bin_text", "id_warehouse"), ("to_bin_text", "id_to_warehouse")):
            self.fields[name].widget.attrs |= {"data-lookup-with": f"warehouse:{place}", "data-lookup-free": "1"}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        given = any(cleaned.get(name) for name in FILLED if name != "item")
        if given and not cleaned.get("item") and "item_text" not in self.errors:
            self.add_error("item_text", _("Choose an item."))
        for name, message in (
            ("qty", _("Enter a quantity.")),
            ("amount", _("Enter an amount.")),
            ("standard_cost", _("Enter the new standard cost.")),
        ):
            is_missing = name in self.fields and cleaned.get(name) is None and name not in self.errors
            if is_missing and cleaned.get("item") and not cleaned.get("lost"):
                self.add_error(name, message)
        return cleaned


FILLED = ("item", "qty", "lost", "unit_cost", "market_net", "amount", "standard_cost", "cost_amount")
StockLineFormSet = forms.formset_factory(StockLineForm, extra=0, can_delete=True, max_num=2_000, absolute_max=2_000)


def _set_units(widget: Any, units: Any, item: Any) -> None:
    """Options of the unit cell of an item; the empty one is its base unit."""
    known = units.get(int(item)) if str(item or "").isdigit() else None
    widget.choices, widget.factors = [("", known.unit if known else "")], {}
    for unit in known.others if known else ():
        widget.choices.append((str(unit.pk), unit.name))
        widget.factors[str(unit.pk)] = plain(unit.factor)


def used_lines(formset: Any) -> list[Any]:
    """Lines that say something. A line of the original with the quantity 0 stays behind."""
    return [line for line in filled(formset, FILLED) if not _stays_behind(line.cleaned_data)]


def _stays_behind(given: dict[str, Any]) -> bool:
    return bool(given.get("of_line")) and given.get("qty") == 0 and not given.get("lost")


def columns_for(kind: str, *, sees_cost: bool, has_units: bool, has_lots: bool, has_bins: bool) -> list[str]:
    """Columns of the grid: no cost without the permission; units, lots and bins only where the company has some."""
    leave = set() if sees_cost else set(COST_COLUMNS)
    if not KINDS[kind].has_cost:
        leave |= {"unit_cost", "cost_amount"}
    if not has_units:
        leave |= {"unit", "base"}
    if not has_lots:
        leave |= {"lot", "expires_on"}
    if not has_bins:
        leave |= {"bin", "to_bin"}
    return [name for name in SHAPES[kind].columns if name not in leave]
