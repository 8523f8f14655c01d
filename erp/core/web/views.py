"""What every page shares: who may open it, how a refusal looks, switching company."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from erp.core.access.permissions import PERMISSION_LABELS, permissions_of
from erp.core.errors import NotPermitted
from erp.core.web.middleware import SESSION_KEY, choose

View = Callable[..., HttpResponse]


def allowed(request: HttpRequest, permission: str) -> bool:
    """Whether the user's roles in the active company give the permission."""
    if permission not in PERMISSION_LABELS:
        raise KeyError(permission)
    return permission in permissions_of(frozenset(request.roles))  # type: ignore[attr-defined]


def require(request: HttpRequest, permission: str) -> None:
    """Answer 403 with the permission's name unless the user has it."""
    if not allowed(request, permission):
        refusal = NotPermitted(permission=PERMISSION_LABELS[permission], company=request.company)  # type: ignore[attr-defined]
        raise PermissionDenied(refusal.message)


def page(permission: str) -> Callable[[View], View]:
    """A view that needs login, a company and a permission there."""

    def decorate(view: View) -> View:
        @wraps(view)
        @login_required
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.company is None:  # type: ignore[attr-defined]
                return render(request, "errors/no_company.html", status=403)
            require(request, permission)
            return view(request, *args, **kwargs)

        return guarded

    return decorate


@require_POST
@login_required
def switch_company(request: HttpRequest) -> HttpResponse:
    """Make another of the user's companies the active one."""
    wanted = request.POST.get("company", "")
    company = choose(request, int(wanted) if wanted.isdigit() else None)
    if company is not None and str(company.pk) == wanted:
        request.session[SESSION_KEY] = company.pk
        messages.success(request, _("You are now in %(company)s.") % {"company": company})
    target = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return redirect(target if safe else "/")
