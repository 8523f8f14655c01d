"""The form of a transfer template: its head, and its lines in the grid."""

from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.web.lines import make_lookup, name_cells, not_found
from ledger.accounts.models import Account
from ledger.closing.models import TransferFrequency, TransferSource, TransferTemplate
from ledger.closing.templates import TemplateHead, TemplateLine, read_lines
from ledger.dimensions.models import DimensionValue
from ledger.vouchers.models import Word
from ledger.vouchers.services import words_of

BLANK_LINES = 2
CELLS = {"account": "account_text", "dimensions": "value_text"}  # place in a refusal → cell of the grid


class TemplateForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = TransferTemplate
        fields = ["code", "name", "name_en", "summary", "frequency", "sequence", "word", "is_active"]
        widgets = {"word": forms.Select}

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = words_of(company)
        choices = [("", "–")] if words == [Word.JI] else [("", "–"), *((word, word) for word in words)]
        self.fields["word"] = forms.ChoiceField(label=_("word"), required=False, choices=choices)
        self.fields["frequency"].choices = TransferFrequency.choices  # type: ignore[attr-defined]

    def head(self) -> TemplateHead:
        return TemplateHead(**self.cleaned_data)


class TransferLineForm(forms.Form):
    """One line. What is typed in the look-up cells is for people; the hidden ids count."""

    account_text = forms.CharField(label=_("Account"), required=False)
    side = forms.ChoiceField(label=_("Side"), choices=[("debit", _("Debit")), ("credit", _("Credit"))])
    source = forms.ChoiceField(label=_("Amount from"), choices=TransferSource.choices)
    formula = forms.CharField(label=_("Formula"), required=False, max_length=500)
    value_text = forms.CharField(label=_("Dimension"), required=False)
    second_text = forms.CharField(label=_("Second dimension"), required=False)
    summary = forms.CharField(label=_("Summary"), required=False, max_length=120)
    account = forms.IntegerField(required=False, widget=forms.HiddenInput)
    value = forms.IntegerField(required=False, widget=forms.HiddenInput)
    second = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        make_lookup(self, "account_text", "account", str(reverse_lazy("book_account_lookup")))
        for text, hidden in (("value_text", "value"), ("second_text", "second")):
            make_lookup(self, text, hidden, str(reverse_lazy("value_lookup")))
            self.fields[text].widget.attrs["data-lookup-with"] = f"account:id_{self.add_prefix('account')}"
        name_cells(self)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for text, hidden in (("account_text", "account"), ("value_text", "value"), ("second_text", "second")):
            if cleaned.get(text) and not cleaned.get(hidden):
                self.add_error(text, not_found(cleaned[text]))
            if not cleaned.get(text):
                cleaned[hidden] = None
        return cleaned


LineFormSet = forms.formset_factory(TransferLineForm, extra=0, can_delete=True, max_num=200, absolute_max=200)


def initial_lines(template: TransferTemplate) -> list[dict[str, Any]]:
    """The template's lines as the grid's first content. A constant number of statements."""
    lines = read_lines(template)
    accounts = {row.pk: str(row) for row in Account.objects.filter(pk__in={line.account_id for line in lines})}
    ids = {value for line in lines for _type, value in line.dimensions}
    values = {row.pk: str(row) for row in DimensionValue.objects.filter(company_id=template.company_id, pk__in=ids)}
    rows = []
    for line in lines:
        row: dict[str, Any] = {
            "account": line.account_id,
            "account_text": accounts[line.account_id],
            "side": line.side,
            "source": line.source,
            "formula": line.formula,
            "summary": line.summary,
        }
        for hidden, (_type, value) in zip(("value", "second"), line.dimensions, strict=False):
            row |= {hidden: value, f"{hidden}_text": values[value]}
        rows.append(row)
    return rows


def template_lines(company: Company, forms_: list[TransferLineForm]) -> list[TemplateLine]:
    """What the grid's filled lines say. One statement."""
    ids = {form.cleaned_data[name] for form in forms_ for name in ("value", "second") if form.cleaned_data[name]}
    types = dict(DimensionValue.objects.filter(company=company, pk__in=ids).values_list("id", "dimension_type_id"))
    lines = []
    for form in forms_:
        given = form.cleaned_data
        values = [given[name] for name in ("value", "second") if given[name] in types]
        lines.append(
            TemplateLine(
                given["account"] or 0,
                given["side"],
                given["source"],
                given["formula"],
                tuple((types[value], value) for value in values),
                given["summary"],
            )
        )
    return lines
