"""What the ledger gives a new company: dimensions, chart of accounts, periods, account keys and mappings."""

import csv
from pathlib import Path

from erp.core.companies.models import Company, Standard, Taxpayer
from ledger.accounts.models import Account, AccountDimension, account_search_key
from ledger.cash_flow import setup as cash_flow_setup
from ledger.closing import setup as closing_setup
from ledger.dimensions.models import DimensionType
from ledger.dimensions.services import ValueRow, empty_set_id, ensure_values
from ledger.periods.services import ensure_periods
from ledger.posting.models import AccountKey, AccountMapping
from ledger.preferences.services import preferences_of
from ledger.statements import setup as statements_setup

CHARTS = Path(__file__).parent / "charts"

DIMENSIONS = [
    # code, 中文, English, hierarchical
    ("customer", "客户", "Customer", False),
    ("customer_group", "客户分组", "Customer group", True),
    ("supplier", "供应商", "Supplier", False),
    ("supplier_group", "供应商分组", "Supplier group", True),
    ("item", "物料", "Item", False),
    ("item_category", "物料类别", "Item category", True),
    ("warehouse", "仓库", "Warehouse", False),
    ("department", "部门", "Department", True),
    ("employee", "职员", "Employee", False),
    ("project", "项目", "Project", True),
    ("bank_account", "银行账户", "Bank account", False),
]
DEPARTMENTS = [
    ValueRow("SALES", "销售部"),
    ValueRow("WH", "仓储部"),
    ValueRow("ADMIN", "行政部"),
    ValueRow("FIN", "财务部"),
]

# Keys whose accounts are kept by documents only (R-CTRL).
CONTROL_KEYS = {
    "receivable",
    "advance_receipts",
    "prepayments",
    "payable",
    "grni",
    "stock",
    "raw_material",
    "delivered_goods",
}
# Ours beside the standard's chart: lines of invoices that need an account of their own.
EXTRA_ACCOUNTS = {
    Standard.SMALL: [
        ("500190", "销售折扣与折让", "Sales discounts and allowances", "income", "debit", "5001"),
        ("560190", "样品费", "Samples", "expense", "debit", "5601"),
        ("140203", "待分摊采购费用", "Purchase charges to be allocated", "asset", "debit", "1402"),
    ],
    Standard.ENTERPRISE: [
        ("600190", "销售折扣与折让", "Sales discounts and allowances", "income", "debit", "6001"),
        ("660190", "样品费", "Samples", "expense", "debit", "6601"),
        ("140203", "待分摊采购费用", "Purchase charges to be allocated", "asset", "debit", "1402"),
    ],
}
# Keys that the published list does not have.
EXTRA_KEYS = [
    # code, 中文, English, small, enterprise, note
    (
        "opening_contra",
        "期初存货对方",
        "Contra of opening stock",
        "3001",
        "4001",
        "opening balances entered by documents",
    ),
    (
        "landed_cost_clearing",
        "待分摊采购费用",
        "Landed cost to be settled",
        "140203",
        "140203",
        "landed cost allocated before the invoice of the charge arrives",
    ),
]


def install(company: Company) -> None:
    """Fill a new company. Runs inside the transaction that creates it."""
    types = install_dimensions(company)
    install_chart(company, types)
    ensure_periods(company)
    install_keys(company)
    empty_set_id(company.pk)
    complete(company)


def complete(company: Company) -> None:
    """What later versions of the product added to a company's set-up. Each step adds only what is missing, so
    ``manage.py complete_companies`` may run it after every upgrade."""
    preferences_of(company)
    install_extras(company)
    cash_flow_setup.install(company)
    closing_setup.install(company)
    statements_setup.install(company)


def install_dimensions(company: Company) -> dict[str, DimensionType]:
    """The built-in dimensions, and departments to begin with (expense accounts need one)."""
    DimensionType.objects.bulk_create(
        [
            DimensionType(
                company=company, code=code, name=zh, name_en=en, is_builtin=True, is_hierarchical=hierarchical
            )
            for code, zh, en, hierarchical in DIMENSIONS
        ]
    )
    ensure_values(company.pk, "department", DEPARTMENTS)
    return {row.code: row for row in DimensionType.objects.filter(company=company)}


def install_chart(company: Company, types: dict[str, DimensionType]) -> None:
    """The chart of the company's standard. A small-scale taxpayer keeps 应交增值税 without columns (R-VAT)."""
    with (CHARTS / f"{company.standard}.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if _belongs(company, row["code"])]
    control = control_codes(company)
    extra = EXTRA_ACCOUNTS[Standard(company.standard)]
    for code, zh, en, account_class, direction, parent in extra:
        rows.append(
            {
                "code": code,
                "name_zh": zh,
                "name_en": en,
                "class": account_class,
                "direction": direction,
                "parent_code": parent,
                "dimensions": "department" if account_class == "expense" else "",
                "cash_kind": "",
                "quantity": "0",
                "optional_dimensions": "employee;project"
                if account_class == "expense"
                else "customer;item;department;employee;project",
            }
        )
    rows.sort(key=lambda row: row["code"])
    parents = {row["parent_code"] for row in rows}
    made: dict[str, Account] = {}
    for length in sorted({len(row["code"]) for row in rows}):
        level = [row for row in rows if len(row["code"]) == length]
        Account.objects.bulk_create(
            [
                Account(
                    company=company,
                    code=row["code"],
                    name=row["name_zh"],
                    name_en=row["name_en"],
                    parent=made.get(row["parent_code"]),
                    level=1 + (length - 4) // 2,
                    account_class=row["class"],
                    direction=row["direction"],
                    cash_kind=row["cash_kind"],
                    tracks_quantity=row["quantity"] == "1",
                    is_control=any(row["code"].startswith(code) for code in control),
                    is_leaf=row["code"] not in parents,
                    search_key=account_search_key(row["code"], row["name_zh"], made.get(row["parent_code"])),
                )
                for row in level
            ]
        )
        codes = [row["code"] for row in level]
        made |= {account.code: account for account in Account.objects.filter(company=company, code__in=codes)}
    AccountDimension.objects.bulk_create(
        [
            AccountDimension(
                company=company, account=made[row["code"]], dimension_type=types[code], is_required=required
            )
            for row in rows
            for column, required in (("dimensions", True), ("optional_dimensions", False))
            for code in row[column].split(";")
            if code in types
        ]
    )


def install_extras(company: Company) -> None:
    """Our own accounts and keys that came with a later version than the company. A code in use stays as it is."""
    known = dict(Account.objects.filter(company=company).values_list("code", "id"))
    types = {row.code: row for row in DimensionType.objects.filter(company=company)}
    for code, zh, en, account_class, direction, parent_code in EXTRA_ACCOUNTS[Standard(company.standard)]:
        parent = Account.objects.filter(company=company, code=parent_code, is_leaf=False).first()
        if code in known or parent is None:
            continue
        account = Account.objects.create(
            company=company,
            code=code,
            name=zh,
            name_en=en,
            parent=parent,
            level=parent.level + 1,
            account_class=account_class,
            direction=direction,
            search_key=account_search_key(code, zh, parent),
        )
        is_expense = account_class == "expense"
        optional = ("employee", "project") if is_expense else ("customer", "item", "department", "employee", "project")
        AccountDimension.objects.bulk_create(
            [AccountDimension(company=company, account=account, dimension_type=types[name]) for name in optional]
            + [
                AccountDimension(company=company, account=account, dimension_type=types[name], is_required=True)
                for name in (["department"] if is_expense else [])
            ]
        )
    leaves = {account.code: account for account in Account.objects.filter(company=company, is_leaf=True)}
    keys = set(AccountKey.objects.filter(company=company).values_list("code", flat=True))
    for code, account_code, row in _keys(company):
        if code in keys:
            continue
        key = AccountKey.objects.create(company=company, code=code, name=row["name_zh"], name_en=row["name_en"])
        if account_code in leaves:
            AccountMapping.objects.create(company=company, key=key, account=leaves[account_code])


def _belongs(company: Company, code: str) -> bool:
    if company.taxpayer == Taxpayer.GENERAL:
        return True
    return not (code.startswith("222101") and len(code) > 6) and not "222102" <= code <= "222110"


def control_codes(company: Company) -> set[str]:
    """Codes of the accounts that control keys lead to by default."""
    return {account for code, account, _row in _keys(company) if code in CONTROL_KEYS}


def install_keys(company: Company) -> None:
    """Account keys with their default mapping (no selectors). A key without a leaf in this chart gets none."""
    leaves = {account.code: account for account in Account.objects.filter(company=company, is_leaf=True)}
    keys = _keys(company)
    AccountKey.objects.bulk_create(
        [
            AccountKey(
                company=company,
                code=code,
                name=row["name_zh"],
                name_en=row["name_en"],
                selectors=[name for name in row["selectors"].split(";") if name],
                note=row["note"][:200],
            )
            for code, _account, row in keys
        ]
    )
    by_code = {key.code: key for key in AccountKey.objects.filter(company=company)}
    AccountMapping.objects.bulk_create(
        [
            AccountMapping(company=company, key=by_code[code], account=leaves[account])
            for code, account, _row in keys
            if account in leaves
        ]
    )


def _keys(company: Company) -> list[tuple[str, str, dict[str, str]]]:
    """(key, account code in this company's chart, row of the list)."""
    column = "small_business" if company.standard == Standard.SMALL else "enterprise"
    with (CHARTS / "account_keys.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["key"], row[column], row) for row in csv.DictReader(file)]
    for code, zh, en, small, enterprise, note in EXTRA_KEYS:
        account = small if company.standard == Standard.SMALL else enterprise
        rows.append((code, account, {"name_zh": zh, "name_en": en, "selectors": "", "note": note}))
    if company.taxpayer == Taxpayer.SMALL_SCALE:
        rows = [(key, "222101" if account.startswith("222101") else account, row) for key, account, row in rows]
    return rows
