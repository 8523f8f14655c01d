"""What each kind of stock document is: its number, its event, what its lines do to stock, what it must name.

The one place that tells kinds apart. ``moves.plan`` makes moves of it, ``events`` payloads, pages their forms.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from inventory.documents.models import DocumentKind, Reason


class Flow(StrEnum):
    """What confirming does with the lines."""

    IN = "in"  # at the line's unit cost, else at the pool's
    OUT = "out"
    BACK_IN = "back_in"  # what ``of_line`` gave comes back
    BACK_OUT = "back_out"  # what ``of_line`` brought goes back
    MOVE = "move"  # out of the warehouse, into ``to_warehouse``
    MAKE = "make"  # consumed lines become produced ones
    VALUE = "value"  # no quantity: ``amount`` or ``unit_cost`` counts


@dataclass(frozen=True, slots=True)
class KindSpec:
    """``sign``: what positive measures of its event mean: goods that come in (1) or leave (−1). ``has_cost``: a line
    may state a unit cost; ``needs_original``: every line names one; ``department``: of documents that name none.
    ``permission`` to confirm it, where it is not the usual one."""

    prefix: str
    event_type: str
    flow: Flow
    sign: int = 1
    reasons: tuple[Reason, ...] = (Reason.NONE,)
    has_cost: bool = False
    has_party: str = ""
    needs_party: bool = False
    needs_original: bool = False
    department: str = "WH"
    permission: str = "inventory.confirm_document"
    by_hand: bool = True

    @property
    def needs_to_warehouse(self) -> bool:
        return self.flow is Flow.MOVE

    @property
    def comes_in(self) -> bool:
        """Whether the lines bring quantity into ``warehouse``."""
        return self.flow in (Flow.IN, Flow.BACK_IN)

    @property
    def has_quantity(self) -> bool:
        return self.flow is not Flow.VALUE


_LOSSES = (Reason.NONE, Reason.MISMANAGEMENT, Reason.NATURAL_LOSS, Reason.DISASTER)
_COST = "inventory.adjust_cost"

KINDS: Mapping[str, KindSpec] = {
    DocumentKind.PURCHASE_RECEIPT: KindSpec(
        "CGRK", "purchase_receipt_estimated", Flow.IN, has_cost=True, has_party="supplier", needs_party=True
    ),
    DocumentKind.PURCHASE_RETURN: KindSpec(
        "CGTH", "purchase_return_uninvoiced", Flow.BACK_OUT, has_party="supplier", needs_party=True, needs_original=True
    ),
    DocumentKind.DELIVERY: KindSpec(
        "XSCK", "sales_delivery", Flow.OUT, sign=-1, has_party="customer", department="SALES"
    ),
    DocumentKind.SALES_RETURN: KindSpec(
        "XSTK", "sales_return_uninvoiced", Flow.BACK_IN, sign=-1, has_cost=True, has_party="customer",
        department="SALES",
    ),
    DocumentKind.OTHER_RECEIPT: KindSpec(
        "QTRK", "other_receipt", Flow.IN, reasons=(Reason.FOUND, Reason.DONATION, Reason.OPENING), has_cost=True
    ),
    DocumentKind.OTHER_ISSUE: KindSpec(
        "QTCK", "other_issue", Flow.OUT, sign=-1, has_party="customer",
        reasons=(Reason.CONSUMPTION, Reason.GIFT, Reason.SAMPLE, Reason.WELFARE, Reason.DONATION, Reason.CORRECTION),
    ),
    DocumentKind.TRANSFER: KindSpec("DBD", "stock_transferred", Flow.MOVE),
    DocumentKind.TRANSFER_OUT: KindSpec("DBCK", "stock_transfer_shipped", Flow.MOVE),
    DocumentKind.TRANSFER_IN: KindSpec("DBRK", "stock_transfer_received", Flow.MOVE, needs_original=True),
    DocumentKind.COUNT_GAIN: KindSpec("PYRK", "stock_count_gain", Flow.IN, has_cost=True),
    DocumentKind.COUNT_LOSS: KindSpec("PKCK", "stock_count_loss", Flow.OUT, sign=-1, reasons=_LOSSES),
    DocumentKind.SCRAP: KindSpec("BFCK", "stock_scrapped", Flow.OUT, sign=-1, reasons=_LOSSES),
    DocumentKind.ASSEMBLY: KindSpec("ZZD", "stock_assembled", Flow.MAKE),
    DocumentKind.DISASSEMBLY: KindSpec("CXD", "stock_disassembled", Flow.MAKE),
    DocumentKind.PRODUCTION_ISSUE: KindSpec("SCLL", "production_issued", Flow.OUT, sign=-1),
    DocumentKind.PRODUCTION_RETURN: KindSpec("SCTL", "production_returned", Flow.BACK_IN, sign=-1, has_cost=True),
    DocumentKind.FINISHED_RECEIPT: KindSpec("CPRK", "finished_goods_received", Flow.IN, has_cost=True),
    DocumentKind.LANDED_COST: KindSpec(
        "FYFT", "landed_cost_allocated", Flow.VALUE, has_party="supplier", needs_original=True, permission=_COST
    ),
    DocumentKind.COST_ADJUSTMENT: KindSpec("CBTZ", "stock_cost_adjusted", Flow.VALUE, permission=_COST),
    DocumentKind.PRICE_CHANGE: KindSpec("JHTJ", "standard_cost_revised", Flow.VALUE, permission=_COST),
    DocumentKind.INVOICE_VARIANCE: KindSpec(
        "FPCY", "purchase_invoice", Flow.VALUE, has_party="supplier", needs_original=True, permission=_COST,
        by_hand=False,
    ),
}  # fmt: skip

RETURNS_OF: Mapping[str, tuple[str, ...]] = {
    DocumentKind.PURCHASE_RETURN: (DocumentKind.PURCHASE_RECEIPT,),
    DocumentKind.SALES_RETURN: (DocumentKind.DELIVERY,),
    DocumentKind.PRODUCTION_RETURN: (DocumentKind.PRODUCTION_ISSUE,),
    DocumentKind.TRANSFER_IN: (DocumentKind.TRANSFER_OUT,),
    DocumentKind.LANDED_COST: (DocumentKind.PURCHASE_RECEIPT,),
    DocumentKind.INVOICE_VARIANCE: (DocumentKind.PURCHASE_RECEIPT,),
}
"""Kind → kinds of the documents whose lines it may name as originals."""
