"""Which documents the rows make, and which rows end in none: decided before anything is written.

A row that contradicts itself refuses its whole document. Rows that are right but make no document – a gift of a
service, a quantity of zero – are left out with their reason.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from erp.core.companies.models import Company
from erp.core.errors import DomainError
from erp.core.imports.mapping import Issue, MappedRow
from erp.core.imports.reading import refused_with
from erp.core.imports.targets import Plan, PlannedDocument
from inventory.items.models import Item, ItemCategory, ItemKind
from ledger.periods.services import hold_open
from sales.imports.kinds import ISSUES, NEGATIVE, ORDERS, TradeKind


class Knowledge:
    """What the company says about the codes of the file."""

    def __init__(
        self,
        categories: Mapping[str, bool],
        items: Mapping[str, bool],
        closed: Mapping[dt.date, DomainError],
    ) -> None:
        """``categories``, ``items``: code → whether it is kept in stock. ``closed``: date → why nothing goes there."""
        self.categories, self.items, self.closed = categories, items, closed

    def is_stock(self, row: MappedRow) -> bool:
        """As the item is here; a new one is what its category is."""
        known = self.items.get(row.values["item_code"])
        return self.categories[row.values["item_category"]] if known is None else known


def plan(company: Company, options: Mapping[str, Any], documents: Mapping[str, list[MappedRow]]) -> Plan:
    """Plan the documents of a file, in order of date."""
    knowledge = know(company, documents)
    if options["opening_stock_share"]:
        _opening_must_be_possible(company)
    result = Plan()
    for number, rows in documents.items():
        _plan_document(result, number, rows, knowledge)
    result.documents.sort(key=lambda document: (document.rows[0].values["date"], document.rows[0].row_no))
    return result


def know(company: Company, documents: Mapping[str, list[MappedRow]]) -> Knowledge:
    """Read categories, items and periods (three statements)."""
    dates = {row.values["date"] for rows in documents.values() for row in rows}
    with transaction.atomic():
        closed = hold_open(company.pk, dates)
    return Knowledge(
        {
            code: not service_type
            for code, service_type in ItemCategory.objects.filter(company=company).values_list("code", "service_type")
        },
        {
            code: kind == ItemKind.STOCK
            for code, kind in Item.objects.filter(company=company).values_list("code", "kind")
        },
        closed,
    )


def _opening_must_be_possible(company: Company) -> None:
    first = company.first_month()
    with transaction.atomic():
        if refusal := hold_open(company.pk, [first]).get(first):
            raise refusal


def _plan_document(result: Plan, number: str, rows: Sequence[MappedRow], knowledge: Knowledge) -> None:
    first = rows[0]
    spoiled = 0
    for row in rows:
        if issue := _contradiction(row, first, knowledge):
            row.issues.append(issue)
            spoiled = spoiled or row.row_no
    if spoiled:
        result.issues += refused_with(rows, number, spoiled)
        return
    kinds: dict[str, PlannedDocument] = {}
    for row in rows:
        if issue := _reason_to_leave_out(row, knowledge):
            result.issues.append(issue)
            continue
        kind = row.values["document_kind"]
        if kind not in kinds:
            kinds[kind] = PlannedDocument(number, kind, [])
        kinds[kind].rows.append(row)
    result.documents += kinds.values()


def _contradiction(row: MappedRow, first: MappedRow, knowledge: Knowledge) -> Issue | None:
    values = row.values
    kind, qty, rate = values["document_kind"], values["qty"], values["tax_rate"]
    if kind not in ORDERS and kind not in ISSUES:
        return Issue(
            row.row_no,
            "document_kind",
            "unknown_kind",
            _("“%(kind)s” is no kind of document. Mend the profile.") % {"kind": kind},
        )
    if values["item_category"] not in knowledge.categories:
        return Issue(
            row.row_no,
            "item_category",
            "unknown_category",
            _("There is no item category “%(category)s”. Add it, or mend the profile.")
            % {"category": values["item_category"]},
        )
    if qty and (qty < 0) != (kind in NEGATIVE):
        return Issue(
            row.row_no,
            "qty",
            "quantity_sign",
            _("Quantity %(qty)s does not fit a document of kind “%(kind)s”. Change its sign, or mend the profile.")
            % {"qty": qty, "kind": TradeKind(kind).label},
        )
    if rate is None or not 0 <= rate < 1 or rate != rate.quantize(Decimal("0.0001")):
        return Issue(
            row.row_no,
            "tax_rate",
            "tax_rate_range",
            _("A tax rate lies between 0 and 1 (13%% is 0.13), not %(rate)s.") % {"rate": rate},
        )
    if values["customer_code"] != first.values["customer_code"]:
        return Issue(
            row.row_no,
            "customer_code",
            "several_customers",
            _("The document names several customers: %(first)s and %(other)s. Give each its own document no.")
            % {"first": first.values["customer_code"], "other": values["customer_code"]},
        )
    if (refusal := knowledge.closed.get(values["date"])) is not None:
        return Issue(row.row_no, "date", refusal.code, refusal.message)
    return _too_long(row)


# Longest texts that our tables take.
_LENGTHS = {"doc_no": 80, "item_code": 60, "customer_code": 30, "region": 60}


def _too_long(row: MappedRow) -> Issue | None:
    for name, length in _LENGTHS.items():
        if len(row.values[name]) > length:
            return Issue(
                row.row_no,
                name,
                "text_too_long",
                _("The text has %(has)s characters; %(limit)s are allowed. Shorten it.")
                % {"has": len(row.values[name]), "limit": length},
            )
    return None


def _reason_to_leave_out(row: MappedRow, knowledge: Knowledge) -> Issue | None:
    if not row.values["qty"]:
        return Issue(row.row_no, "qty", "zero_quantity", _("The quantity is zero: nothing happened."), is_refusal=False)
    if row.values["document_kind"] in ISSUES and not knowledge.is_stock(row):
        return Issue(
            row.row_no,
            "item_code",
            "service_without_price",
            _("%(code)s is a service: without a price nothing is sold, and no stock moves.")
            % {"code": row.values["item_code"]},
            is_refusal=False,
        )
    return None
