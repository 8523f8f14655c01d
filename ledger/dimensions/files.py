"""Values of dimensions as a sheet: 维度, 代码, 名称, 上级代码, 停用. One file may hold several dimensions."""

import io
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.excel import values
from erp.core.excel.read import read_table
from erp.core.excel.write import Sheet, SheetColumn, write_workbook
from erp.core.imports.mapping import Issue
from ledger.dimensions import own
from ledger.dimensions.models import DimensionType, DimensionValue
from ledger.imports.columns import words_of_types
from ledger.imports.sheets import SheetCheck, SheetKind

HEADINGS = ("维度", "代码", "名称", "上级代码", "停用")
DISABLED = {"是", "Y", "YES", "1", "停用"}


def check(company: Company, content: bytes, filename: str, options: Mapping[str, bool]) -> SheetCheck:
    """New codes are added, known ones renamed. Raises ``FileRefused``."""
    table = read_table(content, filename, expected=HEADINGS[:3])
    places = table.require_columns(HEADINGS[:3])
    optional = {name: table.headers.index(name) for name in HEADINGS[3:] if name in table.headers}
    kinds = {one.code: one for one in DimensionType.objects.filter(company=company)}
    words = words_of_types((one.code, one.name, one.name_en) for one in kinds.values())
    known = {
        (value.dimension_type_id, value.code)
        for value in DimensionValue.objects.filter(company=company, dimension_type__in=kinds.values())
    }
    issues: list[Issue] = []
    rows: list[tuple[DimensionType, str, str, str, bool]] = []
    for row_no, cells in table.rows:
        kind = kinds.get(words.get(values.text(cells[places["维度"]]).casefold(), ""))
        code, name = values.text(cells[places["代码"]]), values.text(cells[places["名称"]])
        parent = values.text(cells[optional["上级代码"]]) if "上级代码" in optional else ""
        is_disabled = "停用" in optional and values.code(cells[optional["停用"]]) in DISABLED
        problem: Any = None
        if kind is None:
            problem = (
                "维度",
                _("“%(name)s” is no dimension of this company.") % {"name": values.text(cells[places["维度"]])},
            )
        elif kind.code in own.OF_MASTERS:
            problem = "维度", _("its values follow the masters; change them there.")
        elif not code or not name:
            problem = "代码", _("a value has a code and a name.")
        elif parent and (not kind.is_hierarchical or (kind.pk, parent) not in known):
            problem = "上级代码", _("the parent must stand above in the file or be here, and the dimension be a tree.")
        if problem or kind is None:
            issues.append(Issue(row_no, problem[0], "dimension_row", str(problem[1])))
            continue
        known.add((kind.pk, code))
        rows.append((kind, code, name, parent, not is_disabled))

    def write(by: Any) -> None:
        for kind, code, name, parent, is_active in rows:
            values_of = DimensionValue.objects.filter(company=company, dimension_type=kind)
            above = values_of.get(code=parent) if parent else None
            value = values_of.filter(code=code).first() or own.add_value(kind, code=code, name=name, parent=above)
            if (value.name, value.is_active, value.parent_id) != (name, is_active, above.pk if above else None):
                own.change_value(value, name=name, is_active=is_active, parent=above)

    return SheetCheck(issues, write, {_("Rows"): len(rows)})


def export(company: Company, layout: str) -> bytes:
    """All values that are kept here, parents first."""
    rows = (
        DimensionValue.objects.filter(company=company)
        .exclude(dimension_type__code__in=own.OF_MASTERS)
        .select_related("dimension_type", "parent")
        .order_by("dimension_type_id", "parent__code", "code")
    )
    ordered = sorted(rows, key=lambda value: (value.dimension_type_id, _path(value)))
    return _book(
        [
            [
                value.dimension_type.name,
                value.code,
                value.name,
                value.parent.code if value.parent else "",
                "" if value.is_active else "是",
            ]
            for value in ordered
        ]
    )


def _path(value: DimensionValue) -> list[str]:
    path = [value.code]
    above = value.parent
    while above is not None:
        path.insert(0, above.code)
        above = above.parent
    return path


def template(company: Company) -> bytes:
    """The headings alone."""
    return _book([])


def _book(data: list[list[str]]) -> bytes:
    stream = io.BytesIO()
    write_workbook(stream, [Sheet("核算项目", [SheetColumn(name) for name in HEADINGS], data)])
    return stream.getvalue()


SHEET = SheetKind(
    code="dimensions",
    label=_("Dimension values"),
    permission="ledger.manage_dimension",
    view_permission="ledger.view_account",
    back="dimensions_types",
    check=check,
    export=export,
    template=template,
    layouts=(("own", _("Tongzhang")),),
)
