"""Entering supplier invoices: out of uninvoiced receipts or returns, or charges and allowances without goods."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Protocol

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.money import cents
from erp.core.web.lines import figure_input, filled, make_lookup, name_cells, not_found, plain
from inventory.items import lookup
from inventory.items.forms import rate_choices
from inventory.purchasing.cells import SupplierCellMixin
from inventory.purchasing.forms_orders import day_input, is_rate
from inventory.purchasing.models import InvoiceKind, InvoiceStatus, SupplierInvoice

BLANK_LINES = 3
CELLS = {"item": "item_text"}


class InvoiceHeadForm(SupplierCellMixin):
    """What stands on the paper. ``paper_total`` is only compared with the lines, to find slips of typing."""

    invoice_no = forms.CharField(label=_("Invoice no."), required=False, max_length=60)
    date = forms.DateField(label=_("Date"), widget=day_input())
    due_on = forms.DateField(
        label=_("Due"), required=False, widget=day_input(), help_text=_("Blank: by the supplier's days to pay.")
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=200)
    is_deductible = forms.BooleanField(label=_("Tax is deductible"), required=False)
    is_certified = forms.BooleanField(label=_("Certified already"), required=False)
    paper_total = forms.DecimalField(
        label=_("Total on the paper"), required=False, max_digits=18, decimal_places=2, widget=figure_input()
    )

    field_order: tuple[str, ...] = (
        "supplier_text", "invoice_no", "date", "due_on", "paper_total", "note", "is_deductible", "is_certified",
        "supplier",
    )  # fmt: skip

    def __init__(self, *args: Any, company: Company, fixed_supplier: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, company=company, **kwargs)
        self.fields["paper_total"].widget.attrs["data-paper-total"] = ""
        if fixed_supplier:  # The lines are this supplier's.
            self.fields["supplier_text"].widget = forms.HiddenInput()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        day, due = cleaned.get("date"), cleaned.get("due_on")
        if isinstance(day, dt.date) and isinstance(due, dt.date) and due < day:
            self.add_error("due_on", _("An invoice is not due before its own day."))
        return cleaned

    def refuse_other_total(self, gross: Decimal) -> bool:
        """Whether the total typed from the paper differs from the lines; says so at the field."""
        typed = self.cleaned_data.get("paper_total")
        if typed is None or abs(typed) == abs(gross):
            return False
        text = _("The lines make %(gross)s, the paper says %(paper)s. Correct a quantity, a price or this total.")
        self.add_error("paper_total", text % {"gross": f"{abs(gross):,.2f}", "paper": f"{abs(typed):,.2f}"})
        return True


class OpenLine(Protocol):
    """A receipt or return line that waits for its invoice."""

    @property
    def line_id(self) -> int: ...
    @property
    def open_qty(self) -> Decimal: ...
    @property
    def unit_cost(self) -> Decimal: ...
    @property
    def tax_rate(self) -> Decimal: ...


class MatchForm(forms.Form):
    """Which lines are on the invoice, how much of each, at what price: fields ``take-<line id>``, ``qty-…``, …"""

    def __init__(
        self, *args: Any, open_lines: Sequence[OpenLine], taken: frozenset[int] = frozenset(), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.open_lines = open_lines
        for line in open_lines:
            own: dict[str, forms.Field] = {
                "take": forms.BooleanField(label=_("On the invoice"), required=False, initial=line.line_id in taken),
                "qty": forms.DecimalField(
                    label=_("Quantity"), required=False, min_value=0, max_digits=18, decimal_places=6,
                    initial=plain(line.open_qty), widget=figure_input(),
                ),
                "unit_price": forms.DecimalField(
                    label=_("Unit price, net"), required=False, min_value=0, max_digits=18, decimal_places=6,
                    initial=price_text(line.unit_cost), widget=figure_input(),
                ),
                "tax_rate": forms.TypedChoiceField(
                    label=_("Tax rate"), required=False, coerce=Decimal, empty_value=None,
                    initial=plain(line.tax_rate), choices=rate_choices(more=plain(line.tax_rate)),
                ),
            }  # fmt: skip
            for name, field in own.items():
                self.fields[f"{name}-{line.line_id}"] = field
        name_cells(self)

    def bound(self, line: OpenLine) -> dict[str, Any]:
        """The cells of a line for the page."""
        return {name: self[f"{name}-{line.line_id}"] for name in ("take", "qty", "unit_price", "tax_rate")}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for line in self.taken():
            for name, message in (("qty", _("Enter a quantity.")), ("unit_price", _("Enter a price."))):
                key = f"{name}-{line.line_id}"
                if key not in self.errors and (cleaned.get(key) is None or (name == "qty" and not cleaned[key])):
                    self.add_error(key, message)
        if not self.errors and not self.taken():
            raise forms.ValidationError(_("Tick what the invoice is about: at least one line."))
        return cleaned

    def taken(self) -> list[OpenLine]:
        """The ticked lines, in the order shown."""
        return [line for line in self.open_lines if self.cleaned_data.get(f"take-{line.line_id}")]

    def of(self, line: OpenLine, name: str) -> Decimal:
        value: Decimal | None = self.cleaned_data[f"{name}-{line.line_id}"]
        return value or Decimal(0)


def price_text(price: Decimal) -> str:
    """A price with at most six decimals, as it is typed."""
    return plain(price.quantize(Decimal("0.000001")))


class ChargeHeadForm(InvoiceHeadForm):
    """``kind`` red: an allowance; its amounts are typed positive. ``of_invoice``: number of the invoice it lowers."""

    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[(InvoiceKind.BLUE, _("Charge")), (InvoiceKind.RED, _("Allowance (red-letter invoice)"))],
    )
    of_invoice = forms.CharField(label=_("Of invoice"), required=False, max_length=60)

    field_order = (
        "kind", "supplier_text", "invoice_no", "date", "due_on", "of_invoice", "paper_total", "note", "is_deductible",
        "is_certified", "supplier",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["of_invoice"].widget.attrs.update(
            {
                "data-lookup-url": reverse("supplier_invoice_lookup"),
                "data-lookup-with": "supplier:id_supplier",
                "data-lookup-free": "",
                "autocomplete": "off",
            }
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        text = (cleaned.get("of_invoice") or "").strip()
        cleaned["of_invoice_id"] = None
        if text and cleaned.get("supplier"):
            live = SupplierInvoice.objects.filter(
                company=self.company, supplier=cleaned["supplier"], status=InvoiceStatus.CONFIRMED
            )
            word = text.split()[0]
            found = live.filter(number=word).first() or live.filter(invoice_no=word).first()
            if found is None:
                self.add_error("of_invoice", not_found(text))
            else:
                cleaned["of_invoice_id"] = found.pk
        return cleaned


class ChargeLineForm(forms.Form):
    """A charge or an allowance: words or an item (a service, or the goods that became cheaper), net and tax."""

    description = forms.CharField(label=_("Description"), required=False, max_length=120)
    item_text = forms.CharField(label=_("Item"), required=False)
    net = forms.DecimalField(
        label=_("Net"), required=False, min_value=0, max_digits=18, decimal_places=2, widget=figure_input()
    )
    tax_rate = forms.TypedChoiceField(label=_("Tax rate"), required=False, coerce=Decimal, empty_value=None)
    tax = forms.DecimalField(
        label=_("Tax"), required=False, min_value=0, max_digits=18, decimal_places=2, widget=figure_input()
    )
    item = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company = company
        make_lookup(self, "item_text", "item", reverse("item_lookup"))
        given = str(
            self.data.get(self.add_prefix("tax_rate"), "") if self.is_bound else self.initial.get("tax_rate", "")
        )
        fields: Any = self.fields
        fields["tax_rate"].choices = rate_choices(more=given if is_rate(given) else "", blank="")
        self.fields["tax"].widget.attrs["placeholder"] = _("by the rate")
        name_cells(self)

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
        if cleaned.get("net") and not cleaned.get("item") and not cleaned.get("description") and not self.errors:
            self.add_error("description", _("Say what it is for, or choose an item."))
        if (cleaned.get("description") or cleaned.get("item")) and not cleaned.get("net") and "net" not in self.errors:
            self.add_error("net", _("Enter an amount."))
        return cleaned

    @property
    def rate(self) -> Decimal:
        """The tax rate chosen; none is zero."""
        return self.cleaned_data["tax_rate"] or Decimal(0)

    @property
    def tax_amount(self) -> Decimal:
        """The tax as typed, else by the rate."""
        typed: Decimal | None = self.cleaned_data.get("tax")
        return typed if typed is not None else cents(self.cleaned_data["net"] * self.rate)


ChargeLineFormSet = forms.formset_factory(ChargeLineForm, extra=0, can_delete=True, max_num=200, absolute_max=200)


def used_charges(formset: Any) -> list[ChargeLineForm]:
    return filled(formset, ("description", "item", "net"))
