"""The way back up: from a ledger line to the document, through what upper apps registered."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class DocumentLink:
    """How to name and open documents of one source type."""

    label: Any
    url: Callable[[int], str]


_LINKS: dict[str, DocumentLink] = {}


def register_document_link(source_type: str, label: Any, url: Callable[[int], str]) -> None:
    """``url(source_id)`` gives the page of the document."""
    _LINKS[source_type] = DocumentLink(label, url)


def document_url(source_type: str, source_id: int) -> str | None:
    """Address of the document's page, or None if its app registered none."""
    link = _LINKS.get(source_type)
    return link.url(source_id) if link else None


def document_label(source_type: str) -> str:
    """What such a document is called."""
    link = _LINKS.get(source_type)
    return str(link.label) if link else source_type
