"""Who a stock document is for. Upper apps, which know customers, say what their party means to posting rules."""

from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from ledger.dimensions.models import DimensionValue


class Party(NamedTuple):
    """Name for vouchers, and the facts that hold for its documents, e.g. customer and customer group."""

    name: str
    facts: Mapping[str, int | str]


Provider = Callable[[int, Collection[int]], Mapping[int, Party]]
_PROVIDERS: list[Provider] = []


def register_parties(provider: Provider) -> None:
    """``provider(company_id, value ids)`` gives the parties it knows by their dimension value."""
    if provider not in _PROVIDERS:
        _PROVIDERS.append(provider)


def parties(company_id: int, value_ids: Collection[int]) -> dict[int, Party]:
    """Dimension value id → party. A value that no upper app knows stands for itself."""
    found: dict[int, Party] = {}
    if not value_ids:
        return found
    for provider in _PROVIDERS:
        found |= provider(company_id, value_ids)
    if rest := [value_id for value_id in value_ids if value_id not in found]:
        for value in DimensionValue.objects.filter(company_id=company_id, pk__in=rest).select_related("dimension_type"):
            found[value.pk] = Party(value.name, {value.dimension_type.code: value.pk})
    return found
