"""Open items and ages (账龄分析) as reports."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import NotFound
from erp.core.money import ZERO
from erp.core.reports import BadParameter, Column, Parameter, Report, ReportResult
from ledger.bank.reports import day_of
from ledger.clearing.queries import PARTY_TYPES, AgeRow, ageing, balance_of, open_lines
from ledger.clearing.rules import BUCKETS
from ledger.clearing.services import find_account
from ledger.dimensions.models import DimensionValue

METHODS = (("clearing", _("By clearing")), ("fifo", _("Oldest first")))


def buckets_of(text: Any) -> list[int]:
    """Limits of the buckets in days, e.g. ``30,60,90``. Raises ``BadParameter`` unless they grow."""
    if not text:
        return list(BUCKETS)
    parts = [part.strip() for part in str(text).replace("，", ",").split(",")]
    limits = [int(part) for part in parts if part.isdigit()]
    if len(limits) != len(parts) or limits != sorted(set(limits)) or len(limits) > 10:
        raise BadParameter(field="buckets", name="buckets", value=text, expected=_("growing days like 30,60,90"))
    return limits


def labels(buckets: Sequence[int]) -> list[str]:
    """``0–30``, ``31–60``, …, ``>365``."""
    starts = [0, *(limit + 1 for limit in buckets)]
    return [f"{start}–{limit}" for start, limit in zip(starts, buckets, strict=False)] + [f">{buckets[-1]}"]


def ageing_for(company: Company, params: Any) -> tuple[Any, list[int], list[AgeRow], Decimal]:
    """(account, buckets, rows, balance of the account) that the parameters ask for."""
    account = find_account(company, str(params["account"] or "1122"))
    limits = buckets_of(params["buckets"])
    method = params["method"] or "clearing"
    if method not in dict(METHODS):
        raise BadParameter(field="method", name="method", value=method, expected="clearing, fifo")
    as_of = day_of(params["as_of"], "as_of")
    rows = ageing(company, account, as_of, method=method, buckets=limits)
    return account, limits, rows, balance_of(company, account, as_of)


def _ageing(company: Company, params: Any) -> ReportResult:
    account, limits, rows, balance = ageing_for(company, params)
    shown: list[dict[str, Any]] = [
        {
            "code": row.code,
            "name": row.name or gettext("not given"),
            "balance": row.balance,
            **{f"age{place}": amount for place, amount in enumerate(row.ages)},
        }
        for row in rows
    ]
    keys = ["balance", *(f"age{place}" for place in range(len(limits) + 1))]
    totals = {key: sum((row[key] for row in shown), ZERO) for key in keys}
    mark = "✓" if totals["balance"] == balance else "✗"
    return ReportResult(
        rows=shown,
        totals=totals,
        subtitle=[f"{account} · {day_of(params['as_of'], 'as_of')} · {company.currency}"],
        notes=[f"{mark} {gettext('Balance of the account')}: {balance:,.2f}"],
    )


def _columns(params: Any) -> Sequence[Column]:
    heads = labels(buckets_of(params["buckets"]))
    return (
        Column("code", _("Party"), width=14),
        Column("name", _("Name"), width=30),
        Column("balance", _("Balance"), "amount"),
        *(Column(f"age{place}", head, "amount", _("Days")) for place, head in enumerate(heads)),
    )


AGEING = Report(
    name="party_ageing",
    title=_("Ages of open items"),
    permission="ledger.view_report",
    query=_ageing,
    columns=_columns,
    parameters=(
        Parameter("account", _("Account")),
        Parameter("as_of", _("As of")),
        Parameter("method", _("Method"), "text", "clearing"),
        Parameter("buckets", _("Days of the buckets")),
    ),
)


def party_of(company: Company, code: Any) -> DimensionValue | None:
    """The party with the code. Raises ``NotFound``."""
    if not code:
        return None
    values = DimensionValue.objects.filter(company=company, dimension_type__code__in=PARTY_TYPES)
    value = values.filter(code=str(code).split(" ")[0]).first()
    if value is None:
        raise NotFound(what=_("Party"), key=code, field="party")
    return value


def _open(company: Company, params: Any) -> ReportResult:
    account = find_account(company, str(params["account"] or "1122"))
    party = party_of(company, params["party"])
    as_of = day_of(params["as_of"], "as_of")
    lines = open_lines(company, account, as_of, party_id=party.pk if party else None, every=party is None)
    ids = {line.party_id for line in lines if line.party_id}
    names = {value.pk: str(value) for value in DimensionValue.objects.filter(company=company, pk__in=ids)}
    rows = [
        {
            "party": names.get(line.party_id or 0, ""),
            "date": line.date,
            "voucher": line.voucher or gettext("Opening balance"),
            "summary": line.summary,
            "number": line.number,
            "amount": line.amount,
            "cleared": line.cleared,
            "open": line.open,
            "days": (as_of - line.date).days,
        }
        for line in lines
    ]
    total = sum((line.open for line in lines), ZERO)
    return ReportResult(
        rows=rows,
        totals={"open": total},
        subtitle=[f"{account} · {party or ''} · {as_of} · {company.currency}"],
    )


OPEN_ITEMS = Report(
    name="open_items",
    title=_("Open items"),
    permission="ledger.view_report",
    query=_open,
    columns=(
        Column("party", _("Party"), width=28),
        Column("date", _("Date"), "date"),
        Column("voucher", _("Voucher")),
        Column("summary", _("Summary"), width=36),
        Column("number", _("Business number"), width=18),
        Column("amount", _("Amount"), "amount"),
        Column("cleared", _("Cleared"), "amount"),
        Column("open", _("Open"), "amount"),
        Column("days", _("Days"), "int"),
    ),
    parameters=(
        Parameter("account", _("Account")),
        Parameter("party", _("Party")),
        Parameter("as_of", _("As of")),
    ),
)
REPORTS = (AGEING, OPEN_ITEMS)
