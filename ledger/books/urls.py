"""Addresses of the books, below ``/ledger/books/``. Their names are the names of the reports."""

from django.urls import URLPattern, path

from ledger.books import multicolumn_views as multicolumn
from ledger.books import views

_HERE = [name for name in views.BOOKS if name != "account_lines"]

urlpatterns: list[URLPattern] = [
    *(path(f"{name.replace('_', '-')}/", views.book, {"name": name}, name=name) for name in _HERE),
    path("multicolumn/sets/", multicolumn.multicolumn_books, name="multicolumn_books"),
    path("multicolumn/sets/<int:book_id>/", multicolumn.multicolumn_edit, name="multicolumn_edit"),
    path("multicolumn/sets/<int:book_id>/delete/", multicolumn.multicolumn_delete, name="multicolumn_delete"),
]
