"""The company's own dimensions (自定义核算项目) and their values: add, rename, disable, hang in a tree.

Built-in dimensions belong to the program: their names may change, they cannot be disabled. Values of masters
(customers, items …) follow their masters; those of departments, projects and own dimensions are kept here.
"""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from erp.core.companies.models import Company
from erp.core.errors import DomainError
from erp.core.pinyin import search_key
from ledger.accounts.models import AccountDimension
from ledger.dimensions.models import DimensionType, DimensionValue

# Their values are made by the masters of other parts of the product.
OF_MASTERS = {"customer", "customer_group", "supplier", "supplier_group", "item", "item_category", "warehouse"}


class DimensionRefused(DomainError):
    code = "dimension_refused"
    template = _("%(dimension)s: %(problem)s")


def add_type(
    company: Company, *, code: str, name: str, name_en: str = "", is_hierarchical: bool = False
) -> DimensionType:
    """Add a dimension of the company's own (C02)."""
    code, name = code.strip().lower(), name.strip()
    try:
        validate_slug(code)
    except ValidationError as error:
        raise _refusal(name, "code", _("the code is made of letters, digits, - and _.")) from error
    taken = DimensionType.objects.filter(company=company)
    if taken.filter(code=code).exists():
        raise _refusal(name, "code", _("the code is taken."))
    if not name or taken.filter(name=name).exists():
        raise _refusal(name or code, "name", _("the name is missing or taken."))
    return DimensionType.objects.create(
        company=company, code=code[:30], name=name[:60], name_en=name_en.strip()[:60], is_hierarchical=is_hierarchical
    )


@transaction.atomic
def change_type(kind: DimensionType, *, name: str, name_en: str, is_active: bool) -> DimensionType:
    """Rename or disable. A disabled dimension is no longer required of any account; what was posted keeps it."""
    kind = DimensionType.objects.select_for_update().get(company_id=kind.company_id, pk=kind.pk)
    if kind.is_builtin and not is_active:
        raise _refusal(kind, "is_active", _("the program needs it; it cannot be disabled."))
    others = DimensionType.objects.filter(company_id=kind.company_id, name=name.strip()).exclude(pk=kind.pk)
    if not name.strip() or others.exists():
        raise _refusal(kind, "name", _("the name is missing or taken."))
    required = AccountDimension.objects.filter(company_id=kind.company_id, dimension_type=kind, is_required=True)
    if not is_active and (row := required.select_related("account").first()):
        raise _refusal(
            kind, "is_active", _("account %(account)s requires it. Change that first.") % {"account": row.account}
        )
    kind.name, kind.name_en, kind.is_active = name.strip()[:60], name_en.strip()[:60], is_active
    kind.save()
    return kind


def add_value(kind: DimensionType, *, code: str, name: str, parent: DimensionValue | None = None) -> DimensionValue:
    """Add a value. Raises ``DimensionRefused``."""
    _refuse_master(kind)
    code, name = code.strip(), name.strip()
    if not code or not name:
        raise _refusal(kind, "code", _("a value has a code and a name."))
    if DimensionValue.objects.filter(company_id=kind.company_id, dimension_type=kind, code=code).exists():
        raise _refusal(kind, "code", _("code %(code)s is taken.") % {"code": code})
    _check_parent(kind, None, parent)
    return DimensionValue.objects.create(
        company_id=kind.company_id,
        dimension_type=kind,
        code=code[:60],
        name=name[:200],
        parent=parent,
        search_key=search_key(code, name)[:400],
    )


@transaction.atomic
def change_value(
    value: DimensionValue, *, name: str, is_active: bool, parent: DimensionValue | None = None
) -> DimensionValue:
    """Rename, disable, or hang elsewhere in the tree. Raises ``DimensionRefused``."""
    value = DimensionValue.objects.select_for_update().get(company_id=value.company_id, pk=value.pk)
    kind = value.dimension_type
    _refuse_master(kind)
    if not name.strip():
        raise _refusal(kind, "name", _("a value has a code and a name."))
    _check_parent(kind, value, parent)
    value.name, value.is_active, value.parent = name.strip()[:200], is_active, parent
    value.search_key = search_key(value.code, value.name)[:400]
    value.save()
    return value


def _refuse_master(kind: DimensionType) -> None:
    if kind.code in OF_MASTERS:
        raise _refusal(kind, "code", _("its values follow the masters; change them there."))


def _check_parent(kind: DimensionType, value: DimensionValue | None, parent: DimensionValue | None) -> None:
    if parent is None:
        return
    if parent.dimension_type_id != kind.pk or not kind.is_hierarchical:
        raise _refusal(kind, "parent", _("the parent must be a value of the same dimension, which must be a tree."))
    above: DimensionValue | None = parent
    while above is not None:
        if value is not None and above.pk == value.pk:
            raise _refusal(kind, "parent", _("a value cannot stand below itself."))
        above = above.parent


def _refusal(kind: Any, field: str, problem: Any) -> DimensionRefused:
    return DimensionRefused(dimension=kind, problem=problem, field=field)
