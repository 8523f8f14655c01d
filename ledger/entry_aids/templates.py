"""Voucher templates (模式凭证): save a voucher as one, begin a voucher from one, delete one.

A template keeps what is the same each time. What it lacks (amounts, a customer) is asked for when it is used, so its
lines need not balance.
"""

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import DomainError, NotFound
from erp.core.money import ZERO
from erp.core.pinyin import search_key
from ledger.dimensions.models import DimensionSetItem
from ledger.dimensions.services import intern_sets
from ledger.entry_aids.models import VoucherTemplate, VoucherTemplateLine
from ledger.vouchers.checks import LineInput


class TemplateExists(DomainError):
    code = "one_voucher_template_per_code"
    template = _("Template code %(template_code)s is taken. Choose another.")


class TemplateUnnamed(DomainError):
    code = "template_unnamed"
    template = _("Give the template a name.")


class TemplateWithoutLines(DomainError):
    code = "template_without_lines"
    template = _("A template needs at least one line with an account.")


class TemplateInUse(DomainError):
    code = "template_in_use"
    template = _("Template %(name)s is used by a recurring voucher. Delete that one first.")


def find(company: Company, text: str = "") -> QuerySet[VoucherTemplate]:
    """Active templates by code, name, category or pinyin, with the number of their lines prefetched."""
    wanted = text.strip()
    found = VoucherTemplate.objects.filter(company=company, is_active=True)
    if wanted:
        found = found.filter(
            Q(code__istartswith=wanted) | Q(search_key__icontains=wanted.lower()) | Q(category__icontains=wanted)
        )
    return found.select_related("created_by").prefetch_related("lines__account").order_by("category", "code")


def get(company: Company, template_id: int) -> VoucherTemplate:
    """The template. Raises ``NotFound``."""
    template = VoucherTemplate.objects.filter(company=company, pk=template_id).first()
    if template is None:
        raise NotFound(what=VoucherTemplate._meta.verbose_name, key=template_id)
    return template


def next_code(company: Company) -> str:
    """The code that a new template gets when nobody chooses one: 001, 002 …"""
    taken = set(VoucherTemplate.objects.filter(company=company).values_list("code", flat=True))
    number = len(taken) + 1
    while f"{number:03d}" in taken:
        number += 1
    return f"{number:03d}"


def save(
    company: Company,
    name: str,
    lines: Sequence[LineInput],
    *,
    by: Any,
    code: str = "",
    category: str = "",
    word: str = "",
    with_amounts: bool = True,
) -> VoucherTemplate:
    """Keep lines as a template, with or without their amounts and quantities.

    Raises ``TemplateUnnamed``, ``TemplateWithoutLines``, ``TemplateExists``.
    """
    name, code = name.strip()[:80], code.strip()[:20] or next_code(company)
    kept = [line for line in lines if line.account_id]
    if not name:
        raise TemplateUnnamed(field="name")
    if not kept:
        raise TemplateWithoutLines(field="name")
    try:
        with transaction.atomic():
            template = VoucherTemplate.objects.create(
                company=company,
                code=code,
                name=name,
                category=category.strip()[:40],
                word=word,
                search_key=search_key(code, name)[:400],
                created_by=by,
            )
            _write_lines(company, template, kept, with_amounts)
    except IntegrityError as error:
        raise TemplateExists(field="code", template_code=code) from error
    return template


def _write_lines(company: Company, template: VoucherTemplate, lines: Sequence[LineInput], with_amounts: bool) -> None:
    sets = intern_sets(company.pk, {tuple(sorted(line.dimensions)) for line in lines})
    VoucherTemplateLine.objects.bulk_create(
        [
            VoucherTemplateLine(
                company=company,
                template=template,
                line_no=number,
                summary=line.summary.strip()[:200],
                account_id=line.account_id,
                dimension_set_id=sets[tuple(sorted(line.dimensions))],
                debit=line.debit if with_amounts else ZERO,
                credit=line.credit if with_amounts else ZERO,
                quantity=line.quantity if with_amounts else None,
                currency=line.currency,
            )
            for number, line in enumerate(lines, start=1)
        ]
    )


def delete(company: Company, template_id: int) -> None:
    """Delete a template; vouchers made from it stay. Raises ``NotFound``, ``TemplateInUse``."""
    template = get(company, template_id)
    try:
        with transaction.atomic():
            template.delete()
    except ProtectedError as error:
        raise TemplateInUse(name=template.name) from error


def lines_of(company: Company, template: VoucherTemplate) -> list[LineInput]:
    """The template's lines as they are entered (two statements)."""
    rows = list(VoucherTemplateLine.objects.filter(company=company, template=template).order_by("line_no"))
    pairs: dict[int, list[tuple[int, int]]] = {}
    items = DimensionSetItem.objects.filter(company=company, dimension_set__in={row.dimension_set_id for row in rows})
    for set_id, type_id, value_id in items.values_list("dimension_set_id", "dimension_type_id", "value_id"):
        pairs.setdefault(set_id, []).append((type_id, value_id))
    return [
        LineInput(
            summary=row.summary,
            account_id=row.account_id or 0,
            debit=row.debit,
            credit=row.credit,
            dimensions=tuple(sorted(pairs.get(row.dimension_set_id or 0, ()))),
            quantity=row.quantity,
            currency=row.currency,
        )
        for row in rows
    ]
