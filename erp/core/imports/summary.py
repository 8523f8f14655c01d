"""A run's summary in words: its state and its figures with labels."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erp.core.imports.models import ImportRun

LABELS: dict[str, Any] = {
    "rows": gettext_lazy("Rows"),
    "documents": gettext_lazy("Documents"),
    "rows_in_documents": gettext_lazy("Rows in documents"),
    "rows_left_out": gettext_lazy("Rows left out"),
    "rows_refused": gettext_lazy("Rows refused"),
    "already_imported_documents": gettext_lazy("Documents already here"),
    "already_imported_rows": gettext_lazy("Rows already here"),
    "new_items": gettext_lazy("New items"),
    "new_customers": gettext_lazy("New customers"),
    "opening_items": gettext_lazy("Items with opening stock"),
    "opening_value": gettext_lazy("Value of opening stock"),
}
KINDS: dict[str, Any] = {}


def register_kind(code: str, label: Any) -> None:
    """What documents of a kind are called; upper apps add theirs."""
    KINDS[code] = label


def facts_of(summary: Mapping[str, Any]) -> list[tuple[Any, Any]]:
    """(label, figure) pairs: the totals, then documents by kind, then the seconds."""
    if not summary:
        return []
    facts = [(label, f"{summary[key]}") for key, label in LABELS.items() if key in summary]
    facts += [(KINDS.get(kind, kind), f"{count}") for kind, count in summary.get("documents_by_kind", {}).items()]
    if "seconds" in summary:
        facts.append((_("Seconds"), f"{summary['seconds']['total']}"))
    return facts


def state_of(run: ImportRun) -> tuple[str, Any]:
    """(badge, label) of a run: that of its job while there is one, else whether it came to its end."""
    if run.job is not None:
        return run.job.state, run.job.get_state_display()
    return ("done", _("Done")) if run.finished_at else ("running", _("Running"))
