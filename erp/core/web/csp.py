"""Content Security Policy: strict on our own pages, looser where third-party pages bring inline code.

The admin and the API's schema page are not ours; each area gets the least that makes it work.
"""

from typing import Any

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.middleware import CSPMiddleware
from django.http import HttpRequest, HttpResponseBase

PAGES_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
ADMIN_DIRECTIVES: dict[str, Any] = {"style-src": [SELF, UNSAFE_INLINE]}
SCHEMA_DIRECTIVES: dict[str, Any] = {
    "script-src": [SELF, UNSAFE_INLINE],
    "style-src": [SELF, UNSAFE_INLINE],
    "worker-src": [SELF, "blob:"],
}
AREAS = {"/admin/": ADMIN_DIRECTIVES, "/api/v1/docs/": SCHEMA_DIRECTIVES}


class AreaCSPMiddleware(CSPMiddleware):
    """django-csp's middleware with the directives of the area that the address lies in."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        for prefix, directives in AREAS.items():
            if request.path.startswith(prefix):
                response._csp_update = directives  # type: ignore[attr-defined]
        return super().process_response(request, response)
