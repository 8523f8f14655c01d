"""The chart as a sheet: our own columns and Kingdee's (科目代码, 科目名称, 科目类别, 余额方向, 外币核算, 期末调汇 …).

New codes become accounts below the longest code that they begin with; known codes are renamed and changed where the
file has the column. Nothing is disabled or deleted by a file.
"""

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import DomainError
from erp.core.excel import values
from erp.core.excel.read import read_table
from erp.core.excel.write import Sheet, SheetColumn, write_workbook
from erp.core.imports.mapping import Issue
from ledger.accounts import properties, services, structure
from ledger.accounts.models import Account, AccountClass, AccountDimension, CashKind, Direction
from ledger.dimensions.models import DimensionType
from ledger.imports.columns import compared, words_of_types
from ledger.imports.sheets import SheetCheck, SheetKind
from ledger.preferences.services import preferences_of

COLUMNS: dict[str, tuple[str, ...]] = {
    "code": ("科目代码", "科目编码", "编码", "代码", "code"),
    "name": ("科目名称", "名称", "name"),
    "name_en": ("英文名称", "name_en"),
    "class": ("科目类别", "类别", "类型", "class"),
    "direction": ("余额方向", "方向", "direction"),
    "quantity": ("数量金额辅助核算", "数量核算", "quantity"),
    "unit": ("计量单位", "数量单位", "unit"),
    "currency": ("外币核算", "币别", "currency"),
    "revalued": ("期末调汇", "revalued"),
    "cash": ("现金科目",),
    "bank": ("银行科目",),
    "required": ("核算项目", "辅助核算", "项目辅助核算", "required_dimensions"),
    "optional": ("可选核算项目", "optional_dimensions"),
}
_BY_HEADING = {compared(name): field for field, names in COLUMNS.items() for name in names}
CLASSES = {
    "资产": AccountClass.ASSET, "负债": AccountClass.LIABILITY, "权益": AccountClass.EQUITY, "成本": AccountClass.COST,
    "收入": AccountClass.INCOME, "收益": AccountClass.INCOME, "费用": AccountClass.EXPENSE,
    "损失": AccountClass.EXPENSE,
    "税金": AccountClass.EXPENSE, "所得税": AccountClass.EXPENSE, "支出": AccountClass.EXPENSE,
}  # fmt: skip
YES = {"是", "Y", "YES", "TRUE", "1", "√", "T"}
NO_CURRENCY = {"", "不核算", "否", "RMB", "人民币", "CNY", "无"}
ANY_CURRENCY = {"*", "所有币别", "所有币种", "核算所有币别", "全部"}


class RowProblem(DomainError):
    code = "account_row"
    template = _("%(key)s: %(problem)s")


@dataclass(frozen=True, slots=True)
class ChartRow:
    row_no: int
    code: str
    cells: Mapping[str, str]


def check(company: Company, content: bytes, filename: str, options: Mapping[str, bool]) -> SheetCheck:
    """What the file would add and change, and what is wrong with it. Raises ``FileRefused``."""
    rows = _rows(content, filename)
    known = {account.code: account for account in Account.objects.filter(company=company)}
    types = DimensionType.objects.filter(company=company).values_list("code", "name", "name_en")
    ids = dict(DimensionType.objects.filter(company=company).values_list("code", "id"))
    words = words_of_types(types)
    lengths = _lengths(company)
    issues: list[Issue] = []
    codes = set(known)
    for row in rows:
        for field, problem in _problems(row, codes, lengths, words):
            error = RowProblem(key=row.code, problem=problem)
            issues.append(Issue(row.row_no, field, error.code, error.message))
        codes.add(row.code)

    def write(by: Any) -> None:
        for row in rows:
            _write(company, row, words, ids, by)

    new = [row for row in rows if row.code not in known]
    figures = {_("Rows"): len(rows), _("New accounts"): len(new), _("Known accounts"): len(rows) - len(new)}
    return SheetCheck(issues, write, figures)


def _rows(content: bytes, filename: str) -> list[ChartRow]:
    table = read_table(content, filename)
    if "code" not in {_BY_HEADING.get(compared(heading)) for heading in table.headers}:
        for name in COLUMNS["code"][:2]:
            other = read_table(content, filename, expected=[name])
            if "code" in {_BY_HEADING.get(compared(heading)) for heading in other.headers}:
                table = other
                break
    places: dict[str, int] = {}
    for place, heading in enumerate(table.headers):
        if field := _BY_HEADING.get(compared(heading)):
            places.setdefault(field, place)
    for field in ("code", "name"):
        if field not in places:
            table.require_columns([COLUMNS[field][0]])
    rows = []
    for row_no, cells in table.rows:
        texts = {field: values.text(cells[place]) for field, place in places.items()}
        code = texts["code"].replace(".", "").replace("-", "")
        if code:
            rows.append(ChartRow(row_no, code, texts))
    return sorted(rows, key=lambda row: row.code)


def _lengths(company: Company) -> list[int]:
    digits = [int(one) for one in preferences_of(company).code_scheme.split("-")]
    return [sum(digits[: level + 1]) for level in range(len(digits))]


def _problems(
    row: ChartRow, codes: set[str], lengths: list[int], words: Mapping[str, str]
) -> Iterable[tuple[str, Any]]:
    if not row.code.isdigit() or len(row.code) not in lengths:
        yield "科目代码", _("the code does not fit the code scheme.")
        return
    if not row.cells["name"]:
        yield "科目名称", _("the name is missing.")
    level = lengths.index(len(row.code))
    if row.code not in codes:
        if level and row.code[: lengths[level - 1]] not in codes:
            yield "科目代码", _("the account above it is neither here nor in the file.")
        if not level and _class(row) is None:
            yield "科目类别", _("a new account of the first level needs its class.")
    for field in ("required", "optional"):
        for name in _names(row.cells.get(field, "")):
            if name.casefold() not in words:
                yield "核算项目", _("“%(name)s” is no dimension of this company.") % {"name": name}


def _names(text: str) -> list[str]:
    names = [part.strip() for part in text.replace("；", ";").replace(",", ";").replace("/", ";").split(";")]
    return [name for name in names if name and name not in ("无", "否", "不核算")]


def _class(row: ChartRow) -> str | None:
    text = row.cells.get("class", "")
    if text in AccountClass.values:
        return text
    return next((value for word, value in CLASSES.items() if word in text), None)


def _write(company: Company, row: ChartRow, words: Mapping[str, str], ids: Mapping[str, int], by: Any) -> None:
    account = Account.objects.filter(company=company, code=row.code).select_related("parent").first()
    name, name_en = row.cells["name"].split("\\")[-1], row.cells.get("name_en", "")
    if account is None:
        account = _add(company, row, name, name_en, by)
    elif account.name != name or ("name_en" in row.cells and account.name_en != name_en):
        services.rename(account, name=name, name_en=name_en or account.name_en)
    properties.change(account, _properties(account, row), by=by)
    if "required" in row.cells or "optional" in row.cells:
        required = [ids[words[one.casefold()]] for one in _names(row.cells.get("required", ""))]
        optional = [ids[words[one.casefold()]] for one in _names(row.cells.get("optional", ""))]
        if "optional" not in row.cells:  # a layout without that column leaves it as it is
            kept = AccountDimension.objects.filter(company=company, account=account, is_required=False)
            optional = list(kept.values_list("dimension_type_id", flat=True))
        services.set_dimensions(account, required, optional)


def _add(company: Company, row: ChartRow, name: str, name_en: str, by: Any) -> Account:
    lengths = _lengths(company)
    level = lengths.index(len(row.code))
    if level:
        parent = Account.objects.get(company=company, code=row.code[: lengths[level - 1]])
        return services.add_sub_account(parent, name=name, name_en=name_en, code=row.code, by=by)
    account_class = _class(row) or AccountClass.ASSET
    is_debit = "贷" not in row.cells.get("direction", "") and row.cells.get("direction") != Direction.CREDIT
    direction = Direction.DEBIT if is_debit else Direction.CREDIT
    return structure.add_first_level(
        company, code=row.code, name=name, name_en=name_en, account_class=account_class, direction=direction
    )


def _properties(account: Account, row: ChartRow) -> properties.Properties:
    wanted = properties.properties_of(account)
    cells = row.cells
    if "quantity" in cells:
        wanted = replace(wanted, tracks_quantity=_yes(cells["quantity"]))
    if "unit" in cells:
        wanted = replace(wanted, unit=cells["unit"][:20])
    if "currency" in cells:
        text = cells["currency"].upper()
        wanted = replace(wanted, currency="" if text in NO_CURRENCY else "*" if text in ANY_CURRENCY else text[:3])
    if "revalued" in cells:
        wanted = replace(wanted, is_revalued=_yes(cells["revalued"]) and bool(wanted.currency))
    if _yes(cells.get("cash", "")):
        wanted = replace(wanted, cash_kind=CashKind.CASH)
    elif _yes(cells.get("bank", "")):
        wanted = replace(wanted, cash_kind=CashKind.BANK)
    return wanted


def _yes(text: str) -> bool:
    return text.upper() in YES


def export(company: Company, layout: str) -> bytes:
    """The whole chart; both layouts come back through the import."""
    dots = layout == "kingdee"
    lengths = _lengths(company)
    dimensions: dict[tuple[int, bool], list[str]] = {}
    for row in (
        AccountDimension.objects.filter(company=company).select_related("dimension_type").order_by("dimension_type_id")
    ):
        dimensions.setdefault((row.account_id, row.is_required), []).append(row.dimension_type.name)
    data = []
    for account in Account.objects.filter(company=company).order_by("code"):
        any_name = "所有币别" if dots else "*"
        currency = {"": "不核算" if dots else "", "*": any_name}.get(account.currency, account.currency)
        cells: list[Any] = [
            _dotted(account.code, lengths) if dots else account.code,
            account.name,
            "" if dots else account.name_en,
            _class_name(account.account_class),
            "借" if account.direction == Direction.DEBIT else "贷",
            currency,
            _mark(account.is_revalued),
            _mark(account.tracks_quantity),
            account.unit,
            _mark(account.cash_kind == CashKind.CASH),
            _mark(account.cash_kind == CashKind.BANK),
            ";".join(dimensions.get((account.pk, True), [])),
            ";".join(dimensions.get((account.pk, False), [])),
        ]
        data.append([cell for place, cell in enumerate(cells) if not (dots and place in (2, 12))])
    return _book(company, data, dots)


def template(company: Company) -> bytes:
    """The headings alone."""
    return _book(company, [], False)


def _book(company: Company, data: list[list[Any]], dots: bool) -> bytes:
    headings = [
        "科目代码", "科目名称", "英文名称", "科目类别", "余额方向", "外币核算", "期末调汇", "数量金额辅助核算",
        "计量单位", "现金科目", "银行科目", "核算项目", "可选核算项目",
    ]  # fmt: skip
    shown = [heading for place, heading in enumerate(headings) if not (dots and place in (2, 12))]
    stream = io.BytesIO()
    write_workbook(stream, [Sheet("科目", [SheetColumn(heading) for heading in shown], data)])
    return stream.getvalue()


def _mark(value: bool) -> str:
    return "是" if value else "否"


def _class_name(account_class: str) -> str:
    return {
        "asset": "资产",
        "liability": "负债",
        "equity": "权益",
        "cost": "成本",
        "income": "收入",
        "expense": "费用",
    }[account_class]


def _dotted(code: str, lengths: list[int]) -> str:
    parts, begin = [], 0
    for length in lengths:
        if begin < len(code):
            parts.append(code[begin:length])
            begin = length
    return ".".join(parts)


SHEET = SheetKind(
    code="accounts",
    label=_("Chart of accounts"),
    permission="ledger.manage_account",
    view_permission="ledger.view_account",
    back="account_list",
    check=check,
    export=export,
    template=template,
)
