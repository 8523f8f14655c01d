"""Availability as a report: for the workbook and for the API of reports."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.reports import Column, Parameter, Report, ReportResult, register
from inventory.availability import queries
from inventory.warehouses.models import Warehouse

COLUMNS = (
    Column("code", _("Code")),
    Column("name", _("Name"), width=36),
    Column("unit", _("Unit"), width=8),
    Column("on_hand", _("On hand"), "quantity"),
    Column("reserved", _("Reserved"), "quantity"),
    Column("free", _("Free now"), "quantity"),
    Column("in_transit", _("In transit"), "quantity"),
    Column("on_purchase", _("On purchase order"), "quantity"),
    Column("on_sales", _("On sales order"), "quantity"),
    Column("to_promise", _("Available to promise"), "quantity"),
)


def _query(company: Company, params: Any) -> ReportResult:
    warehouses = None
    if params["warehouse"]:
        warehouses = list(
            Warehouse.objects.filter(company=company, code=params["warehouse"]).values_list("id", flat=True)
        )
    return ReportResult(queries.availability(company, warehouse_ids=warehouses, text=params["text"] or ""))


REPORT = register(
    Report(
        "availability",
        _("Availability"),
        "inventory.view_stock",
        _query,
        COLUMNS,
        (Parameter("text", _("Code, name or pinyin")), Parameter("warehouse", _("Warehouse code"))),
    )
)
