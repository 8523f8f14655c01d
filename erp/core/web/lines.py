"""The lines of a document in the grid: look-up cells, which lines were filled in, and refusals shown in their line.

A service names the place of what it refuses as ``lines-3-qty``: the third line that was handed in. Blank and removed
lines of the grid are not handed in, so the place is found among the lines that were.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from erp.core.errors import DomainError

_PLACE = re.compile(r"lines-(\d+)-(\w+)$")


def figure_input(**attrs: str) -> forms.TextInput:
    """A cell for a figure; typed, never spun."""
    return forms.TextInput({"class": "num", "inputmode": "decimal", "autocomplete": "off", **attrs})


def make_lookup(form: forms.Form, text: str, hidden: str, url: str) -> None:
    """Turn the text field into a look-up that fills the hidden field with the id of what was chosen."""
    form.fields[text].widget.attrs.update(
        {
            "data-lookup-url": url,
            "data-lookup-for": f"id_{form.add_prefix(hidden)}",
            "role": "combobox",
            "aria-expanded": "false",
            "autocomplete": "off",
        }
    )


def name_cells(form: forms.Form) -> None:
    """Give each visible cell the accessible name that its column shows."""
    for field in form.fields.values():
        if not field.widget.is_hidden:
            field.widget.attrs["aria-label"] = field.label


def not_found(text: str) -> Any:
    return _("“%(text)s” is not found. Choose from the list.") % {"text": text}


def filled(formset: Any, names: Iterable[str]) -> list[Any]:
    """The valid forms of the grid's lines in which one of ``names`` was filled and that were not removed."""
    wanted = list(names)
    return [
        form
        for form in formset
        if not form.cleaned_data.get("DELETE") and any(form.cleaned_data.get(name) for name in wanted)
    ]


def place(
    refusal: DomainError, head: forms.BaseForm, lines: Sequence[forms.BaseForm], cells: Mapping[str, str]
) -> None:
    """Show a refusal at its cell, at its field of the head, or above the form. ``cells``: place → cell of the grid."""
    found = _PLACE.match(refusal.field or "")
    if found and int(found[1]) <= len(lines):
        form = lines[int(found[1]) - 1]
        cell = cells.get(found[2], found[2])
        cell = cell if cell in form.fields else next(iter(form.fields))
        form.add_error(cell, refusal.message)
        form.fields[cell].widget.attrs["aria-invalid"] = "true"
    else:
        head.add_error(refusal.field if refusal.field in head.fields else None, refusal.message)


def plain(value: Decimal | None) -> str:
    """A figure as people type it: no trailing zeros, no exponent."""
    if value is None:
        return ""
    return f"{value.normalize():f}" if value else "0"
