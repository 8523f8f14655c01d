"""Rows of the standard's tables of masters: book, periods, currencies, chart, dimensions, statements."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from erp.core.companies.models import Company
from ledger.accounts.models import Account, AccountDimension
from ledger.cash_flow.models import CashFlowItem
from ledger.currencies.models import Currency
from ledger.dimensions.models import DimensionType, DimensionValue
from ledger.interchange.elements import AUXILIARIES
from ledger.periods.models import Period
from ledger.preferences.services import preferences_of
from ledger.statements.models import StatementSnapshot
from ledger.vouchers.models import Voucher, VoucherKind, VoucherLine

Row = dict[str, Any]
OWN_ARCHIVES = {"department": "部门档案", "employee": "员工档案", "supplier": "供应商档案", "customer": "客户档案"}
CLASSES = {
    "asset": "资产", "liability": "负债", "equity": "所有者权益", "cost": "成本", "income": "收入", "expense": "费用",
}  # fmt: skip
SIDES = {"debit": "借", "credit": "贷"}
KINDS = {
    VoucherKind.MANUAL: "手工录入", VoucherKind.GENERATED: "业务生成", VoucherKind.REVERSAL: "红字冲销",
    VoucherKind.CORRECTION: "更正", VoucherKind.TRANSFER: "自动转账", VoucherKind.REVALUATION: "期末调汇",
    VoucherKind.CLOSING_PL: "结转损益", VoucherKind.CLOSING_YEAR: "年末结转",
}  # fmt: skip


@dataclass(slots=True)
class Scope:
    """What is exported: one fiscal year of one company."""

    company: Company
    year: int
    edition: str
    periods: list[Period] = field(init=False)
    positions: dict[int, list[int]] = field(init=False)

    def __post_init__(self) -> None:
        self.periods = list(Period.objects.filter(company=self.company, year=self.year).order_by("start"))
        # O10: the order in which dimensions were given to the account is fixed; what is added later comes at the end.
        self.positions = {}
        rows = AccountDimension.objects.filter(company=self.company).order_by("account", "id")
        for account, type_id in rows.values_list("account_id", "dimension_type_id"):
            self.positions.setdefault(account, []).append(type_id)


def day(date: Any) -> str:
    """Dates are YYYYMMDD."""
    return f"{date:%Y%m%d}" if date else ""


def book(scope: Scope) -> Iterator[Row]:
    company = scope.company
    yield {
        "电子账簿编号": company.code,
        "电子账簿名称": f"{company.name}{scope.year}年度账簿",
        "会计核算单位": company.name,
        "组织机构代码": company.credit_code,
        "单位性质": "企业",
        "开发单位": "通账",
        "版本号": "1.0",
        "本位币": company.currency,
        "会计年度": scope.year,
        "标准版本号": f"GB/T 24589.1-{scope.edition}",
    }


def periods(scope: Scope) -> Iterator[Row]:
    for period in scope.periods:
        yield {
            "会计年度": period.year,
            "会计期间号": f"{period.number:02d}",
            "会计期间起始日期": day(period.start),
            "会计期间结束日期": day(period.end),
        }


def words(scope: Scope) -> Iterator[Row]:
    found = Voucher.objects.filter(company=scope.company, period__in=scope.periods).order_by("word")
    for word in found.values_list("word", flat=True).distinct():
        yield {"记账凭证类型编号": word, "记账凭证类型名称": f"{word}账凭证", "记账凭证类型简称": word}


def rate_kinds(_scope: Scope) -> Iterator[Row]:
    yield {"汇率类型编号": "booking", "汇率类型名称": "记账汇率"}
    yield {"汇率类型编号": "closing", "汇率类型名称": "期末汇率"}


def currencies(scope: Scope) -> Iterator[Row]:
    base = scope.company.currency
    yield {"币种编码": base, "币种名称": "人民币" if base == "CNY" else base}
    for row in Currency.objects.filter(company=scope.company).exclude(code=base).order_by("code"):
        yield {"币种编码": row.code, "币种名称": row.name}


def settlements(scope: Scope) -> Iterator[Row]:
    lines = VoucherLine.objects.filter(company=scope.company, period__in=scope.periods).exclude(settlement_method="")
    for name in lines.order_by("settlement_method").values_list("settlement_method", flat=True).distinct():
        yield {"结算方式编码": name, "结算方式名称": name}


def _values(scope: Scope, condition: Q) -> Iterator[DimensionValue]:
    rows = DimensionValue.objects.filter(condition, company=scope.company).select_related("parent", "dimension_type")
    return rows.order_by("dimension_type", "code").iterator(chunk_size=2_000)


def departments(scope: Scope) -> Iterator[Row]:
    for value in _values(scope, Q(dimension_type__code="department")):
        above = value.parent.code if value.parent else ""
        yield {"部门编码": value.code, "部门名称": value.name, "上级部门编码": above}


def employees(scope: Scope) -> Iterator[Row]:
    for value in _values(scope, Q(dimension_type__code="employee")):
        yield {"员工编码": value.code, "员工姓名": value.name, "部门编码": value.parent.code if value.parent else ""}


def suppliers(scope: Scope) -> Iterator[Row]:
    for value in _values(scope, Q(dimension_type__code="supplier")):
        yield {"供应商编码": value.code, "供应商名称": value.name, "供应商简称": value.name}


def customers(scope: Scope) -> Iterator[Row]:
    for value in _values(scope, Q(dimension_type__code="customer")):
        yield {"客户编码": value.code, "客户名称": value.name, "客户简称": value.name}


def own_archives(scope: Scope) -> Iterator[Row]:
    types = DimensionType.objects.filter(company=scope.company).exclude(code__in=OWN_ARCHIVES)
    for row in types:
        has_levels = "1" if row.is_hierarchical else "0"
        yield {"档案编码": row.code, "档案名称": row.name, "档案描述": row.name_en, "是否有层级特征": has_levels}


def own_values(scope: Scope) -> Iterator[Row]:
    for value in _values(scope, ~Q(dimension_type__code__in=list(OWN_ARCHIVES))):
        yield {
            "档案编码": value.dimension_type.code,
            "档案值编码": value.code,
            "档案值名称": value.name,
            "档案值父节点": value.parent.code if value.parent else "",
            "档案值级次": 2 if value.parent else 1,
        }


def ledger_facts(scope: Scope) -> Iterator[Row]:
    yield {"结构分隔符": "-", "会计科目编号规则": preferences_of(scope.company).code_scheme}


def accounts(scope: Scope) -> Iterator[Row]:
    for account in Account.objects.filter(company=scope.company).order_by("code"):
        yield {
            "科目编号": account.code,
            "科目名称": account.name,
            "科目级次": account.level,
            "科目类型": CLASSES[account.account_class],
            "余额方向": SIDES[account.direction],
        }


def auxiliaries(scope: Scope) -> Iterator[Row]:
    types = {row.pk: row for row in DimensionType.objects.filter(company=scope.company)}
    for pk, code in Account.objects.filter(company=scope.company).order_by("code").values_list("id", "code"):
        for number, type_id in enumerate(scope.positions.get(pk, [])[:AUXILIARIES], start=1):
            name = types[type_id].name
            archive = OWN_ARCHIVES.get(types[type_id].code, types[type_id].code)
            yield {"科目编号": code, "辅助项编号": number, "辅助项名称": name, "对应档案": archive}


def cash_flow_items(scope: Scope) -> Iterator[Row]:
    for item in CashFlowItem.objects.filter(company=scope.company):
        yield {
            "现金流量项目编码": item.code,
            "现金流量项目名称": item.name,
            "是否末级": "1",
            "现金流量项目级次": 1,
            "现金流量数据来源": "0",
            "现金流量项目属性": "流入" if item.flow == "in" else "流出",
        }


def _snapshots(scope: Scope) -> Iterator[StatementSnapshot]:
    rows = StatementSnapshot.objects.filter(company=scope.company, period__in=scope.periods, superseded_at=None)
    return rows.select_related("statement", "period").order_by("statement__code", "period__start").iterator()


def statements(scope: Scope) -> Iterator[Row]:
    for made in _snapshots(scope):
        yield {
            "报表编号": f"{made.statement.code}-{made.period}",
            "报表名称": made.statement.name,
            "报表报告日": day(made.period.end),
            "报表报告期": f"{made.period}",
            "编制单位": scope.company.name,
            "货币单位": "元",
        }


def statement_items(scope: Scope) -> Iterator[Row]:
    """Each line with its first column, as it was issued."""
    for made in _snapshots(scope):
        for number, row in enumerate(made.payload["rows"], start=1):
            yield {
                "报表编号": f"{made.statement.code}-{made.period}",
                "报表项编号": number,
                "报表项名称": row["label"],
                "报表项数值": next(iter(row["values"]), None) or "",
            }


def sources(_scope: Scope) -> Iterator[Row]:
    for code, name in KINDS.items():
        yield {"凭证来源编码": str(code.value), "凭证来源名称": name}


def users(scope: Scope) -> Iterator[Row]:
    from erp.core.access.models import Membership

    rows = Membership.objects.filter(company=scope.company).order_by("user__username")
    for username, name in rows.values_list("user__username", "user__display_name").distinct():
        yield {"用户编号": username, "用户名称": name or username}


MASTERS: dict[str, Callable[[Scope], Iterator[Row]]] = {
    "电子账簿": book,
    "会计期间": periods,
    "记账凭证类型": words,
    "汇率类型": rate_kinds,
    "币种": currencies,
    "结算方式": settlements,
    "部门档案": departments,
    "员工档案": employees,
    "供应商档案": suppliers,
    "客户档案": customers,
    "自定义档案项": own_archives,
    "自定义档案值": own_values,
    "总账基础信息": ledger_facts,
    "会计科目": accounts,
    "科目辅助核算": auxiliaries,
    "现金流量项目": cash_flow_items,
    "报表集": statements,
    "报表项数据": statement_items,
    "凭证来源": sources,
    "用户": users,
}
