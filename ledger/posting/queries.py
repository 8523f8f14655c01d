"""Reads of the seam that upper apps need too."""

from ledger.posting.models import AccountMapping


def accounts_of_key(company_id: int, key: str) -> list[int]:
    """Every account that the key leads to or once led to: where its amounts may lie."""
    rows = AccountMapping.objects.filter(company_id=company_id, key__code=key)
    return sorted(set(rows.values_list("account_id", flat=True)))
