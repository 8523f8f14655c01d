"""Health for load balancers and people, figures for Prometheus.

``/health/live/``: the process answers. ``/health/ready/`` (and ``/health/``): it can work; 503 when it cannot.
Notes and figures are shown to this machine and to staff only; everybody else learns the level of each check.
"""

from ipaddress import ip_address
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView

from erp.core.health import checks
from erp.core.health.checks import Level


@never_cache
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """This process runs; asks nothing else, so a broken database restarts no web server."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Every check and the worst of them."""
    findings = checks.run()
    level = checks.worst(findings)
    # Who asks is looked up only after the database answered: a session lies there.
    trusted = _is_this_machine(request) or (findings["database"].level == Level.OK and _is_staff(request))
    shown: dict[str, Any] = {}
    for name, finding in findings.items():
        shown[name] = {"status": finding.level.name.lower()}
        if trusted:
            shown[name] |= {**({"note": finding.note} if finding.note else {}), **finding.figures}
    status = 503 if level == Level.DOWN else 200
    return JsonResponse({"status": level.name.lower(), "checks": shown}, status=status)


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' page, for this machine and for staff."""
    if not _is_this_machine(request) and not _is_staff(request):
        return HttpResponseForbidden("Ask from this machine, or as staff.", content_type="text/plain")
    answer: HttpResponse = ExportToDjangoView(request)
    return answer


def _is_this_machine(request: HttpRequest) -> bool:
    # Behind a proxy on this machine everybody comes from loopback; the proxy's header tells them apart.
    if "HTTP_X_FORWARDED_FOR" in request.META or "HTTP_FORWARDED" in request.META:
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _is_staff(request: HttpRequest) -> bool:
    user = request.user
    return bool(user.is_authenticated and user.is_active and user.is_staff)
