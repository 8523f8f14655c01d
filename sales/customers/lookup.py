"""Find customers while a clerk types: by code, name or pinyin, nearest first."""

from typing import Any

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from erp.core.pinyin import plain
from sales.customers.models import Customer

LIMIT = 20


def search(company_id: int, text: str, *, limit: int = LIMIT) -> QuerySet[Customer]:
    """Active customers that contain the text in code, name or pinyin: exact code first, then heads of words."""
    wanted = plain(text)
    distance = Case(
        When(code__iexact=wanted, then=Value(0)),
        When(search_key__startswith=wanted, then=Value(1)),
        When(search_key__contains=f" {wanted}", then=Value(2)),
        default=Value(3),
        output_field=IntegerField(),
    )
    found = Customer.objects.filter(company_id=company_id, is_active=True, search_key__contains=wanted)
    return found.annotate(distance=distance).order_by("distance", "code")[:limit]


def by_code(company_id: int, text: str) -> Customer | None:
    """The customer whose code or whole name was typed; a code may be followed by its name."""
    words = text.split()
    if not words:
        return None
    found = Customer.objects.filter(company_id=company_id, is_active=True)
    exact = found.filter(Q(code__iexact=text.strip()) | Q(name=text.strip())).order_by("code").first()
    return exact or found.filter(code__iexact=words[0]).first()


def as_json(customer: Customer) -> dict[str, Any]:
    """The form in which look-up cells take a row."""
    return {"id": customer.pk, "code": customer.code, "name": customer.name, "hint": customer.region}
