"""Where each app hangs its part of ``/api/v1/``, so that the ground floor need not know the floors above."""

from typing import Any

from rest_framework.routers import DefaultRouter
from rest_framework.viewsets import ViewSetMixin

_VIEWSETS: dict[str, type[ViewSetMixin]] = {}


def register(prefix: str, viewset: Any) -> None:
    """Serve ``viewset`` below ``/api/v1/<prefix>/``."""
    if _VIEWSETS.setdefault(prefix, viewset) is not viewset:
        raise ValueError(f"two parts of the API at {prefix}")


def router() -> DefaultRouter:
    """A router with everything registered so far, in alphabetical order."""
    made = DefaultRouter()
    for prefix in sorted(_VIEWSETS):
        made.register(prefix, _VIEWSETS[prefix], basename=f"api-{prefix}")  # type: ignore[arg-type]
    return made
