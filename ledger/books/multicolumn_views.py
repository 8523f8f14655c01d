"""Column sets of multi-column books: list, add, change, delete."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from erp.core.web.views import page
from ledger.accounts.models import Account
from ledger.books.models import MulticolumnBook
from ledger.dimensions.models import DimensionType, DimensionValue

SIDES = ("debit", "credit")


class ColumnSetForm(forms.Form):
    """Name, account, dimension, and one column per line: a code, and a side if it is not the usual one."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    account = forms.CharField(
        label=gettext_lazy("Account"),
        widget=forms.TextInput(
            attrs={"data-lookup-url": reverse_lazy("book_account_lookup"), "autocomplete": "off", "role": "combobox"}
        ),
    )
    dimension = forms.ChoiceField(label=gettext_lazy("Unfold by"), required=False)
    columns = forms.CharField(
        label=gettext_lazy("Columns"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=gettext_lazy(
            "One per line: the code of a sub-account or dimension value, and debit or credit where it is not the usual"
            " side. Empty: built from what has figures."
        ),
    )

    def __init__(self, *args: Any, company: Any, book: MulticolumnBook | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company, self.book = company, book
        types = DimensionType.objects.filter(company=company, is_active=True)
        field: Any = self.fields["dimension"]
        field.choices = [("", _("Sub-accounts")), *((str(row.pk), str(row)) for row in types)]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"].strip()
        others = MulticolumnBook.objects.filter(company=self.company, name=name)
        if (others.exclude(pk=self.book.pk) if self.book else others).exists():
            raise forms.ValidationError(_("There is a column set of this name. Choose another name."))
        return name

    def clean_account(self) -> Account:
        code = self.cleaned_data["account"].split(" ")[0]
        account = Account.objects.filter(company=self.company, code=code).first()
        if account is None:
            raise forms.ValidationError(_("There is no account %(code)s.") % {"code": code})
        return account

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        account = cleaned.get("account")
        if account is not None:
            try:
                cleaned["columns"] = self._columns(account, cleaned.get("dimension"), cleaned.get("columns", ""))
            except forms.ValidationError as error:
                self.add_error("columns", error)
        return cleaned

    def _columns(self, account: Account, dimension: str | None, text: str) -> list[dict[str, Any]]:
        columns: list[dict[str, Any]] = []
        for line in filter(None, (line.split() for line in text.splitlines())):
            code, side = line[0], line[-1] if line[-1] in SIDES else ""
            column: dict[str, Any]
            found: Any
            if dimension:
                values = DimensionValue.objects.filter(company=self.company, dimension_type=int(dimension), code=code)
                found = values.values_list("pk", flat=True).first()
                column = {"value": found}
            else:
                below = Account.objects.filter(company=self.company, code=code, code__startswith=account.code)
                found = below.values_list("code", flat=True).first()
                column = {"account": found}
            if found is None:
                raise forms.ValidationError(
                    _("“%(code)s” is not below %(account)s.") % {"code": code, "account": account}
                )
            columns.append(column | ({"side": side} if side else {}))
        return columns

    def save(self) -> MulticolumnBook:
        """Write the column set."""
        book = self.book or MulticolumnBook(company=self.company)
        book.name, book.account = self.cleaned_data["name"], self.cleaned_data["account"]
        book.dimension_type_id = int(self.cleaned_data["dimension"]) if self.cleaned_data["dimension"] else None
        book.columns = self.cleaned_data["columns"]
        book.save()
        return book


@page("ledger.view_report")
def multicolumn_books(request: HttpRequest) -> HttpResponse:
    """The column sets, and a form for a new one."""
    return _form_page(request, None)


@page("ledger.view_report")
def multicolumn_edit(request: HttpRequest, book_id: int) -> HttpResponse:
    """Change a column set."""
    company = request.company  # type: ignore[attr-defined]
    return _form_page(request, get_object_or_404(MulticolumnBook, company=company, pk=book_id))


@require_POST
@page("ledger.view_report")
def multicolumn_delete(request: HttpRequest, book_id: int) -> HttpResponse:
    """Forget a column set; no figure is lost."""
    company = request.company  # type: ignore[attr-defined]
    get_object_or_404(MulticolumnBook, company=company, pk=book_id).delete()
    messages.success(request, _("The column set is gone."))
    return redirect("multicolumn_books")


def _form_page(request: HttpRequest, book: MulticolumnBook | None) -> HttpResponse:
    company = request.company  # type: ignore[attr-defined]
    given = request.POST if request.method == "POST" else None
    form = ColumnSetForm(given, company=company, book=book, initial=_initial(book))
    if given is not None and form.is_valid():
        saved = form.save()
        messages.success(request, _("Column set %(name)s is saved.") % {"name": saved.name})
        return redirect("multicolumn_books")
    books = MulticolumnBook.objects.filter(company=company).select_related("account", "dimension_type")
    context = {"form": form, "kept": book, "books": books}
    return render(request, "ledger/books/multicolumn_books.html", context)


def _initial(book: MulticolumnBook | None) -> dict[str, Any]:
    if book is None:
        return {}
    ids = [column["value"] for column in book.columns if column.get("value")]
    codes = dict(DimensionValue.objects.filter(company=book.company, pk__in=ids).values_list("pk", "code"))
    lines = [
        f"{column.get('account') or codes.get(column.get('value'), '')} {column.get('side', '')}".strip()
        for column in book.columns
    ]
    return {
        "name": book.name,
        "account": book.account.code,
        "dimension": str(book.dimension_type_id or ""),
        "columns": "\n".join(lines),
    }
