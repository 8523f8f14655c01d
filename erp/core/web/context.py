"""What every page's frame needs."""

from typing import Any

from django.http import HttpRequest

from erp.core.access.permissions import permissions_of
from erp.core.web import navigation


def shell(request: HttpRequest) -> dict[str, Any]:
    """Active company, the user's companies, permissions and navigation."""
    roles: frozenset[str] = getattr(request, "roles", frozenset())
    return {
        "company": getattr(request, "company", None),
        "companies": getattr(request, "companies", []),
        "permissions": permissions_of(frozenset(roles)),
        "navigation": navigation.entries(roles, request.path) if roles else [],
    }
