"""On which side of the stock books a move stands.

Returns stay on the side of what they return, in red (a sales return is a negative issue), and so do reversals: the
sides of the stock books are debit and credit of the stock accounts. Value without quantity stands with what came in.
Transfers, assemblies and disassemblies stand where their sign says, their reversals where the original stood.
"""

from inventory.documents.models import DocumentKind as Kind
from inventory.moves.models import OPENING

INCOMING = (
    OPENING,
    Kind.PURCHASE_RECEIPT,
    Kind.PURCHASE_RETURN,
    Kind.OTHER_RECEIPT,
    Kind.COUNT_GAIN,
    Kind.FINISHED_RECEIPT,
    Kind.LANDED_COST,
    Kind.COST_ADJUSTMENT,
    Kind.PRICE_CHANGE,
    Kind.INVOICE_VARIANCE,
)
OUTGOING = (
    Kind.DELIVERY,
    Kind.SALES_RETURN,
    Kind.OTHER_ISSUE,
    Kind.COUNT_LOSS,
    Kind.SCRAP,
    Kind.PRODUCTION_ISSUE,
    Kind.PRODUCTION_RETURN,
)
TRANSFERS = (Kind.TRANSFER, Kind.TRANSFER_OUT, Kind.TRANSFER_IN)


def _list(kinds: tuple[str, ...]) -> str:
    return ", ".join(f"'{kind!s}'" for kind in kinds)


def is_in(alias: str, *, net_transfers: bool = False) -> str:
    """SQL: whether the move stands on the side of what came in.

    ``net_transfers``: transfers within what is looked at cancel out; what was lost on the way is left, as an issue.
    """
    a = alias
    transfers = f" WHEN {a}.kind IN ({_list(TRANSFERS)}) THEN false" if net_transfers else ""
    return (
        f"(CASE WHEN {a}.kind IN ({_list(INCOMING)}) THEN true WHEN {a}.kind IN ({_list(OUTGOING)}) THEN false"
        f"{transfers} ELSE ({a}.qty > 0) <> ({a}.reversal_of_id IS NOT NULL) END)"
    )
