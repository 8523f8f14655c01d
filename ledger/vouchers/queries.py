"""What pages, reports and the API read of vouchers: the filtered list, one voucher with its lines, its neighbours."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import CharField, Count, OuterRef, QuerySet, Subquery, Sum
from django.utils import timezone

from erp.core.companies.models import Company
from erp.core.money import ZERO
from ledger.dimensions.models import DimensionSetItem
from ledger.periods.models import Period, PeriodStatus
from ledger.posting.links import document_label, document_url
from ledger.posting.models import BusinessEvent
from ledger.vouchers.models import Voucher, VoucherLine


@dataclass(frozen=True, slots=True)
class LineRow:
    """A voucher line as it is shown. ``is_generated``: it can say why it is there."""

    id: int
    line_no: int
    summary: str
    account_id: int
    account: str
    dimensions: str
    debit: Decimal
    credit: Decimal
    quantity: Decimal | None
    unit_price: Decimal | None
    is_generated: bool


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """The document behind a generated voucher; ``url`` is None if its app has no page for it."""

    label: str
    number: str
    party: str
    url: str | None
    event_id: int


def vouchers(company: Company) -> QuerySet[Voucher]:
    """The company's vouchers, newest first, each with the summary of its first line."""
    first = VoucherLine.objects.filter(company=company, voucher=OuterRef("pk")).order_by("line_no")
    return (
        Voucher.objects.filter(company=company)
        .select_related("period")
        .annotate(summary=Subquery(first.values("summary")[:1], output_field=CharField()))
        .order_by("-date", "-id")
    )


def lines_of(voucher: Voucher, start: int = 0, stop: int | None = None) -> list[LineRow]:
    """The lines, or those from ``start`` to before ``stop``, with names of accounts and values. Two statements."""
    lines = list(
        VoucherLine.objects.filter(company_id=voucher.company_id, voucher=voucher)
        .select_related("account__parent")
        .order_by("line_no")[start:stop]
    )
    labels = dimension_labels(voucher.company_id, {line.dimension_set_id for line in lines})
    return [
        LineRow(
            id=line.pk,
            line_no=line.line_no,
            summary=line.summary,
            account_id=line.account_id,
            account=full_name(line.account),
            dimensions=labels.get(line.dimension_set_id, ""),
            debit=line.debit,
            credit=line.credit,
            quantity=line.quantity,
            unit_price=line.unit_price,
            is_generated=line.rule_line_id is not None,
        )
        for line in lines
    ]


def line_totals(voucher: Voucher) -> tuple[int, Decimal, Decimal]:
    """How many lines, Σ debit, Σ credit. One statement."""
    lines = VoucherLine.objects.filter(company_id=voucher.company_id, voucher=voucher)
    found = lines.aggregate(count=Count("id"), debit=Sum("debit"), credit=Sum("credit"))
    return found["count"], found["debit"] or ZERO, found["credit"] or ZERO


def full_name(account: Any) -> str:
    """Code and path of names, as vouchers print them: ``560101 销售费用 – 工资``."""
    above = f"{account.parent.display_name} – " if account.parent_id else ""
    return f"{account.code} {above}{account.display_name}"


def dimension_labels(company_id: int, set_ids: Iterable[int]) -> dict[int, str]:
    """Dimension set → its values as text. One statement."""
    labels: dict[int, list[str]] = defaultdict(list)
    items = (
        DimensionSetItem.objects.filter(company_id=company_id, dimension_set__in=set(set_ids))
        .select_related("value")
        .order_by("dimension_type_id")
    )
    for item in items:
        labels[item.dimension_set_id].append(str(item.value))
    return {set_id: " · ".join(values) for set_id, values in labels.items()}


def sources_of(voucher: Voucher, limit: int = 50) -> tuple[list[SourceDocument], int]:
    """The documents that made the voucher (the first ``limit``), and how many there are."""
    events = BusinessEvent.objects.filter(company_id=voucher.company_id, voucher=voucher)
    rows = [
        SourceDocument(
            label=document_label(event.source_type),
            number=event.document_no,
            party=event.party,
            url=document_url(event.source_type, event.source_id),
            event_id=event.pk,
        )
        for event in events.order_by("id").defer("payload")[:limit]
    ]
    return rows, events.count() if len(rows) == limit else len(rows)


def neighbours(voucher: Voucher) -> tuple[Voucher | None, Voucher | None]:
    """The vouchers before and after it in its period and word."""
    same = Voucher.objects.filter(company_id=voucher.company_id, period_id=voucher.period_id, word=voucher.word)
    before = same.filter(number__lt=voucher.number).order_by("-number").first()
    after = same.filter(number__gt=voucher.number).order_by("number").first()
    return before, after


def default_date(company: Company, last_used: str | None) -> dt.date:
    """The date a new voucher begins with: as last used, else today, else the nearest day of an open period."""
    periods = list(Period.objects.filter(company=company, status=PeriodStatus.OPEN).order_by("start"))
    try:
        wanted = dt.date.fromisoformat(last_used or "")
    except ValueError:
        wanted = timezone.localdate()
    if not periods or any(period.contains(wanted) for period in periods):
        return wanted
    latest = Voucher.objects.filter(company=company, period__in=periods).order_by("-date").first()
    return latest.date if latest else periods[0].start
