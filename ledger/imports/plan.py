"""What a file of vouchers would become: checked vouchers in their order, and what is wrong, row by row.

Writes nothing. The checks are those of a voucher entered by hand (``vouchers.checks``); what concerns many rows – an
unknown account, an unknown dimension value – is told once with the number of rows.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from erp.core.companies.models import Company
from erp.core.errors import DomainError
from erp.core.imports.mapping import Issue
from erp.core.money import ZERO
from ledger.imports import problems
from ledger.imports.books import Books
from ledger.imports.layout import RawLine, VoucherFile
from ledger.imports.values import HeadValues, read_head, read_line
from ledger.vouchers.checks import LineInput, check_lines, word_of
from ledger.vouchers.refusals import NotBalanced
from ledger.vouchers.services import words_of

FIELDS = {"debit": "debit", "account": "account", "dimensions": "items", "summary": "summary", "date": "date"}


@dataclass(slots=True)
class PlannedVoucher:
    """A voucher that may be written. ``source`` is its number in the other system, ``key`` finds it a second time."""

    key: str
    source: str
    head: HeadValues
    period_id: int
    word: str
    lines: list[LineInput]
    row_nos: list[int]


@dataclass(slots=True)
class VoucherPlan:
    """``unknown_accounts``: code → (name in the file, rows); ``new_values``: (type, code) → (stand-in id, name)."""

    vouchers: list[PlannedVoucher] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    rows: int = 0
    refused_vouchers: int = 0
    refused_rows: int = 0
    unknown_accounts: dict[str, tuple[str, int]] = field(default_factory=dict)
    new_values: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)


@dataclass(slots=True)
class _Group:
    head: HeadValues
    rows: list[RawLine]


def make_plan(
    company: Company,
    file: VoucherFile,
    *,
    account_map: Mapping[str, str],
    create_missing: bool,
    may_use_control: bool,
) -> VoucherPlan:
    """Read all rows and check each voucher. ``account_map``: code in the file → our code."""
    plan = VoucherPlan()
    groups = _grouped(file, plan)
    books = Books(company, groups_items(groups), account_map=account_map, create_missing=create_missing)
    for group in groups:
        _plan_one(company, file, books, group, plan, may_use_control)
    plan.unknown_accounts = books.unknown_accounts
    plan.new_values = books.new_values
    for code, (name, count) in books.unknown_accounts.items():
        error: DomainError = problems.UnknownAccount(key=code, name=name, count=count)
        plan.issues.append(Issue(books.first_row["account", code], file.heading("account"), error.code, error.message))
    for (kind, code, heading), count in books.unknown_values.items():
        error = problems.UnknownValue(kind=kind, key=code, count=count)
        plan.issues.append(Issue(books.first_row[kind, code], heading, error.code, error.message))
    plan.vouchers.sort(key=lambda one: (one.head.date, one.head.word, one.head.number))
    plan.vouchers.sort(key=lambda one: (one.period_id, one.head.word, one.head.number))
    return plan


def groups_items(groups: Iterable[_Group]) -> set[str]:
    """The dimensions, as the file names them, that occur."""
    return {item.type_name for group in groups for row in group.rows for item in row.items}


def _grouped(file: VoucherFile, plan: VoucherPlan) -> list[_Group]:
    """Rows of one voucher together (also where they do not follow each other), in the order of their first row."""
    groups: dict[str, _Group] = {}
    refused: Counter[str] = Counter()
    for row in file.lines():
        plan.rows += 1
        head, errors = read_head(row.head)
        key = head.key or f"row {row.row_no}"
        if errors:
            if not refused[key]:
                plan.issues += [
                    Issue(row.row_no, file.heading(error.field or ""), error.code, error.message) for error in errors
                ]
                plan.refused_vouchers += 1
            refused[key] += 1
            plan.refused_rows += 1
            continue
        groups.setdefault(key, _Group(head, [])).rows.append(row)
    for key in refused.keys() & groups.keys():
        plan.refused_rows += len(groups.pop(key).rows)
    return list(groups.values())


def _plan_one(
    company: Company, file: VoucherFile, books: Books, group: _Group, plan: VoucherPlan, may_use_control: bool
) -> None:
    issues: list[Issue] = []
    lines: list[LineInput] = []
    is_known = True

    def refuse(row_no: int, error: DomainError) -> None:
        name = FIELDS.get(error.field or "", error.field or "")
        issues.append(Issue(row_no, file.heading(name) if name else "", error.code, error.message))

    period = books.period_of(group.head.date)
    if isinstance(period, DomainError):
        refuse(group.rows[0].row_no, period)
    summary = ""
    for row in group.rows:
        line, errors, is_resolved = read_line(row, books, summary)
        summary = line.summary
        is_known = is_known and is_resolved
        for error in errors:
            refuse(row.row_no, error)
        lines.append(line)
    if is_known and not issues:
        errors = check_lines(
            lines,
            books.terms,
            known_values=books.known_values,
            may_use_control=may_use_control,
            currencies=books.currency_codes,
            # A difference of exchange rates moves base currency alone; other systems write 0 as original amount.
            adjusts=any(line.currency and not line.original_amount for line in lines),
        )
        for error in errors:
            refuse(group.rows[(error.row or 1) - 1].row_no, error)
    elif sum((one.debit for one in lines), ZERO) != sum((one.credit for one in lines), ZERO) and not issues:
        refuse(group.rows[0].row_no, _difference(lines))
    plan.issues += issues
    if issues or not is_known or isinstance(period, DomainError):
        plan.refused_vouchers += 1
        plan.refused_rows += len(group.rows)
        return
    words = words_of(company)
    word = words[0] if len(words) == 1 else word_of(lines, books.terms)
    plan.vouchers.append(
        PlannedVoucher(
            group.head.key, group.head.source, group.head, period, word, lines, [row.row_no for row in group.rows]
        )
    )


def _difference(lines: Sequence[LineInput]) -> DomainError:
    debit = sum((one.debit for one in lines), ZERO)
    credit = sum((one.credit for one in lines), ZERO)
    return NotBalanced(debit=f"{debit:,.2f}", credit=f"{credit:,.2f}", difference=f"{debit - credit:,.2f}")
