"""Pages of rows that SQL already cut: a paginator that counts once and fetches only the page that is shown."""

from collections.abc import Callable, Sequence
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest


class _Cut:
    """``count`` rows, of which ``fetch(offset, limit)`` gives some."""

    def __init__(self, count: int, fetch: Callable[[int, int], Sequence[Any]]) -> None:
        self._count, self._fetch = count, fetch

    def count(self) -> int:
        return self._count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, place: slice) -> Sequence[Any]:
        start = place.start or 0
        return self._fetch(start, (place.stop or self._count) - start)


def page_of(request: HttpRequest, count: int, fetch: Callable[[int, int], Sequence[Any]], per_page: int = 50) -> Page:
    """The page that ``?page=`` asks for; a number beyond the ends means the nearest one."""
    rows: Any = _Cut(count, fetch)
    return Paginator(rows, per_page).get_page(request.GET.get("page"))
