"""Which company an API request is about, and what its user may do there.

The one idea: a request names its company (``?company=CODE`` or the header ``X-Company``); without a name it is the
company chosen in the session, else the only one of the user. A company that is not the user's does not exist.
"""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from erp.core.access.models import Membership
from erp.core.access.permissions import PERMISSION_LABELS, permissions_of
from erp.core.companies.models import Company
from erp.core.errors import DomainError, NotPermitted
from erp.core.web.middleware import SESSION_KEY

PARAMETER = "company"
HEADER = "X-Company"


class CompanyUnknown(DomainError):
    code = "company_unknown"
    template = _("Company %(company)s does not exist, or you hold no role in it.")


class CompanyNeeded(DomainError):
    code = "company_needed"
    template = _("You belong to several companies: %(companies)s. Name one with ?company= or the header X-Company.")


class NoCompany(DomainError):
    code = "no_company"
    template = _("You hold no role in any company yet. Ask an administrator for one.")


@dataclass(frozen=True, slots=True)
class Access:
    """The company of the request and the permissions that the user's roles give there."""

    company: Company
    roles: frozenset[str]

    def may(self, permission: str) -> bool:
        return permission in permissions_of(self.roles)


def memberships_of(user: Any) -> dict[str, tuple[Company, frozenset[str]]]:
    """Company code → company and roles, one statement."""
    found: dict[str, tuple[Company, set[str]]] = {}
    rows = Membership.objects.filter(user=user, company__is_active=True).select_related("company")
    for row in rows.order_by("company__code"):
        found.setdefault(row.company.code, (row.company, set()))[1].add(row.role)
    return {code: (company, frozenset(roles)) for code, (company, roles) in found.items()}


def access_of(request: Request) -> Access:
    """The company named by the request. Raises ``CompanyUnknown``, ``CompanyNeeded``, ``NoCompany``."""
    companies = memberships_of(request.user)
    named = request.query_params.get(PARAMETER) or request.headers.get(HEADER)
    if named:
        if named not in companies:
            raise CompanyUnknown(company=named, field=PARAMETER)
        return Access(*companies[named])
    chosen = request.session.get(SESSION_KEY) if request.auth is None else None
    for company, roles in companies.values():
        if company.pk == chosen or len(companies) == 1:
            return Access(company, roles)
    if not companies:
        raise NoCompany()
    raise CompanyNeeded(companies=", ".join(companies), field=PARAMETER)


class HoldsPermission(BasePermission):
    """The permission that the view needs must be among those of the user's roles in the request's company."""

    def has_permission(self, request: Request, view: Any) -> bool:
        permission: str = view.permission_needed()
        access: Access = view.access
        if not access.may(permission):
            raise NotPermitted(permission=PERMISSION_LABELS[permission], company=access.company)
        return True
