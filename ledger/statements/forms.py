"""Forms of the statements: what to show, rows of the designer, reclassifications."""

from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from ledger.statements.models import Basis, NumberFormat, Statement, StatementRow
from ledger.vouchers.filters import period_choices


class SheetForm(forms.Form):
    """The bar above a statement."""

    period = forms.ChoiceField(label=_("Period"), required=False)
    view = forms.ChoiceField(
        label=_("View"), required=False, choices=[("", _("Columns")), ("months", _("Months side by side"))]
    )
    columns = forms.MultipleChoiceField(label=_("Other columns"), required=False, choices=Basis.choices)
    unposted = forms.BooleanField(label=_("With unposted vouchers"), required=False)

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["period"].choices = period_choices(company)  # type: ignore[attr-defined]
        self.fields["columns"].widget.attrs["size"] = 4


class RowForm(forms.ModelForm):  # type: ignore[type-arg]
    """A row of the designer. Refusals of the service come to the fields they name."""

    class Meta:
        model = StatementRow
        fields = [
            "line_no",
            "label",
            "label_en",
            "export_label",
            "formula",
            "side",
            "indent",
            "is_bold",
            "number_format",
        ]
        widgets = {"formula": forms.Textarea(attrs={"rows": 4, "spellcheck": "false"})}

    number_format = forms.ChoiceField(label=_("figures"), choices=NumberFormat.choices, required=False)
    indent = forms.IntegerField(label=_("indent"), min_value=0, max_value=5, required=False)

    def clean_indent(self) -> int:
        return self.cleaned_data["indent"] or 0

    def clean_number_format(self) -> str:
        return self.cleaned_data["number_format"] or NumberFormat.AMOUNT


class CopyForm(forms.Form):
    code = forms.SlugField(label=_("code"), max_length=40)
    name = forms.CharField(label=_("name"), max_length=80)


class ColumnForm(forms.Form):
    """One column: without a heading it is left out."""

    label = forms.CharField(label=_("Heading"), max_length=160, required=False)
    basis = forms.ChoiceField(label=_("shows"), choices=Basis.choices)


ColumnFormSet = forms.formset_factory(ColumnForm, extra=2, max_num=12)


class AdjustmentForm(forms.Form):
    """A reclassification with its reason."""

    line_no = forms.ChoiceField(label=_("line"))
    amount = forms.DecimalField(label=_("amount"), max_digits=18, decimal_places=2)
    account = forms.CharField(
        label=_("account"),
        required=False,
        widget=forms.TextInput(
            attrs={"data-lookup-url": reverse_lazy("book_account_lookup"), "autocomplete": "off", "role": "combobox"}
        ),
    )
    reason = forms.CharField(label=_("reason"), max_length=200)

    def __init__(self, *args: Any, statement: Statement, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = StatementRow.objects.filter(statement=statement, line_no__isnull=False).order_by("sequence")
        self.fields["line_no"].choices = [(row.line_no, str(row)) for row in rows]  # type: ignore[attr-defined]
