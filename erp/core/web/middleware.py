"""Which company the request is about, and which roles the user holds there."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from erp.core.access.models import Membership
from erp.core.companies.models import Company

SESSION_KEY = "company_id"


class CompanyMiddleware:
    """Sets ``request.company`` (the one chosen before, else the first of the user's), ``request.roles`` and
    ``request.companies``. Without membership they are None and empty."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.company, request.roles, request.companies = None, frozenset(), []  # type: ignore[attr-defined]
        user = getattr(request, "user", None)
        if user is not None and user.is_authenticated:
            choose(request, request.session.get(SESSION_KEY))
        return self.get_response(request)


def choose(request: HttpRequest, company_id: int | None) -> Company | None:
    """Make a company of the user's the active one: that with the id, else the first. One query."""
    memberships = list(
        Membership.objects.filter(user=request.user, company__is_active=True)  # type: ignore[misc]
        .select_related("company")
        .order_by("company__code")
    )
    companies = list({membership.company_id: membership.company for membership in memberships}.values())
    company = next((c for c in companies if c.pk == company_id), companies[0] if companies else None)
    request.company = company  # type: ignore[attr-defined]
    request.companies = companies  # type: ignore[attr-defined]
    request.roles = frozenset(m.role for m in memberships if company and m.company_id == company.pk)  # type: ignore[attr-defined]
    return company
