"""The entry form of a voucher: its head, and a grid of lines that is filled in by keyboard."""

import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Count
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import DomainError
from erp.core.money import ZERO
from ledger.accounts.models import Account, AccountDimension
from ledger.cash_flow.models import CashFlowItem
from ledger.dimensions.models import DimensionValue
from ledger.vouchers import services
from ledger.vouchers.checks import AccountTerms, LineInput
from ledger.vouchers.models import Word
from ledger.vouchers.refusals import NotBalanced

BLANK_LINES = 4


class VoucherForm(forms.Form):
    date = forms.DateField(label=_("Date"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    word = forms.ChoiceField(label=_("Word"), required=False)
    reference = forms.CharField(label=_("Reference"), required=False, max_length=60)
    attachments = forms.IntegerField(label=_("Documents attached"), min_value=0, max_value=9_999, initial=0)
    entry_token = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

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
    """One line. What is typed in the look-up cells is for people; the hidden ids count.

    ``dimensions`` is the number of dimension cells: as many as the account with most of them has.
    """

    summary = forms.CharField(label=_("Summary"), required=False, max_length=200)
    account_text = forms.CharField(label=_("Account"), required=False)
    currency_text = forms.CharField(label=_("Currency"), required=False)
    original_amount = AmountCell(
        label=_("Original amount"), required=False, max_digits=18, decimal_places=2, widget=forms.TextInput
    )
    rate = AmountCell(label=_("Rate"), required=False, max_digits=18, decimal_places=8, widget=forms.TextInput)
    quantity = AmountCell(label=_("Quantity"), required=False, max_digits=18, decimal_places=6, widget=forms.TextInput)
    unit_price = AmountCell(
        label=_("Unit price"), required=False, max_digits=20, decimal_places=10, widget=forms.TextInput
    )
    settlement_method = forms.CharField(label=_("Settlement"), required=False, max_length=20)
    settlement_no = forms.CharField(label=_("Settlement no."), required=False, max_length=40)
    cash_flow_text = forms.CharField(label=_("Cash flow"), required=False)
    debit = AmountCell(label=_("Debit"), required=False, max_digits=18, decimal_places=2, widget=forms.TextInput)
    credit = AmountCell(label=_("Credit"), required=False, max_digits=18, decimal_places=2, widget=forms.TextInput)
    account = forms.IntegerField(required=False, widget=forms.HiddenInput)
    currency = forms.CharField(required=False, max_length=3, widget=forms.HiddenInput)
    cash_flow = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, dimensions: int = 2, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.dimension_cells = [f"value{number}" for number in range(1, dimensions + 1)]
        self.order_of_dimensions: list[int] = []
        for number, name in enumerate(self.dimension_cells, start=1):
            label = _("Dimension") if number == 1 else _("Dimension %(number)d") % {"number": number}
            self.fields[f"{name}_text"] = forms.CharField(label=label, required=False)
            self.fields[name] = forms.IntegerField(required=False, widget=forms.HiddenInput)
        self.order_fields(["summary", "account_text", *(f"{name}_text" for name in self.dimension_cells)])
        for name in _FIGURES:
            self.fields[name].widget.attrs.update({"class": "num", "inputmode": "decimal", "autocomplete": "off"})
        for name, hidden, url in self._lookups():
            self.fields[name].widget.attrs.update(
                {
                    "data-lookup-url": url,
                    "data-lookup-for": f"id_{self.add_prefix(hidden)}",
                    "role": "combobox",
                    "aria-expanded": "false",
                    "autocomplete": "off",
                }
            )
        for name in ("summary", "settlement_method"):  # free text: the list opens with F7 only
            self.fields[name].widget.attrs["data-lookup-free"] = ""
        for field in self.fields.values():
            if not field.widget.is_hidden:
                field.widget.attrs["aria-label"] = field.label

    def _lookups(self) -> list[tuple[str, str, Any]]:
        """Cell, the hidden field that it fills, and where it asks."""
        return [
            ("summary", "", reverse_lazy("summary_lookup")),
            ("account_text", "account", reverse_lazy("account_lookup")),
            ("currency_text", "currency", reverse_lazy("currency_lookup")),
            ("settlement_method", "", reverse_lazy("settlement_lookup")),
            ("cash_flow_text", "cash_flow", reverse_lazy("cash_flow_lookup")),
            *((f"{name}_text", name, reverse_lazy("value_lookup")) for name in self.dimension_cells),
        ]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("currency_text") and not cleaned.get("currency"):
            cleaned["currency"] = cleaned["currency_text"].split()[0].upper()[:3]
        for text, hidden, _url in self._lookups():
            if not hidden:
                continue
            if cleaned.get(text) and not cleaned.get(hidden):
                self.add_error(text, _("“%(text)s” is not found. Choose from the list.") % {"text": cleaned[text]})
            if not cleaned.get(text):
                cleaned[hidden] = None
        return cleaned

    def is_blank(self) -> bool:
        """Whether nothing that counts was given: an inherited summary alone makes no line."""
        names = ("account", "account_text", "debit", "credit", "quantity", "original_amount", *self.dimension_cells)
        return not any(self.cleaned_data.get(name) for name in names)

    def show_terms(self, terms: AccountTerms | None) -> None:
        """Tell the grid which cells the account uses."""
        if terms is not None:
            self.order_of_dimensions = dimension_order(terms)
            self.fields["account_text"].widget.attrs["data-terms"] = json.dumps(terms_as_json(terms))

    def cell_of(self, error: DomainError) -> str:
        """The cell that a refusal belongs to."""
        if error.field == "dimensions":
            asked = error.facts.get("dimension_type")
            at = self.order_of_dimensions.index(asked) if asked in self.order_of_dimensions else 0
            return f"{self.dimension_cells[min(at, len(self.dimension_cells) - 1)]}_text"
        cell = _CELLS.get(error.field or "", "summary")
        if cell == "debit" and self.cleaned_data.get("credit"):
            return "credit"
        return cell


_FIGURES = ("original_amount", "rate", "quantity", "unit_price", "debit", "credit")

LineFormSet = forms.formset_factory(LineForm, extra=0, min_num=0, can_delete=True, max_num=2_000, absolute_max=2_000)


def dimension_cells(company: Company) -> int:
    """How many dimension cells a line needs here: the most that one account has (at least one)."""
    most = (
        AccountDimension.objects.filter(company=company)
        .values("account")
        .annotate(count=Count("id"))
        .order_by("-count")
        .values_list("count", flat=True)
        .first()
    )
    return most or 1


def dimension_order(terms: AccountTerms) -> list[int]:
    """Type ids in the order of their cells: required ones first."""
    return [type_id for type_id, _terms in sorted(terms.dimensions.items(), key=lambda item: not item[1][1])]


def terms_as_json(terms: AccountTerms) -> dict[str, Any]:
    """What the grid needs of an account to open the right cells."""
    return {
        "account": terms.id,
        "dimensions": [
            {"id": type_id, "name": terms.dimensions[type_id][0], "required": terms.dimensions[type_id][1]}
            for type_id in dimension_order(terms)
        ],
        "quantity": terms.tracks_quantity,
        "unit": terms.unit,
        "currency": terms.currency,
        "cash": terms.is_cash,
    }


def initial_lines(company: Company, lines: Sequence[LineInput]) -> list[dict[str, Any]]:
    """The lines as the grid's first content. A constant number of statements."""
    accounts = {
        account.pk: str(account)
        for account in Account.objects.filter(company=company, pk__in={line.account_id for line in lines})
    }
    terms = services.account_terms(company.pk, accounts)
    ids = {value for line in lines for _type, value in line.dimensions}
    values = {value.pk: str(value) for value in DimensionValue.objects.filter(company=company, pk__in=ids)}
    wanted = {line.cash_flow_item for line in lines if line.cash_flow_item is not None}
    items = {item.pk: str(item) for item in CashFlowItem.objects.filter(company=company, pk__in=wanted)}
    rows = []
    for line in lines:
        row = {
            "summary": line.summary,
            "account": line.account_id or None,
            "account_text": accounts.get(line.account_id, ""),
            "quantity": _plain(line.quantity),
            "unit_price": _plain(line.unit_price),
            "currency": line.currency,
            "currency_text": line.currency,
            "original_amount": line.original_amount,
            "rate": _plain(line.rate),
            "settlement_method": line.settlement_method,
            "settlement_no": line.settlement_no,
            "cash_flow": line.cash_flow_item,
            "cash_flow_text": items.get(line.cash_flow_item or 0, ""),
            "debit": line.debit or None,
            "credit": line.credit or None,
        }
        given = dict(line.dimensions)
        order = dimension_order(terms[line.account_id]) if line.account_id in terms else []
        for number, type_id in enumerate(order, start=1):
            if type_id in given:
                row |= {f"value{number}": given[type_id], f"value{number}_text": values.get(given[type_id], "")}
        rows.append(row)
    return rows


def _plain(value: Decimal | None) -> str | None:
    """A figure without needless zeros, never in scientific notation."""
    return None if value is None else f"{value.normalize():f}"


def line_inputs(company: Company, forms_of_lines: Iterable[LineForm]) -> list[LineInput]:
    """The lines to be saved. Types of the values come from the database, not from the browser."""
    used = list(forms_of_lines)
    chosen = {
        form: [form.cleaned_data[name] for name in form.dimension_cells if form.cleaned_data.get(name)] for form in used
    }
    ids = {value for values in chosen.values() for value in values}
    types: Mapping[int, int] = dict(
        DimensionValue.objects.filter(company=company, pk__in=ids).values_list("id", "dimension_type_id")
    )
    return [
        LineInput(
            summary=form.cleaned_data.get("summary") or "",
            account_id=form.cleaned_data.get("account") or 0,
            debit=form.cleaned_data.get("debit") or ZERO,
            credit=form.cleaned_data.get("credit") or ZERO,
            dimensions=tuple(sorted((types[value], value) for value in chosen[form] if value in types)),
            quantity=form.cleaned_data.get("quantity"),
            unit_price=form.cleaned_data.get("unit_price"),
            currency=form.cleaned_data.get("currency") or "",
            original_amount=form.cleaned_data.get("original_amount"),
            rate=form.cleaned_data.get("rate"),
            settlement_method=form.cleaned_data.get("settlement_method") or "",
            settlement_no=form.cleaned_data.get("settlement_no") or "",
            cash_flow_item=form.cleaned_data.get("cash_flow"),
        )
        for form in used
    ]


# Refusal field → cell of the grid.
_CELLS = {
    "account": "account_text",
    "currency": "currency_text",
    "original_amount": "original_amount",
    "rate": "rate",
    "cash_flow_item": "cash_flow_text",
    "debit": "debit",
    "credit": "credit",
    "summary": "summary",
}


def place_errors(head: VoucherForm, used: Sequence[LineForm], errors: Iterable[DomainError]) -> None:
    """Put each refusal where it belongs: its cell, its field of the head, or the top of the form."""
    for error in errors:
        if error.row is not None and error.row <= len(used):
            form = used[error.row - 1]
            cell = form.cell_of(error)
            form.add_error(cell, error.message)
            form.fields[cell].widget.attrs["aria-invalid"] = "true"
        else:
            head.add_error(error.field if error.field in head.fields else None, error.message)
            if isinstance(error, NotBalanced) and used:  # the cursor goes where = would be pressed
                last = used[-1]
                side = "credit" if last.cleaned_data.get("credit") else "debit"
                last.fields[side].widget.attrs["aria-invalid"] = "true"
