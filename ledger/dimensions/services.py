"""Create dimension values and intern sets of them, in bulk and without races."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import connection, transaction

from erp.core.errors import NotFound
from erp.core.pinyin import search_key
from ledger.dimensions.models import DimensionSet, DimensionSetItem, DimensionType, DimensionValue

Pair = tuple[int, int]  # (dimension type id, dimension value id)


@dataclass(frozen=True, slots=True)
class ValueRow:
    """A value to be there: its code and name, and the code of its parent in a hierarchical dimension."""

    code: str
    name: str
    parent_code: str | None = None


def type_ids(company_id: int) -> dict[str, int]:
    """Dimension type code → id."""
    return dict(DimensionType.objects.filter(company_id=company_id).values_list("code", "id"))


def ensure_values(company_id: int, type_code: str, rows: Iterable[ValueRow]) -> dict[str, int]:
    """Make the values that are missing and return code → id for all given codes. Existing names stay.

    Parents must exist or stand earlier in ``rows``. Raises ``NotFound`` for an unknown dimension.
    """
    type_id = type_ids(company_id).get(type_code)
    if type_id is None:
        raise NotFound(what="Dimension", key=type_code)
    wanted = list({row.code: row for row in rows}.values())
    values = DimensionValue.objects.filter(company_id=company_id, dimension_type_id=type_id)
    known = dict(values.values_list("code", "id"))
    missing = [row for row in wanted if row.code not in known]
    while missing:
        ready = [row for row in missing if row.parent_code is None or row.parent_code in known]
        if not ready:
            raise NotFound(what="Parent value", key=missing[0].parent_code)
        DimensionValue.objects.bulk_create(
            [
                DimensionValue(
                    company_id=company_id,
                    dimension_type_id=type_id,
                    code=row.code,
                    name=row.name,
                    parent_id=known[row.parent_code] if row.parent_code is not None else None,
                    search_key=search_key(row.code, row.name)[:400],
                )
                for row in sorted(ready, key=lambda row: row.code)
            ],
            batch_size=2_000,
            ignore_conflicts=True,
        )
        known |= dict(values.filter(code__in=[row.code for row in ready]).values_list("code", "id"))
        missing = [row for row in missing if row.code not in known]
    return {row.code: known[row.code] for row in wanted}


def set_key(pairs: Iterable[Pair]) -> str:
    """Canonical text of a set: ``type:value`` sorted by type id; '' for the empty set."""
    return ",".join(f"{type_id}:{value_id}" for type_id, value_id in sorted(pairs))


def empty_set_id(company_id: int) -> int:
    """Id of the set without values."""
    return intern_sets(company_id, [()])[()]


def intern_sets(company_id: int, sets: Iterable[tuple[Pair, ...]]) -> dict[tuple[Pair, ...], int]:
    """Ids of the sets, making those that are new. Set-based; safe with other writers at the same time."""
    by_key = {set_key(pairs): pairs for pairs in sets}
    if not by_key:
        return {}
    with transaction.atomic():
        found = _ids(company_id, list(by_key))
        new = sorted(key for key in by_key if key not in found)
        if new:
            made = _insert(company_id, new)
            DimensionSetItem.objects.bulk_create(
                [
                    DimensionSetItem(
                        company_id=company_id, dimension_set_id=set_id, dimension_type_id=type_id, value_id=value_id
                    )
                    for key, set_id in made.items()
                    for type_id, value_id in by_key[key]
                ],
                batch_size=5_000,
            )
            found |= made
            if len(found) < len(by_key):  # somebody else made them meanwhile and has committed
                found |= _ids(company_id, [key for key in by_key if key not in found])
    return {pairs: found[key] for key, pairs in by_key.items()}


def _ids(company_id: int, keys: list[str]) -> dict[str, int]:
    rows = DimensionSet.objects.filter(company_id=company_id).extra(where=["key = ANY(%s)"], params=[keys])
    return dict(rows.values_list("key", "id"))


def _insert(company_id: int, keys: list[str]) -> Mapping[str, int]:
    """Insert sorted keys (one lock order for all writers) and return those that were new here."""
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO ledger_dimensionset (company_id, key) SELECT %s, k FROM unnest(%s::text[]) k
               ON CONFLICT (company_id, key) DO NOTHING RETURNING key, id""",
            [company_id, keys],
        )
        return dict(cursor.fetchall())
