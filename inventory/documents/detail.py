"""What the page of one stock document shows: facts, lines, what belongs to it, its files, and what may be done."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from erp.core.web.views import allowed
from inventory.costing.models import StockClosing
from inventory.documents.attachments import files_of
from inventory.documents.dates import working_date
from inventory.documents.kinds import KINDS
from inventory.documents.models import DocumentKind, DocumentStatus, LineRole, StockDocument
from inventory.documents.queries import LineRow, rows_of
from inventory.documents.related import related_to
from inventory.documents.shapes import SHAPES
from inventory.documents.story import story
from ledger.periods.models import Period, PeriodStatus

RELATED = (
    "warehouse", "to_warehouse", "party", "department", "created_by", "confirmed_by", "reversal_of", "of_document",
)  # fmt: skip
# Kind → what is made of it, on the page of a confirmed document.
FOLLOWERS = {
    DocumentKind.PURCHASE_RECEIPT: (DocumentKind.PURCHASE_RETURN, DocumentKind.LANDED_COST),
    DocumentKind.DELIVERY: (DocumentKind.SALES_RETURN,),
    DocumentKind.TRANSFER_OUT: (DocumentKind.TRANSFER_IN,),
    DocumentKind.PRODUCTION_ISSUE: (DocumentKind.PRODUCTION_RETURN,),
}


def context_of(request: Any, document: StockDocument) -> dict[str, Any]:
    rows = rows_of(document)
    sees_cost = allowed(request, "inventory.view_cost")
    costs = [row.cost for row in rows if row.cost is not None and row.line.role != LineRole.CONSUMED]
    quantities = [row.line.qty for row in rows if row.line.role != LineRole.CONSUMED]
    return {
        "document": document,
        "lines": rows,
        "columns": columns_of(rows),
        "total_qty": sum(quantities, Decimal(0)),
        "total_value": sum(costs, Decimal(0)) if costs else None,
        "facts": facts_of(document, sees_cost=sees_cost),
        "related": related_to(document, may=lambda permission: allowed(request, permission)),
        "steps": [
            step._asdict()
            for step in story(document, sees_voucher=allowed(request, "ledger.view_voucher"), sees_cost=sees_cost)
        ],
        "sees_cost": sees_cost,
        "files": files_of(document),
        **_actions(request, document),
    }


def _actions(request: Any, document: StockDocument) -> dict[str, Any]:
    is_draft = document.status == DocumentStatus.DRAFT
    is_live = document.status == DocumentStatus.CONFIRMED and document.reversal_of_id is None
    shape = SHAPES.get(document.kind)
    may_enter = (
        shape is not None and allowed(request, shape.permission) and allowed(request, "inventory.enter_document")
    )
    followers = FOLLOWERS.get(DocumentKind(document.kind), ()) if is_live else ()
    return {
        "may_change": is_draft and may_enter,
        "may_copy": may_enter,
        "may_confirm": is_draft and allowed(request, KINDS[document.kind].permission),
        "may_reverse": is_live and allowed(request, "inventory.reverse_document"),
        "own_date_open": is_live and _is_open(document),
        "reversal_day": working_date(document.company, not_before=document.date) if is_live else None,
        "next_kinds": [(kind.value, kind.label) for kind in followers if allowed(request, SHAPES[kind].permission)],
    }


def _is_open(document: StockDocument) -> bool:
    """Whether goods still move on the document's own date."""
    period = Period.objects.filter(
        company=document.company_id, start__lte=document.date, end__gte=document.date, status=PeriodStatus.OPEN
    ).first()
    return period is not None and not StockClosing.objects.filter(period=period).exists()


def columns_of(rows: list[LineRow]) -> set[str]:
    """Columns that at least one line fills in."""
    names = ("unit_id", "lot_id", "bin_id", "to_bin_id", "role", "share", "reason", "of_line_id", "amount", "note")
    found = {name for name in names for row in rows if getattr(row.line, name) not in (None, "")}
    if any(row.line.market_net or row.line.output_tax for row in rows):
        found.add("market_value")
    if any(row.line.input_tax_out for row in rows):
        found.add("input_tax_out")
    if any(row.line.qty for row in rows):
        found.add("qty")
    return found


def facts_of(document: StockDocument, *, sees_cost: bool) -> list[dict[str, Any]]:
    party = {"supplier": _("Supplier"), "customer": _("Customer")}.get(KINDS[document.kind].has_party, _("Party"))
    facts: list[tuple[str, Any]] = [
        (_("Date"), f"{document.date:%Y-%m-%d}"),
        (_("Warehouse"), document.warehouse),
        (_("To warehouse"), document.to_warehouse),
        (_("Reason"), document.get_reason_display() if document.reason else ""),
        (party, document.party.name if document.party else ""),
        (_("Department"), document.department.name if document.department else ""),
    ]
    if sees_cost and document.amount is not None:
        shape = SHAPES.get(document.kind)
        facts.append((str(shape.fee) if shape and shape.fee else _("Amount"), f"{document.amount:,.2f}"))
        facts.append((_("Input VAT"), f"{document.tax:,.2f}" if document.tax else ""))
        facts.append((_("Spread"), document.get_allocate_by_display() if document.allocate_by else ""))
    facts += [(_("External no."), document.external_no), (_("Note"), document.note)]
    return [{"label": label, "value": value} for label, value in facts if value]
