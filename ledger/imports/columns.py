"""Which column of a voucher file means what: by its heading or its field key, in any order.

One table for Kingdee's layouts (KIS/K3 standard format, the old KIS fields, 星空, 星辰/精斗云) and our own export. A
heading that is none of these and names a dimension of the company is a column of that dimension.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from erp.core.excel import values

# field → headings and keys, compared without case, blanks, the star of a required column and full-width forms
NAMES: dict[str, tuple[str, ...]] = {
    "date": ("凭证日期", "日期", "FDate", "date", "记账日期", "制单日期"),
    "year": ("会计年度", "年度", "FYear", "year"),
    "period": ("会计期间", "期间", "FPeriod", "period"),
    "word": ("凭证字", "FGroupID", "FGroup", "FVOUCHERGROUPID#Name", "word", "凭证类别"),
    "word_code": ("FVOUCHERGROUPID",),
    "number": ("凭证号", "凭证编号", "凭证号数", "FNumber", "FNum", "FVOUCHERGROUPNO", "number"),
    "head": ("FBillHead(GL_VOUCHER)",),
    "serial": ("序号", "FSerialNum", "FSerialNo"),
    "attachments": ("附件数", "附件张数", "附单据数", "FAttachments", "FAttchment", "attachments"),
    "reference": ("参考信息", "FReference", "reference", "原凭证号"),
    "summary": ("凭证摘要", "摘要", "FExplanation", "FExp", "summary"),
    "account": ("科目代码", "科目编码", "会计科目", "FAccountNum", "FACCOUNTID", "FAcctID", "account"),
    "account_name": ("科目名称", "FAccountName", "FACCOUNTID#Name", "account_name"),
    "currency": ("币别代码", "币别", "币种", "FCurrencyNum", "FCURRENCYID", "FCyID", "currency"),
    "currency_name": ("币别名称", "FCurrencyName", "FCURRENCYID#Name"),
    "rate": ("汇率", "FExchangeRate", "FExchRate", "rate"),
    "original": ("原币金额", "原币", "FAmountFor", "FFcyAmt", "original_amount"),
    "debit": ("借方", "借方金额", "借方本位币", "FDebit", "debit"),
    "credit": ("贷方", "贷方金额", "贷方本位币", "FCredit", "credit"),
    "amount": ("金额", "本位币金额", "FAmount", "amount"),
    "side": ("方向", "借贷方向", "借贷", "FDC", "side"),
    "quantity": ("数量", "FQuantity", "FQty", "quantity"),
    "unit_price": ("单价", "FUnitPrice", "FPrice", "unit_price"),
    "settlement_method": ("结算方式", "FSettleTypeID", "FSettlCode", "settlement_method"),
    "settlement_no": ("结算号", "FSettleNo", "settlement_no"),
    "business_no": ("往来业务编号", "业务编号", "FTransNo", "FBUSNO", "FTransID", "business_no"),
    "items": ("核算项目", "FItem", "辅助核算"),
    "own_type": ("自定义辅助核算类别",),
    "own_code": ("自定义辅助核算编码",),
    "cash_flow": ("现金流量", "现金流量项目", "FCashFlow", "cash_flow"),
    "class_1": ("FCLSNAME1",), "class_2": ("FCLSNAME2",), "class_3": ("FCLSNAME3",), "class_4": ("FCLSNAME4",),
    "object_1": ("FOBJID1",), "object_2": ("FOBJID2",), "object_3": ("FOBJID3",), "object_4": ("FOBJID4",),
    "name_1": ("FOBJNAME1",), "name_2": ("FOBJNAME2",), "name_3": ("FOBJNAME3",), "name_4": ("FOBJNAME4",),
}  # fmt: skip

# What belongs to the voucher, not to its line: blank cells below the first line mean the same voucher.
HEAD_FIELDS = ("date", "year", "period", "word", "word_code", "number", "head", "serial", "attachments", "reference")

# Kingdee's words for dimensions that we call otherwise.
DIMENSION_WORDS = {
    "员工": "employee", "职员": "employee", "存货": "item", "商品": "item", "物料": "item", "往来单位": "customer",
    "客户": "customer", "供应商": "supplier", "部门": "department", "项目": "project", "仓库": "warehouse",
    "银行账号": "bank_account", "银行账户": "bank_account", "客户分组": "customer_group", "物料分组": "item_category",
}  # fmt: skip
# 星空 numbers the built-in dimensions.
FLEX = {
    "fflex4": "supplier", "fflex5": "department", "fflex6": "customer", "fflex7": "employee", "fflex8": "item",
    "fflex13": "customer_group", "fflex16": "bank_account",
}  # fmt: skip
_BRACKETS = re.compile(r"[(（\[].*?[)）\]]")
_SPLIT = re.compile(r"[#.、/_\-\s]+")


def compared(heading: str) -> str:
    """A heading without what layouts decorate it with."""
    return re.sub(r"[\s*]+", "", values.code(heading).casefold())


_FIELDS = {compared(name): field_ for field_, names in NAMES.items() for name in names}
ACCOUNT_HEADINGS = NAMES["account"]


@dataclass(frozen=True, slots=True)
class DimensionColumn:
    """A column with values of one dimension: codes, or names where ``is_name``."""

    place: int
    type_code: str
    is_name: bool


@dataclass(slots=True)
class Columns:
    """Places of the fields and of the dimensions; ``unknown`` headings are read over."""

    places: dict[str, int] = field(default_factory=dict)
    dimensions: list[DimensionColumn] = field(default_factory=list)
    headings: dict[str, str] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)


def field_of(heading: str) -> str | None:
    """The field that a heading or key means."""
    return _FIELDS.get(compared(heading)) or _FIELDS.get(compared(_BRACKETS.sub("", heading)))


def recognise(headings: Sequence[str], labels: Sequence[str], types: dict[str, str]) -> Columns:
    """Places by heading, else by the label below it (星空 has two header rows).

    ``types``: names (folded) of the company's dimensions → their code. The first column of a field counts.
    """
    found = Columns()
    for place, heading in enumerate(headings):
        label = labels[place] if place < len(labels) else ""
        name = field_of(heading) or (field_of(label) if label else None)
        if name is not None and name not in found.places:
            found.places[name] = place
            found.headings[name] = label or heading
        elif name is None and (column := _dimension(place, heading, label, types)):
            found.dimensions.append(column)
        elif name is None and heading:
            found.unknown.append(heading)
    return found


def _dimension(place: int, heading: str, label: str, types: dict[str, str]) -> DimensionColumn | None:
    is_name = False
    for text in filter(None, (label, heading)):
        parts = [part.casefold() for part in _SPLIT.split(_BRACKETS.sub("", text.replace("*", ""))) if part]
        is_name = is_name or bool({"name", "名称"} & set(parts[1:])) or text.endswith("名称")
        for part in parts:
            bare = re.sub(r"(编码|代码|编号|名称)$", "", part) or part
            if code := types.get(part) or types.get(bare) or FLEX.get(part):
                return DimensionColumn(place, code, is_name)
    return None


def words_of_types(types: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    """Folded names of dimensions → code, from (code, name, English name); a company's own names go before Kingdee's."""
    known = list(types)
    codes = {code for code, _name, _english in known}
    words = {word: code for word, code in DIMENSION_WORDS.items() if code in codes}
    for code, name, english in known:
        words |= {text.casefold(): code for text in (code, name, english) if text}
    return words
