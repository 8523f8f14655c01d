"""Transfer templates: save them checked, so that what is saved can run.

A refusal names its place as ``lines-3-formula``: line 3, field formula (see ``erp.core.web.lines``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import DomainError, InvalidValue
from ledger.accounts.models import Account, AccountDimension
from ledger.closing.models import ClosingRun, TransferFrequency, TransferLine, TransferSource, TransferTemplate
from ledger.dimensions.models import DimensionSetItem
from ledger.dimensions.services import Pair, intern_sets
from ledger.formulas import services as formulas
from ledger.vouchers import refusals


class TwoRests(DomainError):
    code = "two_rests"
    template = _("Only one line can take the rest. Give the others a formula or the balance.")


class FormulaNeeded(DomainError):
    code = "formula_needed"
    template = _("Give a formula, or take the amount from the balance or the rest.")


class TransferInUse(DomainError):
    code = "transfer_in_use"
    template = _("“%(transfer)s” has made vouchers. Make it inactive instead of deleting it.")


@dataclass(frozen=True, slots=True)
class TemplateLine:
    """A line to be saved. ``dimensions`` are (type id, value id) pairs."""

    account_id: int
    side: str
    source: str
    formula: str = ""
    dimensions: tuple[Pair, ...] = ()
    summary: str = ""


@dataclass(frozen=True, slots=True)
class TemplateHead:
    code: str
    name: str
    summary: str
    name_en: str = ""
    sequence: int = 100
    frequency: str = TransferFrequency.MONTH
    word: str = ""
    is_active: bool = True


def save_template(
    company: Company,
    head: TemplateHead,
    lines: Sequence[TemplateLine],
    *,
    template: TransferTemplate | None = None,
    is_builtin: bool = False,
) -> TransferTemplate:
    """Save a template with its lines, a new one or in place of ``template``'s content.

    Raises ``InvalidValue`` for a code that is taken, ``FormulaError`` and the refusals of accounts at their line.
    """
    with transaction.atomic():
        taken = TransferTemplate.objects.filter(company=company, code=head.code)
        if template is not None:
            taken = taken.exclude(pk=template.pk)
        if taken.exists():
            raise InvalidValue(
                field="code", field_label=_("code"), value=head.code, cure=_("Another template has this code.")
            )
        check_lines(company, lines)
        template = template or TransferTemplate(company=company, is_builtin=is_builtin)
        for name in ("code", "name", "summary", "name_en", "sequence", "frequency", "word", "is_active"):
            setattr(template, name, getattr(head, name))
        template.save()
        sets = intern_sets(company.pk, {tuple(sorted(line.dimensions)) for line in lines if line.dimensions})
        TransferLine.objects.filter(company=company, template=template).delete()
        for place, line in enumerate(lines, start=1):
            TransferLine.objects.create(
                company=company,
                template=template,
                sequence=place,
                account_id=line.account_id,
                side=line.side,
                source=line.source,
                formula=line.formula.strip() if line.source == TransferSource.FORMULA else "",
                dimension_set_id=sets.get(tuple(sorted(line.dimensions))),
                summary=line.summary.strip(),
            )
    return template


def check_lines(company: Company, lines: Sequence[TemplateLine]) -> None:
    """Raise the first refusal of the lines, at its place."""
    if len(lines) < 2:
        raise refusals.TooFewLines()
    accounts = {
        account.pk: account
        for account in Account.objects.filter(company=company, pk__in={line.account_id for line in lines})
    }
    required: dict[int, list[AccountDimension]] = {}
    for row in AccountDimension.objects.filter(company=company, account__in=accounts, is_required=True).select_related(
        "dimension_type"
    ):
        required.setdefault(row.account_id, []).append(row)
    rests = 0
    for place, line in enumerate(lines, start=1):
        account = accounts.get(line.account_id)
        is_balance = line.source == TransferSource.BALANCE
        if account is None or not account.is_active or not (account.is_leaf or is_balance):
            raise refusals.AccountNotPostable(field=f"lines-{place}-account", row=place, account=account or "–")
        rests += line.source == TransferSource.REST
        if rests > 1:
            raise TwoRests(field=f"lines-{place}-source", row=place)
        if line.source == TransferSource.FORMULA:
            _check_formula(company, line, place)
        given = {type_id for type_id, _value in line.dimensions}
        for row in required.get(line.account_id, ()):
            if not is_balance and row.dimension_type_id not in given:
                raise refusals.DimensionMissing(
                    field=f"lines-{place}-dimensions", row=place, account=account, dimension=row.dimension_type
                )


def _check_formula(company: Company, line: TemplateLine, place: int) -> None:
    if not line.formula.strip():
        raise FormulaNeeded(field=f"lines-{place}-formula", row=place)
    try:
        formulas.check(company, line.formula)
    except DomainError as refusal:
        refusal.field, refusal.row = f"lines-{place}-formula", place
        raise


def read_lines(template: TransferTemplate) -> list[TemplateLine]:
    """The template's lines as they would be entered."""
    rows = list(template.lines.order_by("sequence"))
    pairs: dict[int, list[Pair]] = {}
    items = DimensionSetItem.objects.filter(
        company_id=template.company_id, dimension_set__in={row.dimension_set_id for row in rows if row.dimension_set_id}
    )
    for set_id, type_id, value_id in items.values_list("dimension_set_id", "dimension_type_id", "value_id"):
        pairs.setdefault(set_id, []).append((type_id, value_id))
    return [
        TemplateLine(
            row.account_id,
            row.side,
            row.source,
            row.formula,
            tuple(sorted(pairs.get(row.dimension_set_id or 0, ()))),
            row.summary,
        )
        for row in rows
    ]


def delete_template(template: TransferTemplate) -> None:
    """Delete a template that has made nothing. Raises ``TransferInUse``."""
    if ClosingRun.objects.filter(company_id=template.company_id, template=template).exists():
        raise TransferInUse(transfer=template)
    template.delete()


def set_active(template: TransferTemplate, is_active: Any) -> None:
    """Take a template into use or out of it; what it needs is checked again first."""
    if is_active:
        check_lines(template.company, read_lines(template))
    template.is_active = bool(is_active)
    template.save(update_fields=["is_active"])
