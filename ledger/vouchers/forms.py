"""The entry form of a voucher: its head, and a grid of lines that is filled in by keyboard."""

import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import DomainError
from erp.core.money import ZERO
from ledger.accounts.models import Account
from ledger.dimensions.models import DimensionValue
from ledger.vouchers import services
from ledger.vouchers.checks import AccountTerms, LineInput
from ledger.vouchers.models import Word

BLANK_LINES = 4


class VoucherForm(forms.Form):
    date = forms.DateField(label=_("Date"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    word = forms.ChoiceField(label=_("Word"), required=False)
    attachments = forms.IntegerField(label=_("Documents attached"), min_value=0, max_value=9_999, initial=0)

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = services.words_of(company)
        automatic = [] if words == [Word.JI] else [("", _("By the accounts"))]
        choices = [*automatic, *((word, word) for word in words)]
        self.fields["word"].choices = choices  # type: ignore[attr-defined]


class AmountCell(forms.DecimalField):
    """A figure as people type it: thousands separators, ¥ and full-width digits do not matter."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = unicodedata.normalize("NFKC", value).replace(",", "").replace("¥", "").strip()
        return super().to_python(value)


class LineForm(forms.Form):
    """One line. What is typed in the look-up cells is for people; the hidden ids count."""

    summary = forms.CharField(label=_("Summary"), required=False, max_length=200)
    account_text = forms.CharField(label=_("Account"), required=False)
    value_text = forms.CharField(label=_("Dimension"), required=False)
    second_text = forms.CharField(label=_("Second dimension"), required=False)
    quantity = AmountCell(label=_("Quantity"), required=False, max_digits=18, decimal_places=6, widget=forms.TextInput)
    debit = AmountCell(label=_("Debit"), required=False, max_digits=18, decimal_places=2, widget=forms.TextInput)
    credit = AmountCell(label=_("Credit"), required=False, max_digits=18, decimal_places=2, widget=forms.TextInput)
    account = forms.IntegerField(required=False, widget=forms.HiddenInput)
    value = forms.IntegerField(required=False, widget=forms.HiddenInput)
    second = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("quantity", "debit", "credit"):
            self.fields[name].widget.attrs.update({"class": "num", "inputmode": "decimal", "autocomplete": "off"})
        for name, hidden, url in (
            ("account_text", "account", reverse_lazy("account_lookup")),
            ("value_text", "value", reverse_lazy("value_lookup")),
            ("second_text", "second", reverse_lazy("value_lookup")),
        ):
            self.fields[name].widget.attrs.update(
                {
                    "data-lookup-url": url,
                    "data-lookup-for": f"id_{self.add_prefix(hidden)}",
                    "role": "combobox",
                    "aria-expanded": "false",
                    "autocomplete": "off",
                }
            )
        for name in self.fields:
            if not self.fields[name].widget.is_hidden:
                self.fields[name].widget.attrs["aria-label"] = self.fields[name].label

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for text, hidden in (("account_text", "account"), ("value_text", "value"), ("second_text", "second")):
            if cleaned.get(text) and not cleaned.get(hidden):
                self.add_error(text, _("“%(text)s” is not found. Choose from the list.") % {"text": cleaned[text]})
            if not cleaned.get(text):
                cleaned[hidden] = None
        return cleaned

    def is_blank(self) -> bool:
        """Whether nothing that counts was given: an inherited summary alone makes no line."""
        names = ("account", "account_text", "debit", "credit", "value", "quantity")
        return not any(self.cleaned_data.get(name) for name in names)

    def show_terms(self, terms: AccountTerms | None) -> None:
        """Tell the grid which cells the account uses."""
        if terms is not None:
            self.fields["account_text"].widget.attrs["data-terms"] = json.dumps(terms_as_json(terms))


LineFormSet = forms.formset_factory(LineForm, extra=0, min_num=0, can_delete=True, max_num=2_000, absolute_max=2_000)


def terms_as_json(terms: AccountTerms) -> dict[str, Any]:
    """What the grid needs of an account to open the right cells."""
    return {
        "account": terms.id,
        "dimensions": [
            {"id": type_id, "name": name, "required": required}
            for type_id, (name, required) in sorted(terms.dimensions.items(), key=lambda item: not item[1][1])
        ],
        "quantity": terms.tracks_quantity,
    }


def initial_lines(company: Company, lines: Sequence[LineInput]) -> list[dict[str, Any]]:
    """The lines as the grid's first content. Two statements."""
    accounts = {
        account.pk: str(account)
        for account in Account.objects.filter(company=company, pk__in={line.account_id for line in lines})
    }
    ids = {value for line in lines for _type, value in line.dimensions}
    values = {value.pk: str(value) for value in DimensionValue.objects.filter(company=company, pk__in=ids)}
    rows = []
    for line in lines:
        chosen = [value for _type, value in line.dimensions[:2]] + [None, None]
        rows.append(
            {
                "summary": line.summary,
                "account": line.account_id,
                "account_text": accounts.get(line.account_id, ""),
                "value": chosen[0],
                "value_text": values.get(chosen[0], "") if chosen[0] else "",
                "second": chosen[1],
                "second_text": values.get(chosen[1], "") if chosen[1] else "",
                "quantity": line.quantity.normalize() if line.quantity is not None else None,
                "debit": line.debit or None,
                "credit": line.credit or None,
            }
        )
    return rows


def line_inputs(company: Company, forms_of_lines: Iterable[LineForm]) -> list[LineInput]:
    """The lines to be saved. Types of the values come from the database, not from the browser."""
    used = list(forms_of_lines)
    ids = {form.cleaned_data[name] for form in used for name in ("value", "second") if form.cleaned_data.get(name)}
    types: Mapping[int, int] = dict(
        DimensionValue.objects.filter(company=company, pk__in=ids).values_list("id", "dimension_type_id")
    )
    lines = []
    for form in used:
        given = form.cleaned_data
        chosen = [given[name] for name in ("value", "second") if given.get(name)]
        lines.append(
            LineInput(
                summary=given.get("summary") or "",
                account_id=given.get("account") or 0,
                debit=_amount(given.get("debit")),
                credit=_amount(given.get("credit")),
                dimensions=tuple(sorted((types[value], value) for value in chosen if value in types)),
                quantity=given.get("quantity"),
            )
        )
    return lines


def _amount(value: Decimal | None) -> Decimal:
    return value if value is not None else ZERO


# Refusal field → cell of the grid.
_CELLS = {"account": "account_text", "dimensions": "value_text", "debit": "debit", "summary": "summary"}


def place_errors(head: VoucherForm, used: Sequence[LineForm], errors: Iterable[DomainError]) -> None:
    """Put each refusal where it belongs: its cell, its field of the head, or the top of the form."""
    for error in errors:
        if error.row is not None and error.row <= len(used):
            form = used[error.row - 1]
            cell = _CELLS.get(error.field or "", "summary")
            form.add_error(cell, error.message)
            form.fields[cell].widget.attrs["aria-invalid"] = "true"
        else:
            head.add_error(error.field if error.field in head.fields else None, error.message)
