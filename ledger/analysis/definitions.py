"""A pivot as plain parameters, the same in an address, in a saved view and in the API."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import DomainError, NotPermitted
from ledger.analysis.forms import COLUMNS, ROWS
from ledger.analysis.models import PivotView
from ledger.analysis.pivot import PivotSpec

DEFAULT: Mapping[str, Any] = {"rows": ["account:1"], "columns": ["period"], "measures": ["net"]}
KEPT = ("rows", "columns", "measures", "account", "values", "closing", "chart", "from", "to")


class ViewNameMissing(DomainError):
    code = "view_name_missing"
    template = _("Give the view a name.")


def from_query(query: Any) -> dict[str, Any]:
    """The definition that an address asks for (a ``QueryDict``); without fields the default one."""

    def listed(name: str, most: int) -> list[str]:
        numbered = [query.get(f"{name}_{n}", "") for n in range(1, most + 1)]
        return list(dict.fromkeys(text for text in (*numbered, *query.getlist(name)) if text))

    rows = listed("rows", ROWS)
    found: dict[str, Any] = {
        "rows": rows or list(DEFAULT["rows"]),
        "columns": listed("columns", COLUMNS) if rows else list(DEFAULT["columns"]),
        "measures": [text for text in query.getlist("measures") if text] or list(DEFAULT["measures"]),
        "values": [part.strip() for text in query.getlist("values") for part in text.split(",") if part.strip()],
    }
    found |= {name: query.get(name, "") for name in ("account", "closing", "chart", "from", "to")}
    found["account"] = str(found["account"]).split(" ")[0]
    return found


def to_form(definition: Mapping[str, Any]) -> dict[str, Any]:
    """The definition as the data of ``PivotForm``."""
    shown: dict[str, Any] = {name: definition.get(name, "") for name in ("account", "closing", "chart", "from", "to")}
    shown |= {f"rows_{n}": name for n, name in enumerate(definition.get("rows", ()), start=1)}
    shown |= {f"columns_{n}": name for n, name in enumerate(definition.get("columns", ()), start=1)}
    shown["measures"] = list(definition.get("measures", ()))
    shown["values"] = ", ".join(definition.get("values", ()))
    return shown


def to_query(definition: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The definition as pairs of an address."""
    pairs: list[tuple[str, str]] = []
    for name, value in to_form(definition).items():
        pairs += [(name, part) for part in (value if isinstance(value, list) else [value]) if part]
    return pairs


def spec_of(definition: Mapping[str, Any]) -> PivotSpec:
    """What ``pivot`` computes."""
    return PivotSpec(
        rows=tuple(definition.get("rows", ())),
        columns=tuple(definition.get("columns", ())),
        measures=tuple(definition.get("measures", ())) or ("net",),
        account=str(definition.get("account", "")),
        values=tuple(definition.get("values", ())),
        with_closing=bool(definition.get("closing")),
    )


def views_for(company: Company, user: Any) -> QuerySet[PivotView]:
    """The user's own views and those that are shared."""
    return PivotView.objects.filter(Q(owner=user) | Q(is_shared=True), company=company).select_related("owner")


def save_view(company: Company, name: str, definition: Mapping[str, Any], *, is_shared: bool, by: Any) -> PivotView:
    """Keep the definition under the name; the user's own view of that name is replaced. Raises ``ViewNameMissing``."""
    name = name.strip()[:80]
    if not name:
        raise ViewNameMissing(field="name")
    kept = {key: definition[key] for key in KEPT if definition.get(key)}
    view, _made = PivotView.objects.update_or_create(
        company=company, owner=by, name=name, defaults={"definition": kept, "is_shared": is_shared}
    )
    return view


def delete_view(view: PivotView, *, by: Any) -> None:
    """Only its owner deletes a view. Raises ``NotPermitted``."""
    if view.owner_id != by.pk:
        raise NotPermitted(permission=view.name, company=view.company)
    view.delete()
