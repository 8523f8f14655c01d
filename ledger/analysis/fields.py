"""What a pivot may be cut by: each field says where its value comes from, how it is shown and how it sorts.

A field is a name: ``account`` (the leaf), ``account:2`` (its ancestor at level 2), ``class``, ``year``, ``quarter``,
``period``, ``dimension:customer``, ``group:customer`` (the value's parent), ``word``, ``kind``, ``summary``.
"""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erp.core.companies.models import Company
from erp.core.errors import DomainError
from ledger.accounts.models import Account, AccountClass
from ledger.dimensions.models import DimensionType
from ledger.vouchers.models import VoucherKind

OF_LINES = ("word", "kind", "summary")
MEASURES = ("debit", "credit", "net", "quantity", "count")
EMPTY = ""


class UnknownField(DomainError):
    code = "unknown_pivot_field"
    template = gettext_lazy("A pivot has no field “%(name)s”. It has: %(names)s.")


@dataclass(frozen=True, slots=True)
class Field:
    """``expression`` is SQL over the joins of ``pivot``; ``type_id`` the dimension it needs; ``level`` the level of
    the account it shows."""

    name: str
    label: str
    expression: str
    type_id: int | None = None
    level: int | None = None

    @property
    def is_of_lines(self) -> bool:
        """Whether only the lines know it, not the turnover."""
        return self.name in OF_LINES

    @property
    def is_account(self) -> bool:
        return self.name.partition(":")[0] == "account"

    def shown(self, key: str) -> str:
        """The key as a reader sees it; what carries no value is 未指定."""
        if key == EMPTY:
            return _("not specified")
        if self.name == "class":
            return str(AccountClass(key).label)
        if self.name == "kind":
            return str(VoucherKind(key).label)
        return key

    def order(self, key: str) -> Any:
        """Sorts keys: what is not specified comes last, classes stand as in the chart."""
        if self.name == "class" and key:
            return (False, f"{AccountClass.values.index(key):02d}")
        return (key == EMPTY, key)


def fields_of(company: Company) -> dict[str, Field]:
    """All fields of the company by name, in the order in which a page offers them. Two statements."""
    levels = Account.objects.filter(company=company).order_by("-level").values_list("level", flat=True).first() or 1
    found = [Field("account", _("Account (detail)"), "a.code || ' ' || a.name")]
    found += [
        Field(f"account:{level}", _("Account, level %(level)d") % {"level": level}, f"l{level}.label", level=level)
        for level in range(1, levels + 1)
    ]
    found += [
        Field("class", _("Account class"), "a.account_class"),
        Field("year", _("Year"), "p.year::text"),
        Field("quarter", _("Quarter"), "p.year || '-Q' || ((p.number + 2) / 3)"),
        Field("period", _("Period"), "p.year || '-' || lpad(p.number::text, 2, '0')"),
    ]
    for row in DimensionType.objects.filter(company=company, is_active=True):
        found += [
            Field(f"dimension:{row.code}", str(row), f"d{row.pk}.label", type_id=row.pk),
            Field(f"group:{row.code}", _("%(dimension)s, group") % {"dimension": row}, f"d{row.pk}.parent", row.pk),
        ]
    found += [
        Field("word", _("Voucher word"), "f.word"),
        Field("kind", _("Kind of voucher"), "f.kind"),
        Field("summary", _("Summary"), "f.summary"),
    ]
    return {field.name: field for field in found}


def measure_label(name: str) -> str:
    """Heading of a measure."""
    return {
        "debit": _("Debit"),
        "credit": _("Credit"),
        "net": _("Debit less credit"),
        "quantity": _("Quantity"),
        "count": _("Lines"),
    }[name]
