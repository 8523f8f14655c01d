"""Suppliers as a sheet."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import NotFound
from erp.core.excel import values
from inventory.items.sheet_rows import ACTIVE_HELP, Col, active, checked, days, share, sheet
from inventory.suppliers.models import Supplier, SupplierGroup
from inventory.suppliers.services import save_supplier


def _days_to_pay(cell: Any) -> int:
    found = days(cell)
    return 30 if found is None else found


COLUMNS = (
    Col("编码", "code", values.code, is_required=True),
    Col("名称", "name", is_required=True),
    Col("分组编码", "group", values.code),
    Col("税号", "tax_id", values.code),
    Col("税率", "tax_rate", share, kind="percent"),
    Col("付款天数", "payment_days", _days_to_pay, help="空白表示 30 天"),
    Col("开户银行", "bank_name"),
    Col("银行账号", "bank_account"),
    Col("联系人", "contact"),
    Col("电话", "phone"),
    Col("地址", "address"),
    Col("备注", "note"),
    Col("启用", "is_active", active, help=ACTIVE_HELP),
)


def _save(company: Company, given: Mapping[str, Any], by: Any) -> None:
    row = Supplier.objects.filter(company=company, code__iexact=given["code"]).first() or Supplier(
        company=company, code=given["code"]
    )
    for key, value in given.items():
        if key == "group":
            value = SupplierGroup.objects.filter(company=company, code__iexact=value).first() if value else None
            if value is None and given["group"]:
                raise NotFound(field="group", what=SupplierGroup._meta.verbose_name, key=given["group"])
        if key != "code":
            setattr(row, key, value)
    save_supplier(checked(row), by=by)


def _rows(company: Company) -> Iterator[list[Any]]:
    for row in Supplier.objects.filter(company=company).select_related("group").order_by("code"):
        found: list[Any] = [getattr(row, column.key) for column in COLUMNS]
        found[2] = row.group.code if row.group is not None else ""
        found[-1] = "是" if row.is_active else "否"
        yield found


SUPPLIERS = sheet(
    code="suppliers",
    label=_("Suppliers"),
    title="供应商",
    permission="inventory.manage_supplier",
    view_permission="purchasing.view_document",
    back="supplier_list",
    columns=COLUMNS,
    save=_save,
    rows=_rows,
    examples=[["S001", "景德镇青云瓷业有限公司", "", "91360200MA35ABCD12"]],
)
