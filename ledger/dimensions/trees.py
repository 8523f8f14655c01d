"""Masters that form a tree (item categories, customer groups) and their values in a hierarchical dimension."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, TypeVar

from django.db import transaction

from erp.core.companies.models import Company
from erp.core.errors import NotFound
from ledger.dimensions.services import ValueRow, ensure_values


class TreeRow(Protocol):
    """A node to be there; ``parent_code`` exists or stands earlier in the same call."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def parent_code(self) -> str | None: ...


Row = TypeVar("Row", bound=TreeRow)


@transaction.atomic
def ensure_tree(
    company: Company,
    model: Any,
    type_code: str,
    rows: Iterable[Row],
    extra: Callable[[Row], Mapping[str, Any]] = lambda row: {},
) -> dict[str, int]:
    """Make the nodes (``TreeRow``) that are missing; code → id for all given. Existing ones stay as they are.

    ``extra`` gives further columns of a new node. Raises ``NotFound`` for an unknown parent.
    """
    wanted = list({row.code: row for row in rows}.values())
    values = ensure_values(company.pk, type_code, [ValueRow(r.code, r.name, r.parent_code) for r in wanted])
    known = dict(model.objects.filter(company=company).values_list("code", "id"))
    for row in wanted:  # parents first, as given; trees are small
        if row.code in known:
            continue
        if row.parent_code is not None and row.parent_code not in known:
            raise NotFound(what=model._meta.verbose_name, key=row.parent_code)
        known[row.code] = model.objects.create(
            company=company,
            code=row.code,
            name=row.name,
            parent_id=known[row.parent_code] if row.parent_code is not None else None,
            dimension_value_id=values[row.code],
            **extra(row),
        ).pk
    return {row.code: known[row.code] for row in wanted}
