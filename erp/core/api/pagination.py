"""Cursor pages: stable while rows are added, and as quick on page 10,000 as on the first."""

from typing import Any

from rest_framework.pagination import CursorPagination
from rest_framework.request import Request


class Pages(CursorPagination):
    """Ordered by what the view says (``cursor_ordering``, whose last name is unique), else newest first."""

    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = 1_000
    ordering = ("-id",)

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str, ...]:
        return tuple(getattr(view, "cursor_ordering", self.ordering))
