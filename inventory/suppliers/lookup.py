"""Find suppliers while a clerk types: by code, name, pinyin or tax number, nearest first."""

from typing import Any

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from erp.core.pinyin import plain
from inventory.suppliers.models import Supplier

LIMIT = 20


def search(company_id: int, text: str, *, limit: int = LIMIT) -> QuerySet[Supplier]:
    """Active suppliers that contain the text: exact code or tax number first, then heads of words."""
    wanted = plain(text)
    distance = Case(
        When(Q(code__iexact=wanted) | Q(tax_id__iexact=wanted), then=Value(0)),
        When(search_key__startswith=wanted, then=Value(1)),
        When(search_key__contains=f" {wanted}", then=Value(2)),
        default=Value(3),
        output_field=IntegerField(),
    )
    found = Supplier.objects.filter(company_id=company_id, is_active=True, search_key__contains=wanted)
    return found.annotate(distance=distance).order_by("distance", "code")[:limit]


def by_code(company_id: int, text: str) -> Supplier | None:
    """The supplier whose code, whole name or tax number was typed; a code may be followed by its name."""
    words = text.split()
    if not words:
        return None
    found = Supplier.objects.filter(company_id=company_id, is_active=True)
    whole = text.strip()
    exact = found.filter(Q(code__iexact=whole) | Q(name=whole) | Q(tax_id__iexact=whole)).order_by("code").first()
    return exact or found.filter(code__iexact=words[0]).first()


def as_json(supplier: Supplier) -> dict[str, Any]:
    """The form in which look-up cells take a row."""
    return {
        "id": supplier.pk,
        "code": supplier.code,
        "name": supplier.name,
        "hint": supplier.tax_id,
        "fill": {"tax_rate": f"{supplier.tax_rate.normalize():f}"},
    }
