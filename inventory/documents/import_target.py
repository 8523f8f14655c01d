"""The import target ``inventory.stock_documents``: rows of a workbook become stock documents of any kind.

Rows with the same external number are one document; it is written whole or not at all. The columns have Chinese names
and take Chinese words for kinds and reasons, as the product's template has them.
"""

import io
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from erp.core.access.permissions import require
from erp.core.companies.models import Company
from erp.core.errors import DomainError
from erp.core.excel.write import Sheet, SheetColumn, write_workbook
from erp.core.imports.mapping import FieldType, Issue, MappedRow
from erp.core.imports.models import ImportProfile
from erp.core.imports.profiles import install_profile
from erp.core.imports.reading import refused_with
from erp.core.imports.summary import register_kind
from erp.core.imports.targets import (
    BatchOutcome,
    ImportTarget,
    Plan,
    PlannedDocument,
    TargetField,
    TargetOption,
    WriteContext,
    Written,
    register_target,
)
from inventory.costing.stock_periods import hold_stock_open
from inventory.documents import chinese
from inventory.documents.confirm import create_confirmed
from inventory.documents.drafts import create_document
from inventory.documents.import_rows import Reader, new_lots
from inventory.documents.kinds import KINDS
from inventory.documents.models import AllocateBy, DocumentKind, LineRole, Reason
from inventory.documents.shapes import SHAPES

TARGET_CODE = "inventory.stock_documents"
DRAFTS, CONFIRMED = "stock-documents", "stock-documents-confirmed"
# Field, column of the template, type, whether a row must have it, example.
COLUMNS: tuple[tuple[str, str, FieldType, bool, Any], ...] = (
    ("external_no", "外部单号", FieldType.TEXT, True, "RK-001"),
    ("kind", "单据类型", FieldType.TEXT, True, "采购入库"),
    ("date", "日期", FieldType.DATE, True, "2025-12-01"),
    ("warehouse", "仓库编码", FieldType.CODE, True, "MAIN"),
    ("to_warehouse", "调入仓库编码", FieldType.CODE, False, ""),
    ("party", "往来单位编码", FieldType.CODE, False, "S001"),
    ("reason", "原因", FieldType.TEXT, False, ""),
    ("original", "原单号", FieldType.TEXT, False, ""),
    ("item", "货品编码或条码", FieldType.CODE, False, "A1"),
    ("unit", "单位", FieldType.TEXT, False, ""),
    ("qty", "数量", FieldType.DECIMAL, False, 10),
    ("unit_cost", "单位成本", FieldType.DECIMAL, False, 6.5),
    ("amount", "调整金额", FieldType.DECIMAL, False, ""),
    ("lot", "批号或序列号", FieldType.TEXT, False, ""),
    ("expires_on", "有效期至", FieldType.DATE, False, ""),
    ("bin", "库位", FieldType.TEXT, False, ""),
    ("role", "组装角色", FieldType.TEXT, False, ""),
    ("share", "成本比例", FieldType.DECIMAL, False, ""),
    ("line_reason", "行原因", FieldType.TEXT, False, ""),
    ("line_note", "行备注", FieldType.TEXT, False, ""),
    ("fee", "费用", FieldType.DECIMAL, False, ""),
    ("tax", "进项税额", FieldType.DECIMAL, False, ""),
    ("allocate_by", "分摊方式", FieldType.TEXT, False, ""),
    ("note", "备注", FieldType.TEXT, False, ""),
)
CHOICES: dict[str, Any] = {
    "kind": [(kind, DocumentKind(kind).label) for kind in SHAPES],
    "reason": [one for one in Reason.choices if one[0]],
    "line_reason": [one for one in Reason.choices if one[0]],
    "role": [one for one in LineRole.choices if one[0]],
    "allocate_by": AllocateBy.choices,
}
WORDS: dict[str, list[tuple[str, str]]] = {
    "kind": [(kind, chinese.KINDS[kind]) for kind in SHAPES],
    "reason": list(chinese.REASONS.items()),
    "line_reason": list(chinese.REASONS.items()),
    "role": list(chinese.ROLES.items()),
    "allocate_by": list(chinese.SPREADS.items()),
}
LABELS = {
    "external_no": _("External no."), "kind": _("Kind"), "date": _("Date"), "warehouse": _("Warehouse"),
    "to_warehouse": _("To warehouse"), "party": _("Party"), "reason": _("Reason"), "original": _("Original document"),
    "item": _("Item"), "unit": _("Unit"), "qty": _("Quantity"), "unit_cost": _("Unit cost"), "amount": _("Amount"),
    "lot": _("Lot or serial no."), "expires_on": _("Expires on"), "bin": _("Bin"), "role": _("Role"),
    "share": _("Cost share"), "line_reason": _("Reason of the line"), "line_note": _("Note of the line"),
    "fee": _("Fee or charge"), "tax": _("Input VAT"), "allocate_by": _("Spread"), "note": _("Note"),
}  # fmt: skip


def plan(company: Company, options: Mapping[str, Any], documents: Mapping[str, list[MappedRow]]) -> Plan:
    """Which documents the rows make, in order of date; a row that is wrong refuses its whole document."""
    reader = Reader(company, [row for rows in documents.values() for row in rows])
    with transaction.atomic():
        closed = hold_stock_open(company.pk, {rows[0].values["date"] for rows in documents.values()})
    result = Plan()
    for number, rows in documents.items():
        document, issues = reader.document(number, rows)
        if (problem := closed.get(rows[0].values["date"])) is not None:
            issues.append(Issue(rows[0].row_no, "date", problem.code, problem.message))
        if issues or document is None:
            by_row = {issue.row_no: issue for issue in reversed(issues)}
            for row in rows:
                row.issues += [by_row[row.row_no]] if row.row_no in by_row else []
            result.issues += refused_with(rows, number, min(by_row))
        else:
            result.documents.append(PlannedDocument(number, rows[0].values["kind"], rows))
    result.documents.sort(key=lambda one: (one.rows[0].values["date"], one.rows[0].row_no))
    return result


class StockWriter:
    """Writes drafts, or confirmed documents, each whole or not at all."""

    def __init__(self, context: WriteContext) -> None:
        self.context = context
        self.confirms = bool(context.options["confirm"])

    def prepare(self) -> Mapping[str, Any]:
        """Nothing is needed beforehand."""
        return {}

    def write(self, documents: Sequence[PlannedDocument]) -> BatchOutcome:
        outcome = BatchOutcome()
        reader = Reader(self.context.company, [row for one in documents for row in one.rows])
        for planned in documents:
            try:
                outcome.written.append(Written(planned, planned.kind, self._write(reader, planned)))
            except DomainError as refusal:
                outcome.refused.append((planned, refusal))
        return outcome

    @transaction.atomic
    def _write(self, reader: Reader, planned: PlannedDocument) -> int:
        company, by = self.context.company, self.context.by
        self._need(SHAPES[planned.kind].permission)
        document, issues = reader.document(planned.external_no, planned.rows)
        if document is None:
            raise DomainError(issues[0].code, issues[0].message)
        if any(line.unit_cost is not None or line.amount is not None for line in document.lines):
            self._need("inventory.view_cost")
        if document.lines:
            new_lots(company, document, planned.rows)
        if not self.confirms:
            return create_document(company, document, by=by).pk
        self._need(KINDS[planned.kind].permission)
        (made,) = create_confirmed(company, [document], by=by)
        assert isinstance(made, int)
        return made

    def _need(self, permission: str) -> None:
        """The file does no more than its person may."""
        by, company = self.context.by, self.context.company
        if by is not None:
            require(by, company, permission)


TARGET = ImportTarget(
    code=TARGET_CODE,
    label=_("Stock documents of any kind"),
    document_field="external_no",
    fields=tuple(
        TargetField(name, LABELS[name], type_, is_required=needed, choices=tuple(CHOICES.get(name, ())))
        for name, _column, type_, needed, _example in COLUMNS
    ),
    plan=plan,
    writer=StockWriter,
    options=(TargetOption("confirm", _("Confirm at once (1) or leave drafts (0)"), FieldType.DECIMAL, "0"),),
    batch_documents=100,
)


def register() -> None:
    """Called once when Django starts."""
    register_target(TARGET)
    for kind in SHAPES:
        register_kind(str(kind), DocumentKind(kind).label)


def profile_of(company: Company, *, confirms: bool) -> ImportProfile:
    """The company's profile for the template's columns, made when it is first used."""
    code = CONFIRMED if confirms else DRAFTS
    found = ImportProfile.objects.filter(company=company, code=code).first()
    return found or install_profile(company, _document(code, confirms=confirms))


def _document(code: str, *, confirms: bool) -> dict[str, Any]:
    values = [
        {"field": name, "source": word, "target": str(value)} for name, words in WORDS.items() for value, word in words
    ]
    with override("en"):
        values += [
            {"field": name, "source": str(label), "target": str(value)}
            for name, choices in CHOICES.items()
            for value, label in choices
        ]
    unique = {(one["field"], one["source"].casefold()): one for one in values}
    return {
        "code": code,
        "name": "库存单据(导入后审核)" if confirms else "库存单据(导入为草稿)",
        "target": TARGET_CODE,
        "options": {"confirm": "1" if confirms else "0"},
        "fields": [{"column": column, "field": name, "required": needed} for name, column, _t, needed, _e in COLUMNS],
        "values": list(unique.values()),
    }


def template() -> bytes:
    """An empty workbook with the columns, one example row, and a sheet that lists the words they take."""
    kinds = {FieldType.DECIMAL: "quantity", FieldType.DATE: "text"}
    words = [[column, word] for name, column, *_rest in COLUMNS for _value, word in WORDS.get(name, ())]
    sheets = [
        Sheet(
            name="库存单据",
            columns=[SheetColumn(column, kinds.get(type_, "text")) for _n, column, type_, _needed, _e in COLUMNS],
            rows=[[example if example != "" else None for *_rest, example in COLUMNS]],
            title=[],
        ),
        Sheet(name="可填的词", columns=[SheetColumn("列"), SheetColumn("可填")], rows=words, title=[]),
    ]
    stream = io.BytesIO()
    write_workbook(stream, sheets)
    return stream.getvalue()
