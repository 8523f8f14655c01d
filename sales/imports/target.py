"""The import target ``sales.trade_lines``: lines of a trading system become sales, returns, gifts and corrections.

One outside number may hold rows of several kinds: each kind becomes a document of its own, all with that number as
their external number.
"""

from django.utils.translation import gettext_lazy as _

from erp.core.imports.mapping import FieldType
from erp.core.imports.summary import register_kind
from erp.core.imports.targets import ImportTarget, TargetField, TargetOption, register_target
from sales.imports.kinds import OPENING, TradeKind
from sales.imports.plan import plan
from sales.imports.writer import TradeWriter

TARGET = ImportTarget(
    code="sales.trade_lines",
    label=_("Sales lines (sales, returns, gifts, stock corrections)"),
    document_field="doc_no",
    fields=(
        TargetField("doc_no", _("Document no."), FieldType.CODE, is_required=True),
        TargetField("date", _("Date"), FieldType.DATE, is_required=True),
        TargetField("customer_code", _("Customer code"), FieldType.CODE, is_required=True),
        TargetField("region", _("Region")),
        TargetField("item_code", _("Item code"), FieldType.CODE, is_required=True),
        TargetField("item_name", _("Item name")),
        TargetField("qty", _("Quantity"), FieldType.DECIMAL, is_required=True),
        TargetField("price", _("Unit price"), FieldType.DECIMAL, is_required=True),
        TargetField("tax_rate", _("Tax rate"), FieldType.DECIMAL, is_required=True),
        TargetField("item_category", _("Item category"), FieldType.CODE, is_required=True),
        TargetField("document_kind", _("Kind of document"), is_required=True, choices=tuple(TradeKind.choices)),
    ),
    plan=plan,
    writer=TradeWriter,
    options=(
        TargetOption("opening_stock_share", _("Opening stock: share of the median price"), FieldType.DECIMAL, "0"),
        TargetOption("customer_sheet", _("Sheet with customer names")),
    ),
)


def register() -> None:
    """Called once when Django starts."""
    register_target(TARGET)
    for kind in TradeKind:
        register_kind(kind.value, kind.label)
    register_kind(OPENING, _("Opening stock"))
