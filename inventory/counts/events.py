"""What stock counts tell the ledger beside the events of stock documents."""

from ledger.posting.events import EventType, register_event_type

EVENT_TYPES: tuple[EventType, ...] = ()


def register() -> None:
    """Make the event types known to the ledger."""
    for event_type in EVENT_TYPES:
        register_event_type(event_type)
