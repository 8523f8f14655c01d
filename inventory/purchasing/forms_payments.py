"""Entering supplier payments with the invoices that they settle, and allocating what was paid in advance."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.money import ZERO
from erp.core.web.lines import figure_input, name_cells, plain
from inventory.purchasing.cells import SupplierCellMixin
from inventory.purchasing.forms_orders import day_input
from inventory.purchasing.models import PaymentKind
from inventory.purchasing.open_items import OpenInvoice
from ledger.dimensions.models import DimensionValue


class PaymentForm(SupplierCellMixin):
    """``amount`` is the money that moves; with the discount it is what may be allocated."""

    kind = forms.ChoiceField(label=_("Kind"), choices=PaymentKind.choices)
    date = forms.DateField(label=_("Date"), widget=day_input())
    amount = forms.DecimalField(
        label=_("Amount"), min_value=Decimal("0.01"), max_digits=18, decimal_places=2, widget=figure_input()
    )
    discount = forms.DecimalField(
        label=_("Discount"), required=False, min_value=0, max_digits=18, decimal_places=2, widget=figure_input(),
        help_text=_("Let off for paying early; it settles invoices too."),
    )  # fmt: skip
    bank_account = forms.ModelChoiceField(
        label=_("Bank account"), queryset=DimensionValue.objects.none(), required=False,
        empty_label=_("Default account"),
    )  # fmt: skip
    settlement_no = forms.CharField(label=_("Settlement no."), required=False, max_length=60)
    note = forms.CharField(label=_("Note"), required=False, max_length=200)

    field_order = (
        "kind", "supplier_text", "date", "amount", "discount", "bank_account", "settlement_no", "note", "supplier",
    )  # fmt: skip

    def __init__(self, *args: Any, company: Company, fixed_supplier: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, company=company, **kwargs)
        fields: Any = self.fields
        fields["bank_account"].queryset = DimensionValue.objects.filter(
            company=company, dimension_type__code="bank_account", is_active=True
        )
        if fixed_supplier:  # The open invoices are this supplier's.
            self.fields["supplier_text"].widget = forms.HiddenInput()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        cleaned["discount"] = cleaned.get("discount") or ZERO
        return cleaned


class SharesForm(forms.Form):
    """How much of each open invoice is settled: fields ``share-<invoice id>``, at most what is open of it."""

    def __init__(
        self, *args: Any, open_items: Sequence[OpenInvoice], shares: dict[int, Decimal], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.open_items = open_items
        for item in open_items:
            share = shares.get(item.id)
            self.fields[f"share-{item.id}"] = forms.DecimalField(
                label=_("Settled now"),
                required=False,
                min_value=0,
                max_digits=18,
                decimal_places=2,
                initial=plain(share) if share else "",
                widget=figure_input(**{"data-open": f"{abs(item.open):f}"}),
            )
        name_cells(self)

    def bound(self, item: OpenInvoice) -> Any:
        """The cell of an invoice."""
        return self[f"share-{item.id}"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for item in self.open_items:
            amount = cleaned.get(f"share-{item.id}")
            if amount and amount > abs(item.open):
                text = _("%(open)s is open of it. Lower the amount.")
                self.add_error(f"share-{item.id}", text % {"open": f"{abs(item.open):,.2f}"})
        return cleaned

    def shares(self) -> dict[int, Decimal]:
        """Invoice → amount, of those that are settled."""
        given = {item.id: self.cleaned_data.get(f"share-{item.id}") for item in self.open_items}
        return {invoice_id: amount for invoice_id, amount in given.items() if amount}

    def total(self) -> Decimal:
        return sum(self.shares().values(), ZERO)


class AllocationDayForm(forms.Form):
    date = forms.DateField(label=_("Date"), widget=day_input())
