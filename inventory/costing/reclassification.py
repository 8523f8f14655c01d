"""存货科目重分类: when a mapping of stock changes, the book value moves to the new account.

What moves is what the ledger has on the old account, item by item: documents whose events still wait are posted to
the new account anyway. Without it stock and ledger would never agree by account again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from inventory.costing.ledger_side import KEYS, LEDGER_SIDE, RECLASSIFIED, parameters
from inventory.costing.reconciliation import mapped_accounts
from inventory.items.models import Item
from ledger.accounts.models import Account
from ledger.periods.models import Period, PeriodStatus
from ledger.posting.default_rules import LineSpec, RuleSpec
from ledger.posting.events import EventType, NewEvent, raise_events, register_event_type
from ledger.posting.mappings import register_watch
from ledger.posting.models import BusinessEvent

EVENT = "stock_account_reclassified"
RULES = (
    RuleSpec(
        "stock-account-reclassified",
        EVENT,
        "存货科目重分类",
        "Stock moved to another account",
        (
            LineSpec("debit", "cost_in", key="stock", quantity="qty_in", optional_dimensions="warehouse"),
            LineSpec("credit", "cost_out", key="stock", quantity="qty_out", optional_dimensions="warehouse"),
        ),
    ),
)

# Per account, item and warehouse: what the ledger has, vouchers that wait for posting too.
_BOOKED = f"""
WITH {LEDGER_SIDE}
SELECT account_id, item_id, warehouse_id, sum(amount) FROM ledger_side
 WHERE item_id IS NOT NULL GROUP BY 1, 2, 3 HAVING sum(amount) <> 0 ORDER BY 1, 2, 3"""


def register() -> None:
    """Called once when Django starts."""
    register_event_type(
        EventType(
            EVENT,
            _("Stock moved to another account"),
            "存货科目重分类",
            ("qty_in", "cost_in", "qty_out", "cost_out"),
            ("item", "item_category", "warehouse"),
        )
    )
    register_watch(watch)


@contextmanager
def watch(company_id: int, key: str, by: Any) -> Iterator[None]:
    """Around a change of mappings: raise the event of what it moves."""
    if key not in KEYS:
        yield
        return
    company = Company.objects.get(pk=company_id)
    with connection.cursor() as cursor:
        cursor.execute(_BOOKED, parameters(company))
        booked = cursor.fetchall()
    before = mapped_accounts(company)
    places = [row for row in booked if before(row[1], row[2]) == row[0]]
    yield
    after = mapped_accounts(company)
    moved = [
        (item, warehouse, old, new, amount)
        for old, item, warehouse, amount in places
        if (new := after(item, warehouse)) is not None and new != old
    ]
    if moved:
        _tell(company, moved)


def _tell(company: Company, moved: list[tuple[int, int | None, int, int, Decimal]]) -> None:
    """One event: for each item and warehouse a line that leaves the old account, and one that enters the new one."""
    items = {
        value: category
        for value, category in Item.objects.filter(company=company).values_list(
            "dimension_value_id", "category__dimension_value_id"
        )
    }
    lines: list[dict[str, Any]] = []
    for item, warehouse, old, new, amount in moved:
        facts: dict[str, Any] = {"item": item}
        if category := items.get(item):
            facts["item_category"] = category
        if warehouse is not None:
            facts["warehouse"] = warehouse
        for account, measure in ((new, "cost_in"), (old, "cost_out")):
            lines.append(
                {
                    "id": len(lines) + 1,
                    "facts": {**facts, "account:stock": account},
                    "measures": {measure: str(amount)},
                }
            )
    number = 1 + BusinessEvent.objects.filter(company=company, source_type=RECLASSIFIED).count()
    codes = Account.objects.filter(company=company, pk__in={row[3] for row in moved}).order_by("code")
    raise_events(
        company.pk,
        [
            NewEvent(
                event_type=EVENT,
                source_type=RECLASSIFIED,
                source_id=number,
                business_date=_day(company),
                document_no=f"{number:04d} → {', '.join(codes.values_list('code', flat=True))}"[:60],
                lines=lines,
            )
        ],
    )


def _day(company: Company) -> Any:
    """Today, or the nearest day that the company keeps books for."""
    today = timezone.localdate()
    periods = Period.objects.filter(company=company, status=PeriodStatus.OPEN).order_by("start")
    first, last = periods.first(), periods.last()
    if first is None or last is None:
        return today
    return min(max(today, first.start), last.end)
