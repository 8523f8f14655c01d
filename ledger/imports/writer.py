"""Write planned vouchers as drafts, set-based: the number of statements does not grow with the vouchers.

Batches of ``BATCH`` vouchers, each one transaction together with the notes that its vouchers are here; so dying at
any line loses nothing and running again goes on.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from django.utils import timezone

from erp.core.bulk import copy_rows, next_ids
from erp.core.companies.models import Company
from erp.core.imports.models import ImportedDocument, ImportRun
from erp.core.money import ZERO
from erp.core.retries import transactional
from erp.core.users.names import name_of
from ledger.cash_flow.services import assign
from ledger.dimensions.services import ValueRow, ensure_values, intern_sets
from ledger.imports.plan import PlannedVoucher, VoucherPlan
from ledger.vouchers.checks import AccountTerms, LineInput
from ledger.vouchers.models import VoucherLine
from ledger.vouchers.numbers import take_numbers
from ledger.vouchers.refusals import guards_in_words
from ledger.vouchers.services import unit_price_of

BATCH = 2_000
KIND = "voucher"

_VOUCHER_COLUMNS = (
    "id", "company_id", "period_id", "word", "number", "date", "status", "kind", "attachments", "total", "reference",
    "preparer_id", "preparer_name", "reviewer_name", "poster_name", "cashier_name", "created_at",
)  # fmt: skip
_LINE_COLUMNS = (
    "company_id", "voucher_id", "period_id", "line_no", "summary", "account_id", "dimension_set_id", "debit", "credit",
    "currency", "original_amount", "rate", "quantity", "unit_price", "business_date", "settlement_method",
    "settlement_no", "business_no",
)  # fmt: skip


def make_values(company: Company, plan: VoucherPlan, vouchers: Sequence[PlannedVoucher]) -> int:
    """Make the dimension values that these vouchers need, and put them into their lines. Returns how many."""
    needed = {value for one in vouchers for line in one.lines for _type, value in line.dimensions if value < 0}
    by_type: dict[str, list[ValueRow]] = defaultdict(list)
    for (kind, code), (stand_in, name) in plan.new_values.items():
        if stand_in in needed:
            by_type[kind].append(ValueRow(code, name))
    made: dict[int, int] = {}
    for kind, rows in sorted(by_type.items()):
        ids = ensure_values(company.pk, kind, rows)
        made |= {plan.new_values[kind, code][0]: value_id for code, value_id in ids.items()}
    if made:
        for voucher in vouchers:
            voucher.lines = [_with_values(line, made) for line in voucher.lines]
    return len(made)


def _with_values(line: LineInput, made: dict[int, int]) -> LineInput:
    if not any(value in made for _type, value in line.dimensions):
        return line
    return replace(line, dimensions=tuple(sorted((kind, made.get(value, value)) for kind, value in line.dimensions)))


@transactional
def write_batch(run: ImportRun, vouchers: Sequence[PlannedVoucher], terms: dict[int, AccountTerms], by: Any) -> None:
    """Drafts with their lines, cash-flow items, and the notes that they are here: all or nothing."""
    company = run.company
    with guards_in_words():
        sets = intern_sets(company.pk, {line.dimensions for voucher in vouchers for line in voucher.lines})
        numbers = _numbers(company.pk, vouchers)
        ids = next_ids("ledger_voucher", len(vouchers))
        copy_rows("ledger_voucher", _VOUCHER_COLUMNS, _voucher_rows(company, vouchers, numbers, ids, by))
        copy_rows("ledger_voucherline", _LINE_COLUMNS, _line_rows(company, vouchers, ids, sets, terms))
        ImportedDocument.objects.bulk_create(
            [
                ImportedDocument(
                    company=company,
                    profile_id=run.profile_id,
                    run=run,
                    external_no=voucher.key,
                    kind=KIND,
                    document_type=KIND,
                    document_id=voucher_id,
                    row_count=len(voucher.row_nos),
                )
                for voucher, voucher_id in zip(vouchers, ids, strict=True)
            ],
            batch_size=2_000,
        )
        assign(company, ids, _chosen(company, vouchers, ids))


def _numbers(company_id: int, vouchers: Sequence[PlannedVoucher]) -> list[int]:
    """Numbers in the order of the file's numbers, for each (period, word) at once and in sorted order."""
    places: dict[tuple[int, str], list[int]] = defaultdict(list)
    for index, voucher in enumerate(vouchers):
        places[voucher.period_id, voucher.word].append(index)
    numbers = [0] * len(vouchers)
    for (period_id, word), indexes in sorted(places.items()):
        for index, number in zip(indexes, take_numbers(company_id, period_id, word, len(indexes)), strict=True):
            numbers[index] = number
    return numbers


def _voucher_rows(
    company: Company, vouchers: Sequence[PlannedVoucher], numbers: Sequence[int], ids: Sequence[int], by: Any
) -> Iterator[tuple[Any, ...]]:
    now = timezone.now()
    name = name_of(by)
    for voucher, number, voucher_id in zip(vouchers, numbers, ids, strict=True):
        yield (
            voucher_id,
            company.pk,
            voucher.period_id,
            voucher.word,
            number,
            voucher.head.date,
            "draft",
            "manual",
            voucher.head.attachments,
            sum((line.debit for line in voucher.lines), ZERO),
            reference_of(voucher, number),
            by.pk if by is not None else None,
            name,
            "",
            "",
            "",
            now,
        )


def reference_of(voucher: PlannedVoucher, number: int) -> str:
    """The number in the other system, behind it what the file itself gives as reference."""
    own = voucher.head.reference
    if own and (own.startswith(voucher.source) or voucher.source == f"{voucher.word}-{number}"):
        return own[:60]
    return f"{voucher.source} {own}".strip()[:60]


def _line_rows(
    company: Company,
    vouchers: Sequence[PlannedVoucher],
    ids: Sequence[int],
    sets: dict[tuple[tuple[int, int], ...], int],
    terms: dict[int, AccountTerms],
) -> Iterator[tuple[Any, ...]]:
    for voucher, voucher_id in zip(vouchers, ids, strict=True):
        for line_no, line in enumerate(voucher.lines, start=1):
            counted = line.quantity if terms[line.account_id].tracks_quantity else None
            yield (
                company.pk,
                voucher_id,
                voucher.period_id,
                line_no,
                line.summary.strip()[:200],
                line.account_id,
                sets[line.dimensions],
                line.debit,
                line.credit,
                line.currency or company.currency,
                line.original_amount,
                line.rate,
                counted,
                unit_price_of(line, counted),
                voucher.head.date,
                line.settlement_method,
                line.settlement_no,
                line.business_no,
            )


def _chosen(company: Company, vouchers: Sequence[PlannedVoucher], ids: Sequence[int]) -> dict[int, int]:
    """Line id → the cash-flow item that the file gives."""
    wanted = {
        (voucher_id, line_no): line.cash_flow_item
        for voucher, voucher_id in zip(vouchers, ids, strict=True)
        for line_no, line in enumerate(voucher.lines, start=1)
        if line.cash_flow_item is not None
    }
    if not wanted:
        return {}
    rows = VoucherLine.objects.filter(company=company, voucher__in={voucher_id for voucher_id, _no in wanted})
    return {
        line_id: item
        for line_id, voucher_id, line_no in rows.values_list("id", "voucher_id", "line_no")
        if (item := wanted.get((voucher_id, line_no))) is not None
    }
