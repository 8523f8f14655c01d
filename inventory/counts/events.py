"""What stock counts tell the ledger beside the events of stock documents: what became of pending differences."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from ledger.posting.events import EventType, NewEvent, register_event_type

if TYPE_CHECKING:
    from inventory.counts.models import CountDisposal

DISPOSAL = "count_disposal"
GAIN_DISPOSED, LOSS_DISPOSED = "stock_count_gain_disposed", "stock_count_loss_disposed"

# ``standard``: the enterprise standard reduces administrative expense by a gain, the one for small businesses has
# income of it. ``claim`` is the part of the loss that an employee is to pay.
EVENT_TYPES: tuple[EventType, ...] = (
    EventType(
        GAIN_DISPOSED,
        _("Count gain settled"),
        "盘盈处理",
        ("amount",),
        ("reason", "standard", "department", "warehouse"),
    ),
    EventType(
        LOSS_DISPOSED,
        _("Count loss settled"),
        "盘亏处理",
        ("amount", "claim"),
        ("reason", "standard", "department", "employee", "warehouse"),
    ),
)


def register() -> None:
    """Make the event types known to the ledger."""
    for event_type in EVENT_TYPES:
        register_event_type(event_type)


def event_of(company: Company, disposal: "CountDisposal", *, original_event: int | None = None) -> NewEvent:
    """The event of a disposal; a reversing one has negative amounts and names its original's event."""
    from inventory.counts.models import DisposalKind

    facts: dict[str, int | str] = {
        "standard": str(company.standard),
        "warehouse": disposal.document.warehouse.dimension_value_id,
    }
    if disposal.reason:
        facts["reason"] = str(disposal.reason)
    if disposal.department_id is not None:
        facts["department"] = disposal.department_id
    if disposal.employee_id is not None:
        facts["employee"] = disposal.employee_id
    measures = {"amount": str(disposal.amount)}
    is_gain = disposal.kind == DisposalKind.GAIN
    if not is_gain:
        measures["claim"] = str(disposal.claim)
    line = {"id": disposal.pk, "measures": measures}
    if disposal.reversal_of_id is not None:
        line["of"] = disposal.reversal_of_id
    return NewEvent(
        event_type=GAIN_DISPOSED if is_gain else LOSS_DISPOSED,
        source_type=DISPOSAL,
        source_id=disposal.pk,
        business_date=disposal.date,
        document_no=disposal.number,
        party=disposal.employee.name if disposal.employee is not None else "",
        facts=facts,
        lines=[line],
        reversal_of_id=original_event,
    )
