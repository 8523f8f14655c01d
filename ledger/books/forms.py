"""The filter bar of a book, made from its report's parameters; and the last filters of each reader."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, QueryDict
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.reports import Parameter, Report
from ledger.books.models import BookFilters, MulticolumnBook
from ledger.books.ranges import latest_used_period
from ledger.currencies.models import Currency
from ledger.dimensions.models import DimensionType
from ledger.vouchers.filters import period_choices
from ledger.vouchers.models import Word

MEASURES = (
    ("opening", _("Opening balance")),
    ("debit", _("Debit")),
    ("credit", _("Credit")),
    ("closing", _("Closing balance")),
)
_CODE = {"inputmode": "numeric", "autocomplete": "off"}


class PeriodsForm(forms.Form):
    """``from`` and ``to`` as the reports call them, before a form's own fields."""

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company = company
        choices = period_choices(company)
        own = self.fields
        self.fields = {
            "from": forms.ChoiceField(label=_("From period"), choices=choices, required=False),
            "to": forms.ChoiceField(label=_("To period"), choices=choices, required=False),
            **own,
        }


class BookForm(forms.Form):
    """One field per parameter, under the parameter's name."""

    def __init__(self, *args: Any, company: Company, report: Report, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for parameter in report.parameters:
            self.fields[parameter.name] = _field(parameter, company)


def _field(parameter: Parameter, company: Company) -> forms.Field:
    label, name = parameter.label, parameter.name
    if parameter.kind == "period":
        return forms.ChoiceField(label=label, choices=period_choices(company), required=False)
    if parameter.kind == "bool":
        yes_first = [("1", _("Yes")), ("0", _("No"))]
        choices = yes_first if parameter.default else yes_first[::-1]
        return forms.ChoiceField(label=label, choices=choices, required=False)
    if name == "level":
        return forms.ChoiceField(label=label, required=False, choices=[("", _("Usual"))] + [(n, n) for n in "123456"])
    if name == "measure":
        return forms.ChoiceField(label=label, required=False, choices=MEASURES)
    if name == "word":
        return forms.ChoiceField(label=label, required=False, choices=[("", _("All")), *Word.choices])
    if name == "currency":
        codes = Currency.objects.filter(company=company).values_list("code", flat=True)
        every = dict.fromkeys([company.currency, *codes])
        return forms.ChoiceField(
            label=label, required=False, choices=[("", _("Base currency")), *((code, code) for code in every)]
        )
    if name.startswith("dimension"):
        types = DimensionType.objects.filter(company=company, is_active=True)
        return forms.ChoiceField(
            label=label, required=False, choices=[("", _("Nothing")), *((row.code, str(row)) for row in types)]
        )
    if name == "book":
        books = MulticolumnBook.objects.filter(company=company)
        return forms.ChoiceField(
            label=label, required=False, choices=[("", "–"), *((str(row.pk), row.name) for row in books)]
        )
    if name == "account":
        look = {"data-lookup-url": reverse_lazy("book_account_lookup"), "autocomplete": "off", "role": "combobox"}
        return forms.CharField(label=label, required=False, widget=forms.TextInput(attrs=look))
    if name == "value":
        look = {"placeholder": "customer:17850", "list": "book-values", "autocomplete": "off"}
        return forms.CharField(label=label, required=False, widget=forms.TextInput(attrs=look))
    if name.startswith("day_"):
        look = {"type": "date"}
        return forms.DateField(label=label, required=False, widget=forms.DateInput(attrs=look, format="%Y-%m-%d"))
    return forms.CharField(label=label, required=False, max_length=24, widget=forms.TextInput(attrs=_CODE))


def given(request: HttpRequest, report: Report) -> dict[str, str]:
    """The parameters of the address; without any, those with which this reader last read the book.

    ``?reset=1`` forgets them. Without periods the range is where the last postings are.
    """
    company: Company = request.company  # type: ignore[attr-defined]
    user: Any = request.user
    names = [parameter.name for parameter in report.parameters]
    kept = BookFilters.objects.filter(company=company, user=user, book=report.name)
    found = {name: request.GET[name] for name in names if request.GET.get(name)}
    if request.GET.get("reset"):
        kept.delete()
    elif not found and not request.GET:
        query = kept.values_list("query", flat=True).first()
        found = {name: str(value) for name, value in QueryDict(query or "").items() if name in names}
    elif found and not request.GET.get("export"):
        _keep(request, report, found)
    if "from" not in found and "to" not in found:
        found["from"] = latest_used_period(company)
    found.setdefault("to", found.get("from", ""))
    found.setdefault("from", found["to"])
    return found


def _keep(request: HttpRequest, report: Report, found: dict[str, str]) -> None:
    user: Any = request.user
    text = urlencode(found)
    if len(text) <= 1_000:
        BookFilters.objects.update_or_create(
            company=request.company,  # type: ignore[attr-defined]
            user=user,
            book=report.name,
            defaults={"query": text},
        )
